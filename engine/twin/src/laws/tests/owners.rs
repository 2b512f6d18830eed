//! Owners, namespaces and nodes: what goes when they go.

use super::*;
use crate::world::{Deletion, Propagation};

fn delete(world: &mut World, key: &Key, propagation: Option<Propagation>) {
    world.delete(key, &Deletion { propagation, ..Deletion::default() }).unwrap();
    quiet(world);
}

#[test]
fn what_is_owned_goes_with_its_owner() {
    for how in [Propagation::Background, Propagation::Foreground] {
        let mut world = cluster(1);
        make(&mut world, "deployments.apps", deployment("web", "nginx:1", 2));
        quiet(&mut world);
        delete(&mut world, &key("deployments.apps", "web"), Some(how));
        assert_eq!((world.count("deployments.apps"), world.count("replicasets.apps"), world.count("pods")), (0, 0, 0));
    }
}

#[test]
fn orphans_stay_and_are_taken_in_again() {
    let mut world = cluster(1);
    make(&mut world, "deployments.apps", deployment("web", "nginx:1", 2));
    quiet(&mut world);
    delete(&mut world, &key("deployments.apps", "web"), Some(Propagation::Orphan));
    assert_eq!((world.count("replicasets.apps"), world.count("pods")), (1, 2));
    let set = world.list("replicasets.apps", "default").next().unwrap();
    assert!(set.controller().is_none());
    make(&mut world, "deployments.apps", deployment("web", "nginx:1", 2));
    quiet(&mut world);
    assert_eq!((world.count("replicasets.apps"), world.count("pods")), (1, 2));
    assert!(world.list("replicasets.apps", "default").next().unwrap().controller().is_some());
}

#[test]
fn a_namespace_says_what_holds_it_and_then_goes() {
    let mut world = cluster(1);
    make(
        &mut world,
        "namespaces",
        json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gone"},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        }),
    );
    make(
        &mut world,
        "configmaps",
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "held", "namespace": "gone", "finalizers": ["x.test/hold"]},
        }),
    );
    quiet(&mut world);
    assert!(world.get("serviceaccounts", "gone", "default").is_some());
    let gone = Key::new("namespaces", "", "gone");
    delete(&mut world, &gone, None);
    let conditions = world.at(&gone).unwrap()["status"]["conditions"].clone();
    assert_eq!(conditions[3]["message"], "Some resources are remaining: configmaps. has 1 resource instances");
    assert_eq!(
        conditions[4]["message"],
        "Some content in the namespace has finalizers remaining: x.test/hold in 1 resource instances"
    );
    world.change(&Key::new("configmaps", "gone", "held"), |it| it["metadata"]["finalizers"] = json!([])).unwrap();
    quiet(&mut world);
    assert!(world.at(&gone).is_none());
}

#[test]
fn a_node_that_says_nothing_is_doubted_tainted_and_emptied() {
    let mut world = cluster(2);
    make(&mut world, "deployments.apps", deployment("web", "nginx:1", 2));
    quiet(&mut world);
    let node = Key::new("nodes", "", "n1");
    assert!(world.get("leases.coordination.k8s.io", "kube-node-lease", "n1").is_none(), "there is no such namespace");
    world.change(&node, |node| node.set_annotation("plane.test/silent", "true")).unwrap();
    pass(&mut world, 60);
    let it = world.at(&node).unwrap();
    assert_eq!(it.condition("Ready"), Some("Unknown"));
    let taints: Vec<_> =
        it["spec"]["taints"].as_array().unwrap().iter().map(|one| one["effect"].as_str().unwrap()).collect();
    assert_eq!(taints, ["NoSchedule", "NoExecute"]);
    let doubted = world.on_node("n1").next().unwrap();
    assert_eq!(doubted.condition("Ready"), Some("False"));
    pass(&mut world, 400);
    assert!(world.on_node("n1").all(|pod| pod.is_going()));
    assert_eq!(world.on_node("n2").count(), 2);
    world.change(&node, |node| drop(node.metadata().remove("annotations"))).unwrap();
    quiet(&mut world);
    assert_eq!(world.on_node("n1").count(), 0);
    assert!(world.at(&node).unwrap()["spec"]["taints"].is_null());
}

#[test]
fn the_pods_of_a_node_that_is_gone_go_after_a_while() {
    let mut world = cluster(2);
    make(&mut world, "deployments.apps", deployment("web", "nginx:1", 2));
    quiet(&mut world);
    delete(&mut world, &Key::new("nodes", "", "n1"), None);
    assert_eq!((world.on_node("n1").count(), world.on_node("n2").count()), (0, 2));
}
