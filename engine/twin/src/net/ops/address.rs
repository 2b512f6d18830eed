//! Addresses, and the routes the kernel keeps for them by itself.

use crate::net::errno::{Errno, Refused};
use crate::net::link::{Address, scope};
use crate::net::network::{Network, SpaceId};
use crate::net::prefix::Prefix;
use crate::net::route::{Hop, Route, RouteKind, table};
use crate::net::sysctl::OfLink;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// The address the loopback gets by coming up.
pub(crate) fn add_loopback(net: &mut Network, id: SpaceId, index: u32) {
    let address = Address {
        local: Prefix::new(Ipv4Addr::LOCALHOST, 8),
        peer: None,
        broadcast: None,
        scope: scope::HOST,
        secondary: false,
        noprefixroute: false,
        label: "lo".to_owned(),
        metric: 0,
        until: None,
    };
    let added = add_address(net, id, index, address, false);
    debug_assert!(added.is_ok(), "a fresh loopback takes its address");
}

/// Adds an address; with `replace` the same address may be there already.
pub(crate) fn add_address(
    net: &mut Network,
    id: SpaceId,
    index: u32,
    mut address: Address,
    replace: bool,
) -> Result<(), Refused> {
    let Some(link) = net.space(id).links.get(&index) else { return Err(Errno::NoDevice.into()) };
    if address.local.addr.is_unspecified() {
        // The kernel says nothing, and keeps nothing.
        return Ok(());
    }
    let same = |old: &Address| old.local == address.local && old.subnet() == address.subnet();
    if replace && let Some(place) = link.addresses.iter().position(same) {
        if let Some(link) = net.space_mut(id).links.get_mut(&index) {
            link.addresses[place].until = address.until;
        }
        return Ok(());
    }
    for old in &link.addresses {
        if old.local.len == address.local.len && old.subnet() == address.subnet() {
            if old.local.addr == address.local.addr {
                return Err(Refused { errno: Errno::Exists, said: Some("ipv4: Address already assigned".to_owned()) });
            }
            address.secondary = true;
        }
    }
    if let Some(link) = net.space_mut(id).links.get_mut(&index) {
        let place = if address.secondary {
            link.addresses.len()
        } else {
            let before = |a: &Address| !a.secondary && a.scope >= address.scope;
            link.addresses.iter().rposition(before).map_or(0, |place| place + 1)
        };
        link.addresses.insert(place, address.clone());
    }
    route_address(net, id, index, &address);
    Ok(())
}

/// The routes of one address: itself always, its network and broadcast while the link is up.
pub(crate) fn route_address(net: &mut Network, id: SpaceId, index: u32, address: &Address) {
    let Some((up, loopback)) = net.space(id).links.get(&index).map(|link| (link.up, link.is_loopback())) else {
        return;
    };
    // The routes of a secondary address name the first address of its network as their source.
    let first = net.space(id).links.get(&index).and_then(|link| {
        let same = |a: &&Address| !a.secondary && a.local.len == address.local.len && a.subnet() == address.subnet();
        link.addresses.iter().find(same).map(|a| a.local.addr)
    });
    let own = address.local.addr;
    let local = first.filter(|_| address.secondary).unwrap_or(own);
    put(net, id, table::LOCAL, auto(Prefix::host(own), RouteKind::Local, scope::HOST, local, index, 0));
    if !up {
        return;
    }
    if let Some(broadcast) = address.broadcast.filter(|b| !b.is_broadcast()) {
        put(net, id, table::LOCAL, auto(Prefix::host(broadcast), RouteKind::Broadcast, scope::LINK, local, index, 0));
    }
    let subnet = address.subnet();
    let plain = address.peer.is_none();
    if subnet.addr.octets()[0] == 0 || address.secondary || (plain && subnet.len == 32) {
        return;
    }
    if !address.noprefixroute {
        let route = if loopback {
            auto(subnet, RouteKind::Local, scope::HOST, local, index, address.metric)
        } else {
            auto(subnet, RouteKind::Unicast, scope::LINK, local, index, address.metric)
        };
        put(net, id, if loopback { table::LOCAL } else { table::MAIN }, route);
    }
    if subnet.len < 31 {
        put(
            net,
            id,
            table::LOCAL,
            auto(Prefix::host(subnet.last()), RouteKind::Broadcast, scope::LINK, local, index, 0),
        );
    }
}

