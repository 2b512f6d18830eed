//! The order of a list after a strategic merge: as the patch has it, with what only the server has where it was.

use crate::json::Value;

/// Whether two items are the same one: by their merge key, or altogether.
pub(super) fn one(left: &Value, right: &Value, key: Option<&str>) -> bool {
    match key {
        Some(key) => left.get(key).is_some() && left.get(key) == right.get(key),
        None => left == right,
    }
}

fn index(list: &[Value], item: &Value, key: Option<&str>) -> Option<usize> {
    list.iter().position(|other| one(other, item, key))
}

/// The merged items in the order of the patch, those that the patch does not name in the order of the server.
pub(super) fn arrange(merged: Vec<Value>, patch: &[Value], server: &[Value], key: Option<&str>) -> Vec<Value> {
    let (mut ours, mut theirs): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| index(patch, item, key).is_some());
    ours.sort_by_key(|item| index(patch, item, key));
    theirs.sort_by_key(|item| index(server, item, key).unwrap_or(usize::MAX));
    let mut arranged = Vec::with_capacity(ours.len() + theirs.len());
    let (mut left, mut right) = (theirs.into_iter().peekable(), ours.into_iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(theirs), Some(ours)) => {
                let before = match (index(server, theirs, key), index(server, ours, key)) {
                    (Some(theirs), Some(ours)) => theirs < ours,
                    _ => false,
                };
                arranged.extend(if before { left.next() } else { right.next() });
            }
            (Some(_), None) => arranged.extend(left.next()),
            (None, Some(_)) => arranged.extend(right.next()),
            (None, None) => return arranged,
        }
    }
}
