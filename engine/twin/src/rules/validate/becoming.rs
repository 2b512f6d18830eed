//! What a pod that is there may become.

use crate::json::{Map, Value};

use super::report::{Report, items, said, text};
use super::{ephemeral, placing, pod};
use crate::rules::inner;

const FIXED: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";

/// Whether a pod may become this one.
pub(super) fn changed(report: &mut Report, after: &Value, before: &Value) {
    pod::pod(report, after);
    let (new, old) = (&after["spec"], &before["spec"]);
    for list in ["containers", "initContainers"] {
        if !images(report, new, old, list) {
            return;
        }
    }
    if !deadline(report, new, old) {
        return;
    }
    tolerations(report, new, old);
    let had =
        |name: &Value| old["schedulingGates"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == *name));
    for (path, gate) in items(new, "schedulingGates", "spec").filter(|(_, gate)| !had(&gate["name"])) {
        let why = format!("only deletion is allowed, but found new scheduling gate '{}'", text(gate, "name"));
        report.forbidden(&format!("{path}.name"), &why);
    }
    let mut like = open(new, old);
    if said(old, "schedulingGates") {
        gated(report, &mut like, old);
    }
    let old = plain(old);
    if like != old {
        report.forbidden("spec", &format!("{FIXED}{}", inner::difference(&old, &like, "PodSpec")));
    }
}

/// Whether images alone differ in a list of containers; whether the rest is worth looking at.
fn images(report: &mut Report, new: &Value, old: &Value, list: &str) -> bool {
    let count = |spec: &Value| spec[list].as_array().map_or(0, Vec::len);
    if count(new) != count(old) {
        report.forbidden(&format!("spec.{list}"), "pod updates may not add or remove containers");
        return false;
    }
    for (path, container) in items(new, list, "spec") {
        let image = text(container, "image");
        if image.is_empty() {
            report.required(&format!("{path}.image"), "");
        }
        if image != image.trim() {
            report.wrong(&format!("{path}.image"), image, "must not have leading or trailing whitespace");
        }
    }
    true
}

/// A deadline comes, and comes nearer; whether the rest is worth looking at.
fn deadline(report: &mut Report, new: &Value, old: &Value) -> bool {
    let (key, at) = ("activeDeadlineSeconds", "spec.activeDeadlineSeconds");
    match (old[key].as_i64(), new[key].as_i64()) {
        (_, Some(wanted)) if !(0..=i64::from(i32::MAX)).contains(&wanted) => {
            report.between(at, &new[key], 0, i64::from(i32::MAX));
            return false;
        }
        (Some(had), Some(wanted)) if had < wanted => {
            report.invalid(at, &new[key], "must be less than or equal to previous value");
            return false;
        }
        (Some(_), None) => report.invalid(at, &Value::Null, "must not update from a positive integer to nil value"),
        _ => {}
    }
    true
}

/// What was tolerated stays so, if for another time.
fn tolerations(report: &mut Report, new: &Value, old: &Value) {
    let timeless = |one: &Value| {
        let mut one = one.clone();
        one.as_object_mut().map(|fields| fields.remove("tolerationSeconds"));
        one
    };
    let all =
        |spec: &Value| -> Vec<Value> { spec["tolerations"].as_array().into_iter().flatten().map(timeless).collect() };
    let kept = all(new);
    if all(old).iter().any(|one| !kept.contains(one)) {
        report.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
        return;
    }
    placing::tolerations(report, new, "spec");
}

/// A spec without fields that say nothing.
fn plain(spec: &Value) -> Value {
    let mut spec = spec.clone();
    if let Value::Object(fields) = &mut spec {
        fields.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|all| !all.is_empty()));
    }
    spec
}

fn put(spec: &mut Value, key: &str, from: &Value) {
    let Value::Object(fields) = spec else { return };
    match from.get(key) {
        Some(value) if !value.is_null() => drop(fields.insert(key.to_owned(), value.clone())),
        _ => drop(fields.remove(key)),
    }
}

