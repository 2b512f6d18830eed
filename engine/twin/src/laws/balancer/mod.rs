//! Services of the type `LoadBalancer`: whoever is there for them gives each an address, and says so to the network.
//!
//! Cilium's operator where it has pools, else MetalLB's controller where it has pools, else k3s by the ports of its nodes.
//! Who answers for an address is one node that lives: Cilium says which in a lease, MetalLB keeps it to itself.

mod announce;
mod pool;

use super::Law;
use crate::json::{Value, json};
use crate::world::{Again, Change, Key, Object, World};
pub(super) use announce::told;
use std::net::Ipv4Addr;

/// The law.
pub(super) const LAW: Law = Law { name: "balancer", hears, acts };

/// Seconds until it looks again who answers for an address.
const LOOK: i64 = 5;

/// Who gives addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Giver {
    Cilium,
    Metal,
    K3s,
}

fn is_one(service: &Object) -> bool {
    service["spec"]["type"] == "LoadBalancer"
}

fn hears(world: &World, change: &Change) -> Vec<Key> {
    let (before, after) = (change.before.as_deref(), change.after.as_deref());
    let everyone = || world.entries("services", "").filter(|(_, it)| is_one(it)).map(|(key, _)| key).collect();
    match change.key.kind.as_str() {
        "services" if before.is_some_and(is_one) || after.is_some_and(is_one) => vec![change.key.clone()],
        pool::CILIUM | pool::METAL | "ciliuml2announcementpolicies.cilium.io" => everyone(),
        "pods" => {
            let ready = |it: &Object| it.condition("Ready") == Some("True");
            let gives = before.or(after).is_some_and(|pod| is_cilium(pod) || is_metal(pod, "controller"));
            if gives && before.map(ready) != after.map(ready) { everyone() } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

fn is_cilium(pod: &Object) -> bool {
    pod.label("io.cilium/app") == Some("operator")
}

fn is_metal(pod: &Object, part: &str) -> bool {
    let metal = pod.label("app") == Some("metallb") || pod.label("app.kubernetes.io/name") == Some("metallb");
    metal && [pod.label("component"), pod.label("app.kubernetes.io/component")].contains(&Some(part))
}

/// Who is there to give addresses.
fn giver(world: &World) -> Option<Giver> {
    let ready = |fits: &dyn Fn(&Object) -> bool| {
        world.list("pods", "").any(|pod| fits(pod) && pod.condition("Ready") == Some("True"))
    };
    if world.count(pool::CILIUM) > 0 && ready(&is_cilium) {
        return Some(Giver::Cilium);
    }
    if world.count(pool::METAL) > 0 && ready(&|pod| is_metal(pod, "controller")) {
        return Some(Giver::Metal);
    }
    let of_k3s = world.machines().any(|machine| machine.units.all.contains_key("k3s.service"));
    let disabled = crate::cni::law::k3s_disables(world, "servicelb");
    (of_k3s && !disabled).then_some(Giver::K3s)
}

fn acts(world: &mut World, key: &Key) -> Again {
    let service = world.at(key).filter(|it| is_one(it)).cloned();
    let Some(service) = service else {
        forget(world, key);
        return Again::Never;
    };
    let Some(giver) = giver(world) else { return Again::Never };
    let given: Vec<Ipv4Addr> = match giver {
        Giver::K3s => nodes(world),
        Giver::Cilium => pool::free(world, &service, pool::CILIUM).into_iter().collect(),
        Giver::Metal => pool::free(world, &service, pool::METAL).into_iter().collect(),
    };
    let ingress: Vec<Value> = given.iter().map(|ip| json!({"ip": ip.to_string(), "ipMode": "VIP"})).collect();
    if service["status"]["loadBalancer"]["ingress"].as_array().map_or(&[][..], Vec::as_slice) != ingress {
        let manager = match giver {
            Giver::Cilium => "cilium-operator-generic",
            Giver::Metal => "controller",
            Giver::K3s => "k3s",
        };
        drop(world.change_as(key, manager, "status", |it| it["status"]["loadBalancer"]["ingress"] = ingress.into()));
    }
    match (giver, given.first()) {
        (Giver::K3s, _) => {
            carriers(world, &service);
            Again::Never
        }
        (_, Some(address)) => {
            announce::keep(world, key, *address, giver);
            Again::Idle(world.now().plus_seconds(LOOK))
        }
        (_, None) => Again::Never,
    }
}

/// A service that is none any more, or gone.
fn forget(world: &mut World, key: &Key) {
    announce::forget(world, key);
    let own = carrier(key);
    let key = Key::new("daemonsets.apps", "kube-system", &own);
    if world.at(&key).is_some() {
        drop(world.delete(&key, &crate::world::Deletion::default()));
    }
}

/// The addresses of the nodes that are ready.
fn nodes(world: &World) -> Vec<Ipv4Addr> {
    let ready = world.list("nodes", "").filter(|node| node.condition("Ready") == Some("True"));
    ready.filter_map(|node| node.internal_ip()?.parse().ok()).collect()
}

fn carrier(key: &Key) -> String {
    format!("svclb-{}-{}", key.name(), crate::cni::digits(&[key.namespace(), key.name()], 8))
}

/// What k3s has on every node for a service: a pod that takes its ports there.
fn carriers(world: &mut World, service: &Object) {
    let key = Key::new("services", service.namespace(), service.name());
    let name = carrier(&key);
    if world.get("daemonsets.apps", "kube-system", &name).is_some() {
        return;
    }
    let labels = json!({"app": name, "svccontroller.k3s.cattle.io/svcname": service.name(),
        "svccontroller.k3s.cattle.io/svcnamespace": service.namespace()});
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let containers: Vec<Value> = ports
        .map(|port| {
            let kind = port["protocol"].as_str().unwrap_or("TCP");
            json!({
                "name": format!("lb-{}-{}", kind.to_lowercase(), port["port"]), "image": "rancher/klipper-lb:v0.4.13",
                "ports": [{"name": format!("lb-{}-{}", kind.to_lowercase(), port["port"]), "containerPort": port["port"],
                    "hostPort": port["port"], "protocol": kind}],
            })
        })
        .collect();
    let mut made = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": labels}, "spec": {
            "tolerations": [
                {"key": "node-role.kubernetes.io/master", "operator": "Exists", "effect": "NoSchedule"},
                {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"},
                {"key": "CriticalAddonsOnly", "operator": "Exists"},
            ],
            "containers": containers,
        }}},
    });
    if let Some(kind) = world.shapes().of(&made) {
        crate::rules::defaults::defaults(&mut made, &kind);
    }
    drop(world.create("daemonsets.apps", Object::new(made)));
}
