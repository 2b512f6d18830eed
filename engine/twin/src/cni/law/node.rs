//! What agents say of their node.

use crate::world::{Key, Object, World};
use std::net::Ipv4Addr;

/// The machine's own address, as its node names it.
pub(super) fn address(node: &Object) -> Option<Ipv4Addr> {
    let addresses = node["status"]["addresses"].as_array()?;
    addresses.iter().find(|it| it["type"] == "InternalIP")?["address"].as_str()?.parse().ok()
}

/// Says that a node's network is there.
pub(super) fn network_is_up(world: &mut World, name: &str, reason: &str, message: &str) {
    let now = world.now();
    // A node that is gone hears nothing.
    drop(world.change_as(&Key::new("nodes", "", name), "kube-controller-manager", "status", |node| {
        node.set_condition(now, "NetworkUnavailable", "False", reason, message);
    }));
}
