//! What goes wrong with the addresses of services for those outside.

use super::{Planted, put};
use crate::json::json;
use crate::world::World;

const POOLS: [&str; 2] = ["ciliumloadbalancerippools.cilium.io", "ipaddresspools.metallb.io"];
const POLICIES: &str = "ciliuml2announcementpolicies.cilium.io";

pub(super) fn announcements_gone(world: &mut World, _: &Planted) -> Result<(), String> {
    let keys = super::all_of(world, POLICIES, "", |_| true);
    if keys.is_empty() {
        return Err("nothing here says who answers for the addresses of services".to_owned());
    }
    keys.iter().for_each(|key| super::gone(world, key));
    Ok(())
}

pub(super) fn without_pool(world: &mut World, _: &Planted) -> Result<(), String> {
    for kind in POOLS {
        for key in super::all_of(world, kind, "", |_| true) {
            super::gone(world, &key);
        }
    }
    put(
        world,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "late", "namespace": "default"},
            "spec": {"type": "LoadBalancer", "selector": {"app": "late"},
                "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}]}}),
    )
}
