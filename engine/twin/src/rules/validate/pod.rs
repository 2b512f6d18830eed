//! Pods and pod templates.

use serde_json::Value;

use super::container::{self, Seen};
use super::report::{Report, items, said, text};
use super::{meta, names, volume};

/// Whether a pod may be.
pub(super) fn pod(report: &mut Report, object: &Value) {
    spec(report, &object["spec"], "spec");
}

/// Whether a template may be.
pub(super) fn template(report: &mut Report, template: &Value, path: &str) {
    meta::labels(report, &template["metadata"], &format!("{path}.labels"), "labels");
    meta::annotations(report, &template["metadata"], &format!("{path}.annotations"));
    spec(report, &template["spec"], &format!("{path}.spec"));
}

const RESTART: [&str; 3] = ["Always", "OnFailure", "Never"];
const DNS: [&str; 4] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

fn spec(report: &mut Report, spec: &Value, path: &str) {
    let host = spec["hostNetwork"] == true;
    let volumes = volume::volumes(report, spec, path);
    let mut seen = Seen { volumes, host, names: Vec::new() };
    if !said(spec, "containers") {
        report.required(&format!("{path}.containers"), "");
    }
    for (path, container) in items(spec, "containers", path) {
        container::container(report, container, &path, &mut seen);
    }
    for (path, container) in items(spec, "initContainers", path) {
        container::container(report, container, &path, &mut seen);
    }
    let at = |key: &str| format!("{path}.{key}");
    report.one_of(&at("restartPolicy"), &spec["restartPolicy"], &RESTART);
    report.one_of(&at("dnsPolicy"), &spec["dnsPolicy"], &DNS);
    meta::labels(report, spec, &at("nodeSelector"), "nodeSelector");
    if spec["dnsPolicy"] == "None" && !spec["dnsConfig"].is_object() {
        report.required(&at("dnsConfig"), "must provide `dnsConfig` when `dnsPolicy` is None");
    }
    for (path, term) in items(
        &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"],
        "nodeSelectorTerms",
        &at("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"),
    ) {
        for (path, expression) in items(term, "matchExpressions", &path) {
            let listed = ["In", "NotIn"].iter().any(|operator| expression["operator"] == *operator);
            if listed && !said(expression, "values") {
                let why = "must be specified when `operator` is 'In' or 'NotIn'";
                report.required(&format!("{path}.values"), why);
            }
        }
    }
    beside(report, spec, path);
    named(report, spec, path);
    report.between(&at("activeDeadlineSeconds"), &spec["activeDeadlineSeconds"], 1, i64::from(i32::MAX));
    for (path, toleration) in items(spec, "tolerations", path) {
        self::toleration(report, toleration, &path);
    }
    for (path, spread) in items(spec, "topologySpreadConstraints", path) {
        self::spread(report, spread, &path);
    }
}

/// Whom a pod wants to be beside or away from: of each wish, where that is told by.
fn beside(report: &mut Report, spec: &Value, path: &str) {
    for sort in ["podAffinity", "podAntiAffinity"] {
        let (wishes, path) = (&spec["affinity"][sort], format!("{path}.affinity.{sort}"));
        let needed = items(wishes, "requiredDuringSchedulingIgnoredDuringExecution", &path);
        let wanted = items(wishes, "preferredDuringSchedulingIgnoredDuringExecution", &path);
        let wanted = wanted.into_iter().map(|(path, one)| (format!("{path}.podAffinityTerm"), &one["podAffinityTerm"]));
        for (path, term) in needed.into_iter().chain(wanted) {
            let (path, key) = (format!("{path}.topologyKey"), text(term, "topologyKey"));
            if key.is_empty() {
                report.required(&path, "can not be empty");
            }
            report.all(&path, key, names::qualified(key));
        }
    }
}

fn named(report: &mut Report, spec: &Value, path: &str) {
    let checks: [(&str, fn(&str) -> Vec<String>); 4] = [
        ("serviceAccountName", names::subdomain),
        ("nodeName", names::subdomain),
        ("hostname", names::label),
        ("subdomain", names::label),
    ];
    for (key, check) in checks {
        if said(spec, key) {
            report.all(&format!("{path}.{key}"), text(spec, key), check(text(spec, key)));
        }
    }
}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

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

fn spread(report: &mut Report, spread: &Value, path: &str) {
    if spread["maxSkew"].as_i64().is_some_and(|skew| skew <= 0) {
        report.invalid(&format!("{path}.maxSkew"), &spread["maxSkew"], "must be greater than zero");
    }
    if !said(spread, "topologyKey") {
        report.required(&format!("{path}.topologyKey"), "can not be empty");
    }
    let known = ["DoNotSchedule", "ScheduleAnyway"];
    report.one_of(&format!("{path}.whenUnsatisfiable"), &spread["whenUnsatisfiable"], &known);
}

/// What may not be changed of a pod.
const FIXED: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";

/// Whether a pod may become this one.
pub(super) fn changed(report: &mut Report, after: &Value, before: &Value) {
    pod(report, after);
    let (new, old) = (&after["spec"], &before["spec"]);
    for list in ["containers", "initContainers"] {
        for (path, _) in items(new, list, "spec").filter(|(_, container)| !said(container, "image")) {
            report.required(&format!("{path}.image"), "");
        }
        let count = |spec: &Value| spec[list].as_array().map_or(0, Vec::len);
        if count(new) != count(old) {
            report.forbidden(&format!("spec.{list}"), "pod updates may not add or remove containers");
            return;
        }
    }
    let bare = |spec: &Value, like: &Value| {
        let mut spec = spec.clone();
        for list in ["containers", "initContainers"] {
            for container in spec[list].as_array_mut().into_iter().flatten().filter(|one| one.is_object()) {
                container["image"] = Value::Null;
            }
        }
        if let Value::Object(fields) = &mut spec {
            for key in ["activeDeadlineSeconds", "initContainers"] {
                if fields.get(key).is_none_or(Value::is_null) {
                    fields.remove(key);
                }
            }
            fields.remove("activeDeadlineSeconds");
            fields.remove("tolerations");
            if !like["schedulingGates"].is_null() {
                fields.remove("schedulingGates");
                fields.remove("nodeSelector");
                fields.remove("affinity");
            }
        }
        spec
    };
    if bare(new, old) != bare(old, old) {
        report.forbidden("spec", FIXED);
    }
    let kept = |one: &Value| new["tolerations"].as_array().is_some_and(|all| all.iter().any(|other| other == one));
    if old["tolerations"].as_array().is_some_and(|all| !all.iter().all(kept)) {
        report.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
    }
}

/// A pod whose containers get other resources stays in its class.
pub(super) fn resized(report: &mut Report, object: &Value, before: &Value) {
    let class = crate::rules::qos::class;
    if class(&object["spec"]) != class(&before["spec"]) {
        let was = &before["status"]["qosClass"];
        report.invalid("spec", was, "Pod QOS Class may not change as a result of resizing");
    }
}

/// What joins a pod later has a name of its own.
pub(super) fn joined(report: &mut Report, object: &Value) {
    let spec = &object["spec"];
    let mut seen: Vec<&Value> = Vec::new();
    for list in ["initContainers", "containers"] {
        seen.extend(spec[list].as_array().into_iter().flatten().map(|one| &one["name"]));
    }
    for (path, one) in items(spec, "ephemeralContainers", "spec") {
        if seen.contains(&&one["name"]) {
            report.duplicate(&format!("{path}.name"), &one["name"]);
        }
        seen.push(&one["name"]);
    }
}
