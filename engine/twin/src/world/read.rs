//! Reading the world: by name, by namespace, by labels, by owner, by node, and as it was.

use super::amount::Load;
use super::{Change, Key, Kind, Moment, Object, Selector, World};
use crate::json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::sync::Arc;

impl World {
    /// An object by its key.
    #[must_use]
    pub fn at(&self, key: &Key) -> Option<&Arc<Object>> {
        self.tables.get(&key.kind)?.get(key.path())
    }

    /// An object by kind, namespace (empty for kinds of the whole cluster) and name.
    #[must_use]
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        let table = self.tables.get(kind)?;
        super::key::with_path(namespace, name, |path| table.get(path))
    }

    /// The objects of a kind in a namespace, or in all when it is empty, in the order the API lists them.
    pub fn list(&self, kind: &str, namespace: &str) -> impl Iterator<Item = &Arc<Object>> {
        self.tables.get(kind).into_iter().flat_map(move |table| table.within(namespace, "")).map(|(_, object)| object)
    }

    /// All objects of a kind of the whole cluster, beginning with this name or what comes after it, once around.
    pub(crate) fn around(&self, kind: &str, from: &str) -> impl Iterator<Item = &Arc<Object>> {
        let table = self.tables.get(kind);
        let after = table.into_iter().flat_map(move |table| table.within("", from));
        let before = table.into_iter().flat_map(|table| table.within("", ""));
        after.chain(before.take_while(move |(name, _)| ***name < *from)).map(|(_, object)| object)
    }

    /// The same with their keys.
    pub fn entries(&self, kind: &str, namespace: &str) -> impl Iterator<Item = (Key, &Arc<Object>)> {
        let entry = self.tables.get_key_value(kind);
        entry.into_iter().flat_map(move |(kind, table)| {
            table.within(namespace, "").map(|(path, object)| (Key::from_path(kind.clone(), path.clone()), object))
        })
    }

    /// The objects of a kind in a namespace that a selector takes.
    pub fn select(&self, kind: &str, namespace: &str, selector: &Selector) -> impl Iterator<Item = &Arc<Object>> {
        self.list(kind, namespace).filter(|object| selector.takes(object))
    }

    /// The objects that name this uid among their owners.
    pub fn owned(&self, uid: &str) -> impl Iterator<Item = (&Key, &Arc<Object>)> {
        self.indexes.owned(uid).filter_map(|key| self.at(key).map(|object| (key, object)))
    }

    /// What the pods of a node ask for together.
    pub(crate) fn load(&self, node: &str) -> Load {
        self.indexes.load(node)
    }

    /// What a node has for pods.
    pub(crate) fn room(&self, node: &str) -> Load {
        self.indexes.room(node)
    }

    /// How many pods of this owner are on each node that has some, those that end or go left out.
    pub(crate) fn kin(&self, owner: &str) -> impl Iterator<Item = (&str, usize)> {
        self.indexes.kin(owner)
    }

    /// The pods on nodes that have not begun.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &Key> {
        self.indexes.pending()
    }

    /// Whether a pod has this address.
    pub(crate) fn is_addressed(&self, address: &str) -> bool {
        self.indexes.is_addressed(address)
    }

    /// Whether a service has this cluster address.
    pub(crate) fn is_service_address(&self, address: &str) -> bool {
        self.indexes.is_service_address(address)
    }

    /// The event that was told first of all, and when.
    pub(crate) fn oldest_event(&self) -> Option<&(Moment, Key)> {
        self.indexes.oldest_event()
    }

    /// The pods on nodes that keep others away.
    pub(crate) fn repelling(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.indexes.repelling().filter_map(|key| self.at(key))
    }

    /// The pods of a namespace that may have all of these labels: those with the rarest of them. All, without labels.
    pub(crate) fn pods_with(&self, namespace: &str, labels: &Value) -> Vec<&Arc<Object>> {
        let pairs = labels.as_object().into_iter().flatten();
        let found =
            pairs.map(|(label, value)| self.indexes.labelled(namespace, label, value.as_str().unwrap_or_default()));
        match found.min_by_key(|keys| keys.map_or(0, BTreeSet::len)) {
            None => self.list("pods", namespace).collect(),
            Some(keys) => keys.into_iter().flatten().filter_map(|key| self.at(key)).collect(),
        }
    }

    /// The services or budgets that may choose a pod with these labels.
    pub(crate) fn choosing(
        &self,
        kind: &str,
        namespace: &str,
        labels: &Value,
    ) -> impl Iterator<Item = (&Key, &Arc<Object>)> {
        self.indexes.choosing(kind, namespace, labels).filter_map(|key| self.at(key).map(|it| (key, it)))
    }

    /// The pods of a node; those that have none when the name is empty.
    pub fn on_node(&self, node: &str) -> impl Iterator<Item = &Arc<Object>> {
        self.indexes.on_node(node).filter_map(|key| self.at(key))
    }

    /// How many objects of a kind there are.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.tables.get(kind).map_or(0, |table| table.len())
    }

    /// The kinds that have ever had an object.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.tables.keys()
    }

    /// The objects of a kind in a namespace as they were at a revision, or as they are when it is none; from a place on.
    /// None when that revision is forgotten.
    #[must_use]
    pub fn past(
        &self,
        kind: &str,
        namespace: &str,
        revision: Option<u64>,
        from: &str,
    ) -> Option<impl Iterator<Item = (Arc<str>, Arc<Object>)>> {
        let mut then: BTreeMap<Arc<str>, Option<Arc<Object>>> = BTreeMap::new();
        if let Some(revision) = revision {
            let inside = |change: &&Arc<Change>| namespace.is_empty() || change.key.namespace() == namespace;
            for change in self.history.since(kind, revision)?.rev().filter(inside) {
                if **change.key.path() >= *from {
                    then.insert(change.key.path().clone(), change.before.clone());
                }
            }
        }
        let now = self.tables.get(kind).into_iter().flat_map(move |table| table.within(namespace, from));
        Some(Merged { now: now.peekable(), then: then.into_iter().peekable() })
    }
}

/// Objects in order: those of the past, where there are such, in the place of those of now.
struct Merged<N: Iterator, T: Iterator> {
    now: Peekable<N>,
    then: Peekable<T>,
}

impl<'a, N, T> Iterator for Merged<N, T>
where
    N: Iterator<Item = (&'a Arc<str>, &'a Arc<Object>)>,
    T: Iterator<Item = (Arc<str>, Option<Arc<Object>>)>,
{
    type Item = (Arc<str>, Arc<Object>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let order = match (self.now.peek(), self.then.peek()) {
                (Some((now, _)), Some((then, _))) => (***now).cmp(&**then),
                (Some(_), None) => Ordering::Less,
                (None, _) => Ordering::Greater,
            };
            if order == Ordering::Less {
                return self.now.next().map(|(path, object)| (path.clone(), object.clone()));
            }
            if order == Ordering::Equal {
                self.now.next();
            }
            if let (path, Some(object)) = self.then.next()? {
                return Some((path, object));
            }
        }
    }
}
