//! Deployments, replica sets, daemon sets, stateful sets.

use crate::json::Value;

use super::report::{Report, items, text};
use super::selector::{hollow, selector, selects};
use super::{meta, names, pod, storage};
use crate::rules::inner;

pub(super) fn created(report: &mut Report, object: &Value, kind: &str) {
    let spec = &object["spec"];
    match kind {
        "Deployment" => deployment(report, spec),
        "ReplicaSet" => replica_set(report, spec),
        "DaemonSet" => daemon_set(report, spec),
        "StatefulSet" => {
            stateful_set(report, spec, true);
        }
        "ControllerRevision" => {
            report.counts("revision", &object["revision"]);
            match &object["data"] {
                Value::Null => report.required("data", "data is mandatory"),
                Value::Object(_) => {}
                _ => report.required("data", "data must be a valid JSON object"),
            }
        }
        _ => {}
    }
}

pub(super) fn changed(report: &mut Report, after: &Value, before: &Value, kind: &str) {
    if kind == "ControllerRevision" {
        report.counts("revision", &after["revision"]);
        if after["data"] != before["data"] {
            report.invalid("data", &after["data"], "field is immutable");
        }
        return;
    }
    if kind != "StatefulSet" {
        let (new, old) = (&after["spec"]["selector"], &before["spec"]["selector"]);
        let mut fixed = Report::default();
        if new != old {
            fixed.invalid("spec.selector", new, "field is immutable");
        }
        if kind == "DaemonSet" {
            report.causes.append(&mut fixed.causes);
        }
        created(report, after, kind);
        report.causes.append(&mut fixed.causes);
        return;
    }
    stateful_set(report, &after["spec"], false);
    let may = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let rest = |object: &Value| {
        let mut spec = object["spec"].as_object().cloned().unwrap_or_default();
        spec.retain(|key, _| !may.contains(&key.as_str()));
        spec
    };
    if rest(after) != rest(before) {
        report.forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
    }
}

/// The template as far as its selector and its own rules go.
fn template(report: &mut Report, spec: &Value, empty: &str) {
    let (wanted, of) = (&spec["selector"], &spec["template"]);
    let labels = &of["metadata"]["labels"];
    let fits = wanted.is_object() && (selects(wanted, labels) || hollow(wanted) && !empty.is_empty());
    if !fits || (hollow(wanted) && empty.is_empty()) {
        report.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
    }
    pod::template(report, of, "spec.template");
    if empty == "statefulset" {
        // The server looks at these twice.
        meta::labels(report, &of["metadata"], "spec.template.labels", "labels");
        meta::annotations(report, &of["metadata"], "spec.template.annotations");
    }
    restart(report, of, empty);
}

fn restart(report: &mut Report, template: &Value, of: &str) {
    let policy = &template["spec"]["restartPolicy"];
    if ["OnFailure", "Never"].iter().any(|one| policy == *one) {
        report.unsupported("spec.template.spec.restartPolicy", policy, &["Always"]);
    }
    if !template["spec"]["activeDeadlineSeconds"].is_null() {
        let called = match of {
            "daemonset" => "DaemonSet",
            "statefulset" => "StatefulSet",
            _ => "ReplicaSet",
        };
        let why = format!("activeDeadlineSeconds in {called} is not Supported");
        report.forbidden("spec.template.spec.activeDeadlineSeconds", &why);
    }
}

/// The selector by which a controller knows its pods; whether it may be used.
fn selection(report: &mut Report, spec: &Value, of: &str) -> bool {
    let found = &spec["selector"];
    if found.is_null() {
        report.required("spec.selector", "");
        return true;
    }
    let before = report.causes.len();
    selector(report, found, "spec.selector");
    let wrong = report.causes.len() > before;
    if hollow(found) {
        report.invalid("spec.selector", found, &format!("empty selector is invalid for {of}"));
    }
    if wrong {
        let mut shown = found.clone();
        if let Some(all) = shown.get_mut("matchExpressions").and_then(Value::as_array_mut) {
            for one in all.iter_mut().filter_map(Value::as_object_mut) {
                one.retain(|_, value| value.as_array().is_none_or(|all| !all.is_empty()));
            }
        }
        report.invalid("spec.selector", &shown, if of == "statefulset" { "" } else { "invalid label selector" });
    }
    !wrong
}

