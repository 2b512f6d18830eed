//! Volumes, claims and storage classes.

use crate::json::{Value, json};

use super::{part, pod, set, some};

pub(super) fn core(object: &mut Value, kind: &str) {
    if let Some(status) = part(object, "status") {
        set(status, "phase", json!("Pending"));
    }
    let Some(spec) = some(object, "spec") else { return };
    set(spec, "volumeMode", json!("Filesystem"));
    if kind == "PersistentVolume" {
        set(spec, "persistentVolumeReclaimPolicy", json!("Retain"));
        if let Some(path) = some(spec, "hostPath") {
            set(path, "type", json!(""));
        }
        pod::sources(spec);
    }
}

pub(super) fn defaults(object: &mut Value, kind: &str) {
    match kind {
        "StorageClass" => {
            set(object, "reclaimPolicy", json!("Delete"));
            set(object, "volumeBindingMode", json!("Immediate"));
        }
        "CSIDriver" => {
            let Some(spec) = some(object, "spec") else { return };
            set(spec, "attachRequired", json!(true));
            set(spec, "podInfoOnMount", json!(false));
            set(spec, "storageCapacity", json!(false));
            set(spec, "fsGroupPolicy", json!("ReadWriteOnceWithFSType"));
            set(spec, "volumeLifecycleModes", json!(["Persistent"]));
            set(spec, "requiresRepublish", json!(false));
            set(spec, "seLinuxMount", json!(false));
        }
        _ => {}
    }
}
