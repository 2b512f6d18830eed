//! Disruption budgets: how many pods may go, as evictions are asked to respect.

use super::Law;
use super::kit::numbers::share;
use super::kit::pods;
use crate::json::{Value, json};
use crate::world::{Again, Change, Key, Moment, Object, Selector, World, map};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "disruption", hears, acts };

const PLURAL: &str = "poddisruptionbudgets.policy";
/// For how long a pod that is to be evicted counts as gone, while it is not.
const EVICTING: i64 = 120;

fn hears(world: &World, change: &Change) -> Vec<Key> {
    match change.key.kind.as_str() {
        PLURAL if change.after.is_some() => vec![change.key.clone()],
        "pods" if world.count(PLURAL) == 0 => Vec::new(),
        "pods" => {
            if let (Some(before), Some(after)) = (&change.before, &change.after)
                && before.condition("Ready") == after.condition("Ready")
                && before.is_going() == after.is_going()
                && pods::phase(before) == pods::phase(after)
                && before["metadata"]["labels"] == after["metadata"]["labels"]
            {
                return Vec::new();
            }
            let mut keys: Vec<Key> = Vec::new();
            for pod in [&change.before, &change.after].into_iter().flatten() {
                let takes = |budget: &Object| Selector::of(&budget["spec"]["selector"]).takes(pod);
                let budgets = world.choosing(PLURAL, change.key.namespace(), &pod["metadata"]["labels"]);
                for (key, _) in budgets.filter(|(_, it)| takes(it)) {
                    if !keys.contains(key) {
                        keys.push(key.clone());
                    }
                }
            }
            keys
        }
        // A controller's size is what a budget expects.
        "deployments.apps" | "replicasets.apps" | "statefulsets.apps" => match (&change.before, &change.after) {
            (Some(before), Some(after)) if before["spec"]["replicas"] != after["spec"]["replicas"] => {
                let template = &after["spec"]["template"]["metadata"]["labels"];
                let takes = |budget: &Object| Selector::of(&budget["spec"]["selector"]).takes_labels(template);
                let budgets = world.entries(PLURAL, change.key.namespace());
                budgets.filter(|(_, budget)| takes(budget)).map(|(key, _)| key).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The budgets over a pod, for evictions.
pub(crate) fn budgets_of(world: &World, pod: &Object) -> Vec<(Key, Arc<Object>)> {
    let takes = |budget: &Object| {
        let selector = Selector::of(&budget["spec"]["selector"]);
        !selector.is_everything() && selector.takes(pod)
    };
    let budgets = world.entries(PLURAL, pod.namespace()).filter(|(_, budget)| takes(budget));
    budgets.map(|(key, budget)| (key, budget.clone())).collect()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(budget) = world.at(key).cloned() else {
        return Again::Never;
    };
    if budget.is_going() {
        return Again::Never;
    }
    let selector = Selector::of(&budget["spec"]["selector"]);
    let covered: Vec<Arc<Object>> = world
        .pods_with(key.namespace(), &budget["spec"]["selector"]["matchLabels"])
        .into_iter()
        .filter(|pod| selector.takes(pod) && !pods::has_ended(pod))
        .cloned()
        .collect();
    let (expected, desired) = wanted(world, &budget, &covered);
    let now = world.now();
    let (evicting, next) = evicting(&budget, &covered, now);
    let healthy = covered
        .iter()
        .filter(|pod| pods::is_ready(pod) && !pod.is_going() && !evicting.contains_key(pod.name()))
        .count();
    let healthy = i64::try_from(healthy).unwrap_or(i64::MAX);
    let allowed = if expected == 0 { 0 } else { (healthy - desired).max(0) };
    let generation = budget.generation();
    drop(world.change(key, |budget| {
        let status = &mut budget["status"];
        for (field, number) in [
            ("disruptionsAllowed", allowed),
            ("currentHealthy", healthy),
            ("desiredHealthy", desired),
            ("expectedPods", expected),
            ("observedGeneration", generation),
        ] {
            status[field] = number.into();
        }
        if evicting.is_empty() {
            map(status).remove("disruptedPods");
        } else {
            status["disruptedPods"] = json!(evicting);
        }
        judge(budget, now, allowed, generation);
    }));
    next.map_or(Again::Never, Again::At)
}

fn judge(budget: &mut Object, now: Moment, allowed: i64, generation: i64) {
    let (status, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    budget.set_condition(now, "DisruptionAllowed", status, reason, "");
    for condition in budget["status"]["conditions"].as_array_mut().into_iter().flatten() {
        if condition["type"] == "DisruptionAllowed" {
            condition["message"] = "".into();
            condition["observedGeneration"] = generation.into();
        }
    }
}

/// The pods that were given free for eviction and are still there, and when the first of them counts again.
fn evicting(budget: &Object, covered: &[Arc<Object>], now: Moment) -> (BTreeMap<String, Value>, Option<Moment>) {
    let (mut evicting, mut next) = (BTreeMap::new(), None::<Moment>);
    for (name, since) in budget["status"]["disruptedPods"].as_object().into_iter().flatten() {
        let until = since.as_str().and_then(Moment::read).unwrap_or(now).plus_seconds(EVICTING);
        let waits = covered.iter().any(|pod| pod.name() == name && !pod.is_going());
        if waits && until > now {
            evicting.insert(name.to_string(), since.clone());
            next = Some(next.map_or(until, |next| next.min(until)));
        }
    }
    (evicting, next)
}

/// How many pods there should be, and how many of them must be healthy.
fn wanted(world: &World, budget: &Object, covered: &[Arc<Object>]) -> (i64, i64) {
    let (least, most) = (&budget["spec"]["minAvailable"], &budget["spec"]["maxUnavailable"]);
    let there = i64::try_from(covered.len()).unwrap_or(i64::MAX);
    if !most.is_null() {
        let expected = scale(world, covered).unwrap_or(there);
        return (expected, (expected - share(most, expected, true)).max(0));
    }
    if least.is_string() {
        let expected = scale(world, covered).unwrap_or(there);
        return (expected, share(least, expected, true));
    }
    (there, least.as_i64().unwrap_or(0))
}

/// The sum of the sizes of the pods' controllers.
fn scale(world: &World, covered: &[Arc<Object>]) -> Option<i64> {
    let mut sizes: BTreeMap<String, i64> = BTreeMap::new();
    for pod in covered {
        let owner = pod.controller()?;
        let plural = match owner.kind() {
            "ReplicaSet" => "replicasets.apps",
            "StatefulSet" => "statefulsets.apps",
            "ReplicationController" => "replicationcontrollers",
            _ => return None,
        };
        let mut top = world.get(plural, pod.namespace(), owner.name())?;
        if let Some(above) = top.controller().filter(|above| above.kind() == "Deployment") {
            top = world.get("deployments.apps", pod.namespace(), above.name()).unwrap_or(top);
        }
        sizes.insert(top.uid().to_owned(), top["spec"]["replicas"].as_i64().unwrap_or(1));
    }
    Some(sizes.values().sum())
}
