//! Ways to find objects without looking at all of them: by owner, pods by node, pods that keep others away;
//! and how much the pods of each node ask for.

use super::amount::Load;
use super::{Key, Object};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Index = Arc<BTreeMap<Arc<str>, BTreeSet<Key>>>;

#[derive(Clone, Default)]
pub(super) struct Indexes {
    owned: Index,
    on_node: Index,
    repelling: Arc<BTreeSet<Key>>,
    loads: Arc<BTreeMap<Arc<str>, Load>>,
    labelled: Index,
    choosing: Index,
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

    /// The pods of a namespace with this label.
    pub(super) fn labelled(&self, namespace: &str, label: &str, value: &str) -> Option<&BTreeSet<Key>> {
        self.labelled.get(pair(namespace, label, value).as_str())
    }

    /// The objects of a kind that may choose a pod of this namespace with these labels.
    pub(super) fn choosing(&self, kind: &str, namespace: &str, labels: &Value) -> impl Iterator<Item = &Key> {
        let pairs = labels.as_object().into_iter().flatten();
        let pairs = pairs.map(|(label, value)| pair(namespace, label, value.as_str().unwrap_or_default()));
        let places = pairs.chain([pair(namespace, "", "")]).map(|pair| format!("{kind}\n{pair}"));
        let found: Vec<&Key> = places.filter_map(|place| self.choosing.get(place.as_str())).flatten().collect();
        found.into_iter()
    }

    fn label(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>) {
        let labels = |pod: Option<&Object>| pod.map(|pod| pod["metadata"]["labels"].clone()).unwrap_or_default();
        let (was, is) = (labels(before), labels(after));
        if was != is {
            let (was, is) = (pairs(key.namespace(), &was), pairs(key.namespace(), &is));
            shift(&mut self.labelled, key, &was, &is);
        }
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
            self.label(key, before, after);
        }
        if CHOOSERS.contains(&key.kind.as_str()) {
            let (was, is) = (before.and_then(|it| chooses(key, it)), after.and_then(|it| chooses(key, it)));
            if was != is {
                shift(&mut self.choosing, key, was.as_slice(), is.as_slice());
            }
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

fn shift(index: &mut Index, key: &Key, was: &[impl AsRef<str>], is: &[impl AsRef<str>]) {
    let index = Arc::make_mut(index);
    for place in was {
        if let Some(keys) = index.get_mut(place.as_ref()) {
            keys.remove(key);
            if keys.is_empty() {
                index.remove(place.as_ref());
            }
        }
    }
    for place in is {
        index.entry(place.as_ref().into()).or_default().insert(key.clone());
    }
}

/// The kinds that choose pods by labels and are asked for every pod.
const CHOOSERS: [&str; 2] = ["services", "poddisruptionbudgets.policy"];

fn pair(namespace: &str, label: &str, value: &str) -> String {
    format!("{namespace}\n{label}\n{value}")
}

fn pairs(namespace: &str, labels: &Value) -> Vec<String> {
    let labels = labels.as_object().into_iter().flatten();
    labels.map(|(label, value)| pair(namespace, label, value.as_str().unwrap_or_default())).collect()
}

/// Where a chooser is found: under one of the labels it asks for, or under none when it asks for no single one.
fn chooses(key: &Key, object: &Object) -> Option<String> {
    let selector = &object["spec"]["selector"];
    let labels = if key.kind == "services" { selector } else { &selector["matchLabels"] };
    if selector.is_null() {
        return None;
    }
    let first = pairs(key.namespace(), labels).into_iter().next();
    Some(format!("{}\n{}", key.kind, first.unwrap_or_else(|| pair(key.namespace(), "", ""))))
}
