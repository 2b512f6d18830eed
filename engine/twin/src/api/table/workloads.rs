//! The cells of what makes pods.

use super::age;
use super::words::{NONE, number, or, plain};
use crate::json::Value;
use crate::world::{Moment, Object};

pub(super) fn cell(plural: &str, column: &str, object: &Object, now: Moment) -> Value {
    let (spec, status) = (&object["spec"], &object["status"]);
    match (plural, column) {
        ("deployments" | "statefulsets", "Ready") => {
            format!("{}/{}", number(&status["readyReplicas"]), number(&spec["replicas"])).into()
        }
        ("deployments", "Up-to-date") => number(&status["updatedReplicas"]).into(),
        ("deployments", "Available") => number(&status["availableReplicas"]).into(),
        ("replicasets" | "replicationcontrollers", "Desired") => number(&spec["replicas"]).into(),
        ("replicasets" | "replicationcontrollers", "Current") => number(&status["replicas"]).into(),
        ("replicasets" | "replicationcontrollers", "Ready") => number(&status["readyReplicas"]).into(),
        ("daemonsets", "Desired") => number(&status["desiredNumberScheduled"]).into(),
        ("daemonsets", "Current") => number(&status["currentNumberScheduled"]).into(),
        ("daemonsets", "Ready") => number(&status["numberReady"]).into(),
        ("daemonsets", "Up-to-date") => number(&status["updatedNumberScheduled"]).into(),
        ("daemonsets", "Available") => number(&status["numberAvailable"]).into(),
        ("daemonsets", "Node Selector") => super::words::selector(&spec["template"]["spec"]["nodeSelector"]).into(),
        ("jobs", "Status") => job(object).into(),
        ("jobs", "Completions") => completions(object).into(),
        ("jobs", "Duration") => duration(object, now).into(),
        ("cronjobs", "Schedule") => plain(&spec["schedule"]).into(),
        ("cronjobs", "Timezone") => or(&spec["timeZone"], NONE).into(),
        ("cronjobs", "Suspend") => if spec["suspend"] == true { "True" } else { "False" }.into(),
        ("cronjobs", "Active") => status["active"].as_array().map_or(0, Vec::len).into(),
        ("cronjobs", "Last Schedule") => match status["lastScheduleTime"].as_str() {
            Some(_) => age::since(now, &status["lastScheduleTime"]).into(),
            None => NONE.into(),
        },
        _ => Value::Null,
    }
}

fn job(job: &Object) -> &'static str {
    let is = |kind: &str| job.condition(kind) == Some("True");
    match () {
        () if is("Complete") => "Complete",
        () if is("Failed") => "Failed",
        () if job.is_going() => "Terminating",
        () if is("Suspended") => "Suspended",
        () if is("FailureTarget") => "FailureTarget",
        () if is("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

fn completions(job: &Object) -> String {
    let succeeded = number(&job["status"]["succeeded"]);
    if let Some(wanted) = job["spec"]["completions"].as_i64() {
        return format!("{succeeded}/{wanted}");
    }
    match job["spec"]["parallelism"].as_i64().unwrap_or(0) {
        many if many > 1 => format!("{succeeded}/1 of {many}"),
        _ => format!("{succeeded}/1"),
    }
}

fn duration(job: &Object, now: Moment) -> String {
    let time = |field: &str| job["status"][field].as_str().and_then(Moment::read);
    match (time("startTime"), time("completionTime")) {
        (None, _) => String::new(),
        (Some(start), Some(end)) => age::between(start, end),
        (Some(start), None) => age::between(start, now),
    }
}
