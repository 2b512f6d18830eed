//! Ways to find objects without looking at all of them: by owner, pods by node, pods that keep others away, events by age;
//! and how much nodes have and their pods ask for.

use super::amount::Load;
use super::table::Quick;
use super::{Key, Moment, Object};
use crate::json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Index = Arc<BTreeMap<Arc<str>, BTreeSet<Key>>>;

#[derive(Clone, Default)]
pub(super) struct Indexes {
    owned: Index,
    on_node: Index,
    repelling: Arc<BTreeSet<Key>>,
    loads: Arc<Quick<Arc<str>, Load>>,
    /// What each node has.
    rooms: Arc<Quick<Arc<str>, Load>>,
    /// How many pods of one owner are on one node.
    kin: Arc<BTreeMap<(Arc<str>, Arc<str>), usize>>,
    /// The pods on nodes that have not begun.
    pending: Arc<BTreeSet<Key>>,
    /// Events by when they were last told, and when that was of each.
    told: Arc<BTreeSet<(Moment, Key)>>,
    leases: Arc<Quick<Arc<str>, Moment>>,
    /// How many pods have each address.
    addressed: Arc<Quick<Arc<str>, usize>>,
    /// How many services have each cluster address.
    served: Arc<Quick<Arc<str>, usize>>,
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

    /// What a node has for pods.
    pub(super) fn room(&self, node: &str) -> Load {
        self.rooms.get(node).copied().unwrap_or_default()
    }

    /// How many active pods of this owner are on each node that has some.
    pub(super) fn kin(&self, owner: &str) -> impl Iterator<Item = (&str, usize)> {
        let (owner, end): (Arc<str>, Arc<str>) = (owner.into(), "".into());
        let first = (owner.clone(), end);
        let mine = self.kin.range(first..).take_while(move |((one, _), _)| *one == owner);
        mine.map(|((_, node), count)| (&**node, *count))
    }

    pub(super) fn is_addressed(&self, address: &str) -> bool {
        self.addressed.contains_key(address)
    }

