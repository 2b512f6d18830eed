//! The objects of one kind, in the order the API lists them.

use super::Object;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// The objects of one kind by `namespace/name`.
#[derive(Clone, Default)]
pub(super) struct Table(BTreeMap<Arc<str>, Arc<Object>>);

impl Table {
    pub(super) fn get(&self, path: &str) -> Option<&Arc<Object>> {
        self.0.get(path)
    }

    pub(super) fn put(&mut self, path: Arc<str>, object: Arc<Object>) {
        self.0.insert(path, object);
    }

    pub(super) fn remove(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// The objects of a namespace, or all when it is empty, from a place on; from the first when that is empty.
    pub(super) fn within(&self, namespace: &str, from: &str) -> impl Iterator<Item = (&Arc<str>, &Arc<Object>)> {
        // `0` is the letter after `/`.
        let (first, end) = (format!("{namespace}/"), format!("{namespace}0"));
        let first = if namespace.is_empty() { from } else { from.max(&first) };
        let beyond = !namespace.is_empty() && first >= end.as_str();
        let end = if namespace.is_empty() { Bound::Unbounded } else { Bound::Excluded(end.as_str()) };
        let range = (!beyond).then(|| self.0.range::<str, _>((Bound::Included(first), end)));
        range.into_iter().flatten()
    }

    /// The objects after a place, to be packed.
    pub(super) fn from(&mut self, place: Bound<&str>) -> impl Iterator<Item = (&Arc<str>, &mut Arc<Object>)> {
        self.0.range_mut::<str, _>((place, Bound::Unbounded))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