/// The new spec with all that may be changed as it was.
fn open(new: &Value, old: &Value) -> Value {
    let mut like = new.clone();
    for list in ["containers", "initContainers"] {
        let images: Vec<Value> = old[list].as_array().into_iter().flatten().map(|one| one["image"].clone()).collect();
        for (one, image) in like[list].as_array_mut().into_iter().flatten().zip(images) {
            one["image"] = image;
        }
    }
    for key in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        put(&mut like, key, old);
    }
    let grace = |spec: &Value| spec["terminationGracePeriodSeconds"].as_i64();
    if grace(old).is_some_and(|seconds| seconds < 0) && grace(new) == Some(1) {
        put(&mut like, "terminationGracePeriodSeconds", old);
    }
    plain(&like)
}

const TERM: &str = "NodeSelectorTerm";
const NEEDED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// A pod that waits at a gate may still be told where to run, ever more narrowly; what it was told is as it was then.
fn gated(report: &mut Report, like: &mut Value, old: &Value) {
    let empty = Map::new();
    let labels = |spec: &Value| spec["nodeSelector"].as_object().cloned().unwrap_or_else(|| empty.clone());
    let (wanted, had) = (labels(like), labels(old));
    if had.iter().any(|(label, value)| wanted.get(label) != Some(value)) {
        let why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        report.invalid("spec.nodeSelector", &Value::Object(wanted), why);
    }
    put(like, "nodeSelector", old);
    let nodes = |spec: &Value| spec["affinity"]["nodeAffinity"].clone();
    let (wanted, had) = (nodes(like), nodes(old));
    if wanted != had {
        narrowed(report, &wanted[NEEDED], &had[NEEDED]);
        if like["affinity"].is_object() || !had.is_null() {
            let mut affinity =
                if like["affinity"].is_object() { like["affinity"].clone() } else { Value::Object(empty) };
            put(&mut affinity, "nodeAffinity", &old["affinity"]);
            like["affinity"] = affinity;
        }
        let bare = |spec: &Value| spec["affinity"].as_object().is_some_and(|fields| fields.is_empty());
        if bare(like) && !bare(old) {
            put(like, "affinity", &Value::Null);
        }
    }
}

/// Each choice of nodes stays and may ask for more.
fn narrowed(report: &mut Report, new: &Value, old: &Value) {
    let at = format!("spec.affinity.nodeAffinity.{NEEDED}.nodeSelectorTerms");
    let all = |of: &Value| of["nodeSelectorTerms"].as_array().cloned().unwrap_or_default();
    let (new, old) = (all(new), all(old));
    if !old.is_empty() && old.len() != new.len() {
        let each: Vec<String> = new.iter().map(|one| inner::shown(one, TERM)).collect();
        let shown = if new.is_empty() { "null".to_owned() } else { format!("[{}]", each.join(",")) };
        report.raw(&at, &shown, "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
        return;
    }
    for (index, (new, old)) in new.iter().zip(&old).enumerate() {
        let list = |of: &Value, key: &str| of[key].as_array().cloned().unwrap_or_default();
        let keys = ["matchExpressions", "matchFields"];
        let none = |of: &Value| keys.iter().all(|key| list(of, key).is_empty());
        let grown = |key: &&str| list(new, key).starts_with(&list(old, key));
        if (none(old) && !none(new)) || !keys.iter().all(grown) {
            report.raw(
                &format!("{at}[{index}]"),
                &inner::shown(new, TERM),
                "only additions are allowed (no mutations or deletions)",
            );
        }
    }
}

/// Whether containers may join a pod, and become these.
pub(super) fn joined(report: &mut Report, after: &Value, before: &Value) {
    pod::pod(report, after);
    let mirrored = before["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_some();
    if mirrored {
        report.causes.clear();
        report.forbidden("", "static pods do not support ephemeral containers");
        return;
    }
    ephemeral::changed(report, &after["spec"], &before["spec"]);
}