fn deployment(report: &mut Report, spec: &Value) {
    report.counts("spec.replicas", &spec["replicas"]);
    if selection(report, spec, "deployment") {
        template(report, spec, "deployment");
    }
    strategy(report, spec);
    report.counts("spec.minReadySeconds", &spec["minReadySeconds"]);
    report.counts("spec.revisionHistoryLimit", &spec["revisionHistoryLimit"]);
    report.counts("spec.progressDeadlineSeconds", &spec["progressDeadlineSeconds"]);
    let deadline = spec["progressDeadlineSeconds"].as_i64();
    let ready = spec["minReadySeconds"].as_i64().unwrap_or_default();
    if deadline.is_some_and(|deadline| deadline <= ready && ready >= 0) {
        report.invalid(
            "spec.progressDeadlineSeconds",
            &spec["progressDeadlineSeconds"],
            "must be greater than minReadySeconds",
        );
    }
}

fn strategy(report: &mut Report, spec: &Value) {
    let strategy = &spec["strategy"];
    let path = "spec.strategy.rollingUpdate";
    let rolling = &strategy["rollingUpdate"];
    match text(strategy, "type") {
        "Recreate" => {
            if rolling.is_object() {
                report.forbidden(path, "may not be specified when strategy `type` is 'Recreate'");
            }
        }
        "RollingUpdate" => rolling_update(report, rolling, path),
        _ => {
            let shown = inner::shown(strategy, "DeploymentStrategy");
            unsupported(report, "spec.strategy", &shown, "\"Recreate\", \"RollingUpdate\"");
        }
    }
}

fn unsupported(report: &mut Report, path: &str, shown: &str, supported: &str) {
    report.causes.push(crate::rules::Cause {
        reason: "FieldValueNotSupported",
        message: format!("Unsupported value: {shown}: supported values: {supported}"),
        field: path.to_owned(),
    });
}

fn rolling_update(report: &mut Report, rolling: &Value, path: &str) {
    share(report, &rolling["maxUnavailable"], &format!("{path}.maxUnavailable"));
    share(report, &rolling["maxSurge"], &format!("{path}.maxSurge"));
    let none = |value: &Value| *value == 0 || *value == "0%";
    if none(&rolling["maxUnavailable"]) && none(&rolling["maxSurge"]) {
        let why = "may not be 0 when `maxSurge` is 0";
        report.invalid(&format!("{path}.maxUnavailable"), &rolling["maxUnavailable"], why);
    }
    if !path.contains("Surge") {
        most(report, &rolling["maxUnavailable"], &format!("{path}.maxUnavailable"));
    }
}

/// Whether a number or a share of all may be.
pub(super) fn share(report: &mut Report, value: &Value, path: &str) {
    match value {
        Value::String(text) => report.all(path, text, names::percent(text)),
        number => report.counts(path, number),
    }
}

/// Whether a share is not more than all.
pub(super) fn most(report: &mut Report, value: &Value, path: &str) {
    let percent = value.as_str().and_then(|text| text.strip_suffix('%')).and_then(|text| text.parse::<u64>().ok());
    if percent.is_some_and(|percent| percent > 100) {
        report.invalid(path, value, "must not be greater than 100%");
    }
}

fn replica_set(report: &mut Report, spec: &Value) {
    report.counts("spec.replicas", &spec["replicas"]);
    report.counts("spec.minReadySeconds", &spec["minReadySeconds"]);
    if selection(report, spec, "deployment") {
        template(report, spec, "replicaset");
    }
}

