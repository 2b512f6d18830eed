//! Links come and go, and what goes with them.

use crate::net::errno::{Errno, Refused};
use crate::net::link::{Kind, Link, Mac, Vxlan};
use crate::net::module::load_tunnels;
use crate::net::network::{Network, SpaceId};
use crate::net::route::table;
use crate::net::space::NeighState;
use std::sync::Arc;

/// Adds a link of a kind. A veth comes with its peer, which gets the smaller number.
pub(crate) fn add_link(
    net: &mut Network,
    id: SpaceId,
    name: &str,
    kind: Kind,
    peer: Option<(SpaceId, String)>,
) -> Result<u32, Refused> {
    if net.space(id).named(name).is_some() {
        return Err(Errno::Exists.into());
    }
    if let Kind::Vxlan(vxlan) = &kind {
        vxlan_is_new(net, id, vxlan)?;
    }
    if let Kind::Ipip(tunnel) = &kind
        && !tunnel.base
    {
        load_tunnels(net, id);
        let same = |link: &Link| {
            let old = link.ipip();
            link.name == name || old.is_some_and(|old| (old.local, old.remote) == (tunnel.local, tunnel.remote))
        };
        if net.space(id).links.values().any(same) {
            return Err(Errno::Exists.into());
        }
    }
    let mac = fresh_mac(net, id, name);
    if let Some((there, peer)) = peer {
        if net.space(there).named(&peer).is_some() || (there == id && peer == name) {
            return Err(Errno::Exists.into());
        }
        let far = fresh_mac(net, there, &peer);
        let other = net.space_mut(there).insert(|n| Link::new(n, &peer, kind.clone(), far));
        let own = net.space_mut(id).insert(|n| Link::new(n, name, Kind::Veth { space: there, index: other }, mac));
        if let Some(link) = net.space_mut(there).links.get_mut(&other) {
            link.kind = Kind::Veth { space: id, index: own };
            (link.noarp, link.multicast) = (false, true);
        }
        return Ok(own);
    }
    let mtu = first_mtu(net, id, &kind);
    let index = net.space_mut(id).insert(|n| Link::new(n, name, kind, mac));
    if let Some(link) = net.space_mut(id).links.get_mut(&index) {
        link.mtu = mtu;
    }
    Ok(index)
}

fn first_mtu(net: &Network, id: SpaceId, kind: &Kind) -> u32 {
    let lower = |index: u32| net.space(id).links.get(&index).map_or(1500, |link| link.mtu);
    match kind {
        Kind::Vxlan(vxlan) => vxlan.lower.map_or(1500, |index| lower(index).saturating_sub(50)),
        Kind::Vlan { lower: index, .. } => lower(*index),
        Kind::Ipip(_) => 1480,
        _ => 1500,
    }
}

fn fresh_mac(net: &Network, id: SpaceId, name: &str) -> Mac {
    let space = net.space(id);
    Mac::made_of(&[&space.machine, &space.name, name, &space.next_index.to_string()])
}

fn vxlan_is_new(net: &Network, id: SpaceId, new: &Vxlan) -> Result<(), Refused> {
    for (_, space) in net.all() {
        for link in space.links.values() {
            let Some(old) = link.vxlan().filter(|old| old.home == id && old.port == new.port) else { continue };
            if old.vni == new.vni && old.external == new.external {
                return Err(Refused::said(Errno::Exists, "A VXLAN device with the specified VNI already exists"));
            }
        }
    }
    Ok(())
}

/// Takes a link out with all that hangs on it; nothing is asked.
pub(crate) fn destroy_link(net: &mut Network, id: SpaceId, index: u32) {
    let Some(link) = net.space(id).links.get(&index).cloned() else { return };
    for upper in uppers(net, id, index) {
        destroy_link(net, id, upper);
    }
    link_went_down(net, id, index, true);
    let space = net.space_mut(id);
    space.links.remove(&index);
    Arc::make_mut(&mut space.sysctls).link_removed(&link.name);
    for routes in space.routes.values_mut() {
        Arc::make_mut(routes).retain(|route| !route.uses(index));
    }
    space.neighbours.retain(|(dev, _), _| *dev != index);
    space.proxies.retain(|(dev, _)| *dev != index);
    for port in space.links.values_mut().filter(|l| l.master == Some(index)) {
        port.master = None;
    }
    if let Some(master) = link.master {
        super::set::port_left(net, id, master, index);
    }
    if let Kind::Veth { space, index } = link.kind
        && net.alive(space)
    {
        if let Some(peer) = net.space_mut(space).links.get_mut(&index) {
            peer.kind = Kind::Dummy;
        }
        destroy_link(net, space, index);
    }
}

