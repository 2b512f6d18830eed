//! Volumes and quotas.

use super::*;
use crate::world::Deletion;

fn claim(class: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "default", "finalizers": ["kubernetes.io/pvc-protection"]},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class, "volumeMode": "Filesystem",
                 "resources": {"requests": {"storage": "1Gi"}}},
        "status": {"phase": "Pending"},
    })
}

fn pod_with_claim(world: &mut World) {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": template("p", "nginx:1")["spec"]});
    pod["spec"]["volumes"] = json!([{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]);
    make(world, "pods", pod);
}

#[test]
fn a_claim_waits_for_its_pod_and_gets_a_volume_on_its_node() {
    let mut world = cluster(3);
    make(
        &mut world,
        "storageclasses.storage.k8s.io",
        json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "local-path"},
            "provisioner": "rancher.io/local-path", "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer",
        }),
    );
    make(&mut world, "persistentvolumeclaims", claim("local-path"));
    quiet(&mut world);
    assert_eq!(world.count("persistentvolumes"), 0);
    pod_with_claim(&mut world);
    quiet(&mut world);
    let pod = world.get("pods", "default", "p").unwrap();
    assert_eq!(pod["status"]["phase"], "Running");
    let volume = world.list("persistentvolumes", "").next().unwrap();
    assert_eq!(volume["status"]["phase"], "Bound");
    let node = &volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"][0];
    assert_eq!(*node, pod["spec"]["nodeName"]);
    world.delete(&key("persistentvolumeclaims", "data"), &Deletion::default()).unwrap();
    quiet(&mut world);
    assert!(world.get("persistentvolumeclaims", "default", "data").is_some(), "a pod uses it");
    world.delete(&key("pods", "p"), &Deletion::default()).unwrap();
    quiet(&mut world);
    assert_eq!((world.count("persistentvolumeclaims"), world.count("persistentvolumes")), (0, 0));
}

#[test]
fn a_claim_takes_the_smallest_volume_that_fits() {
    let mut world = cluster(1);
    for (name, size) in [("large", "10Gi"), ("small", "1Gi"), ("tiny", "1Mi")] {
        make(
            &mut world,
            "persistentvolumes",
            json!({
                "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
                "spec": {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}, "persistentVolumeReclaimPolicy": "Retain"},
            }),
        );
    }
    make(&mut world, "persistentvolumeclaims", claim(""));
    quiet(&mut world);
    assert_eq!(world.get("persistentvolumeclaims", "default", "data").unwrap()["spec"]["volumeName"], "small");
    world.delete(&key("persistentvolumeclaims", "data"), &Deletion::default()).unwrap();
    quiet(&mut world);
    assert_eq!(world.get("persistentvolumes", "", "small").unwrap()["status"]["phase"], "Released");
}

#[test]
fn a_quota_stops_a_set_from_growing() {
    let mut world = cluster(1);
    make(
        &mut world,
        "resourcequotas",
        json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "default"}, "spec": {"hard": {"pods": "2"}},
        }),
    );
    quiet(&mut world);
    make(&mut world, "deployments.apps", deployment("web", "nginx:1", 3));
    quiet(&mut world);
    assert_eq!(world.count("pods"), 2);
    assert_eq!(world.get("resourcequotas", "default", "q").unwrap()["status"]["used"]["pods"], "2");
    let set = world.list("replicasets.apps", "default").next().unwrap();
    let condition = &set["status"]["conditions"][0];
    assert_eq!(condition["reason"], "FailedCreate");
    let message = condition["message"].as_str().unwrap();
    assert!(
        message.ends_with("is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2"),
        "{message}"
    );
}
