//! The variables of containers.

use crate::json::Value;

use super::names;
use super::report::{Report, items, text};

const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Whether the variables of a container may be.
pub(super) fn variables(report: &mut Report, container: &Value, path: &str) {
    for (path, one) in items(container, "env", path) {
        variable(report, one, &path);
    }
    sources(report, container, path);
}

fn printable(name: &str) -> Vec<String> {
    let why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
    let fits = !name.is_empty() && name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=');
    if fits { Vec::new() } else { vec![why.to_owned()] }
}

fn variable(report: &mut Report, variable: &Value, path: &str) {
    let name = text(variable, "name");
    if name.is_empty() {
        report.required(&format!("{path}.name"), "");
    } else {
        report.all(&format!("{path}.name"), name, printable(name));
    }
    let (from, at) = (&variable["valueFrom"], format!("{path}.valueFrom"));
    if !from.is_object() {
        return;
    }
    field(report, &from["fieldRef"], &format!("{at}.fieldRef"));
    resource(report, &from["resourceFieldRef"], &format!("{at}.resourceFieldRef"));
    for key in ["configMapKeyRef", "secretKeyRef"] {
        keyed(report, &from[key], &format!("{at}.{key}"));
    }
    let sources = from.as_object().map(|from| from.len()).unwrap_or_default();
    if sources == 0 {
        let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
        report.wrong(&at, "", why);
    } else if !text(variable, "value").is_empty() {
        report.wrong(&at, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        report.wrong(&at, "", "may not have more than one field specified at a time");
    }
}

const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

fn resource(report: &mut Report, of: &Value, path: &str) {
    let (name, at) = (text(of, "resource"), format!("{path}.resource"));
    let huge = ["limits.hugepages-", "requests.hugepages-"].iter().any(|start| name.starts_with(start));
    if of.is_object() && name.is_empty() {
        report.required(&at, "");
    } else if of.is_object() && !huge {
        report.one_of(&at, &of["resource"], &RESOURCES);
    }
}

fn field(report: &mut Report, field: &Value, path: &str) {
    if !field.is_object() {
        return;
    }
    let (said, at) = (text(field, "fieldPath"), format!("{path}.fieldPath"));
    let keyed = ["metadata.labels[", "metadata.annotations["].iter().any(|start| said.starts_with(start));
    if said.is_empty() {
        report.required(&at, "");
    } else if !FIELDS.contains(&said) && !keyed {
        report.wrong(&at, said, &format!("error converting fieldPath: field label not supported: {said}"));
    }
}

fn keyed(report: &mut Report, one: &Value, path: &str) {
    if !one.is_object() {
        return;
    }
    let (name, key) = (text(one, "name"), text(one, "key"));
    report.all(&format!("{path}.name"), name, names::subdomain(name));
    if key.is_empty() {
        report.required(&format!("{path}.key"), "");
    } else {
        report.all(&format!("{path}.key"), key, names::config_key(key));
    }
}

fn sources(report: &mut Report, container: &Value, path: &str) {
    let whole = format!("{path}.envFrom");
    for (path, one) in items(container, "envFrom", path) {
        let prefix = text(one, "prefix");
        if !prefix.is_empty() {
            report.all(&format!("{path}.prefix"), prefix, printable(prefix));
        }
        let mut found = 0;
        for key in ["configMapRef", "secretRef"].into_iter().filter(|key| one[*key].is_object()) {
            found += 1;
            let (at, name) = (format!("{path}.{key}.name"), text(&one[key], "name"));
            if name.is_empty() {
                report.required(&at, "");
            } else {
                report.all(&at, name, names::subdomain(name));
            }
        }
        match found {
            0 => report.wrong(&whole, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => report.wrong(&whole, "", "may not have more than one field specified at a time"),
        }
    }
}