fn daemon_set(report: &mut Report, spec: &Value) {
    let found = &spec["selector"];
    let before = report.causes.len();
    selector(report, found, "spec.selector");
    let wrong = report.causes.len() > before;
    if found.is_object() && hollow(found) {
        report.invalid("spec.selector", found, "empty selector is invalid for daemonset");
    }
    if wrong {
        pod::template(report, &spec["template"], "spec.template");
        restart(report, &spec["template"], "daemonset");
    } else {
        template(report, spec, "daemonset");
    }
    report.counts("spec.minReadySeconds", &spec["minReadySeconds"]);
    let strategy = &spec["updateStrategy"];
    let path = "spec.updateStrategy.rollingUpdate";
    let rolling = &strategy["rollingUpdate"];
    match text(strategy, "type") {
        "OnDelete" => {}
        "RollingUpdate" => {
            share(report, &rolling["maxUnavailable"], &format!("{path}.maxUnavailable"));
            share(report, &rolling["maxSurge"], &format!("{path}.maxSurge"));
            let none = |value: &Value| *value == 0 || *value == "0%";
            if none(&rolling["maxUnavailable"]) && none(&rolling["maxSurge"]) {
                report.required(&format!("{path}.maxUnavailable"), "cannot be 0 when maxSurge is 0");
            } else if !none(&rolling["maxUnavailable"]) && !none(&rolling["maxSurge"]) && !rolling["maxSurge"].is_null()
            {
                report.invalid(
                    &format!("{path}.maxSurge"),
                    &rolling["maxSurge"],
                    "may not be set when maxUnavailable is non-zero",
                );
            }
        }
        _ => {
            let shown = inner::shown(strategy, "DaemonSetUpdateStrategy");
            unsupported(report, "spec.updateStrategy", &shown, "\"RollingUpdate\", \"OnDelete\"");
        }
    }
    report.counts("spec.revisionHistoryLimit", &spec["revisionHistoryLimit"]);
}

const ROLLING: &str = "RollingUpdateStatefulSetStrategy";

/// What never changes, the name of its service and its claims, is looked at while it is new.
fn stateful_set(report: &mut Report, spec: &Value, new: bool) {
    let policy = &spec["podManagementPolicy"];
    if !["OrderedReady", "Parallel"].iter().any(|one| policy == *one) {
        report.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
    }
    let strategy = &spec["updateStrategy"];
    match text(strategy, "type") {
        "OnDelete" => {
            if strategy["rollingUpdate"].is_object() {
                let why = "only allowed for updateStrategy 'RollingUpdate'";
                report.raw(
                    "spec.updateStrategy.rollingUpdate",
                    &inner::shown(&strategy["rollingUpdate"], ROLLING),
                    why,
                );
            }
        }
        "RollingUpdate" => {
            let at = "spec.updateStrategy.rollingUpdate.partition";
            report.counts(at, &strategy["rollingUpdate"]["partition"]);
        }
        "" => report.required("spec.updateStrategy", ""),
        _ => {
            let why = "must be 'RollingUpdate' or 'OnDelete'";
            report.raw("spec.updateStrategy", &inner::shown(strategy, "StatefulSetUpdateStrategy"), why);
        }
    }
    for (path, one) in items(spec, "volumeClaimTemplates", "spec").filter(|_| new) {
        storage::claim(report, &one["spec"], &format!("{path}.spec"));
    }
    for key in ["whenDeleted", "whenScaled"] {
        let kept = &spec["persistentVolumeClaimRetentionPolicy"][key];
        let at = format!("spec.persistentVolumeClaimRetentionPolicy.{key}");
        report.one_of(&at, kept, &["Retain", "Delete"]);
    }
    report.counts("spec.replicas", &spec["replicas"]);
    report.counts("spec.minReadySeconds", &spec["minReadySeconds"]);
    report.counts("spec.ordinals.start", &spec["ordinals"]["start"]);
    let service = text(spec, "serviceName");
    if new && !service.is_empty() {
        report.all("spec.serviceName", service, names::label(service));
    }
    if selection(report, spec, "statefulset") {
        template(report, spec, "statefulset");
    }
}
