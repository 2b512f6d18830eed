//! Stateful sets: pods with names that stay, made and ended in order, each with claims of its own.

mod claims;
mod pod;

use super::Law;
use super::kit::events::{Told, tell};
use super::kit::numbers::count;
use super::kit::{pods, retry, revisions, workload::Workload};
use crate::json::Value;
use crate::world::{Again, Change, Deletion, Key, Moment, Object, World};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "statefulset", hears, acts };

const OURS: Workload = Workload { kind: "StatefulSet", plural: "statefulsets.apps" };
const BY: &str = "statefulset-controller";
const HASH: &str = "controller-revision-hash";
const LABEL: &str = "controller.kubernetes.io/hash";

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
    let mine = OURS.claim(world, &set, set["status"]["observedGeneration"].is_null());
    let Some(update) = revisions::current(world, &set, LABEL) else {
        return Again::Never;
    };
    let update = update.name().to_owned();
    let current = match set["status"]["currentRevision"].as_str() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => update.clone(),
    };
    let mut by_number: BTreeMap<i64, Arc<Object>> = BTreeMap::new();
    for (_, one) in mine {
        if let Some(number) = pod::number(&set, one.name()) {
            by_number.insert(number, one);
        }
    }
    let mut next = None;
    if !set.is_going() {
        next = step(world, &set, &by_number, &current, &update);
    }
    let used: BTreeSet<String> =
        by_number.values().filter_map(|pod| pod.label(HASH)).map(str::to_owned).chain([current.clone()]).collect();
    revisions::retire(world, &set, LABEL, &used);
    let waits = write(world, key, &set, &current, &update);
    [next, waits].into_iter().flatten().min().map_or(Again::Never, Again::At)
}

fn first(set: &Object) -> i64 {
    set["spec"]["ordinals"]["start"].as_i64().unwrap_or(0)
}

fn wanted(set: &Object) -> i64 {
    set["spec"]["replicas"].as_i64().unwrap_or(1)
}

fn available_at(set: &Object, pod: &Object) -> Option<Moment> {
    pods::available_at(pod, set["spec"]["minReadySeconds"].as_i64().unwrap_or(0))
}

/// One step of the set: the first thing that is not as it should be; says when waiting alone helps.
fn step(
    world: &mut World,
    set: &Object,
    there: &BTreeMap<i64, Arc<Object>>,
    current: &str,
    update: &str,
) -> Option<Moment> {
    let now = world.now();
    let parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    let (first, end) = (first(set), first(set) + wanted(set));
    let partition = set["spec"]["updateStrategy"]["rollingUpdate"]["partition"].as_i64().unwrap_or(0);
    for number in first..end {
        match there.get(&number) {
            None => {
                // Those below the partition are made of the old template.
                let old = current != update && number < first + partition;
                let revision = if old { current } else { update };
                if !pod::create(world, set, number, revision) {
                    return match retry::later(world, LAW.name, &Key::new(OURS.plural, set.namespace(), set.name())) {
                        Again::At(at) => Some(at),
                        _ => None,
                    };
                }
                if !parallel {
                    return None;
                }
            }
            Some(one) if pods::has_ended(one) && !one.is_going() => {
                tell_recreation(world, set, one);
                end_pod(world, set, one);
                if !parallel {
                    return None;
                }
            }
            Some(one) if !parallel && (one.is_going() || !pods::is_ready(one)) => return None,
            Some(one) if !parallel => match available_at(set, one) {
                Some(at) if at > now => return Some(at),
                _ => {}
            },
            Some(_) => {}
        }
    }
    let mut condemned: Vec<&Arc<Object>> =
        there.iter().filter(|(number, _)| **number < first || **number >= end).map(|(_, pod)| pod).collect();
    condemned.reverse();
    for one in condemned {
        if one.is_going() {
            if parallel {
                continue;
            }
            return None;
        }
        end_pod(world, set, one);
        if !parallel {
            return None;
        }
    }
    if set["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return None;
    }
    // Old pods give way one at a time, the last first.
    for number in (first + partition.max(0)..end).rev() {
        let Some(one) = there.get(&number) else { continue };
        if one.label(HASH) != Some(update) && !one.is_going() {
            end_pod(world, set, one);
            return None;
        }
        let works = !one.is_going() && available_at(set, one).is_some_and(|at| at <= now);
        if !works {
            return available_at(set, one).filter(|at| *at > now);
        }
    }
    None
}

/// A pod that has ended is made again, and that is told.
fn tell_recreation(world: &mut World, set: &Object, one: &Object) {
    let phase = pods::phase(one).to_lowercase();
    let message = format!("StatefulSet {}/{} is recreating {phase} Pod {}", set.namespace(), set.name(), one.name());
    tell(world, set, Told::warning(BY, "RecreatingTerminatedPod"), &message);
}

fn end_pod(world: &mut World, set: &Object, pod: &Object) {
    let key = Key::new("pods", pod.namespace(), pod.name());
    let uid = Some(pod.uid().to_owned());
    if world.delete(&key, &Deletion { uid, ..Deletion::default() }).is_ok() {
        let message = format!("delete Pod {} in StatefulSet {} successful", pod.name(), set.name());
        tell(world, set, Told::normal(BY, "SuccessfulDelete"), &message);
    }
}

/// Writes the status; says when a pod becomes available by waiting.
fn write(world: &mut World, key: &Key, set: &Object, current: &str, update: &str) -> Option<Moment> {
    let now = world.now();
    let (mut replicas, mut ready, mut available, mut old, mut new) = (0, 0, 0, 0, 0);
    let mut next: Option<Moment> = None;
    for (_, pod) in world.owned(set.uid()).filter(|(key, _)| key.kind == "pods") {
        replicas += 1;
        if let Some(at) = available_at(set, pod).filter(|_| pods::phase(pod) == "Running") {
            ready += 1;
            if at <= now {
                available += 1;
            } else {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
        if !pod.is_going() {
            old += i64::from(pod.label(HASH) == Some(current));
            new += i64::from(pod.label(HASH) == Some(update));
        }
    }
    // The rollout is over when all are of the new template and ready.
    let over = new == wanted(set) && ready == wanted(set) && replicas == wanted(set);
    let current = if over && set["spec"]["updateStrategy"]["type"] != "OnDelete" { update } else { current };
    let old = if current == update { new } else { old };
    let generation = set.generation();
    drop(world.change(key, |set| {
        let status: &mut Value = &mut set["status"];
        status["replicas"] = replicas.into();
        status["availableReplicas"] = available.into();
        status["collisionCount"] = status["collisionCount"].as_i64().unwrap_or(0).into();
        status["currentRevision"] = current.into();
        status["updateRevision"] = update.into();
        status["observedGeneration"] = generation.into();
        count(status, &[("readyReplicas", ready), ("currentReplicas", old), ("updatedReplicas", new)]);
    }));
    next
}

/// Makes a pod of the template of a revision.
fn template_of(world: &World, set: &Object, revision: &str) -> Value {
    let all = revisions::of(world, set);
    let found = all.iter().find(|one| one.name() == revision).map(|one| one["data"]["spec"]["template"].clone());
    let mut template = found.unwrap_or_else(|| set["spec"]["template"].clone());
    if let Some(fields) = template.as_object_mut() {
        fields.remove("$patch");
    }
    template
}
