//! The cells of pods: what their containers amount to.

use super::super::kinds::Served;
use super::age;
use super::words::{NONE, items, number, or};
use crate::json::{Value, json};
use crate::world::{Moment, Object};

/// What pods amount to.
struct Sum {
    ready: usize,
    total: usize,
    restarts: i64,
    last: Option<Moment>,
    reason: String,
}

pub(super) fn cell(column: &str, pod: &Object, now: Moment) -> Value {
    match column {
        "Ready" | "Status" | "Restarts" => {
            let sum = sum(pod);
            match column {
                "Ready" => format!("{}/{}", sum.ready, sum.total).into(),
                "Status" => sum.reason.into(),
                _ => match sum.last.filter(|_| sum.restarts != 0) {
                    Some(last) => format!("{} ({} ago)", sum.restarts, age::between(last, now)).into(),
                    None => sum.restarts.to_string().into(),
                },
            }
        }
        "IP" => or(&pod["status"]["podIP"], NONE).into(),
        "Node" => or(&pod["spec"]["nodeName"], NONE).into(),
        "Nominated Node" => or(&pod["status"]["nominatedNodeName"], NONE).into(),
        "Readiness Gates" => gates(pod).into(),
        _ => Value::Null,
    }
}

fn gates(pod: &Object) -> String {
    let gates = items(&pod["spec"]["readinessGates"]);
    if gates.is_empty() {
        return NONE.to_owned();
    }
    let holds = |gate: &&Value| gate["conditionType"].as_str().is_some_and(|kind| pod.condition(kind) == Some("True"));
    format!("{}/{}", gates.iter().filter(holds).count(), gates.len())
}

/// The remark that a finished pod's row carries.
pub(super) fn conditions(served: &Served, pod: &Object) -> Option<Value> {
    if served.plural != "pods" || !served.group.is_empty() {
        return None;
    }
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    let (reason, message) = match phase {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]))
}

fn finished(state: &Value) -> Option<Moment> {
    state["terminated"]["finishedAt"].as_str().and_then(Moment::read)
}

fn ended(terminated: &Value) -> String {
    match terminated["reason"].as_str().filter(|reason| !reason.is_empty()) {
        Some(reason) => reason.to_owned(),
        None if number(&terminated["signal"]) != 0 => format!("Signal:{}", number(&terminated["signal"])),
        None => format!("ExitCode:{}", number(&terminated["exitCode"])),
    }
}

/// Whether an init container runs beside the others.
fn stays(pod: &Object, name: &Value) -> bool {
    items(&pod["spec"]["initContainers"]).iter().any(|one| one["name"] == *name && one["restartPolicy"] == "Always")
}

fn sum(pod: &Object) -> Sum {
    let status = &pod["status"];
    let mut sum = Sum {
        ready: 0,
        total: items(&pod["spec"]["containers"]).len(),
        restarts: 0,
        last: None,
        reason: or(&status["reason"], or(&status["phase"], "")).to_owned(),
    };
    let scheduled = items(&status["conditions"]).iter().find(|one| one["type"] == "PodScheduled");
    if scheduled.is_some_and(|one| one["reason"] == "SchedulingGated") {
        sum.reason = "SchedulingGated".to_owned();
    }
    sum.total += items(&pod["spec"]["initContainers"]).iter().filter(|one| one["restartPolicy"] == "Always").count();
    let (initializing, init_restarts) = initializing(pod, &mut sum);
    if !initializing
        || items(&status["conditions"]).iter().any(|one| one["type"] == "Initialized" && one["status"] == "True")
    {
        running(pod, &mut sum, init_restarts);
    }
    if pod.is_going() {
        if status["reason"] == "NodeLost" {
            sum.reason = "Unknown".to_owned();
        } else if !["Succeeded", "Failed"].contains(&or(&status["phase"], "")) {
            sum.reason = "Terminating".to_owned();
        }
    }
    sum
}

/// Whether init containers are still at work; and the restarts of those that stay.
fn initializing(pod: &Object, sum: &mut Sum) -> (bool, i64) {
    let statuses = items(&pod["status"]["initContainerStatuses"]);
    let total = items(&pod["spec"]["initContainers"]).len();
    let mut staying = 0;
    for (at, one) in statuses.iter().enumerate() {
        sum.restarts += number(&one["restartCount"]);
        sum.last = sum.last.max(finished(&one["lastState"]));
        let (state, stays) = (&one["state"], stays(pod, &one["name"]));
        if stays {
            staying += number(&one["restartCount"]);
        }
        if state["terminated"].is_object() && number(&state["terminated"]["exitCode"]) == 0 {
            continue;
        }
        if stays && one["started"] == true {
            if one["ready"] == true {
                sum.ready += 1;
            }
            continue;
        }
        let waiting = or(&state["waiting"]["reason"], "");
        sum.reason = if state["terminated"].is_object() {
            format!("Init:{}", ended(&state["terminated"]))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{at}/{total}")
        };
        return (true, staying);
    }
    (false, staying)
}

fn running(pod: &Object, sum: &mut Sum, staying: i64) {
    sum.restarts = staying;
    let mut runs = false;
    for one in items(&pod["status"]["containerStatuses"]).iter().rev() {
        sum.restarts += number(&one["restartCount"]);
        sum.last = sum.last.max(finished(&one["lastState"]));
        let state = &one["state"];
        if !or(&state["waiting"]["reason"], "").is_empty() {
            sum.reason = or(&state["waiting"]["reason"], "").to_owned();
        } else if state["terminated"].is_object() {
            sum.reason = ended(&state["terminated"]);
        } else if one["ready"] == true && state["running"].is_object() {
            runs = true;
            sum.ready += 1;
        }
    }
    if sum.reason == "Completed" && runs {
        sum.reason = if pod.condition("Ready") == Some("True") { "Running" } else { "NotReady" }.to_owned();
    }
}
