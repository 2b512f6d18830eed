//! Autoscalers: between which numbers, by which metrics, and how fast.

use crate::json::Value;

use super::names;
use super::report::{Report, items, said, text};
use crate::rules::quantity::Quantity;

pub(super) fn autoscaler(report: &mut Report, spec: &Value) {
    if spec["minReplicas"].as_i64().is_some_and(|least| least < 1) {
        report.invalid("spec.minReplicas", &spec["minReplicas"], "must be greater than or equal to 1");
    }
    let most = spec["maxReplicas"].as_i64().unwrap_or_default();
    if most < 1 {
        report.invalid("spec.maxReplicas", &spec["maxReplicas"], "must be greater than 0");
    }
    if spec["minReplicas"].as_i64().is_some_and(|least| least > most) {
        report.invalid("spec.maxReplicas", &spec["maxReplicas"], "must be greater than or equal to `minReplicas`");
    }
    reference(report, &spec["scaleTargetRef"], "spec.scaleTargetRef");
    let version = text(&spec["scaleTargetRef"], "apiVersion");
    if !version.contains('/') {
        report.wrong("spec.scaleTargetRef.apiVersion", version, "apiVersion must specify API group");
    }
    for (path, metric) in items(spec, "metrics", "spec") {
        self::metric(report, metric, &path);
    }
    // What version 1 has instead of metrics.
    let share = &spec["targetCPUUtilizationPercentage"];
    if share.as_i64().is_some_and(|share| share < 1) {
        report.invalid("spec.metrics[0].resource.target.averageUtilization", share, "must be greater than 0");
    }
    for way in ["scaleUp", "scaleDown"] {
        pace(report, &spec["behavior"][way], &format!("spec.behavior.{way}"));
    }
    if spec["minReplicas"] == 0 {
        let why = "must specify at least one Object or External metric to support scaling to zero replicas";
        report.forbidden("spec.metrics", why);
    }
}

/// A reference to another object.
fn reference(report: &mut Report, to: &Value, path: &str) {
    for key in ["kind", "name"] {
        if !said(to, key) {
            report.required(&format!("{path}.{key}"), "");
        }
    }
    for key in ["kind", "name"] {
        let name = text(to, key);
        report.all(&format!("{path}.{key}"), name, names::segment(name));
    }
}

/// The sources of metrics in the order they are looked at: the type, and its field.
const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

fn metric(report: &mut Report, metric: &Value, path: &str) {
    let kind = text(metric, "type");
    if kind.is_empty() {
        return report.required(&format!("{path}.type"), "must specify a metric source type");
    }
    let Some((_, own)) = SOURCES.iter().find(|(name, _)| *name == kind) else {
        // The server looks at it twice.
        for _ in 0..2 {
            let known = ["ContainerResource", "External", "Object", "Pods", "Resource"];
            report.unsupported(&format!("{path}.type"), &metric["type"], &known);
        }
        return;
    };
    let there: Vec<&str> = SOURCES.iter().map(|(_, field)| *field).filter(|field| metric[field].is_object()).collect();
    if let Some(first) = there.first() {
        source(report, &metric[first], first, &format!("{path}.{first}"));
    }
    if !metric[own].is_object() {
        report.required(&format!("{path}.{own}"), "must populate information for the given metric source");
    }
    if there.len() > 1 {
        for other in there.into_iter().filter(|field| field != own) {
            report.forbidden(&format!("{path}.{other}"), "must populate the given metric source only");
        }
    }
}

fn source(report: &mut Report, source: &Value, kind: &str, path: &str) {
    let by_resource = ["resource", "containerResource"].contains(&kind);
    if kind == "object" {
        reference(report, &source["describedObject"], &format!("{path}.describedObject"));
    }
    if by_resource && !said(source, "name") {
        report.required(&format!("{path}.name"), "must specify a resource name");
    }
    if kind == "containerResource" && !said(source, "container") {
        report.required(&format!("{path}.container"), "must specify a container");
    }
    if !by_resource {
        let name = text(&source["metric"], "name");
        if name.is_empty() {
            report.required(&format!("{path}.metric.name"), "must specify a metric name");
        }
        report.all(&format!("{path}.metric.name"), name, names::segment(name));
    }
    let to = &source["target"];
    let at = |key: &str| format!("{path}.target.{key}");
    target(report, to, &at);
    let has = |key: &str| !to[key].is_null();
    match kind {
        "pods" if sign(&to["averageValue"]).is_none_or(|positive| !positive) => {
            report.required(&at("averageValue"), "must specify a positive target averageValue");
        }
        "pods" => {}
        _ if by_resource && !has("averageUtilization") && !has("averageValue") => {
            report.required(&at("averageUtilization"), "must set either a target raw value or a target utilization");
        }
        _ if by_resource && has("averageUtilization") && has("averageValue") => {
            report.forbidden(&at("averageValue"), "may not set both a target raw value and a target utilization");
        }
        _ if by_resource => {}
        _ if !has("value") && !has("averageValue") => {
            let why = "must set either a target value for metric or a per-pod target";
            report.required(&at("averageValue"), why);
        }
        "external" if has("value") && has("averageValue") => {
            report.forbidden(&at("value"), "may not set both a target value for metric and a per-pod target");
        }
        _ => {}
    }
}

/// Whether an amount is above nothing.
fn sign(amount: &Value) -> Option<bool> {
    let found = amount.as_str().and_then(Quantity::read)?;
    Some(!found.is_negative() && !found.is_zero())
}

fn target(report: &mut Report, target: &Value, at: &dyn Fn(&str) -> String) {
    let kind = text(target, "type");
    if kind.is_empty() {
        report.required(&at("type"), "must specify a metric target type");
    }
    if !["Utilization", "Value", "AverageValue"].contains(&kind) {
        report.wrong(&at("type"), kind, "must be either Utilization, Value, or AverageValue");
    }
    for key in ["value", "averageValue"] {
        if sign(&target[key]) == Some(false) {
            report.invalid(&at(key), &target[key], "must be positive");
        }
    }
    let share = &target["averageUtilization"];
    if share.as_i64().is_some_and(|share| share < 1) {
        report.invalid(&at("averageUtilization"), share, "must be greater than 0");
    }
}

/// How fast it goes one way.
fn pace(report: &mut Report, pace: &Value, path: &str) {
    let window = &pace["stabilizationWindowSeconds"];
    let at = format!("{path}.stabilizationWindowSeconds");
    if window.as_i64().is_some_and(|window| window < 0) {
        report.invalid(&at, window, "must be greater than or equal to zero");
    }
    if window.as_i64().is_some_and(|window| window > 3600) {
        report.invalid(&at, window, "must be less than or equal to 3600");
    }
    report.one_of(&format!("{path}.selectPolicy"), &pace["selectPolicy"], &["Disabled", "Max", "Min"]);
    if pace["policies"].as_array().is_some_and(Vec::is_empty) {
        report.required(&format!("{path}.policies"), "must specify at least one Policy");
    }
    for (path, policy) in items(pace, "policies", path) {
        report.one_of(&format!("{path}.type"), &policy["type"], &["Percent", "Pods"]);
        for key in ["value", "periodSeconds"] {
            let number = policy[key].as_i64().unwrap_or_default();
            if number <= 0 {
                report.invalid(&format!("{path}.{key}"), &number.into(), "must be greater than zero");
            }
        }
        if policy["periodSeconds"].as_i64().is_some_and(|seconds| seconds > 1800) {
            let at = format!("{path}.periodSeconds");
            report.invalid(&at, &policy["periodSeconds"], "must be less than or equal to 1800");
        }
    }
}
