//! Felix on one machine: the tunnel, the ways to the blocks of others, the chains.

use super::super::host::Host;
use super::chains;
use super::state::{NODENAME, State};
use crate::net::Prefix;
use std::net::Ipv4Addr;

/// How a pool's packets go between machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Never wrapped.
    #[default]
    Never,
    /// Always wrapped.
    Always,
    /// Wrapped where the other machine is in another range.
    CrossSubnet,
}

impl Mode {
    /// As pools and environments say it.
    pub(crate) fn read(text: &str) -> Mode {
        match text {
            "Always" => Mode::Always,
            "CrossSubnet" => Mode::CrossSubnet,
            _ => Mode::Never,
        }
    }
}

/// What an agent works by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The node's name.
    pub(crate) node: String,
    /// What it took for the machine's own address, with the length of its range.
    pub(crate) own: Prefix,
    /// Its block.
    pub(crate) block: Prefix,
    /// All pools.
    pub(crate) pools: Vec<Prefix>,
    /// By VXLAN.
    pub(crate) vxlan: Mode,
    /// By IPIP.
    pub(crate) ipip: Mode,
    /// Whether what leaves the pools is masqueraded.
    pub(crate) masquerades: bool,
}

/// Another machine, as its node's annotations and its block tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// What it took for its own address.
    pub(crate) own: Ipv4Addr,
    /// Its block.
    pub(crate) block: Prefix,
    /// The Ethernet address of its tunnel.
    pub(crate) mac: String,
}

/// The agent starts: says the Ethernet address of its tunnel, where it has one.
pub(crate) fn start(host: &mut Host<'_>, plan: &Plan) -> Option<String> {
    host.machine.write(NODENAME, plan.node.as_bytes());
    let base = host.link_with(plan.own.addr).and_then(|link| host.mtu_of(&link)).unwrap_or(1500);
    let (mtu, tunnel) = match (plan.vxlan, plan.ipip) {
        (Mode::Never, Mode::Never) => (base, None),
        (Mode::Never, _) => (base - 20, Some("tunl0")),
        _ => (base - 50, Some("vxlan.calico")),
    };
    host.machine.write("/var/lib/calico/mtu", mtu.to_string().as_bytes());
    let first = plan.block.network().addr;
    let block = plan.block;
    let mut lines = vec!["sysctl -w net.ipv4.ip_forward=1".to_owned()];
    match tunnel {
        Some("vxlan.calico") => lines.extend(tunnel_of(host, plan, mtu)),
        Some(_) => {
            lines.push("ip link add tunl0 type ipip".to_owned());
            lines.push(format!("ip link set tunl0 mtu {mtu} up"));
            lines.push(format!("ip addr add {first}/32 dev tunl0"));
        }
        None => {}
    }
    lines.push(format!("ip route replace blackhole {block} proto 80"));
    host.try_all("", &lines);
    chains::ensure(host, &plan.pools, plan.masquerades);
    State { block: block.to_string(), tunnel: tunnel.map(|_| first.to_string()), mtu }.keep(host);
    host.mac_of("vxlan.calico")
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
    if plan.vxlan != Mode::Never {
        let mtu = host.mtu_of("vxlan.calico").unwrap_or(1450);
        lines.extend(tunnel_of(host, plan, mtu));
        lines.push("ipset flush cali40all-vxlan-net".to_owned());
        lines.extend(peers.iter().map(|peer| format!("ipset add cali40all-vxlan-net {} -exist", peer.own)));
    }
    for peer in peers {
        let (block, gate) = (peer.block.network(), peer.block.network().addr);
        let near = plan.own.holds(peer.own);
        let wrapped = |mode: Mode| mode == Mode::Always || (mode == Mode::CrossSubnet && !near);
        if wrapped(plan.vxlan) {
            lines.push(format!("ip neigh replace {gate} lladdr {} dev vxlan.calico nud permanent", peer.mac));
            lines.push(format!("bridge fdb replace {} dev vxlan.calico dst {} self permanent", peer.mac, peer.own));
            lines.push(format!("ip route replace {block} via {gate} dev vxlan.calico proto 80 onlink"));
        } else if wrapped(plan.ipip) {
            lines.push(format!("ip route replace {block} via {} dev tunl0 proto bird onlink", peer.own));
        } else {
            let by = host.link_with(plan.own.addr).unwrap_or_else(|| "eth0".to_owned());
            lines.push(format!("ip route replace {block} via {} dev {by} proto 80 onlink", peer.own));
        }
    }
    let shown = host.run("ip route show proto 80").unwrap_or_default();
    for line in shown.lines().filter(|line| line.contains("onlink")) {
        let Some(block) = line.split_whitespace().next().and_then(Prefix::read) else { continue };
        if peers.iter().all(|peer| peer.block.network() != block) {
            lines.push(format!("ip route del {block} proto 80"));
        }
    }
    host.try_all("", &lines);
}
