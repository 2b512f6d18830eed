//! Pods and pod templates.

use crate::json::Value;

use super::container::{self, Seen};
use super::report::{Report, items, said, text};
use super::{meta, names, placing, resolving, volume};

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
    let grace = spec["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    let mut seen = Seen { volumes, host, grace, names: Vec::new() };
    if !said(spec, "containers") {
        report.required(&format!("{path}.containers"), "");
    }
    for list in ["containers", "initContainers"] {
        for (path, container) in items(spec, list, path) {
            container::container(report, container, &path, &mut seen);
        }
        if list == "containers" {
            host_ports(report, spec, path);
        }
    }
    let at = |key: &str| format!("{path}.{key}");
    report.one_of(&at("restartPolicy"), &spec["restartPolicy"], &RESTART);
    report.one_of(&at("dnsPolicy"), &spec["dnsPolicy"], &DNS);
    placing::labels(report, spec, path);
    security(report, &spec["securityContext"], &at("securityContext"));
    placing::affinity(report, &spec["affinity"], &at("affinity"));
    resolving::dns(report, spec, path);
    gates(report, spec, path);
    placing::spreads(report, spec, path);
    named(report, spec, path, &["serviceAccountName", "nodeName"]);
    report.between(&at("activeDeadlineSeconds"), &spec["activeDeadlineSeconds"], 1, i64::from(i32::MAX));
    named(report, spec, path, &["hostname", "subdomain"]);
    placing::tolerations(report, spec, path);
    resolving::hosts(report, spec, path);
    named(report, spec, path, &["priorityClassName", "runtimeClassName"]);
}

/// No two containers take the same port of the host.
fn host_ports(report: &mut Report, spec: &Value, path: &str) {
    let mut seen: Vec<String> = Vec::new();
    for (path, container) in items(spec, "containers", path) {
        for (path, port) in items(container, "ports", &path) {
            let number = port["hostPort"].as_i64().unwrap_or_default();
            if number == 0 {
                continue;
            }
            let taken = format!("{}/{}/{number}", text(port, "protocol"), text(port, "hostIP"));
            if seen.contains(&taken) {
                report.duplicate(&format!("{path}.hostPort"), &Value::from(taken));
            } else {
                seen.push(taken);
            }
        }
    }
}

/// What a pod waits for: conditions of its readiness, and gates before it is scheduled.
fn gates(report: &mut Report, spec: &Value, path: &str) {
    for (path, one) in items(spec, "readinessGates", path) {
        let name = text(one, "conditionType");
        report.all(&format!("{path}.conditionType"), name, names::qualified(name));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (path, one) in items(spec, "schedulingGates", path) {
        let name = text(one, "name");
        report.all(&path, name, names::qualified(name));
        if seen.contains(&name) {
            report.duplicate(&path, &one["name"]);
        }
        seen.push(name);
    }
}

/// As whom the containers of a pod run, and what they may set in the kernel.
fn security(report: &mut Report, security: &Value, path: &str) {
    let at = |key: &str| format!("{path}.{key}");
    for key in ["fsGroup", "runAsUser", "runAsGroup"] {
        report.between(&at(key), &security[key], 0, i64::from(i32::MAX));
    }
    for (path, one) in items(security, "supplementalGroups", path) {
        report.between(&path, one, 0, i64::from(i32::MAX));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (path, one) in items(security, "sysctls", path) {
        let (name, path) = (text(one, "name"), format!("{path}.name"));
        if name.is_empty() {
            report.required(&path, "");
        } else if !names::sysctl(name).is_empty() {
            report.all(&path, name, names::sysctl(name));
        } else if seen.contains(&name) {
            report.duplicate(&path, &one["name"]);
        } else {
            seen.push(name);
        }
    }
    let known = ["Always", "OnRootMismatch"];
    report.one_of(&at("fsGroupChangePolicy"), &security["fsGroupChangePolicy"], &known);
    let profile = &security["seccompProfile"];
    let known = ["Localhost", "RuntimeDefault", "Unconfined"];
    report.one_of(&at("seccompProfile.type"), &profile["type"], &known);
    if profile["type"] == "Localhost" && profile["localhostProfile"].is_null() {
        let why = "must be set when seccomp type is Localhost";
        report.required(&at("seccompProfile.localhostProfile"), why);
    }
}

fn named(report: &mut Report, spec: &Value, path: &str, keys: &[&str]) {
    for key in keys.iter().filter(|key| said(spec, key)) {
        let name = text(spec, key);
        let check = if ["hostname", "subdomain"].contains(key) { names::label } else { names::subdomain };
        report.all(&format!("{path}.{key}"), name, check(name));
    }
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
    let deadline = |spec: &Value| spec["activeDeadlineSeconds"].as_i64();
    let at = "spec.activeDeadlineSeconds";
    match (deadline(old), deadline(new)) {
        (_, Some(new)) if !(0..=i64::from(i32::MAX)).contains(&new) => {
            report.between(at, &after["spec"]["activeDeadlineSeconds"], 0, i64::from(i32::MAX));
            return;
        }
        (Some(old), Some(new)) if old < new => {
            report.invalid(at, &Value::from(new), "must be less than or equal to previous value");
            return;
        }
        (Some(_), None) => {
            report.invalid(at, &Value::Null, "must not update from a positive integer to nil value");
        }
        _ => {}
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
