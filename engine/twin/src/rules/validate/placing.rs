//! Where a pod may run: nodes it wants, pods it wants to be beside or away from, how it is spread, what it tolerates.

use crate::json::Value;

use super::report::{Report, items, said, text};
use super::selector::selector;
use super::{meta, names};

const NEEDED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const WANTED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Whether what a pod says of the nodes and pods it likes may be.
pub(super) fn affinity(report: &mut Report, affinity: &Value, path: &str) {
    let (nodes, at) = (&affinity["nodeAffinity"], format!("{path}.nodeAffinity"));
    if nodes[NEEDED].is_object() {
        node_selector(report, &nodes[NEEDED], &format!("{at}.{NEEDED}"));
    }
    for (path, one) in items(nodes, WANTED, &at) {
        weight(report, one, &path);
        term(report, &one["preference"], &format!("{path}.preference"));
    }
    for sort in ["podAffinity", "podAntiAffinity"] {
        let (wishes, at) = (&affinity[sort], format!("{path}.{sort}"));
        for (path, one) in items(wishes, NEEDED, &at) {
            beside(report, one, &path);
        }
        for (path, one) in items(wishes, WANTED, &at) {
            weight(report, one, &path);
            beside(report, &one["podAffinityTerm"], &format!("{path}.podAffinityTerm"));
        }
    }
}

fn weight(report: &mut Report, one: &Value, path: &str) {
    if !(1..=100).contains(&one["weight"].as_i64().unwrap_or_default()) {
        report.invalid(&format!("{path}.weight"), &one["weight"], "must be in the range 1-100");
    }
}

/// Whether a choice of nodes may be.
pub(super) fn node_selector(report: &mut Report, selector: &Value, path: &str) {
    if !said(selector, "nodeSelectorTerms") {
        report.required(&format!("{path}.nodeSelectorTerms"), "must have at least one node selector term");
    }
    for (path, one) in items(selector, "nodeSelectorTerms", path) {
        term(report, one, &path);
    }
}

fn term(report: &mut Report, term: &Value, path: &str) {
    for (path, one) in items(term, "matchExpressions", path) {
        expression(report, one, &path);
    }
    for (path, one) in items(term, "matchFields", path) {
        field(report, one, &path);
    }
}

