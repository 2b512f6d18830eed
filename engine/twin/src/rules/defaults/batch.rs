//! Jobs and cron jobs.

use crate::json::{Value, json};

use super::{each, pod, set, some};

pub(super) fn defaults(object: &mut Value, kind: &str) {
    if kind == "Job" {
        labelled(object);
    }
    let Some(spec) = some(object, "spec") else { return };
    if kind == "Job" {
        pod::template(spec, "template");
        job(spec);
        return;
    }
    set(spec, "concurrencyPolicy", json!("Allow"));
    set(spec, "suspend", json!(false));
    set(spec, "successfulJobsHistoryLimit", json!(3));
    set(spec, "failedJobsHistoryLimit", json!(1));
    if let Some(job) = some(spec, "jobTemplate").and_then(|template| some(template, "spec")) {
        pod::template(job, "template");
    }
}

/// A job without labels has those of its pods.
fn labelled(object: &mut Value) {
    let filled = |labels: &Value| labels.as_object().is_some_and(|labels| !labels.is_empty());
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if filled(&labels) && object["metadata"].is_object() && !filled(&object["metadata"]["labels"]) {
        object["metadata"]["labels"] = labels;
    }
}

fn job(spec: &mut Value) {
    if spec.get("completions").is_none_or(Value::is_null) && spec.get("parallelism").is_none_or(Value::is_null) {
        set(spec, "completions", json!(1));
    }
    set(spec, "parallelism", json!(1));
    let limit = if spec.get("backoffLimitPerIndex").is_some_and(Value::is_number) { i32::MAX } else { 6 };
    set(spec, "backoffLimit", json!(limit));
    set(spec, "completionMode", json!("NonIndexed"));
    set(spec, "suspend", json!(false));
    set(spec, "manualSelector", json!(false));
    let policy = if spec["podFailurePolicy"].is_object() { "Failed" } else { "TerminatingOrFailed" };
    set(spec, "podReplacementPolicy", json!(policy));
    if let Some(policy) = some(spec, "podFailurePolicy") {
        for rule in each(policy, "rules") {
            for condition in each(rule, "onPodConditions") {
                if condition["status"].as_str().is_none_or(str::is_empty) && condition.is_object() {
                    condition["status"] = json!("True");
                }
            }
        }
    }
}
