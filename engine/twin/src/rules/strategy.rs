//! What each kind's own strategy does around a write: which part keeps what, and when the generation grows.

use crate::json::{Map, Value, json};

use super::services;
use crate::fields::Set;
use crate::shapes::Kind;

/// Kinds without a status that count generations, and kinds with one that do not are told apart here.
const COUNTED: [(&str, &str); 26] = [
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("policy", "PodDisruptionBudget"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
    ("resource.k8s.io", "ResourceSlice"),
    ("networking.k8s.io", "IPAddress"),
    ("networking.k8s.io", "ServiceCIDR"),
    ("", "PodTemplate"),
    ("storage.k8s.io", "VolumeAttributesClass"),
];

/// Whether objects of the kind count generations.
pub(super) fn counts(kind: &Kind) -> bool {
    kind.is_custom() || COUNTED.contains(&(kind.group.as_str(), kind.kind.as_str()))
}

fn has_status(kind: &Kind) -> bool {
    kind.sub("status").is_some()
}

/// The fields that a write through this part leaves alone.
pub(super) fn ignored(kind: &Kind, sub: &str) -> Set {
    match (kind.kind.as_str(), sub) {
        (_, "") if has_status(kind) => Set::of_paths(&[&["status"]]),
        (_, "status") if kind.is_custom() => Set::of_paths(&[&["spec"]]),
        ("Pod", "status") => {
            Set::of_paths(&[&["spec"], &["metadata", "deletionTimestamp"], &["metadata", "ownerReferences"]])
        }
        ("Deployment", "status") => Set::of_paths(&[&["spec"], &["metadata", "labels"]]),
        (_, "status") => Set::of_paths(&[&["spec"]]),
        _ => Set::default(),
    }
}

/// Makes a new object ready: no status of its own, the first generation.
pub(super) fn created(object: &mut Value, kind: &Kind, now: &str) {
    if has_status(kind) {
        reset_status(object, kind, now);
    }
    if counts(kind) {
        object["metadata"]["generation"] = json!(1);
    } else if let Value::Object(metadata) = &mut object["metadata"] {
        metadata.remove("generation");
    }
    special(object, kind, now);
    super::disabled::drop_fields(object, None, kind);
    if kind.kind == "LimitRange" && object["metadata"]["name"].as_str().is_none_or(str::is_empty) {
        object["metadata"]["name"] = object["metadata"]["uid"].clone();
    }
}

fn reset_status(object: &mut Value, kind: &Kind, now: &str) {
    let Value::Object(fields) = object else { return };
    if kind.is_custom() {
        fields.remove("status");
        return;
    }
    let kept = match kind.kind.as_str() {
        "Namespace" => json!({"phase": "Active"}),
        "Node" => return,
        "PersistentVolume" | "PersistentVolumeClaim" => json!({"phase": "Pending"}),
        "Pod" => new_pod_status(&fields["spec"], now),
        _ => Value::Object(Map::new()),
    };
    fields.insert("status".to_owned(), kept);
}

/// How a pod begins: one that is gated says so at once.
pub(crate) fn new_pod_status(spec: &Value, now: &str) -> Value {
    let mut status = json!({"phase": "Pending", "qosClass": super::qos::class(spec)});
    if spec["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty()) {
        status["conditions"] = json!([{
            "type": "PodScheduled", "status": "False", "lastProbeTime": null, "lastTransitionTime": now,
            "reason": "SchedulingGated", "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]);
    }
    status
}

fn special(object: &mut Value, kind: &Kind, now: &str) {
    if kind.group.is_empty() && kind.kind == "Namespace" {
        let finalizers = object["spec"]["finalizers"].as_array().cloned().unwrap_or_default();
        if !finalizers.iter().any(|name| name == "kubernetes") {
            let mut all = finalizers;
            all.push(json!("kubernetes"));
            object["spec"] = json!({"finalizers": all});
        }
    }
    if kind.group.is_empty() && kind.kind == "PersistentVolume" {
        object["status"]["lastPhaseTransitionTime"] = json!(now);
    }
    if kind.group == "apps" && kind.kind == "DaemonSet" {
        object["metadata"]["annotations"][super::convert::TEMPLATES] = json!("1");
    }
    if kind.group == "batch" && kind.kind == "Job" {
        job(object);
    }
    if kind.kind == "CustomResourceDefinition" {
        object["status"]["storedVersions"] = json!([]);
        stored(object);
    }
}

/// The version that objects are stored in is among those that have been.
fn stored(definition: &mut Value) {
    let versions = definition["spec"]["versions"].as_array().cloned().unwrap_or_default();
    let list = &mut definition["status"]["storedVersions"];
    for version in versions.iter().filter(|version| version["storage"] == true) {
        if let Some(list) = list.as_array_mut().filter(|list| !list.contains(&version["name"])) {
            list.push(version["name"].clone());
        }
    }
}

/// A job's pods are told by its own id, unless it selects them itself.
fn job(object: &mut Value) {
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let uid = object["metadata"]["uid"].clone();
    let name = object["metadata"]["name"].clone();
    let Value::Object(spec) = &mut object["spec"] else { return };
    let selector = spec.entry("selector").or_insert_with(|| json!({}));
    if !selector.is_object() {
        *selector = json!({});
    }
    if !selector["matchLabels"].is_object() {
        selector["matchLabels"] = json!({});
    }
    selector["matchLabels"]["batch.kubernetes.io/controller-uid"] = uid.clone();
    let Some(Value::Object(metadata)) = spec.get_mut("template").and_then(|template| template.get_mut("metadata"))
    else {
        return;
    };
    let labels = metadata.entry("labels").or_insert_with(|| json!({}));
    if let Value::Object(labels) = labels {
        for prefix in ["", "batch.kubernetes.io/"] {
            labels.insert(format!("{prefix}controller-uid"), uid.clone());
            labels.insert(format!("{prefix}job-name"), name.clone());
        }
    }
}

/// What an object is when it comes back from the store: there its defaults are set once more.
pub(super) fn shown(mut object: Value, kind: &Kind) -> Value {
    if kind.group == "batch" && kind.kind == "Job" && !object["metadata"]["labels"].is_object() {
        let labels = object["spec"]["template"]["metadata"].get("labels").cloned();
        put(&mut object["metadata"], "labels", labels);
    }
    object
}

/// Makes a changed object ready: what this part may not change is as it was, and the generation has grown if it must.
pub(super) fn changed(object: &mut Value, before: &Value, kind: &Kind, sub: &str) {
    if sub == "status" {
        through_status(object, before, kind);
        let class = &before["status"]["qosClass"];
        if kind.group.is_empty() && kind.kind == "Pod" && object["status"]["qosClass"].is_null() && !class.is_null() {
            object["status"]["qosClass"] = class.clone();
        }
    } else if has_status(kind) {
        put(object, "status", before.get("status").cloned());
    }
    if sub.is_empty() && kind.kind == "CustomResourceDefinition" {
        stored(object);
    }
    kept(object, before, kind);
    super::disabled::drop_fields(object, Some(before), kind);
    let generation = before["metadata"].get("generation").cloned();
    let grown = counts(kind) && sub != "status" && differs(object, before, kind);
    let generation = match (generation, grown) {
        (Some(number), true) => Some(json!(number.as_i64().unwrap_or_default() + 1)),
        (generation, _) => generation,
    };
    put(&mut object["metadata"], "generation", generation);
}

/// What a kind's own update keeps.
fn kept(object: &mut Value, before: &Value, kind: &Kind) {
    if kind.group.is_empty() && kind.kind == "Namespace" {
        put(object, "spec", before.get("spec").cloned());
    }
    if kind.group.is_empty() && kind.kind == "Node" && before["spec"]["configSource"].is_null() {
        // Nobody configures kubelets that way any more.
        put(&mut object["spec"], "configSource", None);
    }
    if kind.group.is_empty() && kind.kind == "Service" {
        services::kept(object, before);
    }
    if kind.group == "apps" && kind.kind == "DaemonSet" {
        let old = before["metadata"]["annotations"][super::convert::TEMPLATES].as_str();
        let old: i64 = old.and_then(|number| number.parse().ok()).unwrap_or_default();
        let changed = object["spec"]["template"] != before["spec"]["template"];
        let annotations = &mut object["metadata"]["annotations"];
        if annotations.is_object() {
            annotations[super::convert::TEMPLATES] = json!((old + i64::from(changed)).to_string());
        }
    }
}

fn through_status(object: &mut Value, before: &Value, kind: &Kind) {
    if kind.is_custom() {
        let status = object.get("status").cloned();
        let managed = object["metadata"].get("managedFields").cloned();
        *object = before.clone();
        put(object, "status", status);
        put(&mut object["metadata"], "managedFields", managed);
        return;
    }
    put(object, "spec", before.get("spec").cloned());
    let kept: &[&str] = match kind.kind.as_str() {
        "Pod" => &["deletionTimestamp", "ownerReferences"],
        "Deployment" => &["labels"],
        _ => &[],
    };
    for name in kept {
        put(&mut object["metadata"], name, before["metadata"].get(*name).cloned());
    }
}

pub(super) fn put(object: &mut Value, key: &str, value: Option<Value>) {
    let Value::Object(fields) = object else { return };
    match value {
        Some(value) => fields.insert(key.to_owned(), value),
        None => fields.remove(key),
    };
}

/// Whether what the generation counts differs.
fn differs(object: &Value, before: &Value, kind: &Kind) -> bool {
    if kind.is_custom() {
        let bare = |value: &Value| {
            let mut fields = value.as_object().cloned().unwrap_or_default();
            fields.remove("metadata");
            if has_status(kind) {
                fields.remove("status");
            }
            fields
        };
        return bare(object) != bare(before);
    }
    match kind.kind.as_str() {
        "Deployment" => {
            object["spec"] != before["spec"] || object["metadata"]["annotations"] != before["metadata"]["annotations"]
        }
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => object["webhooks"] != before["webhooks"],
        "EndpointSlice" => {
            let said = |of: &Value| (of["metadata"]["labels"].clone(), of["metadata"]["annotations"].clone());
            said(object) != said(before)
                || ["endpoints", "ports", "addressType"].iter().any(|key| object[key] != before[key])
        }
        "PriorityClass" => false,
        "PodTemplate" => object["template"] != before["template"],
        _ => object["spec"] != before["spec"],
    }
}