fn expression(report: &mut Report, one: &Value, path: &str) {
    let at = format!("{path}.values");
    let count = one["values"].as_array().map_or(0, Vec::len);
    match text(one, "operator") {
        "In" | "NotIn" if count == 0 => report.required(&at, "must be specified when `operator` is 'In' or 'NotIn'"),
        "Exists" | "DoesNotExist" if count > 0 => {
            report.forbidden(&at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        "Gt" | "Lt" if count != 1 => {
            report.required(&at, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => report.wrong(&format!("{path}.operator"), other, "not a valid selector operator"),
    }
    let key = text(one, "key");
    report.all(&format!("{path}.key"), key, names::qualified(key));
    for (path, value) in items(one, "values", path) {
        let value = value.as_str().unwrap_or_default();
        report.all(&path, value, names::label_value(value));
    }
}

fn field(report: &mut Report, one: &Value, path: &str) {
    match text(one, "operator") {
        "In" | "NotIn" => {
            if one["values"].as_array().map_or(0, Vec::len) != 1 {
                let why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                report.required(&format!("{path}.values"), why);
            }
        }
        other => report.wrong(&format!("{path}.operator"), other, "not a valid selector operator"),
    }
    if one["key"] != "metadata.name" {
        report.wrong(&format!("{path}.key"), text(one, "key"), "not a valid field selector key");
        return;
    }
    for (path, value) in items(one, "values", path) {
        let value = value.as_str().unwrap_or_default();
        report.all(&path, value, names::subdomain(value));
    }
}

fn beside(report: &mut Report, term: &Value, path: &str) {
    for key in ["labelSelector", "namespaceSelector"] {
        selector(report, &term[key], &format!("{path}.{key}"));
    }
    for (_, one) in items(term, "namespaces", path) {
        let name = one.as_str().unwrap_or_default();
        report.all(&format!("{path}.namespace"), name, names::label(name));
    }
    let (path, key) = (format!("{path}.topologyKey"), text(term, "topologyKey"));
    if key.is_empty() {
        report.required(&path, "can not be empty");
    }
    report.all(&path, key, names::qualified(key));
}

/// Whether the pods of these constraints can be spread.
pub(super) fn spreads(report: &mut Report, spec: &Value, path: &str) {
    const POSITIVE: &str = "must be greater than zero";
    let all: Vec<(String, &Value)> = items(spec, "topologySpreadConstraints", path).collect();
    for (index, (path, spread)) in all.iter().enumerate() {
        let at = |key: &str| format!("{path}.{key}");
        if spread["maxSkew"].as_i64().is_none_or(|skew| skew <= 0) {
            report.invalid(&at("maxSkew"), &spread["maxSkew"], POSITIVE);
        }
        if !said(spread, "topologyKey") {
            report.required(&at("topologyKey"), "can not be empty");
        }
        let action = &spread["whenUnsatisfiable"];
        report.one_of(&at("whenUnsatisfiable"), action, &["DoNotSchedule", "ScheduleAnyway"]);
        let same =
            |other: &Value| other["topologyKey"] == spread["topologyKey"] && other["whenUnsatisfiable"] == *action;
        if all[index + 1..].iter().any(|(_, other)| same(other)) {
            let pair = format!("{{{}, {}}}", text(spread, "topologyKey"), text(spread, "whenUnsatisfiable"));
            report.duplicate(&at("{topologyKey, whenUnsatisfiable}"), &Value::from(pair));
        }
        let least = &spread["minDomains"];
        if least.as_i64().is_some_and(|least| least <= 0) {
            report.invalid(&at("minDomains"), least, POSITIVE);
        }
        if !least.is_null() && *action != "DoNotSchedule" {
            let found = text(spread, "whenUnsatisfiable");
            let why = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {found}");
            report.invalid(&at("minDomains"), least, &why);
        }
        for key in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            report.one_of(&at(key), &spread[key], &["Honor", "Ignore"]);
        }
        selector(report, &spread["labelSelector"], &at("labelSelector"));
    }
}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Whether what is tolerated may be.
pub(super) fn tolerations(report: &mut Report, of: &Value, path: &str) {
    for (path, one) in items(of, "tolerations", path) {
        toleration(report, one, &path);
    }
}

fn toleration(report: &mut Report, toleration: &Value, path: &str) {
    if said(toleration, "key") {
        report.all(&format!("{path}.key"), text(toleration, "key"), names::qualified(text(toleration, "key")));
    }
    let operator = text(toleration, "operator");
    if !said(toleration, "key") && operator != "Exists" {
        let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        report.wrong(&format!("{path}.operator"), operator, why);
    }
    if toleration["tolerationSeconds"].is_number() && toleration["effect"] != "NoExecute" {
        let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        report.wrong(&format!("{path}.effect"), text(toleration, "effect"), why);
    }
    match operator {
        "" | "Equal" => {
            let value = text(toleration, "value");
            report.all(&format!("{path}.operator"), value, names::label_value(value));
        }
        "Exists" if said(toleration, "value") => {
            let why = "value must be empty when `operator` is 'Exists'";
            report.wrong(&format!("{path}.operator"), text(toleration, "value"), why);
        }
        "Exists" => {}
        _ => report.unsupported(&format!("{path}.operator"), &toleration["operator"], &["Equal", "Exists"]),
    }
    if said(toleration, "effect") {
        report.one_of(&format!("{path}.effect"), &toleration["effect"], &EFFECTS);
    }
}

/// Whether nodes may be chosen by these labels.
pub(super) fn labels(report: &mut Report, of: &Value, path: &str) {
    meta::labels(report, of, &format!("{path}.nodeSelector"), "nodeSelector");
}
