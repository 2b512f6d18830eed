//! Two ways to find objects without looking at all of them: by owner, and pods by node.

use super::{Key, Object};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Index = Arc<BTreeMap<Arc<str>, BTreeSet<Key>>>;

#[derive(Clone, Default)]
pub(super) struct Indexes {
    owned: Index,
    on_node: Index,
}

impl Indexes {
    pub(super) fn owned(&self, uid: &str) -> impl Iterator<Item = &Key> {
        self.owned.get(uid).into_iter().flatten()
    }

    pub(super) fn on_node(&self, node: &str) -> impl Iterator<Item = &Key> {
        self.on_node.get(node).into_iter().flatten()
    }

    pub(super) fn moved(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>) {
        let (was, is) = (before.map(node).unwrap_or_default(), after.map(node).unwrap_or_default());
        if key.kind == "pods" && was != is {
            shift(&mut self.on_node, key, was.as_slice(), is.as_slice());
        }
        let (was, is) = (before.map(owners).unwrap_or_default(), after.map(owners).unwrap_or_default());
        if was != is {
            shift(&mut self.owned, key, &was, &is);
        }
    }
}

fn node(object: &Object) -> Vec<&str> {
    object["spec"]["nodeName"].as_str().filter(|name| !name.is_empty()).into_iter().collect()
}

fn owners(object: &Object) -> Vec<&str> {
    object.owners().map(|owner| owner.uid).collect()
}

fn shift(index: &mut Index, key: &Key, was: &[&str], is: &[&str]) {
    let index = Arc::make_mut(index);
    for place in was {
        if let Some(keys) = index.get_mut(*place) {
            keys.remove(key);
            if keys.is_empty() {
                index.remove(*place);
            }
        }
    }
    for place in is {
        index.entry((*place).into()).or_default().insert(key.clone());
    }
}
