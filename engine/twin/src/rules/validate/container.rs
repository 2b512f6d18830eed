//! Containers.

use crate::json::Value;

use super::report::{Report, items, said, text};
use super::{env, names, probe, resources, volume};
use crate::rules::inner;

/// What is known of the pod a container is in.
pub(super) struct Seen {
    pub(super) volumes: Vec<String>,
    pub(super) grace: i64,
    pub(super) names: Vec<String>,
}

const PULL: [&str; 3] = ["Always", "IfNotPresent", "Never"];

/// A container that runs.
pub(super) fn container(report: &mut Report, container: &Value, path: &str, seen: &mut Seen) {
    common(report, container, path, seen);
    once(report, container, path, seen);
    watched(report, container, path, seen);
}

/// A container that runs before the others: beside them, if it is always started again.
pub(super) fn before(report: &mut Report, container: &Value, path: &str, seen: &mut Seen) {
    common(report, container, path, seen);
    once(report, container, path, seen);
    if container["restartPolicy"] == "Always" {
        watched(report, container, path, seen);
        return;
    }
    for key in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if !container[key].is_null() {
            let why = "may not be set for init containers without restartPolicy=Always";
            report.forbidden(&format!("{path}.{key}"), why);
        }
    }
}

/// The image of a pod is named without blanks around it; a template's may have them.
pub(super) fn trimmed(report: &mut Report, container: &Value, path: &str) {
    let image = text(container, "image");
    if image != image.trim() {
        report.wrong(&format!("{path}.image"), image, "must not have leading or trailing whitespace");
    }
}

/// Names are given once in a pod.
pub(super) fn once(report: &mut Report, container: &Value, path: &str, seen: &mut Seen) {
    let name = text(container, "name");
    if seen.names.iter().any(|other| other == name) {
        report.duplicate(&format!("{path}.name"), &container["name"]);
    } else {
        seen.names.push(name.to_owned());
    }
}

fn watched(report: &mut Report, container: &Value, path: &str, seen: &Seen) {
    probe::lifecycle(report, &container["lifecycle"], &format!("{path}.lifecycle"), seen.grace);
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if container[key].is_object() {
            probe::probe(report, &container[key], &format!("{path}.{key}"), seen.grace);
        }
    }
}

/// What holds for every container.
pub(super) fn common(report: &mut Report, container: &Value, path: &str, seen: &Seen) {
    let at = |key: &str| format!("{path}.{key}");
    let name = text(container, "name");
    if name.is_empty() {
        report.required(&at("name"), "");
    } else {
        report.all(&at("name"), name, names::label(name));
    }
    let image = text(container, "image");
    if image.is_empty() {
        report.required(&at("image"), "");
    }
    report.one_of(
        &at("terminationMessagePolicy"),
        &container["terminationMessagePolicy"],
        &["File", "FallbackToLogsOnError"],
    );
    ports(report, container, path);
    env::variables(report, container, path);
    mounts(report, container, path, &seen.volumes);
    report.one_of(&at("imagePullPolicy"), &container["imagePullPolicy"], &PULL);
    resources::container(report, &container["resources"], &at("resources"));
    security(report, &container["securityContext"], &at("securityContext"));
}

fn ports(report: &mut Report, container: &Value, path: &str) {
    let mut seen: Vec<&str> = Vec::new();
    for (path, port) in items(container, "ports", path) {
        let at = |key: &str| format!("{path}.{key}");
        let name = text(port, "name");
        if !name.is_empty() {
            let wrong = names::port_name(name);
            if !wrong.is_empty() {
                report.all(&at("name"), name, wrong);
            } else if seen.contains(&name) {
                report.duplicate(&at("name"), &port["name"]);
            } else {
                seen.push(name);
            }
        }
        match port["containerPort"].as_i64() {
            None | Some(0) => report.required(&at("containerPort"), ""),
            _ => report.between(&at("containerPort"), &port["containerPort"], 1, 65535),
        }
        report.between(&at("hostPort"), &port["hostPort"], 1, 65535);
        report.one_of(&at("protocol"), &port["protocol"], &["SCTP", "TCP", "UDP"]);
    }
}

fn mounts(report: &mut Report, container: &Value, path: &str, volumes: &[String]) {
    let whole = format!("{path}.volumeMounts");
    let mut seen: Vec<&str> = Vec::new();
    for (path, mount) in items(container, "volumeMounts", path) {
        let name = text(mount, "name");
        if name.is_empty() {
            report.required(&format!("{path}.name"), "");
        }
        if !volumes.iter().any(|volume| volume == name) {
            report.missing(&format!("{path}.name"), name);
        }
        let to = text(mount, "mountPath");
        if to.is_empty() {
            report.required(&format!("{path}.mountPath"), "");
        } else if seen.contains(&to) {
            report.invalid(&format!("{path}.mountPath"), &mount["mountPath"], "must be unique");
        }
        seen.push(to);
        // The server does not say which of the mounts it is.
        for key in ["subPath", "subPathExpr"].into_iter().filter(|key| said(mount, key)) {
            volume::descending(report, text(mount, key), &format!("{whole}.{key}"));
        }
        propagated(report, container, mount, &format!("{whole}.mountPropagation"));
    }
}

/// Only who may do everything gives mounts back to the machine.
fn propagated(report: &mut Report, container: &Value, mount: &Value, path: &str) {
    let how = &mount["mountPropagation"];
    report.one_of(path, how, &["Bidirectional", "HostToContainer", "None"]);
    if *how == "Bidirectional" && container["securityContext"]["privileged"] != true {
        report.forbidden(path, "Bidirectional mount propagation is available only to privileged containers");
    }
}

/// Whether a port is a number of a port or the name of one.
pub(super) fn port(report: &mut Report, port: &Value, path: &str) {
    match port {
        Value::String(name) => report.all(path, name, names::port_name(name)),
        number => report.between(path, number, 1, 65535),
    }
}

fn security(report: &mut Report, security: &Value, path: &str) {
    for key in ["runAsUser", "runAsGroup"] {
        report.between(&format!("{path}.{key}"), &security[key], 0, i64::from(i32::MAX));
    }
    if security["allowPrivilegeEscalation"] == false && security["privileged"] == true {
        let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        report.raw(path, &inner::shown(security, "SecurityContext"), why);
    }
}