/// Links that stand on this one and go with it.
fn uppers(net: &Network, id: SpaceId, index: u32) -> Vec<u32> {
    let stands = |link: &&Link| match &link.kind {
        Kind::Vxlan(vxlan) => vxlan.lower == Some(index),
        Kind::Vlan { lower, .. } => *lower == index,
        _ => false,
    };
    net.space(id).links.values().filter(stands).map(|link| link.index).collect()
}

/// What follows when a link is up: the routes of its addresses.
pub(crate) fn link_came_up(net: &mut Network, id: SpaceId, index: u32) {
    let Some(link) = net.space(id).links.get(&index) else { return };
    if link.is_loopback() && !link.owns(std::net::Ipv4Addr::LOCALHOST) {
        super::address::add_loopback(net, id, index);
        return;
    }
    for address in link.addresses.clone() {
        super::address::route_address(net, id, index, &address);
    }
}

/// What goes when a link goes down: routes through it, neighbours on it, what bridges and tunnels learned by it.
pub(crate) fn link_went_down(net: &mut Network, id: SpaceId, index: u32, gone: bool) {
    no_carrier_above(net, id, index);
    let space = net.space_mut(id);
    for (number, routes) in &mut space.routes {
        let stays = |route: &crate::net::route::Route| {
            !gone && *number == table::LOCAL && route.kind == crate::net::route::RouteKind::Local
        };
        if routes.iter().any(|route| route.uses(index) && !stays(route)) {
            let routes = Arc::make_mut(routes);
            for route in routes.iter_mut().filter(|route| route.hops.len() > 1) {
                route.hops.iter_mut().filter(|hop| hop.dev == index).for_each(|hop| hop.dead = true);
            }
            routes.retain(|route| {
                !route.uses(index) || stays(route) || route.hops.iter().any(|hop| !hop.dead && hop.dev != index)
            });
        }
    }
    space.neighbours.retain(|(dev, _), _| *dev != index);
    for link in space.links.values_mut() {
        if let Some(bridge) = link.bridge_mut() {
            bridge.fdb.retain(|_, station| station.port != index || station.fixed());
        }
    }
    if let Some(link) = space.links.get_mut(&index) {
        if let Some(vxlan) = link.vxlan_mut() {
            let fdb = Arc::make_mut(&mut vxlan.fdb);
            fdb.values_mut().for_each(|remotes| remotes.retain(|remote| !remote.learned));
            fdb.retain(|_, remotes| !remotes.is_empty());
        }
        if let Some(bridge) = link.bridge_mut() {
            bridge.fdb.retain(|_, station| station.fixed());
        }
    }
}

/// A link that went down takes the carrier of its other end, and of a bridge it was the last live port of:
/// what they had learned of their neighbours goes.
fn no_carrier_above(net: &mut Network, id: SpaceId, index: u32) {
    let Some(link) = net.space(id).links.get(&index) else { return };
    let mut dark = Vec::new();
    if let Kind::Veth { space, index } = link.kind {
        dark.push((space, index));
    }
    for (there, port) in dark.clone().into_iter().chain([(id, index)]) {
        let Some(bridge) = net.space(there).links.get(&port).and_then(|port| port.master) else { continue };
        let lives = net.space(there).ports(bridge).any(|other| other.index != port && net.carrier(there, other.index));
        if !lives {
            dark.push((there, bridge));
        }
    }
    for (there, dev) in dark.into_iter().filter(|(there, _)| net.alive(*there)).collect::<Vec<_>>() {
        net.space_mut(there).neighbours.retain(|(other, _), neigh| {
            *other != dev || matches!(neigh.state, NeighState::Permanent | NeighState::Noarp)
        });
    }
}
