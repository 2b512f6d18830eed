//! Deployments: replica sets for the templates there were, and the way from one to the next.

mod retire;
mod rollout;
mod scale;
mod sets;
mod status;

use super::Law;
use super::kit::numbers::share;
use super::kit::{pods, template, workload};
use crate::world::{Again, Change, Key, Object, Selector, World};
use sets::Sets;
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "deployment", hears, acts };

const PLURAL: &str = "deployments.apps";
const SETS: &str = "replicasets.apps";
const BY: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
/// The label that tells the pods of one template from those of another.
const HASH: &str = "pod-template-hash";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    match change.key.kind.as_str() {
        PLURAL => vec![change.key.clone()],
        SETS => {
            let mut keys = Vec::new();
            for object in [&change.before, &change.after].into_iter().flatten() {
                match template::controller_key(object, "Deployment", PLURAL) {
                    Some(key) if !keys.contains(&key) => keys.push(key),
                    None if object.controller().is_none() && !object.is_going() && change.after.is_some() => {
                        keys.push(Key::new(ORPHAN, change.key.namespace(), change.key.name()));
                    }
                    _ => {}
                }
            }
            keys
        }
        // Only those that recreate wait for pods to be gone.
        "pods" if change.after.as_ref().is_none_or(|after| pods::has_ended(after)) => {
            let set = template::controller_key(change.object(), "ReplicaSet", SETS).and_then(|key| world.at(&key));
            let key = set.and_then(|set| template::controller_key(set, "Deployment", PLURAL));
            key.into_iter().filter(|key| world.at(key).is_some_and(|it| recreates(it))).collect()
        }
        _ => Vec::new(),
    }
}

/// The made-up kind under which a replica set without a controller waits for the deployment that takes it in.
const ORPHAN: &str = "orphans/replicasets";

fn take_in(world: &mut World, key: &Key) -> Again {
    let key = Key::new(SETS, key.namespace(), key.name());
    if let Some(set) = world.at(&key).filter(|set| set.controller().is_none() && !set.is_going()) {
        let takes = |one: &Arc<Object>| !one.is_going() && Selector::of(&one["spec"]["selector"]).takes(set);
        let taker = world.list(PLURAL, key.namespace()).find(|one| takes(one)).cloned();
        if let Some(taker) = taker {
            workload::adopt(world, &key, &taker);
        }
    }
    Again::Never
}

fn recreates(deployment: &Object) -> bool {
    deployment["spec"]["strategy"]["type"] == "Recreate"
}

fn acts(world: &mut World, key: &Key) -> Again {
    if key.kind == ORPHAN {
        return take_in(world, key);
    }
    let Some(deployment) = world.at(key).cloned() else {
        return Again::Never;
    };
    if deployment["status"]["observedGeneration"].is_null() {
        adopt(world, &deployment);
    }
    let mut sets = Sets::of(world, key);
    if deployment.is_going() {
        status::sync(world, key, &sets);
        return Again::Never;
    }
    status::note_pause(world, key);
    if deployment["spec"]["paused"] == true || scale::is_due(world, key, &sets) {
        sets.adopt_revision(world, key);
        scale::scale(world, key, &sets);
        if deployment["spec"]["paused"] == true {
            retire::old(world, key, &sets);
        }
        status::sync(world, key, &sets);
        return Again::Never;
    }
    let done = if recreates(&deployment) {
        rollout::recreate(world, key, &mut sets)
    } else {
        rollout::rolling(world, key, &mut sets)
    };
    if done.is_none() {
        return Again::Never;
    }
    status::sync_rollout(world, key, &sets)
}

/// Takes in replica sets of nobody: those that are there when the deployment is new.
fn adopt(world: &mut World, deployment: &Object) {
    if deployment.is_going() {
        return;
    }
    let selector = Selector::of(&deployment["spec"]["selector"]);
    let orphan = |set: &Object| set.controller().is_none() && !set.is_going() && selector.takes(set);
    let found: Vec<Key> =
        world.entries(SETS, deployment.namespace()).filter(|(_, set)| orphan(set)).map(|(key, _)| key).collect();
    for key in found {
        workload::adopt(world, &key, deployment);
    }
}

fn wanted(object: &Object) -> i64 {
    object["spec"]["replicas"].as_i64().unwrap_or(1)
}

/// How many pods there may be over the number wanted.
fn surge(deployment: &Object) -> i64 {
    if recreates(deployment) {
        return 0;
    }
    share(&deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"], wanted(deployment), true)
}

/// How many of the wanted pods may be missing.
fn missing(deployment: &Object) -> i64 {
    if recreates(deployment) || wanted(deployment) == 0 {
        return 0;
    }
    let may = &deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"];
    let may = share(may, wanted(deployment), false);
    // When both are nothing, nothing could ever move.
    let may = if may == 0 && surge(deployment) == 0 { 1 } else { may };
    may.min(wanted(deployment))
}
