//! The daemon on one machine: its tunnel, its file, its chains, and the ways to the other machines.

use super::super::conf::Folders;
use super::super::host::Host;
use super::env::{Env, PATH};
use super::rules;
use crate::net::Prefix;
use std::net::Ipv4Addr;

/// What the daemon knows when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The range of all pods.
    pub(crate) network: Prefix,
    /// The range of this machine's pods.
    pub(crate) subnet: Prefix,
    /// The machine's own address.
    pub(crate) public: Ipv4Addr,
    /// `vxlan`, `host-gw`, …
    pub(crate) backend: String,
    /// The tunnel's number.
    pub(crate) vni: u32,
    /// The tunnel's port.
    pub(crate) port: u16,
}

/// Another machine, as its node's annotations tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// The range of its pods.
    pub(crate) subnet: Prefix,
    /// Its address.
    pub(crate) public: Ipv4Addr,
    /// The Ethernet address of its tunnel.
    pub(crate) mac: String,
}

/// What a tunnel takes from the room for a packet.
const OVERHEAD: u32 = 50;

/// The daemon starts: it says the Ethernet address of its tunnel, where it has one.
///
/// # Errors
/// What it ends with, as its log says it.
pub(crate) fn start(host: &mut Host<'_>, facts: &Facts) -> Result<Option<String>, String> {
    let Some(card) = host.link_with(facts.public) else {
        return Err(format!("failed to find interface with specified node ip {}", facts.public));
    };
    let mut mtu = host.mtu_of(&card).unwrap_or(1500);
    let mut mac = None;
    if facts.backend == "vxlan" {
        mtu -= OVERHEAD;
        mac = Some(tunnel(host, facts, &card, mtu)?);
    }
    let own = facts.subnet.network();
    let bridge = Ipv4Addr::from(u32::from(own.addr) + 1);
    let subnet = Prefix::new(bridge, own.len);
    let env = Env { network: facts.network.network(), subnet, mtu, masquerades: true };
    host.machine.write(PATH, env.text().as_bytes());
    host.try_all("", &["sysctl -w net.ipv4.ip_forward=1".to_owned()]);
    rules::ensure(host, env.network, own);
    Ok(mac)
}

fn tunnel(host: &mut Host<'_>, facts: &Facts, card: &str, mtu: u32) -> Result<String, String> {
    let (vni, port, public) = (facts.vni, facts.port, facts.public);
    let name = format!("flannel.{vni}");
    if !host.has_link(&name) {
        let made = format!(
            "ip link add {name} mtu {mtu} type vxlan id {vni} dev {card} local {public} dstport {port} nolearning"
        );
        host.run(&made).map_err(|said| format!("failed to ensure vxlan interface {name}: {said}"))?;
    }
    host.try_all(
        "",
        &[
            format!("sysctl -w net.ipv4.conf.{name}.rp_filter=0"),
            format!("ip addr add {}/32 dev {name}", facts.subnet.network().addr),
        ],
    );
    host.run(&format!("ip link set {name} up"))
        .map_err(|said| format!("failed to set interface {name} to UP state: {}", plain(&said)))?;
    Ok(host.mac_of(&name).unwrap_or_default())
}

/// The kernel's own words out of those of a command.
pub(crate) fn plain(said: &str) -> String {
    said.strip_prefix("RTNETLINK answers: ").unwrap_or(said).to_lowercase()
}

/// Makes the ways to the other machines as they are to be, and takes those away that are no more.
pub(crate) fn sync(host: &mut Host<'_>, facts: &Facts, peers: &[Peer]) {
    let name = format!("flannel.{}", facts.vni);
    let mut lines = Vec::new();
    for peer in peers {
        let (subnet, gate, public) = (peer.subnet.network(), peer.subnet.network().addr, peer.public);
        if facts.backend == "vxlan" {
            lines.push(format!("ip neigh replace {gate} lladdr {} dev {name} nud permanent", peer.mac));
            lines.push(format!("bridge fdb replace {} dev {name} dst {public} self permanent", peer.mac));
            lines.push(format!("ip route replace {subnet} via {gate} dev {name} onlink"));
        } else {
            lines.push(format!("ip route replace {subnet} via {public}"));
        }
    }
    let shown = host.run(&format!("ip route show dev {name}")).unwrap_or_default();
    for line in shown.lines().filter(|line| line.contains("onlink")) {
        let Some(subnet) = line.split_whitespace().next().and_then(Prefix::read) else { continue };
        if peers.iter().all(|peer| peer.subnet.network() != subnet) {
            lines.push(format!("ip route del {subnet} dev {name}"));
        }
    }
    host.try_all("", &lines);
}

/// What its init containers do: the plugin, and the configuration that has pods use it.
pub(crate) fn write_conf(host: &mut Host<'_>, conf: &str) {
    let folders = Folders::of(host.machine);
    if let Some(folder) = folders.programs.first() {
        host.machine.put_program(&format!("{folder}/flannel"), "flannel");
    }
    host.machine.write(&format!("{}/10-flannel.conflist", folders.conf), conf.as_bytes());
}
