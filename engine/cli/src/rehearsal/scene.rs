//! The scene of a rehearsal for which none was named: three nodes, and what a small cluster has on them.

use std::path::Path;

use runbook_model::{Failure, code};
use runbook_twin::clock::Clock;
use runbook_twin::machines::{Bare, Card};
use runbook_twin::rules::defaults;
use runbook_twin::scene;
use runbook_twin::world::{Object, World};
use serde_json::{Value, json};

/// How long the scene lives before anybody comes: until everything in it is ready.
const BEFORE_SECONDS: i64 = 600;

/// The world a rehearsal begins with, and what it is called.
pub(crate) fn of(file: Option<&Path>, seed: u64) -> Result<(World, String), Failure> {
    match file {
        None => Ok((small(seed), "a small cluster of 3 nodes".to_owned())),
        Some(file) => {
            let what = format!("`{}` is a scene, and this version reads none", file.display());
            Err(Failure::new(code::SITE_BAD, what))
        }
    }
}

/// A small cluster: a web shop of three, two of which must be there at all times, and names for everyone.
pub(crate) fn small(seed: u64) -> World {
    let mut world = scene::cluster(seed, Clock::today(), 3);
    for (name, number) in [("n1", 1), ("n2", 2), ("n3", 3)] {
        let mut machine = Bare { booted: world.now().since_1970(), ..Bare::new(name) }.machine();
        machine.add_card(Card {
            name: "eth0".to_owned(),
            segment: "underlay".to_owned(),
            driver: "virtio_net".to_owned(),
            address: Some(format!("10.0.0.{number}/24")),
            ..Card::default()
        });
        world.add_machine(machine);
    }
    let objects = [
        ("namespaces", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})),
        ("deployments.apps", workload("Deployment", "shop", "web", 3)),
        ("deployments.apps", workload("Deployment", "shop", "cart", 2)),
        ("deployments.apps", workload("Deployment", "kube-system", "coredns", 2)),
        ("daemonsets.apps", workload("DaemonSet", "kube-system", "node-agent", 0)),
        ("services", service("shop", "web", 80)),
        ("services", service("shop", "cart", 80)),
        ("poddisruptionbudgets.policy", budget("shop", "web", 2)),
    ];
    for (kind, mut object) in objects {
        if let Some(known) = world.shapes().of(&object) {
            defaults::defaults(&mut object, &known);
        }
        // A scene that is part of the program holds nothing that is refused.
        drop(world.create(kind, Object::new(object)));
    }
    let until = world.now().plus_seconds(BEFORE_SECONDS);
    world.live(until, usize::MAX);
    world
}

fn workload(kind: &str, namespace: &str, name: &str, replicas: u64) -> Value {
    let labels = json!({"app": name});
    let spread = json!([{
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels},
    }]);
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [{"name": name, "image": format!("registry.example/{name}:1.0"), "resources": {}}],
                },
            },
        },
    });
    if kind == "Deployment" {
        object["spec"]["replicas"] = replicas.into();
        object["spec"]["template"]["spec"]["topologySpreadConstraints"] = spread;
    }
    object
}

fn service(namespace: &str, name: &str, port: u64) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": name}, "ports": [{"port": port, "targetPort": port}]},
    })
}

fn budget(namespace: &str, name: &str, least: u64) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": namespace},
        "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": name}}},
    })
}
