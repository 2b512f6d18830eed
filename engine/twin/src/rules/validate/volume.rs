//! The volumes of pods, and what volumes are made of.

use crate::json::Value;

use super::report::{Report, items, said, text};
use super::{names, storage};

/// Whether the volumes may be; their names.
pub(super) fn volumes(report: &mut Report, spec: &Value, path: &str, pod: &str) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for (path, volume) in items(spec, "volumes", path) {
        let before = report.causes.len();
        source(report, volume, &path);
        let name = text(volume, "name");
        if volume["ephemeral"].is_object() && !pod.is_empty() && !name.is_empty() {
            let claim = format!("{pod}-{name}");
            for why in names::subdomain(&claim) {
                report.wrong(&format!("{path}.name"), name, &format!("PVC name {claim:?}: {why}"));
            }
        }
        if name.is_empty() {
            report.required(&format!("{path}.name"), "");
        } else {
            let wrong = names::label(name);
            if !wrong.is_empty() {
                report.all(&format!("{path}.name"), name, wrong);
            } else if seen.iter().any(|other| other == name) {
                report.duplicate(&format!("{path}.name"), &volume["name"]);
            }
        }
        if report.causes.len() == before {
            seen.push(name.to_owned());
        }
    }
    seen
}

const ORDER: [&str; 12] = [
    "emptyDir",
    "hostPath",
    "secret",
    "nfs",
    "iscsi",
    "persistentVolumeClaim",
    "downwardAPI",
    "configMap",
    "projected",
    "csi",
    "ephemeral",
    "image",
];

fn source(report: &mut Report, volume: &Value, path: &str) {
    let mut found = 0;
    for key in ORDER.iter().filter(|key| volume[**key].is_object()) {
        found += 1;
        if found > 1 {
            report.forbidden(&format!("{path}.{key}"), "may not specify more than 1 volume type");
            continue;
        }
        one(report, key, &volume[*key], &format!("{path}.{key}"));
    }
}

/// What a source of a volume must say.
const NEEDED: [(&str, &[&str]); 9] = [
    ("hostPath", &["path"]),
    ("secret", &["secretName"]),
    ("configMap", &["name"]),
    ("nfs", &["server", "path"]),
    ("persistentVolumeClaim", &["claimName"]),
    ("csi", &["driver"]),
    ("local", &["path"]),
    ("ephemeral", &["volumeClaimTemplate"]),
    ("image", &["reference"]),
];

const TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// Whether one source of a volume, of a pod or of its own, may be.
pub(super) fn one(report: &mut Report, key: &str, source: &Value, path: &str) {
    let at = |key: &str| format!("{path}.{key}");
    let needed = NEEDED.iter().find(|(name, _)| *name == key).map_or(&[] as &[&str], |(_, needed)| needed);
    let mut whole = true;
    for needed in needed.iter().filter(|needed| !said(source, needed)) {
        report.required(&at(needed), "");
        whole = false;
    }
    match key {
        "hostPath" if whole => {
            inward(report, text(source, "path"), &at("path"));
            report.one_of(&at("type"), &source["type"], &TYPES);
        }
        "local" if whole => inward(report, text(source, "path"), &at("path")),
        "csi" => {
            let driver = text(source, "driver");
            report.all(&at("driver"), driver, names::subdomain(&driver.to_lowercase()));
        }
        "nfs" if said(source, "path") && !text(source, "path").starts_with('/') => {
            report.wrong(&at("path"), text(source, "path"), "must be an absolute path");
        }
        "emptyDir" if text(source, "sizeLimit").starts_with('-') => {
            report.forbidden(&at("sizeLimit"), "SizeLimit field must be a valid resource quantity");
        }
        "secret" | "configMap" | "downwardAPI" | "projected" => files(report, source, path, key),
        "ephemeral" if whole => {
            storage::claim(report, &source["volumeClaimTemplate"]["spec"], &at("volumeClaimTemplate.spec"));
        }
        _ => {}
    }
    if key == "projected" {
        projected(report, source, path);
    }
}

/// The sources of a volume that is made of several.
fn projected(report: &mut Report, source: &Value, whole: &str) {
    for (path, one) in items(source, "sources", whole) {
        for key in ["secret", "configMap", "downwardAPI"].into_iter().filter(|key| one[*key].is_object()) {
            let path = format!("{path}.{key}");
            if key != "downwardAPI" && !said(&one[key], "name") {
                report.required(&format!("{path}.name"), "");
            }
            files(report, &one[key], &path, key);
        }
        let token = &one["serviceAccountToken"];
        if token.is_object() {
            let at = format!("{path}.serviceAccountToken.expirationSeconds");
            if token["expirationSeconds"].as_i64().is_some_and(|seconds| seconds < 600) {
                report.invalid(&at, &token["expirationSeconds"], "may not specify a duration less than 10 minutes");
            }
            // The server does not say whose path it is.
            if !said(token, "path") {
                report.required(&format!("{whole}.path"), "");
            }
        }
        if one.as_object().is_some_and(|one| one.values().filter(|one| one.is_object()).count() > 1) {
            report.forbidden(&path, "may not specify more than 1 volume type per source");
        }
    }
}

/// A path goes down from where it begins.
pub(super) fn descending(report: &mut Report, to: &str, path: &str) {
    if to.starts_with('/') {
        report.wrong(path, to, "must be a relative path");
    }
    inward(report, to, path);
}

/// A path does not climb.
fn inward(report: &mut Report, to: &str, path: &str) {
    if to.split('/').any(|part| part == "..") {
        report.wrong(path, to, "must not contain '..'");
    }
}

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// The files of a volume: where they lie, and who may read them.
fn files(report: &mut Report, source: &Value, path: &str, of: &str) {
    let mode = |report: &mut Report, path: String, mode: &Value| {
        if mode.as_i64().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
            report.invalid(&path, mode, MODE);
        }
    };
    mode(report, format!("{path}.defaultMode"), &source["defaultMode"]);
    let whole = path;
    for (path, item) in items(source, "items", path) {
        // The server does not say which of these it is.
        let path = if of == "downwardAPI" { whole.to_owned() } else { path };
        if of != "downwardAPI" && !said(item, "key") {
            report.required(&format!("{path}.key"), "");
        }
        let (to, at) = (text(item, "path"), format!("{path}.path"));
        if to.is_empty() {
            report.required(&at, "");
        }
        if to.starts_with('/') {
            report.wrong(&at, to, "must be a relative path");
        }
        inward(report, to, &at);
        if to.starts_with("..") && !to.starts_with("../") {
            report.wrong(&at, to, "must not start with '..'");
        }
        if of == "downwardAPI" && item["fieldRef"].is_null() && item["resourceFieldRef"].is_null() {
            report.required(&path, "one of fieldRef and resourceFieldRef is required");
        }
        mode(report, format!("{path}.mode"), &item["mode"]);
    }
}
