//! Jobs: pods that run to their end, so many of them, with so many failures allowed.

mod pods_of;
mod verdict;

use super::Law;
use super::kit::events::{Told, tell};
use super::kit::workload::Workload;
use super::kit::{pods, retry, template};
use crate::json::{Value, json};
use crate::world::{Again, Change, Deletion, Key, Moment, Object, World, list, map};
use pods_of::Counted;

/// The law.
pub(super) const LAW: Law = Law { name: "job", hears, acts };

const OURS: Workload = Workload { kind: "Job", plural: "jobs.batch" };
const BY: &str = "job-controller";
/// The finalizer by which a pod waits until it is counted.
const TRACKED: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

fn hears(_: &World, change: &Change) -> Vec<Key> {
    OURS.hears(change)
}

/// Gives a job the selector and the labels of its pods, as the server does before it keeps it; its uid must be known.
pub(crate) fn complete(job: &mut Object) {
    if job["spec"]["manualSelector"] == true || !job["spec"]["selector"].is_null() {
        return;
    }
    let (uid, name) = (job.uid().to_owned(), job.name().to_owned());
    for (label, value) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        job["spec"]["template"]["metadata"]["labels"][label] = value.as_str().into();
        job.set_label(label, value);
    }
    job["spec"]["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    for (field, value) in [
        ("parallelism", json!(1)),
        ("backoffLimit", json!(6)),
        ("completionMode", json!("NonIndexed")),
        ("suspend", json!(false)),
        ("manualSelector", json!(false)),
        ("podReplacementPolicy", json!("TerminatingOrFailed")),
    ] {
        if job["spec"][field].is_null() {
            job["spec"][field] = value;
        }
    }
    if job["spec"]["completions"].is_null() && job["spec"]["parallelism"] == 1 {
        job["spec"]["completions"] = 1.into();
    }
}

fn number(value: &Value, or: i64) -> i64 {
    value.as_i64().unwrap_or(or)
}

fn finished(job: &Object) -> bool {
    job.condition("Complete") == Some("True") || job.condition("Failed") == Some("True")
}

fn acts(world: &mut World, key: &Key) -> Again {
    if OURS.adopts(world, key) {
        return Again::Never;
    }
    let Some(job) = world.at(key).cloned() else {
        return Again::Never;
    };
    if job["spec"]["selector"].is_null() {
        drop(world.change(key, complete));
        return Again::Never;
    }
    if finished(&job) {
        pods_of::let_go(world, &job);
        return expire(world, key, &job);
    }
    if job.is_going() {
        pods_of::let_go(world, &job);
        return Again::Never;
    }
    let now = world.now();
    let mut job = (*job).clone();
    let suspended = job["spec"]["suspend"] == true;
    if job["status"]["startTime"].is_null() && !suspended {
        job["status"]["startTime"] = now.text().into();
    }
    OURS.claim(world, &job, job["status"]["uncountedTerminatedPods"].is_null());
    let counted = pods_of::count(world, &job);
    note_suspension(world, &mut job, suspended);
    let mut refused = false;
    let (verdict, mut next) = verdict::of(&job, &counted, now);
    match &verdict {
        Some(verdict) => {
            pods_of::end(world, &job, &counted.active);
            if counted.active.is_empty() && counted.terminating == 0 {
                verdict::write(world, &mut job, verdict);
            } else {
                verdict::announce(world, &mut job, verdict);
            }
        }
        None if suspended => pods_of::end(world, &job, &counted.active),
        None => match manage(world, &job, &counted) {
            Made::All(at) => {
                retry::over(world, LAW.name, key);
                next = [next, at].into_iter().flatten().min();
            }
            Made::Refused => refused = true,
        },
    }
    pods_of::write(&mut job, &counted);
    drop(world.change(key, |it| *it = job));
    pods_of::untrack(world, &counted);
    let again = if refused { retry::later(world, LAW.name, key) } else { Again::Never };
    retry::earlier(again, next)
}

