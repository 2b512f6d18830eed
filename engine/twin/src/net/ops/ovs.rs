//! What Open vSwitch has the kernel do: its datapath, the ports of its bridges, and the end of all of them at once.

use super::{add_link, destroy_link, set_mtu, set_up};
use crate::net::errno::Refused;
use crate::net::link::{Kind, Vxlan};
use crate::net::network::{Network, SpaceId};
use crate::net::switch::{DATAPATH, Switch, Tunnel};
use std::sync::Arc;

/// What fits into a tunnel's own link: what is wrapped is held against the way it goes.
const WIDE: u32 = 65_000;

/// Makes a bridge with its gateway and its tunnel, as far as they are not there; what its flows say stays.
///
/// # Errors
/// What the kernel says where the tunnel cannot be had.
pub(crate) fn add_bridge(net: &mut Network, id: SpaceId, wanted: &Switch, mtu: u32) -> Result<(), Refused> {
    for name in [DATAPATH, &wanted.bridge, &wanted.gateway] {
        if net.space(id).named(name).is_none() {
            add_link(net, id, name, Kind::Ovs, None)?;
        }
    }
    if let Some(gateway) = net.space(id).index(&wanted.gateway) {
        set_mtu(net, id, gateway, mtu)?;
        set_up(net, id, gateway)?;
    }
    let old = net.space(id).switch.as_ref().map(|had| had.tunnel.link.clone());
    if let Some(old) = old.filter(|old| *old != wanted.tunnel.link).and_then(|old| net.space(id).index(&old)) {
        destroy_link(net, id, old);
    }
    let mut made = wanted.clone();
    // Ports whose pods went while nobody told the bridge of it are none.
    made.ports.retain(|_, port| net.space(id).named(&port.link).is_some());
    made.ports.values().for_each(|port| add_port(net, id, &port.link));
    if let Some(had) = net.space(id).switch.as_deref() {
        (made.services, made.elsewhere) = (had.services.clone(), had.elsewhere.clone());
        for (addr, port) in &mut made.ports {
            if let Some(old) = had.ports.get(addr).filter(|old| old.link == port.link) {
                port.clone_from(old);
            }
        }
    }
    net.space_mut(id).switch = Some(Arc::new(made));
    add_tunnel(net, id, &wanted.tunnel)
}

fn add_tunnel(net: &mut Network, id: SpaceId, tunnel: &Tunnel) -> Result<(), Refused> {
    if net.space(id).named(&tunnel.link).is_some() {
        return Ok(());
    }
    let kind = Kind::Vxlan(Vxlan {
        geneve: tunnel.geneve,
        vni: 0,
        port: tunnel.port,
        local: None,
        lower: None,
        learning: false,
        external: true,
        ttl: 0,
        tos: 0,
        ageing: 300,
        df: None,
        fdb: Arc::default(),
        home: id,
    });
    let index = add_link(net, id, &tunnel.link, kind, None)?;
    set_mtu(net, id, index, WIDE)?;
    if let Err(why) = set_up(net, id, index) {
        destroy_link(net, id, index);
        return Err(why);
    }
    add_port(net, id, &tunnel.link);
    Ok(())
}

/// Makes a link a port of the bridge.
pub(crate) fn add_port(net: &mut Network, id: SpaceId, link: &str) {
    let datapath = net.space(id).index(DATAPATH);
    if let Some(found) = net.space_mut(id).links.values_mut().find(|it| it.name == link) {
        found.master = datapath;
    }
}

/// Takes the datapath away, with its bridge and its tunnel; links of pods stay and lead nowhere. False where there is none.
pub(crate) fn delete_datapath(net: &mut Network, id: SpaceId) -> bool {
    let Some(datapath) = net.space(id).index(DATAPATH) else { return false };
    let tunnel = |link: &crate::net::link::Link| link.master == Some(datapath) && link.vxlan().is_some();
    let links = net.space(id).links.values();
    let gone: Vec<u32> = links.filter(|link| link.kind == Kind::Ovs || tunnel(link)).map(|link| link.index).collect();
    // The datapath is the first of them: whatever had it for its master is nobody's port from then on.
    gone.iter().for_each(|index| destroy_link(net, id, *index));
    net.space_mut(id).switch = None;
    true
}
