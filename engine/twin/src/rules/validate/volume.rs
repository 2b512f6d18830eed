//! The volumes of pods.

use serde_json::Value;

use super::names;
use super::report::{Report, items, said, text};

/// Whether the volumes may be; their names.
pub(super) fn volumes(report: &mut Report, spec: &Value, path: &str) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for (path, volume) in items(spec, "volumes", path) {
        let before = report.causes.len();
        source(report, volume, &path);
        let name = text(volume, "name");
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
        let needed = match *key {
            "hostPath" => "path",
            "secret" => "secretName",
            "configMap" => "name",
            "persistentVolumeClaim" => "claimName",
            "csi" => "driver",
            _ => continue,
        };
        if !said(&volume[*key], needed) {
            report.required(&format!("{path}.{key}.{needed}"), "");
        }
    }
}
