//! Pods that want to be near others, or away from them.

use super::refused::No;
use crate::json::Value;
use crate::laws::kit::pods;
use crate::world::{Object, Selector, World, strings};
use std::collections::{BTreeMap, BTreeSet};

/// A label of nodes and one of its values: a place that may hold several nodes.
type Place = (String, String);

/// Where a pod must, must not or would like to be because of others.
#[derive(Clone, Debug, Default)]
pub(super) struct Near {
    /// For each required term: its label, and the values where there is such a pod; none when the pod is the first.
    with: Vec<(String, Option<BTreeSet<String>>)>,
    without: BTreeSet<Place>,
    kept_off: BTreeSet<Place>,
    liked: BTreeMap<Place, i64>,
}

/// One term: its label, and the pods it is about.
struct Term {
    label: String,
    selector: Selector,
    namespaces: Vec<String>,
    everywhere: Option<Selector>,
}

impl Term {
    fn read(term: &Value, pod: &Object) -> Self {
        let named: Vec<String> = strings(&term["namespaces"]).map(str::to_owned).collect();
        let everywhere = (!term["namespaceSelector"].is_null()).then(|| Selector::of(&term["namespaceSelector"]));
        let own = named.is_empty() && everywhere.is_none();
        Self {
            label: term["topologyKey"].as_str().unwrap_or_default().to_owned(),
            selector: Selector::of(&term["labelSelector"]),
            namespaces: if own { vec![pod.namespace().to_owned()] } else { named },
            everywhere,
        }
    }

    fn takes(&self, world: &World, pod: &Object) -> bool {
        let of_namespace = self.namespaces.iter().any(|one| one == pod.namespace())
            || self.everywhere.as_ref().is_some_and(|selector| {
                world.get("namespaces", "", pod.namespace()).is_some_and(|namespace| selector.takes(namespace))
            });
        of_namespace && self.selector.takes(pod)
    }

    /// The values of the label at the nodes where there is such a pod.
    fn values(&self, world: &World) -> BTreeSet<String> {
        let namespaces: Vec<&str> =
            if self.everywhere.is_some() { vec![""] } else { self.namespaces.iter().map(String::as_str).collect() };
        let pods = namespaces.into_iter().flat_map(|namespace| world.list("pods", namespace));
        pods.filter(|pod| !pods::has_ended(pod) && self.takes(world, pod))
            .filter_map(|pod| world.get("nodes", "", pods::node(pod))?.label(&self.label).map(str::to_owned))
            .collect()
    }
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

fn terms<'a>(pod: &'a Object, which: &str, field: &str) -> impl Iterator<Item = &'a Value> {
    pod["spec"]["affinity"][which][field].as_array().into_iter().flatten()
}

impl Near {
    pub(super) fn of(world: &World, pod: &Object) -> Self {
        let mut near = Self::default();
        for term in terms(pod, "podAffinity", REQUIRED) {
            let term = Term::read(term, pod);
            let values = term.values(world);
            // The first of a group that wants to be together may be anywhere.
            let first = values.is_empty() && term.takes(world, pod);
            near.with.push((term.label, (!first).then_some(values)));
        }
        for term in terms(pod, "podAntiAffinity", REQUIRED) {
            let term = Term::read(term, pod);
            near.without.extend(term.values(world).into_iter().map(|value| (term.label.clone(), value)));
        }
        for (which, sign) in [("podAffinity", 1), ("podAntiAffinity", -1)] {
            for weighted in terms(pod, which, PREFERRED) {
                let term = Term::read(&weighted["podAffinityTerm"], pod);
                for value in term.values(world) {
                    let weight = weighted["weight"].as_i64().unwrap_or(1);
                    *near.liked.entry((term.label.clone(), value)).or_default() += sign * weight;
                }
            }
        }
        for other in world.repelling() {
            for term in terms(other, "podAntiAffinity", REQUIRED) {
                let term = Term::read(term, other);
                if term.takes(world, pod)
                    && let Some(value) =
                        world.get("nodes", "", pods::node(other)).and_then(|node| node.label(&term.label))
                {
                    near.kept_off.insert((term.label.clone(), value.to_owned()));
                }
            }
        }
        near
    }

    /// Why the node will not do, or nothing.
    pub(super) fn check(&self, node: &Object) -> Option<No> {
        let fits = |(label, values): &(String, Option<BTreeSet<String>>)| {
            node.label(label).is_some_and(|value| values.as_ref().is_none_or(|values| values.contains(value)))
        };
        let among = |places: &BTreeSet<Place>| places.iter().any(|(label, value)| node.label(label) == Some(value));
        if !self.with.iter().all(fits) {
            Some(No::firm("node(s) didn't match pod affinity rules"))
        } else if among(&self.without) {
            Some(No::soft("node(s) didn't match pod anti-affinity rules"))
        } else if among(&self.kept_off) {
            Some(No::soft("node(s) didn't satisfy existing pods anti-affinity rules"))
        } else {
            None
        }
    }

    /// How much the pod would like to be there.
    pub(super) fn liking(&self, node: &Object) -> i64 {
        let here = self.liked.iter().filter(|((label, value), _)| node.label(label) == Some(value));
        here.map(|(_, weight)| weight).sum()
    }
}
