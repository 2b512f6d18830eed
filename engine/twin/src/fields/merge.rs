//! An applied object merged into the one that is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Map, Text, Value};

use super::view::{self, View};
use crate::shapes::{By, Shape};

/// The first value with the second merged in; where they differ the second counts.
pub fn merge(before: Option<&Value>, after: Option<&Value>, shape: Option<&Shape>) -> Option<Value> {
    let (Some(old), Some(new)) = (before, after) else { return after.or(before).cloned() };
    let seen = view::view(shape, new);
    if view::view(shape, old) != seen || (view::hollow(before) && view::hollow(after)) {
        return Some(new.clone());
    }
    Some(match seen {
        View::Piece => new.clone(),
        View::Map => maps(old, new, shape),
        View::List(by) => Value::Array(lists(view::items(before), view::items(after), &by, shape)),
    })
}

fn maps(old: &Value, new: &Value, shape: Option<&Shape>) -> Value {
    let empty = Map::new();
    let old = old.as_object().unwrap_or(&empty);
    let new = new.as_object().unwrap_or(&empty);
    let names: BTreeSet<&Text> = old.keys().chain(new.keys()).collect();
    let merged = |name: &Text| {
        let within = shape.and_then(|shape| shape.under(name));
        merge(old.get(name), new.get(name), within).map(|value| (name.clone(), value))
    };
    names.into_iter().filter_map(merged).collect()
}

/// Items in the order of the new list, those that only the old one has where they stood.
fn lists(old: &[Value], new: &[Value], by: &By, shape: Option<&Shape>) -> Vec<Value> {
    let within = shape.and_then(Shape::item);
    let (left, old) = view::by_element(old, by, within);
    let (right, new) = view::by_element(new, by, within);
    let one = |side: &BTreeMap<String, Option<&Value>>, element: &String| side.get(element).copied().flatten().cloned();
    let both = |element: &String| merge(one(&old, element).as_ref(), one(&new, element).as_ref(), within);
    let mut shared = right.iter().map(|(element, _)| element).filter(|element| old.contains_key(*element)).peekable();
    let mut done = BTreeSet::new();
    let mut out = Vec::new();
    let (mut at_left, mut at_right) = (0, 0);
    while at_left < left.len() || at_right < right.len() {
        let theirs = right.get(at_right).map(|(element, _)| element);
        if let Some((ours, item)) = left.get(at_left) {
            if Some(ours) == theirs {
                done.insert(ours);
                out.extend(both(ours));
                at_left += 1;
                at_right += 1;
                shared.next();
                continue;
            }
            if !new.contains_key(ours) {
                out.push((*item).clone());
                at_left += 1;
                continue;
            }
            let later = theirs.is_some() && shared.peek().is_some_and(|next| *next != ours);
            if later || done.contains(ours) {
                at_left += 1;
                continue;
            }
        }
        if let Some(theirs) = theirs {
            done.insert(theirs);
            out.extend(both(theirs));
            at_right += 1;
            if shared.peek() == Some(&theirs) {
                shared.next();
            }
        }
    }
    out
}
