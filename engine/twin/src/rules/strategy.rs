//! What each kind's own strategy does around a write: which part keeps what, and when the generation grows.

use serde_json::{Map, Value, json};

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
    ("storage.k8s.io", "CSIDriver"),
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
        (_, "status") if kind.is_custom() => Set::of_paths(&[&["spec"], &["metadata"]]),
        ("Pod", "status") => {
            Set::of_paths(&[&["spec"], &["metadata", "deletionTimestamp"], &["metadata", "ownerReferences"]])
        }
        ("Deployment", "status") => Set::of_paths(&[&["spec"], &["metadata", "labels"]]),
        (_, "status") => Set::of_paths(&[&["spec"]]),
        _ => Set::default(),
    }
}

/// Makes a new object ready: no status of its own, the first generation.
pub(super) fn created(object: &mut Value, kind: &Kind) {
    if has_status(kind) {
        reset_status(object, kind);
    }
    if counts(kind) {
        object["metadata"]["generation"] = json!(1);
    } else if let Value::Object(metadata) = &mut object["metadata"] {
        metadata.remove("generation");
    }
    special(object, kind);
}

fn reset_status(object: &mut Value, kind: &Kind) {
    let Value::Object(fields) = object else { return };
    if kind.is_custom() {
        fields.remove("status");
        return;
    }
    let kept = match kind.kind.as_str() {
        "Namespace" => json!({"phase": "Active"}),
        "Node" => return,
        "PersistentVolume" | "PersistentVolumeClaim" => json!({"phase": "Pending"}),
        "Pod" => json!({"phase": "Pending", "qosClass": super::qos::class(&fields["spec"])}),
        _ => Value::Object(Map::new()),
    };
    fields.insert("status".to_owned(), kept);
}

fn special(object: &mut Value, kind: &Kind) {
    if kind.group.is_empty() && kind.kind == "Namespace" {
        let finalizers = object["spec"]["finalizers"].as_array().cloned().unwrap_or_default();
        if !finalizers.iter().any(|name| name == "kubernetes") {
            let mut all = finalizers;
            all.push(json!("kubernetes"));
            object["spec"] = json!({"finalizers": all});
        }
    }
    if kind.kind == "CustomResourceDefinition" {
        let versions = object["spec"]["versions"].as_array().cloned().unwrap_or_default();
        let stored: Vec<Value> = versions
            .iter()
            .filter(|version| version["storage"] == true)
            .map(|version| version["name"].clone())
            .collect();
        object["status"]["storedVersions"] = json!(stored);
    }
}

/// Makes a changed object ready: what this part may not change is as it was, and the generation has grown if it must.
pub(super) fn changed(object: &mut Value, before: &Value, kind: &Kind, sub: &str) {
    if sub == "status" {
        through_status(object, before, kind);
    } else if has_status(kind) {
        put(object, "status", before.get("status").cloned());
    }
    let generation = before["metadata"].get("generation").cloned();
    let grown = counts(kind) && sub != "status" && differs(object, before, kind);
    let generation = match (generation, grown) {
        (Some(number), true) => Some(json!(number.as_i64().unwrap_or_default() + 1)),
        (generation, _) => generation,
    };
    put(&mut object["metadata"], "generation", generation);
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

fn put(object: &mut Value, key: &str, value: Option<Value>) {
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
        "EndpointSlice" => ["endpoints", "ports", "addressType"].iter().any(|key| object[key] != before[key]),
        "PriorityClass" => false,
        _ => object["spec"] != before["spec"],
    }
}
