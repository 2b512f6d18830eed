//! The links of Cilium: `cilium_net` and `cilium_host`, the tunnel, and which cards it takes for its own.

use super::super::host::Host;
use super::agent::Peer;
use super::options::Options;
use crate::net::Prefix;
use std::net::Ipv4Addr;

/// What a tunnel takes from the room for a packet.
const OVERHEAD: u32 = 50;

/// The links that the agent takes for the machine's ways out: with an address of reach, and none that is a pod's.
pub(super) fn devices(host: &Host<'_>, options: &Options) -> Vec<String> {
    let said = options.text("devices");
    let space = host.net.space(host.space());
    let others = ["cilium_", "lxc", "lo", "cni", "docker", "veth", "cali", "kube-"];
    let found = space.links.values().filter(|link| {
        let name = link.name.as_str();
        if !said.is_empty() {
            let fits = |word: &str| word.strip_suffix('+').map_or(word == name, |start| name.starts_with(start));
            return said.split([' ', ',']).any(fits);
        }
        let own = others.iter().all(|start| !name.starts_with(start));
        own && link.bridge().is_none() && link.up && !link.addresses.is_empty()
    });
    found.map(|link| link.name.clone()).collect()
}

/// What fits into a packet on the machine's ways out, before the tunnel takes its part.
pub(super) fn base_mtu(host: &Host<'_>, options: &Options) -> u32 {
    let found = devices(host, options).iter().filter_map(|name| host.mtu_of(name)).min();
    options.mtu().or(found).unwrap_or(1500)
}

/// What fits into a packet that goes to a pod elsewhere.
pub(super) fn route_mtu(host: &Host<'_>, options: &Options) -> u32 {
    let base = base_mtu(host, options);
    if options.tunnel().is_some() { base - OVERHEAD } else { base }
}

/// Those others that are reached directly, and what is said of those that are not.
pub(super) fn neighbours<'a>(host: &mut Host<'_>, peers: &'a [Peer]) -> (Vec<&'a Peer>, Vec<String>) {
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for peer in peers {
        let way = host.run(&format!("ip route get {}", peer.node)).unwrap_or_default();
        match way.split_once(" via ").and_then(|(_, rest)| rest.split_whitespace().next()) {
            None => near.push(peer),
            Some(gateway) => far.push(format!(
                "route to destination {} contains gateway {gateway}, must be directly reachable",
                peer.node
            )),
        }
    }
    (near, far)
}

/// Makes the pair of links between the machine and Cilium, with its address.
pub(super) fn pair(host: &mut Host<'_>, router: Ipv4Addr, mtu: u32) {
    let mut lines = Vec::new();
    if !host.has_link("cilium_host") {
        lines.push("ip link add cilium_host type veth peer name cilium_net".to_owned());
    }
    for name in ["cilium_net", "cilium_host"] {
        lines.push(format!("ip link set {name} mtu {mtu} arp off"));
        lines.push(format!("sysctl -w net.ipv4.conf.{name}.rp_filter=0"));
        lines.push(format!("sysctl -w net.ipv4.conf.{name}.forwarding=1"));
        lines.push(format!("ip link set {name} up"));
    }
    lines.push("sysctl -w net.ipv4.conf.cilium_net.accept_local=1".to_owned());
    let had = host.net.space(host.space()).named("cilium_host").map(|link| link.addresses.clone()).unwrap_or_default();
    for old in had.iter().filter(|old| old.local.addr != router) {
        lines.push(format!("ip addr del {}/{} dev cilium_host", old.local.addr, old.local.len));
    }
    lines.push(format!("ip addr add {router}/32 dev cilium_host"));
    host.try_all("", &lines);
}

/// Makes the tunnel, anew where it is another.
///
/// # Errors
/// In the words of the kernel: above all that its port is taken.
pub(super) fn tunnel(host: &mut Host<'_>, options: &Options, mtu: u32) -> Result<Option<String>, String> {
    let wanted = options.tunnel().map(|protocol| format!("cilium_{protocol}"));
    for old in ["cilium_vxlan", "cilium_geneve"] {
        let other_port = host
            .net
            .space(host.space())
            .named(old)
            .and_then(|link| link.vxlan())
            .is_some_and(|v| v.port != options.port());
        if host.has_link(old) && (wanted.as_deref() != Some(old) || other_port) {
            host.try_all("", &[format!("ip link del {old}")]);
        }
    }
    let Some(name) = wanted else { return Ok(None) };
    if !host.has_link(&name) {
        let kind = options.tunnel().unwrap_or("vxlan");
        let learns = if kind == "vxlan" { " nolearning" } else { "" };
        host.run(&format!("ip link add {name} mtu {mtu} type {kind} external dstport {}{learns}", options.port()))?;
    }
    host.try_all("", &[format!("sysctl -w net.ipv4.conf.{name}.rp_filter=0")]);
    host.run(&format!("ip link set {name} up")).map_err(|said| crate::cni::flannel::plain(&said))?;
    Ok(Some(name))
}

/// Gives all links of Cilium another MTU.
pub(super) fn resize(host: &mut Host<'_>, mtu: u32) {
    let own = |name: &str| name.starts_with("cilium_") || name.starts_with("lxc");
    let space = host.net.space(host.space());
    let lines: Vec<String> = space
        .links
        .values()
        .filter(|link| own(&link.name))
        .map(|link| format!("ip link set {} mtu {mtu}", link.name))
        .collect();
    host.try_all("", &lines);
}

/// The routes by which the machine reaches pods: its own, and those elsewhere. What stood there for the same range is
/// replaced, whoever made it.
pub(super) fn routes(host: &mut Host<'_>, router: Ipv4Addr, own: &[Prefix], others: &[Prefix], mtu: u32) {
    let mut lines = vec![format!("ip route replace {router} dev cilium_host proto kernel scope link")];
    for range in own {
        lines.push(format!("ip route replace {range} via {router} dev cilium_host proto kernel src {router}"));
    }
    for range in others {
        lines
            .push(format!("ip route replace {range} via {router} dev cilium_host proto kernel src {router} mtu {mtu}"));
    }
    let shown = host.run("ip route show dev cilium_host").unwrap_or_default();
    for line in shown.lines().filter(|line| line.contains(" via ")) {
        let Some(range) = line.split_whitespace().next().and_then(Prefix::read) else { continue };
        if !own.contains(&range) && !others.contains(&range) {
            lines.push(format!("ip route del {range} dev cilium_host"));
        }
    }
    host.try_all("", &lines);
}
