//! Ways to find objects without looking at all of them: by owner, pods by node, pods that keep others away;
//! and how much the pods of each node ask for.

use super::amount::Load;
use super::{Key, Object};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Index = Arc<BTreeMap<Arc<str>, BTreeSet<Key>>>;

#[derive(Clone, Default)]
pub(super) struct Indexes {
    owned: Index,
    on_node: Index,
    repelling: Arc<BTreeSet<Key>>,
    loads: Arc<BTreeMap<Arc<str>, Load>>,
}

impl Indexes {
    pub(super) fn owned(&self, uid: &str) -> impl Iterator<Item = &Key> {
        self.owned.get(uid).into_iter().flatten()
    }

    pub(super) fn on_node(&self, node: &str) -> impl Iterator<Item = &Key> {
        self.on_node.get(node).into_iter().flatten()
    }

    pub(super) fn repelling(&self) -> impl Iterator<Item = &Key> {
        self.repelling.iter()
    }

    pub(super) fn load(&self, node: &str) -> Load {
        self.loads.get(node).copied().unwrap_or_default()
    }

    fn weigh(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>) {
        let (was, is) = (before.and_then(load), after.and_then(load));
        if was == is {
            return;
        }
        let loads = Arc::make_mut(&mut self.loads);
        if let Some((node, load)) = was
            && let Some(sum) = loads.get_mut(node)
        {
            *sum = sum.minus(load);
        }
        if let Some((node, load)) = is {
            let sum = loads.entry(node.into()).or_default();
            *sum = sum.plus(load);
        }
        let repels = |pod: Option<&Object>| pod.filter(|pod| load(pod).is_some()).is_some_and(repels);
        match (repels(before), repels(after)) {
            (false, true) => {
                Arc::make_mut(&mut self.repelling).insert(key.clone());
            }
            (true, false) => {
                Arc::make_mut(&mut self.repelling).remove(key);
            }
            _ => {}
        }
    }

    pub(super) fn moved(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>) {
        if key.kind == "pods" {
            self.weigh(key, before, after);
        }
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

/// The node of a pod; nothing while it has none, so that those without are found as well.
fn node(object: &Object) -> Vec<&str> {
    vec![object["spec"]["nodeName"].as_str().unwrap_or_default()]
}

/// What a pod that has not ended asks of its node.
fn load(pod: &Object) -> Option<(&str, Load)> {
    let node = pod["spec"]["nodeName"].as_str().filter(|name| !name.is_empty())?;
    let ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    (!ended).then(|| (node, Load::of_pod(pod)))
}

fn repels(pod: &Object) -> bool {
    let terms = &pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    terms.as_array().is_some_and(|terms| !terms.is_empty())
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
