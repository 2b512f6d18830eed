//! What a pod may ask of its operating system.

use crate::json::Value;

use super::report::{Report, items, said};

/// What of a pod, and what of the security of pods and containers, Windows does not have, in the server's order.
const POD: [&str; 15] = [
    "securityContext.appArmorProfile",
    "securityContext.seLinuxOptions",
    "hostUsers",
    "hostPID",
    "hostIPC",
    "securityContext.seccompProfile",
    "securityContext.fsGroup",
    "securityContext.fsGroupChangePolicy",
    "securityContext.sysctls",
    "shareProcessNamespace",
    "securityContext.runAsUser",
    "securityContext.runAsGroup",
    "securityContext.supplementalGroups",
    "securityContext.supplementalGroupsPolicy",
    "securityContext.seLinuxChangePolicy",
];
const CONTAINER: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// Whether a pod that names its system asks for what that has.
pub(super) fn system(report: &mut Report, spec: &Value, path: &str) {
    let os = &spec["os"];
    if !os.is_object() {
        return;
    }
    if !said(os, "name") {
        report.required(&format!("{path}.os.name"), "");
    } else if os["name"] == "windows" {
        windows(report, spec, path);
    } else if os["name"] == "linux" {
        linux(report, spec, path);
    } else {
        report.unsupported(&format!("{path}.os"), &os["name"], &["linux", "windows"]);
    }
}

fn linux(report: &mut Report, spec: &Value, path: &str) {
    let why = "windows options cannot be set for a linux pod";
    for (path, security) in secured(spec, path) {
        if !security["windowsOptions"].is_null() {
            report.forbidden(&format!("{path}.windowsOptions"), why);
        }
    }
}

fn windows(report: &mut Report, spec: &Value, path: &str) {
    let why = "cannot be set for a windows pod";
    for field in POD {
        let value = field.split('.').fold(spec, |value, key| &value[key]);
        let host = field.starts_with("hostPID") || field.starts_with("hostIPC");
        if !value.is_null() && (!host || *value == true) {
            report.forbidden(&format!("{path}.{field}"), why);
        }
    }
    for (path, security) in secured(spec, path).into_iter().skip(1) {
        for key in CONTAINER.into_iter().filter(|key| !security[*key].is_null()) {
            report.forbidden(&format!("{path}.{key}"), why);
        }
    }
}

/// The security of a pod, and of all its containers.
fn secured<'a>(spec: &'a Value, path: &str) -> Vec<(String, &'a Value)> {
    let mut all = vec![(format!("{path}.securityContext"), &spec["securityContext"])];
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        let each = items(spec, list, path);
        all.extend(each.map(|(path, one)| (format!("{path}.securityContext"), &one["securityContext"])));
    }
    all
}
