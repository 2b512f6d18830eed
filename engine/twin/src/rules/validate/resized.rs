//! Pods whose containers get other resources.

use crate::json::{Map, Value, json};

use super::pod;
use super::report::{Report, items};

const ONLY: &str = "only cpu and memory resources are mutable";

/// Whether a pod may have these resources.
pub(super) fn resized(report: &mut Report, after: &Value, before: &Value) {
    pod::pod(report, after);
    let (new, old) = (&after["spec"], &before["spec"]);
    if let Some(never) = never(new, before) {
        report.causes.clear();
        report.forbidden("", never);
        return;
    }
    if crate::rules::qos::class(new) != crate::rules::qos::class(old) {
        let was = &before["status"]["qosClass"];
        report.invalid("spec", was, "Pod QOS Class may not change as a result of resizing");
    }
    if !ordered(report, new, old) {
        return;
    }
    let always = |one: &Value| one["restartPolicy"] == "Always";
    for list in ["initContainers", "containers"] {
        for ((path, new), (_, old)) in items(new, list, "spec").zip(items(old, list, "spec")) {
            if list == "containers" || always(old) {
                kept(report, new, old, &path);
            }
        }
    }
    for list in ["containers", "initContainers"] {
        for ((_, new), (_, old)) in items(new, list, "spec").zip(items(old, list, "spec")) {
            let why = match list {
                "containers" => ONLY,
                _ if always(new) => "only cpu and memory resources for sidecar containers are mutable",
                _ => "resources for non-sidecar init containers are immutable",
            };
            let whole = list == "initContainers" && !always(new);
            if if whole { new != old } else { like(new, old) != like(old, old) } {
                report.forbidden("spec", why);
            }
        }
    }
}

/// Why some pods are never given others.
fn never(new: &Value, before: &Value) -> Option<&'static str> {
    let asks = |spec: &Value| {
        ["requests", "limits"].iter().any(|key| spec["resources"][*key].as_object().is_some_and(|all| !all.is_empty()))
    };
    if asks(new) || asks(&before["spec"]) {
        return Some("pods with pod-level resources cannot be resized");
    }
    if before["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_some() {
        return Some("static pods cannot be resized");
    }
    (before["spec"]["os"]["name"] == "windows").then_some("windows pods cannot be resized")
}

/// Whether the containers are the same in the same order.
fn ordered(report: &mut Report, new: &Value, old: &Value) -> bool {
    let before = report.causes.len();
    for list in ["containers", "initContainers"] {
        let count = |spec: &Value| spec[list].as_array().map_or(0, Vec::len);
        if count(new) != count(old) {
            report.forbidden(&format!("spec.{list}"), &format!("{list} may not be added or removed on resize"));
            continue;
        }
        for ((path, new), (_, old)) in items(new, list, "spec").zip(items(old, list, "spec")) {
            if new["name"] != old["name"] {
                let why = format!("{list} may not be renamed or reordered on resize");
                report.forbidden(&format!("{path}.name"), &why);
            }
        }
    }
    report.causes.len() == before
}

/// Nothing that was asked for is asked for no more.
fn kept(report: &mut Report, new: &Value, old: &Value, path: &str) {
    for (key, name) in [("requests", "requests"), ("limits", "limits")] {
        let all = |of: &Value| of["resources"][key].as_object().cloned().unwrap_or_default();
        let now = all(new);
        if all(old).keys().any(|one| !now.contains_key(one)) {
            report.forbidden(&format!("{path}.resources.{key}"), &format!("resource {name} cannot be removed"));
        }
    }
}

/// A container with the processors and the memory of another.
fn like(one: &Value, other: &Value) -> Value {
    let mut one = one.clone();
    let mut resources = Map::new();
    for key in ["requests", "limits"] {
        let Some(there) = other["resources"][key].as_object() else { continue };
        let mut all = one["resources"][key].as_object().cloned().unwrap_or_default();
        for name in ["cpu", "memory"] {
            match there.get(name) {
                Some(amount) => drop(all.insert(name.to_owned(), amount.clone())),
                None => drop(all.remove(name)),
            }
        }
        resources.insert(key.to_owned(), Value::Object(all));
    }
    one["resources"] = if resources.is_empty() { json!({}) } else { Value::Object(resources) };
    one
}
