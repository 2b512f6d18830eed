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

    /// The objects of a namespace, or all when it is empty.
    pub(super) fn within(&self, namespace: &str) -> impl Iterator<Item = (&Arc<str>, &Arc<Object>)> {
        let bounds: (Bound<String>, Bound<String>) = if namespace.is_empty() {
            (Bound::Unbounded, Bound::Unbounded)
        } else {
            // `0` is the letter after `/`.
            (Bound::Included(format!("{namespace}/")), Bound::Excluded(format!("{namespace}0")))
        };
        let bounds = (bounds.0.as_ref().map(String::as_str), bounds.1.as_ref().map(String::as_str));
        self.0.range::<str, _>(bounds)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
