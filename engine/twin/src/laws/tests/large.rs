//! A large cluster: the laws must not do more for each object the more there are.

use super::*;

/// A world with so many nodes and so many deployments of a hundred pods, each with a service.
fn large(nodes: usize, deployments: usize) -> World {
    let mut world = cluster(0);
    for number in 1..=nodes {
        make(&mut world, "nodes", node(number));
    }
    for number in 0..deployments {
        let name = format!("web{number}");
        make(&mut world, "deployments.apps", deployment(&name, "nginx:1", 100));
        make(
            &mut world,
            "services",
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
                "spec": {"selector": {"app": name}, "clusterIP": "None", "ports": [{"port": 80, "protocol": "TCP"}]},
            }),
        );
    }
    quiet(&mut world);
    world
}

#[test]
fn a_large_cluster_comes_up() {
    let (nodes, deployments) = if cfg!(debug_assertions) { (40, 10) } else { (1000, 300) };
    let world = large(nodes, deployments);
    assert_eq!(world.count("pods"), deployments * 100);
    assert!(world.list("deployments.apps", "").all(|it| it["status"]["availableReplicas"] == 100));
    let slices = world.list("endpointslices.discovery.k8s.io", "");
    assert!(slices.map(|slice| slice["endpoints"].as_array().unwrap().len()).all(|count| count == 100));
    let most = world.list("nodes", "").map(|node| world.on_node(node.name()).count()).max().unwrap();
    assert!(most <= 2 * deployments * 100 / nodes, "{most} pods are on one node");
}
