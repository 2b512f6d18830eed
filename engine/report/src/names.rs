//! How a thing is called on screen, and under what it stands.

use std::borrow::Cow;

use runbook_model::Key;
use runbook_model::record::Kind;

use crate::text::clean;
use crate::thing::Thing;

/// The key under which `key` is drawn: an unwinding under its step, and a branch, `move nodes[n3]`, under its fan-out, `move nodes`.
pub(crate) fn above(key: &Key) -> Option<Key> {
    if let Some(step) = key.unwound() {
        return Some(step);
    }
    let last = key.last();
    match item_at(last) {
        Some(at) if at > 0 => Some(Key::from_text(&key.as_str()[..key.as_str().len() - last.len() + at])),
        _ => key.parent(),
    }
}

/// Where the `[item]` of a name begins.
fn item_at(last: &str) -> Option<usize> {
    let bytes = last.as_bytes();
    let mut open = None;
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        let was_escaped = escaped;
        escaped = *byte == b'\\' && !was_escaped;
        match byte {
            b'[' if !was_escaped => open = Some(at),
            b']' if !was_escaped && at + 1 == bytes.len() => return open,
            _ => {}
        }
    }
    None
}

/// What a kind is called before a name; a plain step, and what only holds others, goes by its name alone.
fn kind_word(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Step | Kind::Fan | Kind::Branch | Kind::Phase) | None => "",
        Some(Kind::Check) => "check ",
        Some(Kind::Gate) => "gate ",
        Some(Kind::Wait) => "wait ",
        Some(Kind::Guard) => "guard ",
        Some(Kind::Sleep) => "sleep ",
        Some(Kind::Now) => "now ",
        Some(Kind::Undo | Kind::Unwind) => "undo ",
        Some(Kind::Point) => "point of no return ",
    }
}

/// The key a thing is about: of an unwinding, the key of the step it unwinds.
pub(crate) fn about(thing: &Thing) -> Cow<'_, str> {
    let of_step = thing.key.unwound().filter(|_| thing.kind == Some(Kind::Unwind));
    Cow::Owned(clean(of_step.as_ref().unwrap_or(&thing.key).as_str()).into_owned())
}

/// `check move nodes[n3]/node answers`: the kind and the whole key.
pub(crate) fn subject(thing: &Thing) -> String {
    if thing.key.is_root() {
        return "the run".into();
    }
    format!("{}{}", kind_word(thing.kind), about(thing))
}

/// `check node answers`: the kind and the last name, for where the rest of the key stands above it.
pub(crate) fn label(thing: &Thing) -> String {
    let last = thing.key.last();
    match thing.kind {
        Some(Kind::Unwind) if thing.key.unwound().is_some() => return "undo".into(),
        Some(Kind::Point) => return "point of no return".into(),
        _ => {}
    }
    let name = item_at(last).filter(|&at| at > 0).map_or(last, |at| &last[at + 1..last.len() - 1]);
    format!("{}{}", kind_word(thing.kind), clean(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_stands_under_its_fan_out() {
        let fan = Key::root().child("move nodes", None);
        let branch = Key::root().child("move nodes", Some("n[3]/x"));
        assert_eq!(above(&branch), Some(fan.clone()));
        assert_eq!(above(&branch.child("drain", None)), Some(branch.clone()));
        assert_eq!(above(&fan), Some(Key::root()));
        assert_eq!(above(&Key::root().child("odd]", None)), Some(Key::root()));
        assert_eq!(above(&Key::from_text("[x]")), Some(Key::root()));
        assert_eq!(above(&Key::root()), None);
        assert_eq!(label(&Thing::new(branch, None)), r"n\[3\]\/x");
    }
}
