//! What differs between two states of an object, path by path.

use std::collections::BTreeSet;

use runbook_model::Value;

use super::object;

/// What the server keeps for itself: it changes with every write, or at any time.
const SERVERS: [&[&str]; 7] = [
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
    &["metadata", "generation"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["status"],
];

/// One path at which two states differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where, key by key. A list is one value, unless its entries have names of their own.
    pub path: Vec<String>,
    /// What was there.
    pub old: Option<Value>,
    /// What is there.
    pub new: Option<Value>,
}

impl Change {
    /// The path as people write it, `spec.template.spec.containers[name=main].image`.
    pub fn place(&self) -> String {
        let mut place = String::new();
        for part in &self.path {
            if part.starts_with('[') {
                place.push_str(part);
            } else if part.contains(['.', '/']) {
                place.push_str(&format!("[{part}]"));
            } else {
                if !place.is_empty() {
                    place.push('.');
                }
                place.push_str(part);
            }
        }
        place
    }

    /// As a script sees it: `#{path, old, new}`, with `()` for what is not there.
    pub fn to_value(&self) -> Value {
        let value = |value: &Option<Value>| value.clone().unwrap_or_default();
        Value::from([("path", Value::Text(self.place())), ("old", value(&self.old)), ("new", value(&self.new))])
    }
}

/// An object without what the server keeps for itself.
pub(super) fn content(mut whole: Value) -> Value {
    for path in SERVERS {
        object::forget(&mut whole, path);
    }
    whole
}

/// The paths at which they differ, apart from what the server keeps for itself.
pub fn changes(old: Option<&Value>, new: Option<&Value>) -> Vec<Change> {
    let (old, new) = (old.cloned().map(content), new.cloned().map(content));
    let mut found = Vec::new();
    compare(&mut Vec::new(), old.as_ref(), new.as_ref(), &mut found);
    found
}

fn compare(path: &mut Vec<String>, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Change>) {
    match (old, new) {
        (Some(Value::Map(a)), Some(Value::Map(b))) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                path.push(key.clone());
                compare(path, a.get(key), b.get(key), found);
                path.pop();
            }
        }
        (Some(Value::List(a)), Some(Value::List(b))) if named(a) && named(b) => {
            let names: BTreeSet<&str> = a.iter().chain(b).filter_map(name).collect();
            let of = |list: &'_ [Value], wanted: &str| list.iter().find(|item| name(item) == Some(wanted)).cloned();
            for each in names {
                path.push(format!("[name={each}]"));
                compare(path, of(a, each).as_ref(), of(b, each).as_ref(), found);
                path.pop();
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(Change { path: path.clone(), old: a.cloned(), new: b.cloned() }),
    }
}

fn name(item: &Value) -> Option<&str> {
    item.get("name").and_then(Value::as_text)
}

/// Whether every entry has a name and no two have the same.
fn named(list: &[Value]) -> bool {
    let names: BTreeSet<&str> = list.iter().filter_map(name).collect();
    !list.is_empty() && names.len() == list.len()
}

/// What is at the path of a change.
pub(super) fn look<'a>(within: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(within, |within, part| match (within, entry(part)) {
        (Value::List(items), Some(wanted)) => items.iter().find(|item| name(item) == Some(wanted)),
        (within, _) => within.get(part),
    })
}

/// Makes what is at the path of a change this value, or nothing.
pub(super) fn set(within: &mut Value, path: &[String], value: Option<&Value>) {
    let Some((part, rest)) = path.split_first() else {
        if let Some(value) = value {
            *within = value.clone();
        }
        return;
    };
    if let (Value::List(items), Some(wanted)) = (&mut *within, entry(part)) {
        let place = items.iter().position(|item| name(item) == Some(wanted));
        match (place, value) {
            (Some(place), None) if rest.is_empty() => {
                items.remove(place);
            }
            (Some(place), _) => set(&mut items[place], rest, value),
            (None, Some(value)) if rest.is_empty() => items.push(value.clone()),
            (None, _) => {}
        }
        return;
    }
    let Value::Map(map) = within else { return };
    match value {
        None if rest.is_empty() => {
            map.remove(part);
        }
        None => {
            if let Some(next) = map.get_mut(part) {
                set(next, rest, value);
            }
        }
        Some(_) => set(map.entry(part.clone()).or_insert_with(|| Value::Map([].into())), rest, value),
    }
}

fn entry(part: &str) -> Option<&str> {
    part.strip_prefix("[name=")?.strip_suffix(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        super::super::plain::read(json).unwrap()
    }

    fn places(old: &str, new: &str) -> Vec<String> {
        changes(Some(&value(old)), Some(&value(new))).iter().map(Change::place).collect()
    }

    #[test]
    fn what_the_server_keeps_for_itself_is_no_change() {
        let old = r#"{"metadata":{"resourceVersion":"1","generation":1,"name":"a"},"status":{"x":1}}"#;
        let new =
            r#"{"metadata":{"resourceVersion":"2","generation":2,"name":"a","managedFields":[]},"status":{"x":2}}"#;
        assert!(places(old, new).is_empty());
    }

    #[test]
    fn entries_with_names_are_compared_by_name() {
        let old = r#"{"spec":{"c":[{"name":"a","image":"1"},{"name":"b","image":"1"}],"args":["x"]}}"#;
        let new = r#"{"spec":{"c":[{"name":"b","image":"2"},{"name":"a","image":"1"}],"args":["y"]}}"#;
        assert_eq!(places(old, new), ["spec.args", "spec.c[name=b].image"]);
    }

    #[test]
    fn a_key_with_dots_stays_one_key() {
        let at = places(r#"{"metadata":{"labels":{"a.b/c":"1"}}}"#, r#"{"metadata":{"labels":{}}}"#);
        assert_eq!(at, ["metadata.labels[a.b/c]"]);
    }

    #[test]
    fn every_change_can_be_taken_back() {
        let pairs = [
            (r#"{"a":{"b":1}}"#, r#"{"a":{"b":2,"c":[1]}}"#),
            (r#"{"l":[{"name":"x","v":1},{"name":"y"}]}"#, r#"{"l":[{"name":"x","v":2}]}"#),
            (r#"{"l":[{"name":"x"}]}"#, r#"{"l":[{"name":"x"},{"name":"z","q":true}]}"#),
            (r#"{"l":[1,2]}"#, r#"{"l":[]}"#),
            (r#"{"x":"t"}"#, r#"{"x":{"deep":1}}"#),
        ];
        for (old, new) in pairs {
            let (old, mut state) = (value(old), value(new));
            for change in changes(Some(&old), Some(&state.clone())) {
                assert_eq!(look(&state, &change.path), change.new.as_ref());
                set(&mut state, &change.path, change.old.as_ref());
            }
            assert!(changes(Some(&old), Some(&state)).is_empty(), "{state}");
        }
    }
}
