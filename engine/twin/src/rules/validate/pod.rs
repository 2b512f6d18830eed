//! Pods and pod templates.

use crate::json::Value;

use super::container::{self, Seen};
use super::report::{Report, items, said, text};
use super::{ephemeral, meta, names, placing, resolving, system, volume};

/// Whether a new pod may be.
pub(super) fn created(report: &mut Report, object: &Value) {
    pod(report, object);
    let spec = &object["spec"];
    if said(spec, "ephemeralContainers") {
        report.forbidden("spec.ephemeralContainers", "cannot be set on create");
    }
    if said(spec, "nodeName") && said(spec, "schedulingGates") {
        report.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
    }
}

/// Whether a pod may be.
pub(super) fn pod(report: &mut Report, object: &Value) {
    spec(report, &object["spec"], "spec", text(&object["metadata"], "name"));
    for list in ["containers", "initContainers"] {
        for (path, container) in items(&object["spec"], list, "spec") {
            container::trimmed(report, container, &path);
        }
    }
}

/// Whether a template may be.
pub(super) fn template(report: &mut Report, template: &Value, path: &str) {
    meta::labels(report, &template["metadata"], &format!("{path}.labels"), "labels");
    meta::annotations(report, &template["metadata"], &format!("{path}.annotations"));
    spec(report, &template["spec"], &format!("{path}.spec"), "");
    if said(&template["spec"], "ephemeralContainers") {
        let why = "ephemeral containers not allowed in pod template";
        report.forbidden(&format!("{path}.spec.ephemeralContainers"), why);
    }
}

const RESTART: [&str; 3] = ["Always", "OnFailure", "Never"];
const DNS: [&str; 4] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

/// Whether a spec may be, of a pod that has a name or of a template.
fn spec(report: &mut Report, spec: &Value, path: &str, name: &str) {
    let volumes = volume::volumes(report, spec, path, name);
    let grace = spec["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    let mut seen = Seen { volumes, grace, names: Vec::new() };
    if !said(spec, "containers") {
        report.required(&format!("{path}.containers"), "");
    }
    for (path, container) in items(spec, "containers", path) {
        container::container(report, container, &path, &mut seen);
    }
    host_ports(report, spec, path);
    for (path, container) in items(spec, "initContainers", path) {
        container::before(report, container, &path, &mut seen);
    }
    ephemeral::containers(report, spec, path, &mut seen);
    same_ports(report, spec, path);
    let at = |key: &str| format!("{path}.{key}");
    report.one_of(&at("restartPolicy"), &spec["restartPolicy"], &RESTART);
    report.one_of(&at("dnsPolicy"), &spec["dnsPolicy"], &DNS);
    placing::labels(report, spec, path);
    security(report, spec, &at("securityContext"));
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
    report.one_of(&at("preemptionPolicy"), &spec["preemptionPolicy"], &["PreemptLowerPriority", "Never"]);
    system::system(report, spec, path);
}

/// In the network of its node a container has the port that it says.
fn same_ports(report: &mut Report, spec: &Value, path: &str) {
    let whole = path == "spec";
    for (path, container) in items(spec, "containers", path).filter(|_| spec["hostNetwork"] == true) {
        for (path, port) in items(container, "ports", &path) {
            let given = port["hostPort"].as_i64().unwrap_or_default();
            if (whole || given != 0) && Some(given) != port["containerPort"].as_i64() {
                let why = "must match `containerPort` when `hostNetwork` is true";
                report.invalid(&format!("{path}.hostPort"), &Value::from(given), why);
            }
        }
    }
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
fn security(report: &mut Report, spec: &Value, path: &str) {
    let security = &spec["securityContext"];
    let at = |key: &str| format!("{path}.{key}");
    for key in ["fsGroup", "runAsUser", "runAsGroup"] {
        report.between(&at(key), &security[key], 0, i64::from(i32::MAX));
    }
    for (path, one) in items(security, "supplementalGroups", path) {
        report.between(&path, one, 0, i64::from(i32::MAX));
    }
    if spec["shareProcessNamespace"] == true && spec["hostPID"] == true {
        let why = "ShareProcessNamespace and HostPID cannot both be enabled";
        report.invalid(&at("shareProcessNamespace"), &Value::Bool(true), why);
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
