//! The addresses there are for services, and which of them one gets.

use crate::json::Value;
use crate::net::Prefix;
use crate::world::{Object, Selector, World};
use std::net::Ipv4Addr;

/// Cilium's pools.
pub(super) const CILIUM: &str = "ciliumloadbalancerippools.cilium.io";
/// MetalLB's pools.
pub(super) const METAL: &str = "ipaddresspools.metallb.io";
/// What a service is asked by for one address.
const ASKS: [&str; 3] = ["lbipam.cilium.io/ips", "metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];

/// The address of a service: what it asks for, what it has, or the first free one; none where the pools have none.
pub(super) fn free(world: &World, service: &Object, kind: &str) -> Option<Ipv4Addr> {
    let ranges: Vec<(u32, u32)> = world.list(kind, "").flat_map(|pool| ranges(pool, service)).collect();
    let holds = |addr: &Ipv4Addr| ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(*addr)));
    let taken: Vec<Ipv4Addr> =
        world.list("services", "").filter(|it| it.uid() != service.uid()).flat_map(|it| had(it)).collect();
    let asked = ASKS.iter().find_map(|name| service.annotation(name)).or(service["spec"]["loadBalancerIP"].as_str());
    if let Some(asked) = asked.and_then(|text| text.split(',').next()?.trim().parse().ok()) {
        return Some(asked).filter(|it| holds(it) && !taken.contains(it));
    }
    if let Some(own) = had(service).into_iter().find(|it| holds(it) && !taken.contains(it)) {
        return Some(own);
    }
    let mut all = ranges.iter().flat_map(|(first, last)| (*first..=*last).map(Ipv4Addr::from));
    all.find(|it| !taken.contains(it))
}

fn had(service: &Object) -> Vec<Ipv4Addr> {
    let ingress = service["status"]["loadBalancer"]["ingress"].as_array().into_iter().flatten();
    ingress.filter_map(|it| it["ip"].as_str()?.parse().ok()).collect()
}

/// The first and the last address of each range of a pool, where it is for the service.
fn ranges(pool: &Object, service: &Object) -> Vec<(u32, u32)> {
    let spec = &pool["spec"];
    let closed = spec["disabled"] == true || spec["autoAssign"] == false;
    if closed || !spec["serviceSelector"].is_null() && !Selector::of(&spec["serviceSelector"]).takes(service) {
        return Vec::new();
    }
    let ends = spec["allowFirstLastIPs"] != "No";
    let of_metal = spec["addresses"].as_array().into_iter().flatten().filter_map(|it| range(it.as_str()?));
    let blocks = spec["blocks"].as_array().into_iter().flatten();
    let of_cilium = blocks.filter_map(|block| match (&block["cidr"], &block["start"]) {
        (Value::String(cidr), _) => {
            range(cidr).map(|(first, last)| if ends { (first, last) } else { (first + 1, last - 1) })
        }
        (_, Value::String(start)) => range(&format!("{start}-{}", block["stop"].as_str().unwrap_or(start))),
        _ => None,
    });
    of_metal.chain(of_cilium).collect()
}

fn range(text: &str) -> Option<(u32, u32)> {
    if let Some((first, last)) = text.split_once('-') {
        let (first, last): (Ipv4Addr, Ipv4Addr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        return Some((first.into(), last.into()));
    }
    let range = Prefix::read(text)?;
    Some((range.network().addr.into(), range.last().into()))
}
