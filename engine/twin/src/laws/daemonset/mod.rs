//! Daemon sets: one pod on every node that takes it.

mod nodes;
mod rollout;

use super::Law;
use super::kit::events::{Told, tell};
use super::kit::numbers::count;
use super::kit::{pods, retry, revisions, template, workload::Workload};
use crate::json::Value;
use crate::world::{Again, Change, Deletion, Key, Moment, Object, World};
use nodes::Place;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "daemonset", hears, acts };

const OURS: Workload = Workload { kind: "DaemonSet", plural: "daemonsets.apps" };
const BY: &str = "daemonset-controller";
const HASH: &str = "controller-revision-hash";

/// The pods of a set by the node they are on or are meant for.
type ByNode = BTreeMap<String, Vec<Arc<Object>>>;

fn hears(world: &World, change: &Change) -> Vec<Key> {
    if change.key.kind == "nodes" {
        if let (Some(before), Some(after)) = (&change.before, &change.after)
            && before["spec"] == after["spec"]
            && before["metadata"]["labels"] == after["metadata"]["labels"]
        {
            return Vec::new();
        }
        return world.entries(OURS.plural, "").map(|(key, _)| key).collect();
    }
    OURS.hears(change)
}

fn acts(world: &mut World, key: &Key) -> Again {
    if OURS.adopts(world, key) {
        return Again::Never;
    }
    let Some(set) = world.at(key).cloned() else {
        return Again::Never;
    };
    let mine = OURS.claim(world, &set, set["status"]["observedGeneration"].is_null());
    if set.is_going() {
        return Again::Never;
    }
    let Some(revision) = revisions::current(world, &set, HASH) else {
        return Again::Never;
    };
    let hash = revision.label(HASH).unwrap_or_default().to_owned();
    let mut by_node = ByNode::new();
    for (_, pod) in mine {
        by_node.entry(nodes::meant_for(&pod).to_owned()).or_default().push(pod);
    }
    let refused = fill(world, &set, &hash, &by_node);
    let again = if refused { retry::later(world, LAW.name, key) } else { Again::Never };
    if !refused {
        retry::over(world, LAW.name, key);
    }
    if set["spec"]["updateStrategy"]["type"] != "OnDelete" {
        rollout::roll(world, &set, &hash, &by_node);
    }
    let used: BTreeSet<String> =
        by_node.values().flatten().filter_map(|pod| pod.label(HASH)).map(str::to_owned).collect();
    revisions::retire(world, &set, HASH, &used);
    let next = write(world, key, &set, &hash);
    retry::earlier(again, next)
}

/// Makes the pods that are missing and ends those that should not be. Says whether one was refused.
fn fill(world: &mut World, set: &Object, hash: &str, by_node: &ByNode) -> bool {
    let places: Vec<(String, Place)> =
        world.list("nodes", "").map(|node| (node.name().to_owned(), nodes::place(set, node))).collect();
    let (mut make, mut end): (Vec<String>, Vec<Arc<Object>>) = (Vec::new(), Vec::new());
    for (node, place) in &places {
        let here = by_node.get(node).map(Vec::as_slice).unwrap_or_default();
        if place.may_run && here.is_empty() {
            make.push(node.clone());
        } else if place.may_stay {
            let (failed, live): (Vec<&Arc<Object>>, Vec<_>) = here.iter().partition(|pod| pods::has_ended(pod));
            for pod in failed.iter().filter(|pod| !pod.is_going()) {
                let message = format!(
                    "Found failed daemon pod {}/{} on node {node}, will try to kill it",
                    pod.namespace(),
                    pod.name()
                );
                tell(world, set, Told::warning(BY, "FailedDaemonPod"), &message);
                end.push((*pod).clone());
            }
            end.extend(rollout::too_many(set, hash, &live));
        } else {
            end.extend(here.iter().filter(|pod| !pod.is_going()).cloned());
        }
    }
    let known: BTreeSet<&str> = places.iter().map(|(node, _)| node.as_str()).collect();
    for (_, here) in by_node.iter().filter(|(node, _)| !known.contains(node.as_str())) {
        end.extend(here.iter().filter(|pod| !pod.is_going() && pods::node(pod).is_empty()).cloned());
    }
    for node in make {
        if !create(world, set, hash, &node) {
            return true;
        }
    }
    for pod in end {
        remove(world, set, &pod);
    }
    false
}

/// Creates the pod of a node.
fn create(world: &mut World, set: &Object, hash: &str, node: &str) -> bool {
    let mut pod = template::pod(set, &set["spec"]["template"]);
    nodes::aim(&mut pod, node);
    pod.set_label(HASH, hash);
    pod.set_label("pod-template-generation", &set.generation().to_string());
    match template::create(world, pod) {
        Ok(pod) => {
            tell(world, set, Told::normal(BY, "SuccessfulCreate"), &format!("Created pod: {}", pod.name()));
            true
        }
        Err(refusal) => {
            let message = format!("Error creating: {}", refusal.message);
            tell(world, set, Told::warning(BY, "FailedCreate"), &message);
            refusal.causes.iter().any(|cause| cause.reason == "NamespaceTerminating")
        }
    }
}

fn remove(world: &mut World, set: &Object, pod: &Object) {
    let key = Key::new("pods", pod.namespace(), pod.name());
    let uid = Some(pod.uid().to_owned());
    if world.delete(&key, &Deletion { uid, ..Deletion::default() }).is_ok() {
        tell(world, set, Told::normal(BY, "SuccessfulDelete"), &format!("Deleted pod: {}", pod.name()));
    }
}

/// Writes the status; says when a pod becomes available by waiting.
fn write(world: &mut World, key: &Key, set: &Object, hash: &str) -> Option<Moment> {
    let now = world.now();
    let mut by_node: BTreeMap<String, Vec<Arc<Object>>> = BTreeMap::new();
    for (_, pod) in world.owned(set.uid()).filter(|(key, pod)| key.kind == "pods" && !pod.is_going()) {
        by_node.entry(nodes::meant_for(pod).to_owned()).or_default().push(pod.clone());
    }
    let min_ready = set["spec"]["minReadySeconds"].as_i64().unwrap_or(0);
    let (mut desired, mut current, mut wrong, mut ready, mut updated, mut available) = (0, 0, 0, 0, 0, 0);
    let mut next: Option<Moment> = None;
    for node in world.list("nodes", "") {
        let here = by_node.get(node.name()).map(Vec::as_slice).unwrap_or_default();
        if !nodes::place(set, node).may_run {
            wrong += i64::from(!here.is_empty());
            continue;
        }
        desired += 1;
        // The oldest counts, and of those the ready one.
        let Some(pod) = here.iter().min_by_key(|pod| (!pods::is_ready(pod), pod.created())) else { continue };
        current += 1;
        updated += i64::from(pod.label(HASH) == Some(hash));
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
    drop(world.change(key, |set| {
        if set.annotation("deprecated.daemonset.template.generation").is_none() {
            set.set_annotation("deprecated.daemonset.template.generation", &generation.to_string());
        }
        let status: &mut Value = &mut set["status"];
        status["desiredNumberScheduled"] = desired.into();
        status["currentNumberScheduled"] = current.into();
        status["numberMisscheduled"] = wrong.into();
        status["numberReady"] = ready.into();
        status["observedGeneration"] = generation.into();
        count(
            status,
            &[
                ("updatedNumberScheduled", updated),
                ("numberAvailable", available),
                ("numberUnavailable", desired - available),
            ],
        );
    }));
    next
}
