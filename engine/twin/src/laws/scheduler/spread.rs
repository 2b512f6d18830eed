//! Pods that are to be spread evenly over places.

use super::fit::Wants;
use super::refused::No;
use crate::laws::kit::pods;
use crate::world::{Object, Selector, World};
use std::collections::BTreeMap;

/// The hard constraints of a pod and how its like are spread now.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread(Vec<Constraint>);

#[derive(Clone, Debug)]
struct Constraint {
    label: String,
    skew: i64,
    own: i64,
    counts: BTreeMap<String, i64>,
    least: i64,
}

impl Spread {
    pub(super) fn of(world: &World, pod: &Object, wants: &Wants) -> Self {
        let constraints = pod["spec"]["topologySpreadConstraints"].as_array();
        let hard = constraints.into_iter().flatten().filter(|one| one["whenUnsatisfiable"] == "DoNotSchedule");
        Self(
            hard.map(|constraint| {
                let label = constraint["topologyKey"].as_str().unwrap_or_default().to_owned();
                let selector = Selector::of(&constraint["labelSelector"]);
                let mut counts: BTreeMap<String, i64> = BTreeMap::new();
                for node in world.list("nodes", "").filter(|node| wants.labels_fit(node)) {
                    if let Some(value) = node.label(&label) {
                        counts.entry(value.to_owned()).or_default();
                    }
                }
                for other in world.select("pods", pod.namespace(), &selector).filter(|other| pods::is_active(other)) {
                    let node = world.get("nodes", "", pods::node(other));
                    if let Some(count) = node.and_then(|node| node.label(&label)).and_then(|at| counts.get_mut(at)) {
                        *count += 1;
                    }
                }
                let wanted = constraint["minDomains"].as_u64().unwrap_or(1);
                let least =
                    if (counts.len() as u64) < wanted { 0 } else { counts.values().min().copied().unwrap_or(0) };
                let skew = constraint["maxSkew"].as_i64().unwrap_or(1);
                Constraint { label, skew, own: i64::from(selector.takes(pod)), counts, least }
            })
            .collect(),
        )
    }

    /// Why the node will not do, or nothing.
    pub(super) fn check(&self, node: &Object) -> Option<No> {
        let reason = "node(s) didn't match pod topology spread constraints";
        self.0.iter().find_map(|constraint| {
            let Some(value) = node.label(&constraint.label) else {
                return Some(No::firm(format!("{reason} (missing required label)")));
            };
            let count = constraint.counts.get(value).copied().unwrap_or(0);
            (count + constraint.own - constraint.least > constraint.skew).then(|| No::soft(reason))
        })
    }
}
