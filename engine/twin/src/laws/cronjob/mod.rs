//! Cron jobs: a job at every moment of a schedule.

mod schedule;

use super::Law;
use super::kit::events::{Told, tell};
use super::kit::template;
use crate::json::{Value, json};
use crate::world::{Again, Change, Deletion, Key, Moment, Object, Propagation, World, map};
use schedule::Schedule;
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "cronjob", hears, acts };

const PLURAL: &str = "cronjobs.batch";
const JOBS: &str = "jobs.batch";
const BY: &str = "cronjob-controller";
const WHEN: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

fn hears(_: &World, change: &Change) -> Vec<Key> {
    match change.key.kind.as_str() {
        PLURAL => vec![change.key.clone()],
        JOBS => template::controller_key(change.object(), "CronJob", PLURAL).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn ended(job: &Object) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|kind| job.condition(kind) == Some("True"))
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(cron) = world.at(key).cloned() else {
        return Again::Never;
    };
    if cron.is_going() {
        return Again::Never;
    }
    let mut after = (*cron).clone();
    tidy(world, &mut after);
    let Some(schedule) = Schedule::read(cron["spec"]["schedule"].as_str().unwrap_or_default()) else {
        let message = format!("unparseable schedule: {}", cron["spec"]["schedule"]);
        tell(world, &cron, Told::warning(BY, "UnparseableSchedule"), &message);
        return Again::Never;
    };
    if cron["spec"]["suspend"] != true {
        start(world, &schedule, &mut after);
    }
    drop(world.change(key, |it| *it = after));
    schedule.after(world.now()).map_or(Again::Never, Again::Idle)
}

fn jobs(world: &World, cron: &Object) -> Vec<(Key, Arc<Object>)> {
    let mine = world.owned(cron.uid()).filter(|(key, _)| key.kind == JOBS);
    mine.map(|(key, job)| (key.clone(), job.clone())).collect()
}

/// Notes which jobs run and which ended, and forgets the oldest of those.
fn tidy(world: &mut World, cron: &mut Object) {
    let all = jobs(world, cron);
    let mut active: Vec<Value> = cron["status"]["active"].as_array().cloned().unwrap_or_default();
    for (_, job) in &all {
        let listed = active.iter().any(|one| one["uid"] == job.uid());
        if let Some(how) = ended(job).filter(|_| listed) {
            active.retain(|one| one["uid"] != job.uid());
            let message = format!("Saw completed job: {}, condition: {how}", job.name());
            tell(world, cron, Told::normal(BY, "SawCompletedJob"), &message);
        }
        if ended(job) == Some("Complete")
            && job["status"]["completionTime"].as_str() > cron["status"]["lastSuccessfulTime"].as_str()
        {
            cron["status"]["lastSuccessfulTime"] = job["status"]["completionTime"].clone();
        }
    }
    active.retain(|one| all.iter().any(|(_, job)| one["uid"] == job.uid()));
    set_active(cron, active);
    for (how, field, or) in [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)] {
        let mut old: Vec<&(Key, Arc<Object>)> = all.iter().filter(|(_, job)| ended(job) == Some(how)).collect();
        old.sort_by_key(|(key, job)| (job.created(), key.clone()));
        let limit = usize::try_from(cron["spec"][field].as_i64().unwrap_or(or)).unwrap_or(0);
        for (key, job) in old.iter().take(old.len().saturating_sub(limit)) {
            delete(world, key);
            tell(world, cron, Told::normal(BY, "SuccessfulDelete"), &format!("Deleted job {}", job.name()));
        }
    }
}

fn delete(world: &mut World, key: &Key) {
    drop(world.delete(key, &Deletion { propagation: Some(Propagation::Background), ..Deletion::default() }));
}

fn set_active(cron: &mut Object, active: Vec<Value>) {
    if active.is_empty() {
        if cron["status"].is_object() {
            map(&mut cron["status"]).remove("active");
        }
    } else {
        cron["status"]["active"] = active.into();
    }
}

/// Starts the job of the last moment of the schedule that has no job yet.
fn start(world: &mut World, schedule: &Schedule, cron: &mut Object) {
    let now = world.now();
    let last = cron["status"]["lastScheduleTime"].as_str().and_then(Moment::read).unwrap_or_else(|| cron.created());
    let patience = cron["spec"]["startingDeadlineSeconds"].as_i64();
    let from = patience.map_or(last, |seconds| last.max(now.plus_seconds(-seconds)));
    let Some(due) = schedule.last(from, now) else {
        return;
    };
    let active = cron["status"]["active"].as_array().cloned().unwrap_or_default();
    match cron["spec"]["concurrencyPolicy"].as_str() {
        Some("Forbid") if !active.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            tell(world, cron, Told::normal(BY, "JobAlreadyActive"), message);
            return;
        }
        Some("Replace") => {
            for one in &active {
                let name = one["name"].as_str().unwrap_or_default();
                delete(world, &Key::new(JOBS, cron.namespace(), name));
                tell(world, cron, Told::normal(BY, "SuccessfulDelete"), &format!("Deleted job {name}"));
            }
            set_active(cron, Vec::new());
        }
        _ => {}
    }
    let job = job(cron, due);
    match create(world, job) {
        Ok(job) => {
            tell(world, cron, Told::normal(BY, "SuccessfulCreate"), &format!("Created job {}", job.name()));
            let mut active = cron["status"]["active"].as_array().cloned().unwrap_or_default();
            active.push(json!({
                "kind": "Job", "namespace": job.namespace(), "name": job.name(), "uid": job.uid(),
                "apiVersion": "batch/v1", "resourceVersion": job.version(),
            }));
            set_active(cron, active);
            cron["status"]["lastScheduleTime"] = due.text().into();
        }
        Err(refusal) if refusal.reason == "AlreadyExists" => {
            cron["status"]["lastScheduleTime"] = due.text().into();
        }
        Err(refusal) => {
            let message = format!("Error creating job: {}", refusal.message);
            tell(world, cron, Told::warning(BY, "FailedCreate"), &message);
        }
    }
}

fn create(world: &mut World, mut job: Object) -> Result<Arc<Object>, crate::world::Refusal> {
    // The selector is made of the uid, which the world gives.
    job["spec"]["suspend"] = job["spec"]["suspend"].as_bool().unwrap_or(false).into();
    world.create(JOBS, job)
}

fn job(cron: &Object, due: Moment) -> Object {
    let template = &cron["spec"]["jobTemplate"];
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": format!("{}-{}", cron.name(), due.0 / 60_000_000), "namespace": cron.namespace(),
            "ownerReferences": [cron.as_controller()],
        },
        "spec": template["spec"],
    });
    for field in ["labels", "annotations"] {
        if let Some(value) = template["metadata"].get(field) {
            job["metadata"][field] = value.clone();
        }
    }
    let mut job = Object::new(job);
    job.set_annotation(WHEN, &due.text());
    job
}
