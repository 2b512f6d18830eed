//! A set of fields, as `fieldsV1` writes it.

use std::collections::BTreeMap;

use crate::json::{Map, Value};

use super::element;
use crate::shapes::{Form, Shape};

/// A set of fields: for each element whether it belongs to the set itself, and what below it does.
///
/// Elements are kept as `fieldsV1` writes them: `f:name`, `k:{"name":"x"}`, `v:"x"`, `i:0`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// Whether this place itself is in the set.
    pub own: bool,
    /// What is below it.
    pub below: BTreeMap<String, Set>,
}

impl Set {
    /// A set of that one place, with nothing below.
    pub fn leaf() -> Self {
        Self { own: true, below: BTreeMap::new() }
    }

    /// The set of these paths of field names.
    pub fn of_paths(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            let end = path.iter().fold(&mut set, |at, name| at.below.entry(format!("f:{name}")).or_default());
            end.own = true;
        }
        set
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        !self.own && self.below.values().all(Self::is_empty)
    }

    /// Puts a set below an element, unless it is empty.
    pub(super) fn put(&mut self, element: String, below: Self) {
        if !below.is_empty() {
            self.below.insert(element, below);
        }
    }

    fn combine(&self, other: &Self, keep: fn(bool, bool) -> bool) -> Self {
        let nothing = Self::default();
        let mut out = Self { own: keep(self.own, other.own), below: BTreeMap::new() };
        for element in self.below.keys().chain(other.below.keys().filter(|key| !self.below.contains_key(*key))) {
            let left = self.below.get(element).unwrap_or(&nothing);
            let right = other.below.get(element).unwrap_or(&nothing);
            out.put(element.clone(), left.combine(right, keep));
        }
        out
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.combine(other, |left, right| left || right)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, |left, right| left && right)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.combine(other, |left, right| left && !right)
    }

    /// What is in this and neither in the other nor below what is in the other.
    #[must_use]
    pub fn outside(&self, other: &Self) -> Self {
        if other.own {
            return Self::default();
        }
        let mut out = Self { own: self.own, below: BTreeMap::new() };
        for (element, below) in &self.below {
            out.put(
                element.clone(),
                other.below.get(element).map_or_else(|| below.clone(), |other| below.outside(other)),
            );
        }
        out
    }

    /// With all named fields on the way to its members as members too.
    #[must_use]
    pub fn with_named(&self, shape: Option<&Shape>) -> Self {
        let mut out = Self { own: self.own, below: BTreeMap::new() };
        for (element, below) in &self.below {
            let (named, within) = match element.strip_prefix("f:") {
                Some(name) => {
                    (shape.is_some_and(|shape| shape.field(name).is_some()), shape.and_then(|shape| shape.under(name)))
                }
                None => (false, shape.and_then(Shape::item)),
            };
            let mut below_with = below.with_named(within);
            below_with.own |= named && !below.below.is_empty();
            out.put(element.clone(), below_with);
        }
        out
    }

    /// Every member as a path such as `.spec.containers[name="x"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.walk("", &mut paths);
        paths
    }

    fn walk(&self, above: &str, paths: &mut Vec<String>) {
        let here = |element: &str| format!("{above}{}", element::shown(element));
        paths.extend(self.below.iter().filter(|(_, below)| below.own).map(|(element, _)| here(element)));
        for (element, below) in &self.below {
            below.walk(&here(element), paths);
        }
    }

    /// From `fieldsV1`.
    pub fn read(value: &Value) -> Option<Self> {
        let mut set = Self::default();
        for (key, below) in value.as_object()? {
            if key == "." {
                set.own = true;
            } else {
                let mut child = Self::read(below)?;
                child.own |= below.as_object()?.is_empty();
                set.put(element::canonical(key)?, child);
            }
        }
        Some(set)
    }

    /// As `fieldsV1`.
    pub fn write(&self) -> Value {
        let mut fields: Map = self.below.iter().map(|(element, below)| (element.clone(), below.write())).collect();
        if self.own && !fields.is_empty() {
            fields.insert(".".to_owned(), Value::Object(Map::new()));
        }
        Value::Object(fields)
    }
}

/// Whether a shape is an object with known fields.
pub(super) fn is_struct(shape: Option<&Shape>, name: &str) -> bool {
    shape.is_some_and(|shape| matches!(shape.form, Form::Object { .. }) && shape.field(name).is_some())
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::Set;

    fn set(value: crate::json::Value) -> Set {
        Set::read(&value).expect("a set")
    }

    #[test]
    fn a_set_is_written_as_it_was_read() {
        let value = json!({"f:spec": {"f:containers": {"k:{\"name\":\"x\"}": {".": {}, "f:image": {}}}, "f:finalizers": {".": {}, "v:\"a\"": {}}}});
        assert_eq!(set(value.clone()).write(), value);
        let paths = set(value).paths();
        assert_eq!(
            paths,
            [
                ".spec.finalizers",
                ".spec.containers[name=\"x\"]",
                ".spec.containers[name=\"x\"].image",
                ".spec.finalizers[=\"a\"]"
            ]
        );
    }

    #[test]
    fn sets_are_added_and_taken_away_member_by_member() {
        let left = set(json!({"f:a": {".": {}, "f:b": {}}, "f:c": {}}));
        let right = set(json!({"f:a": {"f:b": {}}, "f:d": {}}));
        assert_eq!(left.difference(&right).write(), json!({"f:a": {}, "f:c": {}}));
        assert_eq!(left.intersection(&right).write(), json!({"f:a": {"f:b": {}}}));
        assert_eq!(left.union(&right).write(), json!({"f:a": {".": {}, "f:b": {}}, "f:c": {}, "f:d": {}}));
        assert_eq!(left.outside(&set(json!({"f:a": {}}))).write(), json!({"f:c": {}}));
    }
}
