//! What differs between two objects, field by field.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Map, Text, Value};

use super::set::Set;
use super::view::{self, View};
use crate::shapes::{By, Shape};

/// What differs.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Fields that only the second has.
    pub added: Set,
    /// Fields that only the first has.
    pub removed: Set,
    /// Fields that both have with different values.
    pub modified: Set,
}

/// Compares two values of one shape.
pub fn compare(before: Option<&Value>, after: Option<&Value>, shape: Option<&Shape>) -> Comparison {
    let mut found = Comparison::default();
    let Some(one) = after.or(before) else { return found };
    if before.is_some() && before == after {
        return found;
    }
    let seen = view::view(shape, one);
    let both = before.is_none_or(|before| view::view(shape, before) == seen);
    let hollow = view::hollow(before) && view::hollow(after);
    match seen {
        View::Map if both && !hollow => maps(&mut found, before, after, shape),
        View::List(by) if both && !hollow => lists(&mut found, before, after, &by, shape),
        _ if before.is_some() && after.is_some() => found.modified.own = true,
        _ => {}
    }
    found.added.own = before.is_none();
    found.removed.own = after.is_none();
    found
}

impl Comparison {
    fn put(&mut self, element: &str, below: Self) {
        self.added.put(element.to_owned(), below.added);
        self.removed.put(element.to_owned(), below.removed);
        self.modified.put(element.to_owned(), below.modified);
    }
}

fn maps(found: &mut Comparison, before: Option<&Value>, after: Option<&Value>, shape: Option<&Shape>) {
    let (before, after) = (view::entries(before), view::entries(after));
    let names: BTreeSet<&Text> = before.into_iter().chain(after).flat_map(|fields| fields.keys()).collect();
    for name in names {
        let below = compare(of(before, name), of(after, name), shape.and_then(|shape| shape.under(name)));
        found.put(&format!("f:{name}"), below);
    }
}

fn lists(found: &mut Comparison, before: Option<&Value>, after: Option<&Value>, by: &By, shape: Option<&Shape>) {
    let within = shape.and_then(Shape::item);
    let (all_before, before) = view::by_element(view::items(before), by, within);
    let (all_after, after) = view::by_element(view::items(after), by, within);
    let elements: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for element in elements {
        let several = |side: &BTreeMap<String, Option<&Value>>| side.get(element).is_some_and(Option::is_none);
        if several(&before) || several(&after) {
            // What is there several times is one piece.
            let of = |all: &[(String, &Value)]| -> Vec<Value> {
                all.iter().filter(|(other, _)| other == element).map(|(_, item)| (*item).clone()).collect()
            };
            let (old, new) = (of(&all_before), of(&all_after));
            let mut below = Comparison::default();
            below.added.own = old.is_empty();
            below.removed.own = new.is_empty();
            below.modified.own = !old.is_empty() && !new.is_empty() && old != new;
            found.put(element, below);
            continue;
        }
        let one = |side: &BTreeMap<String, Option<&Value>>| side.get(element).copied().flatten().cloned();
        found.put(element, compare(one(&before).as_ref(), one(&after).as_ref(), within));
    }
}

fn of<'a>(fields: Option<&'a Map>, name: &str) -> Option<&'a Value> {
    fields.and_then(|fields| fields.get(name))
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::compare;

    #[test]
    fn what_is_new_is_a_member_with_all_that_is_below_it() {
        let found = compare(Some(&json!({"a": {}, "d": 1})), Some(&json!({"a": {"b": {"c": 1}}, "d": 2})), None);
        assert_eq!(found.added.write(), json!({"f:a": {"f:b": {".": {}, "f:c": {}}}}));
        assert_eq!(found.modified.write(), json!({"f:d": {}}));
        assert!(found.removed.is_empty());
    }
}
