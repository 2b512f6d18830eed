//! Which address Calico takes for a machine's own: the youngest link's, unless it was told better.

use super::super::host::Host;
use crate::net::Prefix;
use std::net::Ipv4Addr;

/// Links that are never asked.
const PASSED_OVER: [&str; 15] = [
    "docker",
    "cbr",
    "dummy",
    "podman",
    "virbr",
    "lxcbr",
    "veth",
    "lo",
    "br-",
    "cali",
    "tunl",
    "flannel",
    "kube-ipvs",
    "cni",
    "vxlan.calico",
];

/// The address with the length of its range, by a method as `IP_AUTODETECTION_METHOD` says it; and the link.
pub(crate) fn found(host: &Host<'_>, method: &str, node: Ipv4Addr) -> Option<(Prefix, String)> {
    let space = host.net.space(host.space());
    // `first-found` goes through the links from the last to the first.
    let mut links: Vec<_> = space.links.values().collect();
    links.reverse();
    let usable = |name: &str| PASSED_OVER.iter().all(|start| !name.starts_with(start));
    let wanted = |name: &str, addr: Ipv4Addr| match method.split_once('=') {
        _ if method.starts_with("kubernetes-internal-ip") => addr == node,
        Some(("interface", pattern)) => usable(name) && fits(pattern, name),
        Some(("skip-interface", pattern)) => usable(name) && !fits(pattern, name),
        Some(("cidr", ranges)) => ranges.split(',').filter_map(Prefix::read).any(|range| range.holds(addr)),
        _ => usable(name),
    };
    links.into_iter().find_map(|link| {
        let address =
            link.addresses.iter().find(|it| !it.local.addr.is_loopback() && wanted(&link.name, it.local.addr))?;
        Some((address.local, link.name.clone()))
    })
}

fn fits(patterns: &str, name: &str) -> bool {
    patterns.split(',').any(|pattern| {
        let start = pattern.trim_end_matches(['*', '.', '+']);
        if start.len() == pattern.len() { pattern == name } else { name.starts_with(start) }
    })
}
