//! What the server's own admission does to new objects, as far as the recordings need it: the door has the whole of it.

use crate::json::{Value, json};

use crate::shapes::Kind;

/// Admits an object, new or changed: what is decided from the object alone, without looking at others.
pub(super) fn admit(object: &mut Value, before: Option<&Value>, kind: &Kind) {
    if let Some(before) = before {
        if kind.group.is_empty() && kind.kind == "Pod" {
            again(object, before);
        }
        return;
    }
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => pod(object),
        ("", "Node") => node(object),
        ("", "PersistentVolumeClaim" | "PersistentVolume") => protect(object, &kind.kind),
        _ => {}
    }
}

fn node(object: &mut Value) {
    let taint = json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"});
    let Value::Object(spec) = &mut object["spec"] else { return };
    if let Value::Array(all) = spec.entry("taints").or_insert_with(|| json!([]))
        && !all.iter().any(|one| one["key"] == taint["key"] && one["effect"] == taint["effect"])
    {
        all.push(taint);
    }
}

fn protect(object: &mut Value, kind: &str) {
    let name = if kind == "PersistentVolume" { "kubernetes.io/pv-protection" } else { "kubernetes.io/pvc-protection" };
    if object["metadata"]["deletionTimestamp"].is_string() {
        return;
    }
    let Value::Object(metadata) = &mut object["metadata"] else { return };
    let finalizers = metadata.entry("finalizers").or_insert_with(|| json!([]));
    if let Value::Array(all) = finalizers
        && !all.iter().any(|one| one == name)
    {
        all.push(json!(name));
    }
}

const SECONDS: u32 = 300;

/// A pod that is changed keeps its priority and tolerates what every pod does.
fn again(object: &mut Value, before: &Value) {
    let Value::Object(spec) = &mut object["spec"] else { return };
    for key in ["priority", "preemptionPolicy"] {
        if let Some(old) = before["spec"].get(key) {
            spec.entry(key).or_insert_with(|| old.clone());
        }
    }
    tolerate(spec);
}

fn pod(object: &mut Value) {
    let Value::Object(spec) = &mut object["spec"] else { return };
    spec.entry("priority").or_insert(json!(0));
    spec.entry("preemptionPolicy").or_insert(json!("PreemptLowerPriority"));
    if spec.get("serviceAccountName").is_none() {
        spec.insert("serviceAccountName".to_owned(), json!("default"));
        spec.insert("serviceAccount".to_owned(), json!("default"));
    }
    tolerate(spec);
    if spec.get("automountServiceAccountToken") != Some(&Value::Bool(false)) {
        token(spec);
    }
}

fn tolerate(spec: &mut crate::json::Map) {
    let tolerations = spec.entry("tolerations").or_insert_with(|| json!([]));
    if let Value::Array(all) = tolerations {
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let tolerated = |one: &Value| {
                let keyed = one["key"] == key || one["key"].as_str().is_none_or(str::is_empty);
                keyed && (one["effect"] == "NoExecute" || one["effect"].as_str().is_none_or(str::is_empty))
            };
            if !all.iter().any(tolerated) {
                all.push(
                    json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS}),
                );
            }
        }
    }
}

const MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn token(spec: &mut crate::json::Map) {
    let name = "kube-api-access-abcde";
    let mut mounted = false;
    for list in ["initContainers", "containers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let Value::Object(container) = container else { continue };
            let mounts = container.entry("volumeMounts").or_insert_with(|| json!([]));
            let Value::Array(mounts) = mounts else { continue };
            if !mounts.iter().any(|mount| mount["mountPath"] == MOUNT) {
                mounts.push(json!({"name": name, "readOnly": true, "mountPath": MOUNT}));
                mounted = true;
            }
        }
    }
    if !mounted {
        return;
    }
    let volume = json!({"name": name, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ]}});
    if let Value::Array(volumes) = spec.entry("volumes").or_insert_with(|| json!([])) {
        volumes.push(volume);
    }
}
