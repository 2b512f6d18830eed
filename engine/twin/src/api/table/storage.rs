//! The cells of volumes and their kin.

use super::words::{UNSET, items, or, plain};
use crate::json::Value;
use crate::world::Object;

pub(super) fn cell(plural: &str, column: &str, object: &Object) -> Value {
    let (spec, status) = (&object["spec"], &object["status"]);
    let bound = !or(&spec["volumeName"], "").is_empty();
    match (plural, column) {
        ("persistentvolumeclaims", "Status") if object.is_going() => "Terminating".into(),
        ("persistentvolumes", "Status") if object.is_going() => "Terminating".into(),
        ("persistentvolumeclaims" | "persistentvolumes", "Status") => or(&status["phase"], "").into(),
        ("persistentvolumeclaims", "Volume") => or(&spec["volumeName"], "").into(),
        ("persistentvolumeclaims", "Capacity") if bound => plain(&status["capacity"]["storage"]).into(),
        ("persistentvolumeclaims", "Access Modes") if bound => modes(&status["accessModes"]).into(),
        ("persistentvolumeclaims", "Capacity" | "Access Modes") => "".into(),
        ("persistentvolumes", "Capacity") => plain(&spec["capacity"]["storage"]).into(),
        ("persistentvolumes", "Access Modes") => modes(&spec["accessModes"]).into(),
        ("persistentvolumes", "Reclaim Policy") => or(&spec["persistentVolumeReclaimPolicy"], "").into(),
        ("persistentvolumes", "Claim") if spec["claimRef"].is_object() => {
            format!("{}/{}", plain(&spec["claimRef"]["namespace"]), plain(&spec["claimRef"]["name"])).into()
        }
        ("persistentvolumes", "Claim") => "".into(),
        ("persistentvolumes", "Reason") => or(&status["reason"], "").into(),
        (_, "StorageClass") => or(&spec["storageClassName"], "").into(),
        (_, "VolumeAttributesClass") => or(&spec["volumeAttributesClassName"], UNSET).into(),
        (_, "VolumeMode") => or(&spec["volumeMode"], UNSET).into(),
        ("storageclasses", "Provisioner") => or(&object["provisioner"], "").into(),
        ("storageclasses", "ReclaimPolicy") => or(&object["reclaimPolicy"], "Delete").into(),
        ("storageclasses", "VolumeBindingMode") => or(&object["volumeBindingMode"], "Immediate").into(),
        ("storageclasses", "AllowVolumeExpansion") => object["allowVolumeExpansion"].as_bool().unwrap_or(false).into(),
        ("csinodes", _) => items(&spec["drivers"]).len().into(),
        ("volumeattachments", "Attacher") => plain(&spec["attacher"]).into(),
        ("volumeattachments", "PV") => plain(&spec["source"]["persistentVolumeName"]).into(),
        ("volumeattachments", "Node") => plain(&spec["nodeName"]).into(),
        ("volumeattachments", "Attached") => status["attached"].as_bool().unwrap_or(false).into(),
        ("csidrivers", "AttachRequired") => spec["attachRequired"].as_bool().unwrap_or(true).into(),
        ("csidrivers", "PodInfoOnMount") => spec["podInfoOnMount"].as_bool().unwrap_or(false).into(),
        ("csidrivers", "StorageCapacity") => spec["storageCapacity"].as_bool().unwrap_or(false).into(),
        ("csidrivers", "RequiresRepublish") => spec["requiresRepublish"].as_bool().unwrap_or(false).into(),
        ("csidrivers", "TokenRequests") => {
            let all: Vec<String> = items(&spec["tokenRequests"]).iter().map(|one| plain(&one["audience"])).collect();
            if all.is_empty() { UNSET.to_owned() } else { all.join(",") }.into()
        }
        ("csidrivers", _) => {
            let all: Vec<String> = items(&spec["volumeLifecycleModes"]).iter().map(plain).collect();
            if all.is_empty() { "<none>".to_owned() } else { all.join(",") }.into()
        }
        _ => Value::Null,
    }
}

fn modes(modes: &Value) -> String {
    let has = |mode: &str| items(modes).iter().any(|one| one == mode);
    let all =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    all.iter().filter(|(mode, _)| has(mode)).map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}
