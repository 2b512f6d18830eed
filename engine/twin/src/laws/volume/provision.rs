//! Making a volume for a claim: a folder of the node its pod will be on.

use super::VOLUMES;
use crate::json::{Value, json};
use crate::laws::kit::events::{Told, tell};
use crate::world::{Again, Key, Moment, Object, World};

/// The annotation by which the scheduler says where the pod of a claim will be.
pub(super) const SELECTED: &str = "volume.kubernetes.io/selected-node";
const PROVISIONERS: [&str; 2] =
    ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"];
/// Seconds it takes.
const TAKES: i64 = 2;

/// Asks for a volume, and makes it when that has taken its time.
pub(super) fn make(world: &mut World, key: &Key, claim: &Object, class: &Object) -> Again {
    let provisioner = class["provisioner"].as_str().unwrap_or_default();
    let asked = world.memory(super::LAW.name, key).as_i64();
    let now = world.now();
    let Some(asked) = asked else {
        world.remember(super::LAW.name, key, now.0.into());
        drop(world.change(key, |claim| {
            for name in PROVISIONERS {
                claim.set_annotation(name, provisioner);
            }
        }));
        let message = format!(
            "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
        );
        tell(world, claim, Told::normal(super::BY, "ExternalProvisioning"), &message);
        let message =
            format!("External provisioner is provisioning volume for claim \"{}/{}\"", claim.namespace(), claim.name());
        tell(world, claim, Told::normal(provisioner, "Provisioning"), &message);
        return Again::At(now.plus_seconds(TAKES));
    };
    let ready = Moment(asked).plus_seconds(TAKES);
    if ready > now {
        return Again::At(ready);
    }
    world.remember(super::LAW.name, key, Value::Null);
    let volume = volume(claim, class, provisioner);
    let name = volume.name().to_owned();
    if world.create(VOLUMES, volume).is_ok() {
        let message = format!("Successfully provisioned volume {name}");
        tell(world, claim, Told::normal(provisioner, "ProvisioningSucceeded"), &message);
    }
    Again::Never
}

fn volume(claim: &Object, class: &Object, provisioner: &str) -> Object {
    let name = format!("pvc-{}", claim.uid());
    let path = format!("/var/lib/rancher/k3s/storage/{name}_{}_{}", claim.namespace(), claim.name());
    let mut volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {
            "name": name, "finalizers": ["kubernetes.io/pv-protection"],
            "annotations": {"pv.kubernetes.io/provisioned-by": provisioner},
        },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "claimRef": {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.namespace(),
                "name": claim.name(), "uid": claim.uid(), "resourceVersion": claim.version(),
            },
            "hostPath": {"path": path, "type": "DirectoryOrCreate"},
            "persistentVolumeReclaimPolicy": class["reclaimPolicy"].as_str().unwrap_or("Delete"),
            "storageClassName": class.name(), "volumeMode": claim["spec"]["volumeMode"].as_str().unwrap_or("Filesystem"),
        },
        "status": {"phase": "Pending"},
    });
    if let Some(node) = claim.annotation(SELECTED) {
        volume["metadata"]["annotations"]["local.path.provisioner/selected-node"] = node.into();
        volume["spec"]["nodeAffinity"] = json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]},
        ]}]}});
    }
    Object::new(volume)
}
