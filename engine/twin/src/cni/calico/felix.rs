//! Felix on one machine: the tunnels, the ways to the blocks of others by VXLAN, the chains.

use super::super::host::Host;
use super::plan::{Peer, Plan, Way};
use super::state::{NODENAME, State};
use super::{bird, chains};
use crate::net::Prefix;

/// The agent starts: says the Ethernet address of its tunnel, where it has one.
pub(crate) fn start(host: &mut Host<'_>, plan: &Plan) -> Option<String> {
    host.machine.write(NODENAME, plan.node.as_bytes());
    let base = host.link_with(plan.own.addr).and_then(|link| host.mtu_of(&link)).unwrap_or(1500);
    let mtu = plan.room.unwrap_or(base - plan.overhead());
    host.machine.write("/var/lib/calico/mtu", mtu.to_string().as_bytes());
    let first = plan.block.network().addr;
    let mut lines = vec!["sysctl -w net.ipv4.ip_forward=1".to_owned()];
    if plan.by_vxlan() {
        lines.extend(tunnel_of(host, plan, base - 50));
    }
    if plan.by_ipip() {
        lines.push("ip tunnel add tunl0 mode ipip".to_owned());
        lines.push(format!("ip link set tunl0 mtu {} up", base - 20));
        let had = host.address_of("tunl0").filter(|had| *had != first);
        lines.extend(had.map(|had| format!("ip addr del {had}/32 dev tunl0")));
        lines.push(format!("ip addr add {first}/32 dev tunl0"));
    }
    match plan.way(plan.block, plan.own.addr) {
        Way::Vxlan { .. } => lines.push(format!("ip route replace blackhole {} proto 80", plan.block)),
        Way::Bird { .. } if plan.bird => {
            lines.push(format!("ip route replace blackhole {} proto bird", plan.block));
        }
        Way::Bird { .. } => {}
    }
    host.try_all("", &lines);
    chains::ensure(host, plan);
    let tunnel = (plan.overhead() > 0).then(|| first.to_string());
    State { block: plan.block.to_string(), tunnel, mtu }.keep(host);
    host.mac_of("vxlan.calico").filter(|_| plan.by_vxlan())
}

/// What makes the tunnel, anew where the machine's address has become another.
fn tunnel_of(host: &Host<'_>, plan: &Plan, mtu: u32) -> Vec<String> {
    let mut lines = Vec::new();
    let (own, first) = (plan.own.addr, plan.block.network().addr);
    let had = host.net.space(host.space()).named("vxlan.calico").and_then(|link| link.vxlan()).map(|it| it.local);
    if had.is_some_and(|local| local != Some(own)) {
        lines.push("ip link del vxlan.calico".to_owned());
    }
    if had != Some(Some(own)) {
        lines
            .push(format!("ip link add vxlan.calico mtu {mtu} type vxlan id 4096 dstport 4789 local {own} nolearning"));
        lines.push(format!("ip addr add {first}/32 dev vxlan.calico"));
        lines.push("ip link set vxlan.calico up".to_owned());
    }
    lines
}

/// Makes the ways to the blocks of others as they are to be, and lets in what their tunnels send.
pub(crate) fn sync(host: &mut Host<'_>, plan: &Plan, peers: &[Peer]) {
    let mut lines = Vec::new();
    if plan.by_vxlan() {
        let mtu = host.mtu_of("vxlan.calico").unwrap_or(1450);
        lines.extend(tunnel_of(host, plan, mtu));
    }
    for set in chains::of_hosts(plan) {
        lines.push(format!("ipset flush {set}"));
        lines.extend(peers.iter().map(|peer| format!("ipset add {set} {} -exist", peer.own)));
    }
    let by = host.link_with(plan.own.addr).unwrap_or_else(|| "eth0".to_owned());
    let mut wanted: Vec<Prefix> = Vec::new();
    for peer in peers {
        let (block, gate) = (peer.block.network(), peer.block.network().addr);
        let Way::Vxlan { wrapped } = plan.way(block, peer.own) else { continue };
        wanted.push(block);
        if wrapped {
            lines.push(format!("ip neigh replace {gate} lladdr {} dev vxlan.calico nud permanent", peer.mac));
            lines.push(format!("bridge fdb replace {} dev vxlan.calico dst {} self permanent", peer.mac, peer.own));
            lines.push(format!("ip route replace {block} via {gate} dev vxlan.calico proto 80 onlink"));
        } else {
            lines.push(format!("ip route replace {block} via {} dev {by} proto 80 onlink", peer.own));
        }
    }
    lines.extend(ways_gone(host, "80", "onlink", &wanted));
    host.try_all("", &lines);
    if plan.bird {
        bird::sync(host, plan, peers, &by);
    }
}

/// The words that take away the routes of this origin, with this word in them, that lead to none of these.
pub(super) fn ways_gone(host: &mut Host<'_>, proto: &str, word: &str, wanted: &[Prefix]) -> Vec<String> {
    let shown = host.run(&format!("ip route show proto {proto}")).unwrap_or_default();
    let to = |line: &str| line.split_whitespace().next().and_then(Prefix::read);
    let ways = shown.lines().filter(|line| line.contains(word)).filter_map(to);
    ways.filter(|way| !wanted.contains(way)).map(|way| format!("ip route del {way} proto {proto}")).collect()
}
