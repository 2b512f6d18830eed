//! What agents say of their node, and the ways between nodes that have the plainest network.

use crate::world::{Key, Object, World};
use std::net::Ipv4Addr;

/// The machine's own address, as its node names it.
pub(super) fn address(node: &Object) -> Option<Ipv4Addr> {
    node.internal_ip()?.parse().ok()
}

/// Says that a node's network is there.
pub(super) fn network_is_up(world: &mut World, name: &str, reason: &str, message: &str) {
    let now = world.now();
    // A node that is gone hears nothing.
    drop(world.change_as(&Key::new("nodes", "", name), "kube-controller-manager", "status", |node| {
        node.set_condition(now, "NetworkUnavailable", "False", reason, message);
    }));
}

/// The ways of the plainest network: to each node's range by its address.
pub(super) fn plain_routes(world: &mut World, name: &str, boot: &str) {
    let plain = world.machine(name).is_some_and(|machine| {
        machine.has(&format!("{}/{}", crate::cni::Folders::of(machine).conf, crate::cni::PLAIN))
    });
    if !plain {
        return;
    }
    let others = world.list("nodes", "").filter(|node| node.name() != name);
    let mut lines: Vec<String> = others
        .filter_map(|node| {
            Some(format!("ip route replace {} via {}", node["spec"]["podCIDR"].as_str()?, address(node)?))
        })
        .collect();
    lines.push("sysctl -w net.ipv4.ip_forward=1".to_owned());
    let told = crate::cni::digits(&[boot, &lines.join(" ")], 16);
    if super::memory(world, "plain.twin", name) == told.as_str() {
        return;
    }
    super::remember(world, "plain.twin", name, told.into());
    world.on_host(name, |host| host.try_all("", &lines));
}
