//! A large cluster: the laws must not do more for each object the more there are.

use super::*;
use crate::world::Settled;

/// A world with so many nodes and so many deployments of a hundred pods, each with a service, before anything is done.
fn prepared(nodes: usize, deployments: usize) -> World {
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
    world
}

#[test]
fn a_large_cluster_comes_up() {
    let (nodes, deployments) = if cfg!(debug_assertions) { (40, 10) } else { (1000, 300) };
    let mut world = prepared(nodes, deployments);
    quiet(&mut world);
    assert_eq!(world.count("pods"), deployments * 100);
    assert!(world.list("deployments.apps", "").all(|it| it["status"]["availableReplicas"] == 100));
    let slices = world.list("endpointslices.discovery.k8s.io", "");
    assert!(slices.map(|slice| slice["endpoints"].as_array().unwrap().len()).all(|count| count == 100));
    let most = world.list("nodes", "").map(|node| world.on_node(node.name()).count()).max().unwrap();
    assert!(most <= 2 * deployments * 100 / nodes, "{most} pods are on one node");
}

/// The pieces of work and the changes it takes until nothing is left to do.
fn effort(nodes: usize, deployments: usize) -> (usize, u64) {
    let mut world = prepared(nodes, deployments);
    let (before, mut pieces) = (world.revision(), 0);
    loop {
        while world.settle(1) == Settled::Busy {
            pieces += 1;
        }
        match world.next_jump() {
            Some(next) => world.advance(next),
            None => return (pieces, world.revision() - before),
        }
    }
}

#[test]
fn twice_as_many_pods_are_twice_the_work() {
    let (pieces, changes) = effort(10, 2);
    let (more, further) = effort(20, 4);
    assert!(more * 10 <= pieces * 21, "{pieces} pieces of work became {more}");
    assert!(further * 10 <= changes * 21, "{changes} changes became {further}");
}
