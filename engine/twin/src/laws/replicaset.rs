//! Replica sets: as many pods of a template as are wanted, and the count of them.

use super::Law;
use super::kit::events::{Told, tell};
use super::kit::numbers::count;
use super::kit::{pods, retry, template, workload::Workload};
use crate::json::{Value, json};
use crate::world::{Again, Change, Deletion, Key, Moment, Object, Selector, World, list, map};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "replicaset", hears, acts };

const OURS: Workload = Workload { kind: "ReplicaSet", plural: "replicasets.apps" };
const BY: &str = "replicaset-controller";
/// How many pods are made in one go.
const BURST: i64 = 500;

fn hears(_: &World, change: &Change) -> Vec<Key> {
    OURS.hears(change)
}

fn acts(world: &mut World, key: &Key) -> Again {
    if OURS.adopts(world, key) {
        return Again::Never;
    }
    let Some(set) = world.at(key).cloned() else {
        return Again::Never;
    };
    let claimed = OURS.claim(world, &set, set["status"]["observedGeneration"].is_null());
    let active: Vec<Arc<Object>> = claimed.into_iter().map(|(_, pod)| pod).filter(|pod| pods::is_active(pod)).collect();
    let failed = if set.is_going() { None } else { manage(world, &set, &active) };
    let again = if failed.is_some() { retry::later(world, LAW.name, key) } else { Again::Never };
    if failed.is_none() {
        retry::over(world, LAW.name, key);
    }
    let next = write(world, key, &set, &active, failed);
    retry::earlier(again, next)
}

/// Makes or deletes pods; says what went wrong as a reason and a message.
fn manage(world: &mut World, set: &Object, active: &[Arc<Object>]) -> Option<(&'static str, String)> {
    let wanted = set["spec"]["replicas"].as_i64().unwrap_or(1);
    let there = i64::try_from(active.len()).unwrap_or(i64::MAX);
    for _ in there..wanted.min(there.saturating_add(BURST)) {
        match template::create(world, template::pod(set, &set["spec"]["template"])) {
            Ok(pod) => tell(world, set, Told::normal(BY, "SuccessfulCreate"), &format!("Created pod: {}", pod.name())),
            Err(refusal) => {
                let ending = refusal.causes.iter().any(|cause| cause.reason == "NamespaceTerminating");
                if !ending {
                    let message = format!("Error creating: {}", refusal.message);
                    tell(world, set, Told::warning(BY, "FailedCreate"), &message);
                }
                return Some(("FailedCreate", refusal.message));
            }
        }
    }
    if there > wanted {
        let mut ranked = ranked(world, active);
        ranked.truncate(usize::try_from(there - wanted).unwrap_or(0));
        for pod in ranked {
            let key = Key::new("pods", pod.namespace(), pod.name());
            let uid = Some(pod.uid().to_owned());
            if world.delete(&key, &Deletion { uid, ..Deletion::default() }).is_ok() {
                tell(world, set, Told::normal(BY, "SuccessfulDelete"), &format!("Deleted pod: {}", pod.name()));
            }
        }
    }
    None
}

/// The pods in the order they are given up: without a node, pending, not ready, cheap, crowded, young ones first.
fn ranked(world: &World, active: &[Arc<Object>]) -> Vec<Arc<Object>> {
    let mut crowd: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in active {
        *crowd.entry(pods::node(pod)).or_default() += 1;
    }
    let now = world.now();
    let phase = |pod: &Object| match pods::phase(pod) {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let cost = |pod: &Object| -> i64 {
        pod.annotation("controller.kubernetes.io/pod-deletion-cost").and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    // The real one compares ages by their logarithm, so that pods of one time are as good as each other.
    let age = |since: Option<Moment>| since.map_or(0, |since| now.seconds_since(since).max(1).ilog2());
    let mut ranked = active.to_vec();
    ranked.sort_by(|a, b| {
        pods::node(b)
            .is_empty()
            .cmp(&pods::node(a).is_empty())
            .then_with(|| phase(a).cmp(&phase(b)))
            .then_with(|| pods::is_ready(a).cmp(&pods::is_ready(b)))
            .then_with(|| cost(a).cmp(&cost(b)))
            .then_with(|| crowd[pods::node(b)].cmp(&crowd[pods::node(a)]))
            .then_with(|| match (pods::ready_since(a), pods::ready_since(b)) {
                (Some(a), Some(b)) => age(Some(a)).cmp(&age(Some(b))),
                _ => Ordering::Equal,
            })
            .then_with(|| pods::restarts(b).cmp(&pods::restarts(a)))
            .then_with(|| age(Some(a.created())).cmp(&age(Some(b.created()))))
            .then_with(|| a.uid().cmp(b.uid()))
    });
    ranked
}

/// Writes the status; says when a pod becomes available by waiting.
fn write(
    world: &mut World,
    key: &Key,
    set: &Object,
    active: &[Arc<Object>],
    failed: Option<(&str, String)>,
) -> Option<Moment> {
    let now = world.now();
    let labels = Selector::labels(&set["spec"]["template"]["metadata"]["labels"]);
    let min_ready = set["spec"]["minReadySeconds"].as_i64().unwrap_or(0);
    let (mut labelled, mut ready, mut available, mut next) = (0, 0, 0, None::<Moment>);
    for pod in active {
        labelled += i64::from(labels.takes(pod));
        if let Some(at) = pods::available_at(pod, min_ready) {
            ready += 1;
            if at <= now {
                available += 1;
            } else {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
    }
    let generation = set.generation();
    let written = world.change(key, |set| {
        let status = &mut set["status"];
        status["replicas"] = active.len().into();
        count(
            status,
            &[("fullyLabeledReplicas", labelled), ("readyReplicas", ready), ("availableReplicas", available)],
        );
        status["observedGeneration"] = generation.into();
        fail(status, now, failed);
    });
    drop(written);
    next
}

fn fail(status: &mut Value, now: Moment, failed: Option<(&str, String)>) {
    match failed {
        None => {
            if let Some(conditions) = status.get_mut("conditions").and_then(Value::as_array_mut) {
                conditions.retain(|condition| condition["type"] != "ReplicaFailure");
                if conditions.is_empty() {
                    map(status).remove("conditions");
                }
            }
        }
        Some((reason, message)) => {
            let conditions = list(&mut status["conditions"]);
            if !conditions.iter().any(|condition| condition["type"] == "ReplicaFailure") {
                conditions.push(json!({
                    "type": "ReplicaFailure", "status": "True", "lastTransitionTime": now.text(),
                    "reason": reason, "message": message,
                }));
            }
        }
    }
}
