//! The agent on one machine: what it makes when it starts, what it keeps in order, and what it leaves when it ends.

use super::super::conf::Folders;
use super::super::host::Host;
use super::database::{Database, FOLDER};
use super::settings::Settings;
use super::{chains, flows};
use crate::net::switch::Switch;
use crate::net::{Prefix, switch_on};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Where the plugin finds the agent.
pub(crate) const SOCKET: &str = "/var/run/antrea/cni.sock";
/// The file that has pods use it, and the plugin.
const CONF: &str = "10-antrea.conflist";
const BINARY: &str = "antrea";
/// The module of the kernel without which there is no bridge.
const MODULE: &str = "openvswitch";
/// What a tunnel takes from the room for a packet, whichever of the two it is.
const OVERHEAD: u32 = 50;

/// What an agent works by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Its settings.
    pub(crate) settings: Settings,
    /// The machine's own address.
    pub(crate) own: Ipv4Addr,
    /// The range of its pods.
    pub(crate) range: Prefix,
}

impl Plan {
    /// The first address of the range: the gateway of its pods.
    fn router(&self) -> Ipv4Addr {
        first_of(self.range)
    }
}

/// Another machine, as its node tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// The range of its pods.
    pub(crate) range: Prefix,
    /// Its address.
    pub(crate) own: Ipv4Addr,
}

fn first_of(range: Prefix) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(range.network().addr) + 1)
}

/// What its init container does: the plugins, the configuration, and the module of the kernel.
///
/// # Errors
/// Where the kernel has no such module.
pub(crate) fn install(host: &mut Host<'_>, conf: &str) -> Result<(), String> {
    let folders = Folders::of(host.machine);
    if let Some(folder) = folders.programs.first() {
        for program in [BINARY, "bandwidth", "loopback", "portmap"] {
            host.machine.put_program(&format!("{folder}/{program}"), program);
        }
    }
    host.machine.write(&format!("{}/{CONF}", folders.conf), conf.as_bytes());
    let release = host.machine.kernel.release.clone();
    let kernel = Arc::make_mut(&mut host.machine.kernel);
    if !kernel.modules.contains_key(MODULE) {
        if !kernel.loadable.iter().any(|name| name == MODULE) {
            return Err(format!("modprobe: FATAL: Module {MODULE} not found in directory /lib/modules/{release}"));
        }
        kernel.modules.insert(MODULE.to_owned(), 49_152);
    }
    Ok(())
}

/// The agent starts, and Open vSwitch beside it: a bridge that is there goes on as it is.
///
/// # Errors
/// What it ends with, as its log says it.
pub(crate) fn start(host: &mut Host<'_>, plan: &Plan) -> Result<(), String> {
    let Some(card) = host.link_with(plan.own) else {
        return Err(format!("failed to get local IPNet device with IP {}", plan.own));
    };
    let settings = &plan.settings;
    let mtu = settings.mtu.unwrap_or_else(|| host.mtu_of(&card).unwrap_or(1500).saturating_sub(OVERHEAD));
    host.machine.put_folder("/var/log/antrea", 0o755);
    for file in ["db.sock", "ovs-vswitchd.pid", "ovsdb-server.pid"] {
        host.machine.write(&format!("{FOLDER}/{file}"), b"");
    }
    Database::change(host, |it| it.bridge = Some(settings.bridge.clone()));
    let wanted = Switch {
        bridge: settings.bridge.clone(),
        gateway: settings.gateway.clone(),
        router: plan.router(),
        range: plan.range.network(),
        tunnel: settings.tunnel.clone(),
        ports: Database::of(host).endpoints(),
        elsewhere: Vec::new(),
        services: BTreeMap::new(),
    };
    let space = host.space();
    switch_on(host.net, space, &wanted, mtu).map_err(|said| {
        format!(
            "failed to create tunnel port antrea-tun0: could not add network device antrea-tun0 to ofproto ({said})"
        )
    })?;
    let (gateway, len) = (&settings.gateway, plan.range.len);
    let old = host.address_of(gateway).filter(|old| *old != plan.router());
    let mut lines: Vec<String> = old.map(|old| format!("ip addr del {old}/{len} dev {gateway}")).into_iter().collect();
    lines.push(format!("ip addr add {}/{len} brd + dev {gateway}", plan.router()));
    lines.push(format!("sysctl -w net.ipv4.conf.{gateway}.arp_announce=1"));
    host.try_all("", &lines);
    host.machine.write(SOCKET, b"");
    Ok(())
}

/// Makes the ways to the other machines as they are to be, takes those away that are no more, and writes the chains.
pub(crate) fn sync(host: &mut Host<'_>, plan: &Plan, peers: &[Peer]) {
    chains::ensure(host, plan, peers);
    let gateway = &plan.settings.gateway;
    let way = |peer: &Peer| {
        let range = peer.range.network();
        format!("ip route replace {range} via {} dev {gateway} onlink", first_of(range))
    };
    let mut lines: Vec<String> = peers.iter().map(way).collect();
    let shown = host.run(&format!("ip route show dev {gateway}")).unwrap_or_default();
    let ways = shown.lines().filter(|line| line.contains("onlink"));
    let gone = ways.filter_map(|line| line.split_whitespace().next().and_then(Prefix::read));
    let gone = gone.filter(|way| peers.iter().all(|peer| peer.range.network() != *way));
    lines.extend(gone.map(|way| format!("ip route del {way} dev {gateway}")));
    host.try_all("", &lines);
    let elsewhere: Vec<(Prefix, Ipv4Addr)> = peers.iter().map(|peer| (peer.range.network(), peer.own)).collect();
    flows::change(host, |switch| switch.elsewhere = elsewhere);
}

/// The agent ends: nobody answers the plugin any more, and all else stays as it is.
pub(crate) fn stop(host: &mut Host<'_>) {
    for file in [SOCKET, &format!("{FOLDER}/db.sock"), &format!("{FOLDER}/ovs-vswitchd.pid")] {
        host.machine.take_away(file);
    }
    host.machine.take_away(&format!("{FOLDER}/ovsdb-server.pid"));
}
