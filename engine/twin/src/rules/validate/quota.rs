//! Quotas: what may be counted, and within which scopes.

use crate::json::Value;

use super::report::{Report, pairs, said, text};
use super::{names, resources};

/// What pods have that scopes tell apart.
const OF_PODS: [&str; 7] = ["pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

const SCOPES: [&str; 7] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

const UNSUPPORTED: &str = "unsupported scope applied to resource";

pub(super) fn quota(report: &mut Report, spec: &Value) {
    for (name, amount) in pairs(spec, "hard") {
        let at = format!("spec.hard[{name}]");
        report.all(&at, name, names::qualified(name));
        if !name.contains('/') && !resources::is_standard(name) {
            if name != "storage" {
                report.wrong(&at, name, "must be a standard resource type or fully qualified");
            }
            report.wrong(&at, name, "must be a standard resource for quota");
        }
        resources::value(report, &at, name, amount);
    }
    scopes(report, spec);
    selection(report, spec);
}

/// How many of the counted resources a scope cannot be asked of.
fn unfit(spec: &Value, scope: &str) -> usize {
    let fits = |name: &str| match scope {
        "BestEffort" => name == "pods",
        "VolumeAttributesClass" => name == "persistentvolumeclaims" || name == "requests.storage",
        _ => OF_PODS.contains(&name) || !SCOPES.contains(&scope),
    };
    pairs(spec, "hard").filter(|(name, _)| resources::is_standard(name) && !fits(name)).count()
}

fn scopes(report: &mut Report, spec: &Value) {
    let all = &spec["scopes"];
    let each = || all.as_array().into_iter().flatten().filter_map(Value::as_str);
    for scope in each() {
        if !SCOPES.contains(&scope) {
            report.invalid("spec.scopes", all, "unsupported scope");
        }
        for _ in 0..unfit(spec, scope) {
            report.invalid("spec.scopes", all, UNSUPPORTED);
        }
    }
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if each().any(|scope| scope == one) && each().any(|scope| scope == other) {
            report.invalid("spec.scopes", all, "conflicting scopes");
        }
    }
}

/// A selector as the server's own type has it.
fn selector_shown(selector: &Value) -> String {
    let one = |one: &Value| {
        let listed = ["In", "NotIn"].contains(&text(one, "operator"));
        let values = if one["values"].is_null() && listed { "[]".to_owned() } else { one["values"].to_string() };
        format!("{{\"ScopeName\":{},\"Operator\":{},\"Values\":{values}}}", one["scopeName"], one["operator"])
    };
    let all: Vec<String> = selector["matchExpressions"].as_array().into_iter().flatten().map(one).collect();
    format!("{{\"MatchExpressions\":[{}]}}", all.join(","))
}

fn selection(report: &mut Report, spec: &Value) {
    let path = "spec.scopeSelector.matchExpressions";
    let at = |key: &str| format!("{path}.{key}");
    for one in spec["scopeSelector"]["matchExpressions"].as_array().into_iter().flatten() {
        let (scope, operator) = (text(one, "scopeName"), text(one, "operator"));
        if !SCOPES.contains(&scope) {
            report.wrong(&at("scopeName"), scope, "unsupported scope");
        }
        for _ in 0..unfit(spec, scope) {
            report.raw(path, &selector_shown(&spec["scopeSelector"]), UNSUPPORTED);
        }
        let named = ["PriorityClass", "VolumeAttributesClass"].contains(&scope);
        if SCOPES.contains(&scope) && !named && operator != "Exists" {
            let why = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            report.wrong(&at("operator"), operator, why);
        }
        match operator {
            "In" | "NotIn" if !said(one, "values") => {
                let why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                report.required(&at("values"), why);
            }
            "Exists" | "DoesNotExist" if said(one, "values") => {
                let why = "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector";
                report.invalid(&at("values"), &one["values"], why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => report.wrong(&at("operator"), operator, "not a valid selector operator"),
        }
    }
}

/// The scopes of a quota are those it began with.
pub(super) fn changed(report: &mut Report, after: &Value, before: &Value) {
    let scopes = |of: &Value| {
        let mut all: Vec<String> = of["spec"]["scopes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        all.sort();
        all.dedup();
        all
    };
    if scopes(after) != scopes(before) {
        report.invalid("spec.scopes", &after["spec"]["scopes"], "field is immutable");
    }
}