    pub(super) fn is_service_address(&self, address: &str) -> bool {
        self.served.contains_key(address)
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &Key> {
        self.pending.iter()
    }

    /// The event that was told first of all.
    pub(super) fn oldest_event(&self) -> Option<&(Moment, Key)> {
        self.told.first()
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
        let labels = |pod: Option<&Object>| match pod {
            Some(pod) => pairs(key.namespace(), &pod["metadata"]["labels"]),
            None => Vec::new(),
        };
        let unchanged = match (before, after) {
            (Some(was), Some(is)) => {
                was.is_one_with(is, "metadata") || was["metadata"]["labels"] == is["metadata"]["labels"]
            }
            _ => false,
        };
        if !unchanged {
            shift(&mut self.labelled, key, &labels(before), &labels(after));
        }
    }

    /// Counts the pod among those of its owner on its node.
    fn count_kin(&mut self, before: Option<&Object>, after: Option<&Object>) {
        let (was, is) = (before.and_then(kin), after.and_then(kin));
        if was == is {
            return;
        }
        let counts = Arc::make_mut(&mut self.kin);
        if let Some((owner, node)) = was {
            let place: (Arc<str>, Arc<str>) = (owner.into(), node.into());
            match counts.get_mut(&place) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    counts.remove(&place);
                }
            }
        }
        if let Some((owner, node)) = is {
            *counts.entry((owner.into(), node.into())).or_default() += 1;
        }
    }

    fn wait(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>) {
        let waits = |pod: Option<&Object>| {
            pod.is_some_and(|pod| {
                pod["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty())
                    && pod["status"]["phase"].as_str().is_none_or(|phase| phase == "Pending")
            })
        };
        match (waits(before), waits(after)) {
            (false, true) => {
                Arc::make_mut(&mut self.pending).insert(key.clone());
            }
            (true, false) => {
                Arc::make_mut(&mut self.pending).remove(key);
            }
            _ => {}
        }
    }

    fn measure(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>) {
        let (was, is) = (before.map(Load::of_node), after.map(Load::of_node));
        if was == is {
            return;
        }
        let rooms = Arc::make_mut(&mut self.rooms);
        match is {
            Some(room) => rooms.insert(key.path().clone(), room),
            None => rooms.remove(key.path()),
        };
    }

    fn serve(&mut self, before: Option<&Object>, after: Option<&Object>) {
        let address = |service: &'_ Object| service["spec"]["clusterIP"].as_str().map(str::to_owned);
        recount(&mut self.served, before.and_then(address), after.and_then(address));
    }

    fn address(&mut self, before: Option<&Object>, after: Option<&Object>) {
        let address = |pod: &'_ Object| pod["status"]["podIP"].as_str().map(str::to_owned);
        recount(&mut self.addressed, before.and_then(address), after.and_then(address));
    }

    /// Notes when an event was last written: its lease begins anew.
    fn tell(&mut self, key: &Key, now: Option<Moment>) {
        let leases = Arc::make_mut(&mut self.leases);
        let had = match now {
            Some(now) => leases.insert(key.path().clone(), now),
            None => leases.remove(key.path()),
        };
        let told = Arc::make_mut(&mut self.told);
        if let Some(had) = had {
            told.remove(&(had, key.clone()));
        }
        if let Some(now) = now {
            told.insert((now, key.clone()));
        }
    }

    fn weigh(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>) {
        // What a pod asks for changes only where it may be resized, and that is seen in its spec.
        let same = match (before, after) {
            (Some(was), Some(is)) => {
                let containers = ["containers", "initContainers"];
                load_place(was) == load_place(is)
                    && (was.is_one_with(is, "spec") || containers.iter().all(|one| was["spec"][one] == is["spec"][one]))
            }
            _ => false,
        };
        if same {
            return;
        }
        let (was, is) = (before.and_then(load), after.and_then(load));
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

    pub(super) fn moved(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>, now: Moment) {
        match key.kind.as_str() {
            // Nothing owns them and nothing else looks for them.
            "events" => return self.tell(key, after.map(|_| now)),
            "pods" => {
                self.weigh(key, before, after);
                self.label(key, before, after);
                self.count_kin(before, after);
                self.address(before, after);
                self.wait(key, before, after);
                let (was, is) = (before.map(node), after.map(node));
                if was != is {
                    shift(&mut self.on_node, key, was.as_slice(), is.as_slice());
                }
            }
            "nodes" => self.measure(key, before, after),
            kind if CHOOSERS.contains(&kind) => {
                if kind == "services" {
                    self.serve(before, after);
                }
                let (was, is) = (before.and_then(|it| chooses(key, it)), after.and_then(|it| chooses(key, it)));
                if was != is {
                    shift(&mut self.choosing, key, was.as_slice(), is.as_slice());
                }
            }
            _ => {}
        }
        if let (Some(was), Some(is)) = (before, after)
            && was.is_one_with(is, "metadata")
        {
            return;
        }
        let (was, is) = (before.map(owners).unwrap_or_default(), after.map(owners).unwrap_or_default());
        if was != is {
            shift(&mut self.owned, key, &was, &is);
        }
    }
}

/// The node of a pod; nothing while it has none, so that those without are found as well.
fn node(object: &Object) -> &str {
    object["spec"]["nodeName"].as_str().unwrap_or_default()
}

/// The owner and the node of a pod that lives on.
fn kin(pod: &Object) -> Option<(&str, &str)> {
    let (owner, _) = (pod.controller()?, load_place(pod)?);
    (!pod.is_going()).then(|| (owner.uid(), node(pod)))
}

/// The node of a pod that takes room there: one that has not ended.
fn load_place(pod: &Object) -> Option<&str> {
    let ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    Some(node(pod)).filter(|name| !name.is_empty() && !ended)
}

/// What a pod that has not ended asks of its node.
fn load(pod: &Object) -> Option<(&str, Load)> {
    load_place(pod).map(|node| (node, Load::of_pod(pod)))
}

fn repels(pod: &Object) -> bool {
    let terms = &pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    terms.as_array().is_some_and(|terms| !terms.is_empty())
}

fn owners(object: &Object) -> Vec<&str> {
    object.owners().map(|owner| owner.uid()).collect()
}

/// One less of what was, one more of what is.
fn recount(counts: &mut Arc<Quick<Arc<str>, usize>>, was: Option<String>, is: Option<String>) {
    if was == is {
        return;
    }
    let counts = Arc::make_mut(counts);
    if let Some(was) = was {
        match counts.get_mut(was.as_str()) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(was.as_str());
            }
        }
    }
    if let Some(is) = is {
        *counts.entry(is.into()).or_default() += 1;
    }
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