fn auto(dst: Prefix, kind: RouteKind, scope: u8, src: Ipv4Addr, dev: u32, metric: u32) -> Route {
    let own = if scope == scope::HOST { scope::NOWHERE } else { scope::HOST };
    let hop = Hop { dev, via: None, onlink: false, weight: 1, scope: own, dead: false };
    Route {
        dst,
        tos: 0,
        kind,
        scope,
        proto: 2,
        metric,
        src: Some(src),
        mtu: None,
        metrics: BTreeMap::new(),
        hops: vec![hop],
    }
}

/// Appends a kernel route unless the very same is there.
fn put(net: &mut Network, id: SpaceId, number: u32, route: Route) {
    let routes = net.space_mut(id).table_mut(number);
    if !routes.contains(&route) {
        super::route::insert(routes, route, false);
    }
}

/// Takes an address off; its secondaries go with it unless they are promoted.
pub(crate) fn delete_address(net: &mut Network, id: SpaceId, index: u32, local: Prefix) -> Result<(), Refused> {
    let Some(link) = net.space(id).links.get(&index) else { return Err(Errno::NoDevice.into()) };
    let Some(place) = link.addresses.iter().position(|a| a.local == local) else {
        return Err(Refused { errno: Errno::NotAvailable, said: Some("ipv4: Address not found".to_owned()) });
    };
    let gone = link.addresses[place].clone();
    let name = link.name.clone();
    let promote = net.space(id).sysctls.of(&name).either(OfLink::PROMOTE_SECONDARIES);
    let mut dropped = vec![gone.clone()];
    let mut promoted = None;
    if let Some(link) = net.space_mut(id).links.get_mut(&index) {
        link.addresses.remove(place);
        if !gone.secondary {
            let same = |a: &Address| a.secondary && a.local.len == gone.local.len && a.subnet() == gone.subnet();
            if promote {
                if let Some(next) = link.addresses.iter().position(same) {
                    let mut next = link.addresses.remove(next);
                    next.secondary = false;
                    link.addresses.insert(place.min(link.addresses.len()), next.clone());
                    promoted = Some(next);
                }
            } else {
                dropped.extend(link.addresses.iter().filter(|a| same(a)).cloned());
                link.addresses.retain(|a| !same(a));
            }
        }
    }
    for address in &dropped {
        unroute_address(net, id, index, address);
    }
    if net.space(id).links.get(&index).is_some_and(|link| link.addresses.is_empty()) {
        no_more_addresses(net, id, index);
    }
    if let Some(next) = promoted {
        route_address(net, id, index, &next);
        for other in net.space(id).links.get(&index).map(|l| l.addresses.clone()).unwrap_or_default() {
            route_address(net, id, index, &other);
        }
    }
    Ok(())
}

/// With its last address a link loses its routes and neighbours.
pub(crate) fn no_more_addresses(net: &mut Network, id: SpaceId, index: u32) {
    let space = net.space_mut(id);
    for routes in space.routes.values_mut() {
        if routes.iter().any(|route| route.uses(index)) {
            Arc::make_mut(routes).retain(|route| !route.uses(index));
        }
    }
    space.neighbours.retain(|(dev, _), _| *dev != index);
}

fn unroute_address(net: &mut Network, id: SpaceId, index: u32, gone: &Address) {
    let left: Vec<Address> = net.space(id).links.get(&index).map(|l| l.addresses.clone()).unwrap_or_default();
    let local = gone.local.addr;
    let elsewhere = net.space(id).owns(local);
    let subnet = gone.subnet();
    let same_net = left.iter().any(|a| a.subnet() == subnet && a.local.addr == local);
    for (number, routes) in &mut net.space_mut(id).routes {
        let goes = |route: &Route| {
            let by_src = route.src == Some(local) && !elsewhere;
            let kept_here = route.kind == RouteKind::Local
                && route.dst == Prefix::host(local)
                && route.uses(index)
                && !left.iter().any(|a| a.local.addr == local);
            let network = route.proto == 2
                && route.uses(index)
                && route.src == Some(local)
                && route.dst == subnet
                && !same_net
                && (*number == table::MAIN || *number == table::LOCAL);
            by_src || kept_here || network
        };
        if routes.iter().any(goes) {
            Arc::make_mut(routes).retain(|route| !goes(route));
        }
    }
    if !elsewhere {
        net.space_mut(id).flows.retain(|flow| !flow.masqueraded_to(local));
    }
}