fn note_suspension(world: &mut World, job: &mut Object, suspended: bool) {
    let now = world.now();
    let was = job.condition("Suspended") == Some("True");
    if suspended == was {
        return;
    }
    let (status, reason, message) =
        if suspended { ("True", "JobSuspended", "Job suspended") } else { ("False", "JobResumed", "Job resumed") };
    verdict::condition(job, now, "Suspended", status, reason, message);
    if suspended {
        map(&mut job["status"]).remove("startTime");
    } else {
        job["status"]["startTime"] = now.text().into();
    }
    let reason = if suspended { "Suspended" } else { "Resumed" };
    tell(world, job, Told::normal(BY, reason), message);
}

/// What came of the pods that are missing.
enum Made {
    /// All are there that may be; more may be made at this moment.
    All(Option<Moment>),
    /// One was refused that may be taken later.
    Refused,
}

/// Makes the pods that are missing.
fn manage(world: &mut World, job: &Object, counted: &Counted) -> Made {
    let spec = &job["spec"];
    let active = i64::try_from(counted.active.len()).unwrap_or(i64::MAX);
    let parallel = number(&spec["parallelism"], 1);
    let wanted = match spec["completions"].as_i64() {
        // Without a number of completions, one success ends the making of more.
        None if counted.succeeded > 0 => active,
        None => parallel,
        Some(completions) => parallel.min(completions - counted.succeeded),
    };
    if active > wanted {
        let over = usize::try_from(active - wanted.max(0)).unwrap_or(0);
        let extra: Vec<_> = counted.active.iter().rev().take(over).cloned().collect();
        pods_of::end(world, job, &extra);
        return Made::All(None);
    }
    let more = wanted - active - if spec["podReplacementPolicy"] == "Failed" { counted.terminating } else { 0 };
    if more <= 0 {
        return Made::All(None);
    }
    if let Some(at) = pods_of::pause(counted, world.now()) {
        return Made::All(Some(at));
    }
    let mut free = pods_of::free_indexes(job, counted).into_iter();
    for _ in 0..more {
        let index = if spec["completionMode"] == "Indexed" {
            match free.next() {
                Some(index) => Some(index),
                None => break,
            }
        } else {
            None
        };
        let mut pod = template::pod(job, &spec["template"]);
        list(&mut pod["metadata"]["finalizers"]).push(TRACKED.into());
        if let Some(index) = index {
            pods_of::number(&mut pod, job, index);
        }
        match template::create(world, pod) {
            Ok(pod) => {
                tell(world, job, Told::normal(BY, "SuccessfulCreate"), &format!("Created pod: {}", pod.name()));
            }
            Err(refusal) => {
                let message = format!("Error creating: {}", refusal.message);
                tell(world, job, Told::warning(BY, "FailedCreate"), &message);
                let ends = refusal.causes.iter().any(|cause| cause.reason == "NamespaceTerminating");
                return if ends { Made::All(None) } else { Made::Refused };
            }
        }
    }
    Made::All(None)
}

/// A finished job goes by itself after a while, if it says so.
fn expire(world: &mut World, key: &Key, job: &Object) -> Again {
    let Some(seconds) = job["spec"]["ttlSecondsAfterFinished"].as_i64().filter(|_| !job.is_going()) else {
        return Again::Never;
    };
    let conditions = job["status"]["conditions"].as_array().into_iter().flatten();
    let mut ends =
        conditions.filter(|it| (it["type"] == "Complete" || it["type"] == "Failed") && it["status"] == "True");
    let end = ends.find_map(|it| it["lastTransitionTime"].as_str().and_then(Moment::read)).unwrap_or_default();
    let at = end.plus_seconds(seconds);
    if at > world.now() {
        // Nobody waits for it to be gone: who reads its log a moment later shall find it.
        return Again::Idle(at);
    }
    let how = Deletion { propagation: Some(crate::world::Propagation::Foreground), ..Deletion::default() };
    drop(world.delete(key, &how));
    Again::Never
}

fn is_tracked(pod: &Object) -> bool {
    pod.finalizers().any(|name| name == TRACKED)
}

fn has_failed(pod: &Object) -> bool {
    pods::phase(pod) == "Failed"
}
