//! Whether a job is over: it has what it wanted, or too much has failed, or it took too long.

use super::BY;
use super::number;
use super::pods_of::Counted;
use crate::json::json;
use crate::laws::kit::events::{Told, tell};
use crate::world::{Moment, Object, World, list};

/// How a job ends.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    well: bool,
    reason: &'static str,
    message: String,
}

/// The verdict, if there is one; and when there will be one by waiting.
pub(super) fn of(job: &Object, counted: &Counted, now: Moment) -> (Option<Verdict>, Option<Moment>) {
    let spec = &job["spec"];
    let bad = |reason, message: &str| (Some(Verdict { well: false, reason, message: message.to_owned() }), None);
    // What was announced stays so.
    for (kind, well) in [("FailureTarget", false), ("SuccessCriteriaMet", true)] {
        let conditions = job["status"]["conditions"].as_array().into_iter().flatten();
        if let Some(had) = conditions.clone().find(|it| it["type"] == kind && it["status"] == "True") {
            let message = had["message"].as_str().unwrap_or_default().to_owned();
            let reason = match had["reason"].as_str() {
                Some("DeadlineExceeded") => "DeadlineExceeded",
                Some("CompletionsReached") => "CompletionsReached",
                _ => "BackoffLimitExceeded",
            };
            return (Some(Verdict { well, reason, message }), None);
        }
    }
    if counted.failed > number(&spec["backoffLimit"], 6) {
        return bad("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    let deadline = spec["activeDeadlineSeconds"].as_i64().filter(|_| spec["suspend"] != true).and_then(|seconds| {
        let since = job["status"]["startTime"].as_str().and_then(Moment::read)?;
        Some(since.plus_seconds(seconds))
    });
    if deadline.is_some_and(|deadline| deadline <= now) {
        return bad("DeadlineExceeded", "Job was active longer than specified deadline");
    }
    let enough = match spec["completions"].as_i64() {
        Some(completions) => counted.succeeded >= completions,
        None => counted.succeeded > 0 && counted.active.is_empty(),
    };
    if enough && spec["suspend"] != true {
        let message = "Reached expected number of succeeded pods".to_owned();
        return (Some(Verdict { well: true, reason: "CompletionsReached", message }), None);
    }
    (None, deadline)
}

/// Says how the job will end, while its pods still end.
pub(super) fn announce(world: &World, job: &mut Object, verdict: &Verdict) {
    let kind = if verdict.well { "SuccessCriteriaMet" } else { "FailureTarget" };
    condition(job, world.now(), kind, "True", verdict.reason, &verdict.message);
}

/// Ends the job.
pub(super) fn write(world: &mut World, job: &mut Object, verdict: &Verdict) {
    let now = world.now();
    announce(world, job, verdict);
    if verdict.well {
        condition(job, now, "Complete", "True", verdict.reason, &verdict.message);
        job["status"]["completionTime"] = now.text().into();
        tell(world, job, Told::normal(BY, "Completed"), "Job completed");
    } else {
        condition(job, now, "Failed", "True", verdict.reason, &verdict.message);
        tell(world, job, Told::warning(BY, verdict.reason), &verdict.message);
    }
}

/// Sets a condition the way jobs do.
pub(super) fn condition(job: &mut Object, now: Moment, kind: &str, status: &str, reason: &str, message: &str) {
    let conditions = list(&mut job["status"]["conditions"]);
    if conditions.iter().any(|it| it["type"] == kind && it["status"] == status) {
        return;
    }
    conditions.retain(|it| it["type"] != kind);
    conditions.push(json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastProbeTime": now.text(), "lastTransitionTime": now.text(),
    }));
}
