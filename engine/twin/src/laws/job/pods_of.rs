//! The pods of a job: counting those that ended, once each, and ending those that are too many.

use super::{BY, INDEX, TRACKED, has_failed, is_tracked, number as or};
use crate::json::{Value, json};
use crate::laws::kit::events::{Told, tell};
use crate::laws::kit::numbers;
use crate::laws::kit::pods;
use crate::world::{Deletion, Key, Moment, Object, World, list};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a job's pods come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub(super) active: Vec<Arc<Object>>,
    pub(super) ready: i64,
    pub(super) terminating: i64,
    pub(super) succeeded: i64,
    pub(super) failed: i64,
    /// The numbers of those that succeeded, where they have numbers.
    pub(super) done: BTreeSet<i64>,
    /// Those that are counted now for the first time.
    fresh: Vec<Key>,
    /// When the last one failed.
    last_failure: Option<Moment>,
}

fn key(pod: &Object) -> Key {
    Key::new("pods", pod.namespace(), pod.name())
}

fn index(pod: &Object) -> Option<i64> {
    pod.annotation(INDEX)?.parse().ok()
}

/// Counts the job's pods.
pub(super) fn count(world: &World, job: &Object) -> Counted {
    let status = &job["status"];
    let mut counted =
        Counted { succeeded: or(&status["succeeded"], 0), failed: or(&status["failed"], 0), ..Counted::default() };
    let indexed = job["spec"]["completionMode"] == "Indexed";
    for part in status["completedIndexes"].as_str().unwrap_or_default().split(',').filter(|part| !part.is_empty()) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>()) {
            counted.done.extend(from..=to.min(from + 100_000));
        }
    }
    let mut mine: Vec<Arc<Object>> =
        world.owned(job.uid()).filter(|(key, _)| key.kind == "pods").map(|(_, pod)| pod.clone()).collect();
    mine.sort_by_key(|pod| (pod.created(), pod.name().to_owned()));
    for pod in mine {
        if pods::has_ended(&pod) {
            if has_failed(&pod) {
                counted.last_failure = counted.last_failure.max(ended_at(&pod));
            }
            if is_tracked(&pod) {
                counted.fresh.push(key(&pod));
                match (has_failed(&pod), indexed) {
                    (true, _) => counted.failed += 1,
                    (false, true) => counted.done.extend(index(&pod)),
                    (false, false) => counted.succeeded += 1,
                }
            }
        } else if pod.is_going() {
            counted.terminating += 1;
            // One that is on its way out counts as failed at once, unless the job waits for its end.
            if is_tracked(&pod) && job["spec"]["podReplacementPolicy"] != "Failed" {
                counted.fresh.push(key(&pod));
                counted.failed += 1;
            }
        } else {
            counted.ready += i64::from(pods::is_ready(&pod));
            counted.active.push(pod);
        }
    }
    if indexed {
        counted.succeeded = i64::try_from(counted.done.len()).unwrap_or(i64::MAX);
    }
    counted
}

fn ended_at(pod: &Object) -> Option<Moment> {
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    let times =
        statuses.filter_map(|status| status["state"]["terminated"]["finishedAt"].as_str().and_then(Moment::read));
    times.max().or_else(|| Some(pod.created()))
}

/// Until when no new pod is made because the last ones failed: ten seconds, doubled with each failure.
pub(super) fn pause(counted: &Counted, now: Moment) -> Option<Moment> {
    let last = counted.last_failure.filter(|_| counted.failed > 0)?;
    let power = u32::try_from(counted.failed - 1).unwrap_or(0).min(6);
    let at = last.plus_seconds((10_i64 << power).min(600));
    (at > now).then_some(at)
}

/// The numbers that have neither ended well nor a pod.
pub(super) fn free_indexes(job: &Object, counted: &Counted) -> Vec<i64> {
    if job["spec"]["completionMode"] != "Indexed" {
        return Vec::new();
    }
    let taken: BTreeSet<i64> = counted.active.iter().filter_map(|pod| index(pod)).collect();
    let all = 0..or(&job["spec"]["completions"], 0);
    all.filter(|number| !taken.contains(number) && !counted.done.contains(number)).collect()
}

/// Gives a pod its number.
pub(super) fn number(pod: &mut Object, job: &Object, index: i64) {
    let text = index.to_string();
    pod.set_annotation(INDEX, &text);
    pod.set_label(INDEX, &text);
    pod["metadata"]["generateName"] = format!("{}-{index}-", job.name()).into();
    pod["spec"]["hostname"] = format!("{}-{index}", job.name()).into();
    for field in ["initContainers", "containers"] {
        for container in pod["spec"].get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            let path = format!("metadata.labels['{INDEX}']");
            list(&mut container["env"]).push(json!({
                "name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}},
            }));
        }
    }
}

/// Writes the counts into the job.
pub(super) fn write(job: &mut Object, counted: &Counted) {
    let ended = super::finished(job);
    let indexed = job["spec"]["completionMode"] == "Indexed";
    let status = &mut job["status"];
    let active = if ended { 0 } else { i64::try_from(counted.active.len()).unwrap_or(i64::MAX) };
    numbers::count(status, &[("active", active), ("succeeded", counted.succeeded), ("failed", counted.failed)]);
    status["ready"] = if ended { 0 } else { counted.ready }.into();
    status["terminating"] = counted.terminating.into();
    status["uncountedTerminatedPods"] = json!({});
    if indexed && !counted.done.is_empty() {
        status["completedIndexes"] = ranges(&counted.done).into();
    }
}

fn ranges(numbers: &BTreeSet<i64>) -> String {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, end)) if *end + 1 == *number => *end = *number,
            _ => parts.push((*number, *number)),
        }
    }
    let text = |(from, to): &(i64, i64)| match to - from {
        0 => from.to_string(),
        1 => format!("{from},{to}"),
        _ => format!("{from}-{to}"),
    };
    parts.iter().map(text).collect::<Vec<_>>().join(",")
}

/// Lets go of the pods that are counted now.
pub(super) fn untrack(world: &mut World, counted: &Counted) {
    for key in &counted.fresh {
        release(world, key);
    }
}

/// Lets go of all pods: the job is over.
pub(super) fn let_go(world: &mut World, job: &Object) {
    let tracked: Vec<Key> = world
        .owned(job.uid())
        .filter(|(key, pod)| key.kind == "pods" && is_tracked(pod) && (pods::has_ended(pod) || job.is_going()))
        .map(|(key, _)| key.clone())
        .collect();
    for key in tracked {
        release(world, &key);
    }
}

fn release(world: &mut World, key: &Key) {
    drop(world.change(key, |pod| {
        let finalizers = list(&mut pod["metadata"]["finalizers"]);
        finalizers.retain(|name| name != TRACKED);
        if finalizers.is_empty() {
            pod.metadata().remove("finalizers");
        }
    }));
}

/// Ends pods.
pub(super) fn end(world: &mut World, job: &Object, ending: &[Arc<Object>]) {
    for pod in ending {
        let uid = Some(pod.uid().to_owned());
        if world.delete(&key(pod), &Deletion { uid, ..Deletion::default() }).is_ok() {
            tell(world, job, Told::normal(BY, "SuccessfulDelete"), &format!("Deleted pod: {}", pod.name()));
        }
    }
}
