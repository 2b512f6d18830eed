//! What every object says of itself.

use crate::json::Value;

use super::names;
use super::report::{Report, items, pairs, text};
use crate::rules::inner;
use crate::shapes::Kind;

/// The check of a kind's names.
fn name_of(kind: &Kind) -> fn(&str) -> Vec<String> {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Service") => names::old_label,
        ("", "Namespace") => names::label,
        ("apps", "StatefulSet") => names::label,
        ("rbac.authorization.k8s.io" | "apiregistration.k8s.io", _) => names::segment,
        _ => names::subdomain,
    }
}

/// Whether what the object says of itself may be.
pub(super) fn meta(report: &mut Report, object: &Value, kind: &Kind) {
    let metadata = &object["metadata"];
    let check = name_of(kind);
    let start = text(metadata, "generateName");
    if !start.is_empty() {
        let masked = match start.strip_suffix('-') {
            Some(rest) if !rest.is_empty() => format!("{}a", &start[..start.len() - 2]),
            _ => start.to_owned(),
        };
        report.all("metadata.generateName", start, check(&masked));
    }
    let name = text(metadata, "name");
    if name.is_empty() {
        report.required("metadata.name", "name or generateName is required");
    } else {
        report.all("metadata.name", name, check(name));
    }
    updated(report, object);
    finalizers(report, metadata);
}

/// Whether what may change of it may be.
pub(super) fn updated(report: &mut Report, object: &Value) {
    let metadata = &object["metadata"];
    labels(report, metadata, "metadata.labels", "labels");
    annotations(report, metadata, "metadata.annotations");
    owners(report, metadata);
}

/// Whether labels may be.
pub(super) fn labels(report: &mut Report, of: &Value, path: &str, key: &str) {
    for (name, value) in pairs(of, key) {
        report.all(path, name, names::qualified(name));
        let value = value.as_str().unwrap_or_default();
        report.all(path, value, names::label_value(value));
    }
}

/// Whether annotations may be.
pub(super) fn annotations(report: &mut Report, of: &Value, path: &str) {
    for (name, _) in pairs(of, "annotations") {
        report.all(path, name, names::qualified(&name.to_lowercase()));
    }
}

fn owners(report: &mut Report, metadata: &Value) {
    let path = "metadata.ownerReferences";
    let all = metadata["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut first: Option<&Value> = None;
    for (_, owner) in items(metadata, "ownerReferences", "metadata") {
        let version = text(owner, "apiVersion");
        if version.rsplit('/').next().is_none_or(str::is_empty) {
            report.wrong(&format!("{path}.apiVersion"), version, "version must not be empty");
        }
        for key in ["kind", "name", "uid"] {
            if text(owner, key).is_empty() {
                report.wrong(&format!("{path}.{key}"), "", "must not be empty");
            }
        }
        if version == "v1" && owner["kind"] == "Event" {
            let why = "/v1, Kind=Event is disallowed from being an owner";
            report.invalid(path, owner, why);
        }
        if owner["controller"] == true {
            if let Some(other) = first {
                let called = |owner: &Value| format!("{}/{}", text(owner, "kind"), text(owner, "name"));
                let why = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
                    called(other),
                    called(owner)
                );
                let owners: Vec<String> = all.iter().map(|owner| inner::shown(owner, "OwnerReference")).collect();
                report.raw(path, &format!("[{}]", owners.join(",")), &why);
            }
            first = Some(owner);
        }
    }
}

const STANDARD: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

fn finalizers(report: &mut Report, metadata: &Value) {
    for (_, one) in items(metadata, "finalizers", "metadata") {
        let name = one.as_str().unwrap_or_default();
        report.all("metadata.finalizers", name, names::qualified(name));
    }
}

/// Whether the finalizers are known ones or have prefixes.
pub(super) fn standard(report: &mut Report, object: &Value, kind: &Kind) {
    const BY_PREFIX_ONLY: [&str; 5] = [
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "coordination.k8s.io",
        "rbac.authorization.k8s.io",
    ];
    if kind.is_custom() || BY_PREFIX_ONLY.contains(&kind.group.as_str()) {
        return;
    }
    for (path, one) in items(&object["metadata"], "finalizers", "metadata") {
        finalizer(report, &path, one.as_str().unwrap_or_default());
    }
}

/// Whether a finalizer is a known one or has a prefix.
pub(super) fn finalizer(report: &mut Report, path: &str, name: &str) {
    if !name.contains('/') && !STANDARD.contains(&name) {
        report.wrong(path, name, "name is neither a standard finalizer name nor is it fully qualified");
    }
}
