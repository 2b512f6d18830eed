//! Containers that join a pod that is there.

use crate::json::Value;

use super::container::{self, Seen};
use super::report::{Report, items, said, text};
use crate::rules::inner;

const NEVER: [&str; 6] = ["ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];
const WHY: &str = "cannot be set for an Ephemeral Container";

/// Whether they may be, in a pod whose other containers have these names.
pub(super) fn containers(report: &mut Report, spec: &Value, path: &str, seen: &mut Seen) {
    let others = seen.names.clone();
    for (path, one) in items(spec, "ephemeralContainers", path) {
        container::common(report, one, &path, seen);
        container::trimmed(report, one, &path);
        container::once(report, one, &path, seen);
        let beside = text(one, "targetContainerName");
        if !beside.is_empty() && !others.iter().any(|other| other == beside) {
            report.missing(&format!("{path}.targetContainerName"), beside);
        }
        let filled = |value: &Value| value.as_object().is_none_or(|fields| !fields.is_empty());
        for key in NEVER.into_iter().filter(|key| said(one, key) && filled(&one[*key])) {
            report.forbidden(&format!("{path}.{key}"), WHY);
        }
        for (path, mount) in items(one, "volumeMounts", &path) {
            for key in ["subPath", "subPathExpr"].into_iter().filter(|key| said(mount, key)) {
                report.forbidden(&format!("{path}.{key}"), WHY);
            }
        }
    }
}

/// Whether they may become these: what has joined stays, as it is.
pub(super) fn changed(report: &mut Report, new: &Value, old: &Value) {
    let all = |spec: &Value| spec["ephemeralContainers"].as_array().cloned().unwrap_or_default();
    let new = all(new);
    for had in all(old) {
        let name = &had["name"];
        let why = match new.iter().rfind(|one| one["name"] == *name) {
            None => format!("existing ephemeral containers {name} may not be removed\n"),
            Some(one) if *one != had => {
                let shown = inner::difference(&had, one, "EphemeralContainer");
                format!("existing ephemeral containers {name} may not be changed\n{shown}")
            }
            Some(_) => continue,
        };
        report.forbidden("spec.ephemeralContainers", &why);
    }
}
