//! The objects of one kind: found by name at once, and gone through in the order the API lists them.

use super::Object;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::ops::Bound;
use std::sync::Arc;

/// A map that is never gone through, only looked into; the same in every run.
pub(super) type Quick<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// The objects of one kind by `namespace/name`.
#[derive(Clone, Default)]
pub(super) struct Table {
    objects: Quick<Arc<str>, Arc<Object>>,
    order: BTreeSet<Arc<str>>,
}

impl Table {
    pub(super) fn get(&self, path: &str) -> Option<&Arc<Object>> {
        self.objects.get(path)
    }

    pub(super) fn put(&mut self, path: Arc<str>, object: Arc<Object>) {
        if self.objects.insert(path.clone(), object).is_none() {
            self.order.insert(path);
        }
    }

    pub(super) fn remove(&mut self, path: &str) {
        if self.objects.remove(path).is_some() {
            self.order.remove(path);
        }
    }

    /// The objects of a namespace, or all when it is empty, from a place on; from the first when that is empty.
    pub(super) fn within(&self, namespace: &str, from: &str) -> impl Iterator<Item = (&Arc<str>, &Arc<Object>)> {
        // `0` is the letter after `/`.
        let (first, end) = (format!("{namespace}/"), format!("{namespace}0"));
        let first = if namespace.is_empty() { from } else { from.max(&first) };
        let beyond = !namespace.is_empty() && first >= end.as_str();
        let end = if namespace.is_empty() { Bound::Unbounded } else { Bound::Excluded(end.as_str()) };
        let range = (!beyond).then(|| self.order.range::<str, _>((Bound::Included(first), end)));
        range.into_iter().flatten().filter_map(|path| Some((path, self.objects.get(path)?)))
    }

    /// Does something to at most so many objects after a place; gives the place of the last, and how many there were.
    pub(super) fn each_after(
        &mut self,
        place: &str,
        many: usize,
        mut act: impl FnMut(&mut Arc<Object>),
    ) -> (Option<Arc<str>>, usize) {
        let (mut last, mut seen) = (None, 0);
        for path in self.order.range::<str, _>((Bound::Excluded(place), Bound::Unbounded)).take(many) {
            if let Some(object) = self.objects.get_mut(path) {
                act(object);
            }
            last = Some(path.clone());
            seen += 1;
        }
        (last, seen)
    }

    pub(super) fn len(&self) -> usize {
        self.objects.len()
    }
}
