//! What a deployment says of itself: counts, whether enough is available, whether it gets on.

use super::sets::Sets;
use super::{missing, wanted};
use crate::json::{Value, json};
use crate::laws::kit::numbers::count;
use crate::world::{Again, Key, Moment, Object, World, list, map};

/// Whether the deployment is to get on within a time.
pub(super) fn has_deadline(deployment: &Object) -> bool {
    deployment["spec"]["progressDeadlineSeconds"].as_i64().is_some_and(|seconds| seconds != i64::from(i32::MAX))
}

fn condition<'a>(deployment: &'a Object, kind: &str) -> Option<&'a Value> {
    deployment["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}

/// Sets a condition the way deployments do: the same status and reason change nothing, anything else moves it to the end.
pub(super) fn set(deployment: &mut Object, now: Moment, kind: &str, status: &str, reason: &str, message: &str) {
    let had = condition(deployment, kind);
    if had.is_some_and(|had| had["status"] == status && had["reason"] == reason) {
        return;
    }
    put(deployment, now, kind, status, reason, message);
}

fn put(deployment: &mut Object, now: Moment, kind: &str, status: &str, reason: &str, message: &str) {
    let since = condition(deployment, kind)
        .filter(|had| had["status"] == status)
        .map_or_else(|| now.text().into(), |had| had["lastTransitionTime"].clone());
    remove(deployment, kind);
    list(&mut deployment["status"]["conditions"]).push(json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastUpdateTime": now.text(), "lastTransitionTime": since,
    }));
}

fn remove(deployment: &mut Object, kind: &str) {
    if let Some(conditions) = deployment["status"].get_mut("conditions").and_then(Value::as_array_mut) {
        conditions.retain(|condition| condition["type"] != kind);
        if conditions.is_empty() {
            map(&mut deployment["status"]).remove("conditions");
        }
    }
}

/// Notes that the deployment was paused or goes on.
pub(super) fn note_pause(world: &mut World, key: &Key) {
    let now = world.now();
    drop(world.change(key, |it| {
        if !has_deadline(it) {
            return;
        }
        let reason = condition(it, "Progressing").and_then(|had| had["reason"].as_str()).unwrap_or_default();
        let (paused, noted) = (it["spec"]["paused"] == true, reason == "DeploymentPaused");
        if reason == "ProgressDeadlineExceeded" || paused == noted {
            return;
        }
        if paused {
            set(it, now, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused");
        } else {
            set(it, now, "Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed");
        }
    }));
}

fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or(0)
}

/// Whether all pods are of the newest template and available.
pub(super) fn is_complete(deployment: &Object, status: &Value) -> bool {
    ["updatedReplicas", "replicas", "availableReplicas"].iter().all(|field| number(status, field) == wanted(deployment))
        && number(status, "observedGeneration") >= deployment.generation()
}

/// Writes the counts and whether enough is available.
fn counted(world: &World, deployment: &mut Object, sets: &Sets) {
    let sum = |field: &str| sets.all(world).map(|(_, set)| number(&set["status"], field)).sum::<i64>();
    let total: i64 = sets.all(world).map(|(_, set)| wanted(set)).sum();
    let available = sum("availableReplicas");
    let updated = sets.new_set(world).map_or(0, |set| number(&set["status"], "replicas"));
    let generation = deployment.generation();
    let counts = [
        ("observedGeneration", generation),
        ("replicas", sum("replicas")),
        ("updatedReplicas", updated),
        ("readyReplicas", sum("readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", (total - available).max(0)),
    ];
    count(&mut deployment["status"], &counts);
    let now = world.now();
    if available >= wanted(deployment) - missing(deployment) {
        let message = "Deployment has minimum availability.";
        set(deployment, now, "Available", "True", "MinimumReplicasAvailable", message);
    } else {
        let message = "Deployment does not have minimum availability.";
        set(deployment, now, "Available", "False", "MinimumReplicasUnavailable", message);
    }
}

/// Writes the status without judging progress: after a change of size, while paused, while going.
pub(super) fn sync(world: &mut World, key: &Key, sets: &Sets) {
    let Some(mut after) = world.at(key).map(|it| (**it).clone()) else {
        return;
    };
    counted(world, &mut after, sets);
    drop(world.change(key, |it| *it = after));
}

/// Writes the status and whether the rollout gets on; says when to look whether it has taken too long.
pub(super) fn sync_rollout(world: &mut World, key: &Key, sets: &Sets) -> Again {
    let Some(before) = world.at(key).cloned() else {
        return Again::Never;
    };
    let now = world.now();
    let mut after = (*before).clone();
    counted(world, &mut after, sets);
    let reason = condition(&before, "Progressing").and_then(|had| had["reason"].as_str()).unwrap_or_default();
    let settled = reason == "NewReplicaSetAvailable"
        && number(&after["status"], "replicas") == number(&after["status"], "updatedReplicas");
    if !has_deadline(&before) {
        remove(&mut after, "Progressing");
    } else if !settled {
        judge(&before, &mut after, sets, now);
    }
    let failure = sets.new_set(world).into_iter().chain(sets.all(world).map(|(_, set)| set));
    let failure = failure.filter_map(|set| condition(set, "ReplicaFailure")).next().cloned();
    match failure {
        None => remove(&mut after, "ReplicaFailure"),
        Some(it) => {
            let text = |field: &str| it[field].as_str().unwrap_or_default().to_owned();
            set(&mut after, now, "ReplicaFailure", &text("status"), &text("reason"), &text("message"));
        }
    }
    let deadline = deadline(&after);
    drop(world.change(key, |it| *it = after));
    deadline.map_or(Again::Never, Again::At)
}

fn judge(before: &Object, after: &mut Object, sets: &Sets, now: Moment) {
    let what = match &sets.new {
        Some(new) => format!("ReplicaSet \"{}\"", new.name()),
        None => format!("Deployment \"{}\"", before.name()),
    };
    let (was, is) = (&before["status"], after["status"].clone());
    let old = |status: &Value| number(status, "replicas") - number(status, "updatedReplicas");
    let more = |field: &str| number(&is, field) > number(was, field);
    if is_complete(before, &is) {
        let message = format!("{what} has successfully progressed.");
        set(after, now, "Progressing", "True", "NewReplicaSetAvailable", &message);
    } else if more("updatedReplicas") || old(&is) < old(was) || more("readyReplicas") || more("availableReplicas") {
        put(after, now, "Progressing", "True", "ReplicaSetUpdated", &format!("{what} is progressing."));
    } else if deadline(after).is_some_and(|at| at <= now) {
        let message = format!("{what} has timed out progressing.");
        set(after, now, "Progressing", "False", "ProgressDeadlineExceeded", &message);
    }
}

/// When the deployment will have taken too long, while that is open.
fn deadline(deployment: &Object) -> Option<Moment> {
    let had = condition(deployment, "Progressing").filter(|_| has_deadline(deployment))?;
    if ["NewReplicaSetAvailable", "ProgressDeadlineExceeded"].iter().any(|reason| had["reason"] == *reason)
        || is_complete(deployment, &deployment["status"])
    {
        return None;
    }
    let since = Moment::read(had["lastUpdateTime"].as_str()?)?;
    Some(since.plus_seconds(deployment["spec"]["progressDeadlineSeconds"].as_i64()? + 1))
}
