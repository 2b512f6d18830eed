//! Routes: what may be added, in which order they stand, and which one a deletion means.

use crate::net::errno::{Errno, Refused};
use crate::net::link::scope;
use crate::net::network::{Network, SpaceId};
use crate::net::prefix::Prefix;
use crate::net::route::{Hop, Route, RouteKind, table};
use crate::net::walk::fib;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// How a route is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Add,
    Append,
    Prepend,
    Replace,
    Change,
}

/// A route somebody asks for; or, for a deletion, what must fit.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) table: u32,
    pub(crate) dst: Prefix,
    pub(crate) kind: Option<RouteKind>,
    pub(crate) scope: Option<u8>,
    pub(crate) proto: Option<u8>,
    pub(crate) metric: Option<u32>,
    pub(crate) src: Option<Ipv4Addr>,
    pub(crate) mtu: Option<u32>,
    pub(crate) tos: u8,
    pub(crate) metrics: BTreeMap<String, String>,
    pub(crate) hops: Vec<(Option<u32>, Option<Ipv4Addr>, bool, u32)>,
}

/// Adds a route to a table, as the manner says.
pub(crate) fn add_route(net: &mut Network, id: SpaceId, wanted: &Wanted, manner: Manner) -> Result<(), Refused> {
    let route = made(net, id, wanted)?;
    let routes = net.space_mut(id).table_mut(wanted.table);
    let same = |old: &Route| old.dst == route.dst && old.tos == route.tos && old.metric == route.metric;
    let first = routes.iter().position(same);
    match (manner, first) {
        (Manner::Add, Some(_)) => Err(Errno::Exists.into()),
        (Manner::Change, None) => Err(Errno::NoEntry.into()),
        (Manner::Replace | Manner::Change, Some(place)) => {
            if routes.iter().enumerate().any(|(n, old)| n != place && *old == route) {
                return Err(Errno::Exists.into());
            }
            routes[place] = route;
            Ok(())
        }
        (Manner::Append | Manner::Prepend, Some(_)) if routes.contains(&route) => Err(Errno::Exists.into()),
        _ => {
            insert(routes, route, manner == Manner::Prepend);
            Ok(())
        }
    }
}

/// Puts a route where the kernel's table would have it: by prefix, the longer first, then by metric.
pub(crate) fn insert(routes: &mut Vec<Route>, route: Route, first: bool) {
    let key = |r: &Route| (r.dst.addr, 32 - r.dst.len, 255 - r.tos, r.metric);
    let own = key(&route);
    let place = if first {
        routes.iter().position(|old| key(old) >= own)
    } else {
        routes.iter().position(|old| key(old) > own)
    };
    routes.insert(place.unwrap_or(routes.len()), route);
}

fn made(net: &Network, id: SpaceId, wanted: &Wanted) -> Result<Route, Refused> {
    let kind = wanted.kind.unwrap_or(RouteKind::Unicast);
    let no_gateway = wanted.hops.iter().all(|(_, via, _, _)| via.is_none());
    let scope = wanted.scope.unwrap_or(match kind {
        RouteKind::Local => scope::HOST,
        RouteKind::Broadcast => scope::LINK,
        RouteKind::Unicast if no_gateway && wanted.hops.len() < 2 => scope::LINK,
        _ => scope::UNIVERSE,
    });
    if wanted.dst.network() != wanted.dst {
        return Err(Refused::said(Errno::Invalid, "Invalid prefix for given prefix length"));
    }
    let least = match kind {
        RouteKind::Local => scope::HOST,
        RouteKind::Broadcast => scope::LINK,
        _ => scope::UNIVERSE,
    };
    if least > scope {
        return Err(Refused::said(Errno::Invalid, "Invalid scope"));
    }
    let mut hops = Vec::new();
    if kind.needs_device() {
        for (dev, via, onlink, weight) in &wanted.hops {
            hops.push(hop(net, id, wanted.table, scope, *dev, *via, *onlink, *weight)?);
        }
        if hops.is_empty() {
            return Err(Errno::NoDevice.into());
        }
    } else if wanted.hops.iter().any(|(dev, via, _, _)| dev.is_some() || via.is_some()) {
        return Err(Refused::said(
            Errno::Invalid,
            "Gateway, device and multipath can not be specified for this route type",
        ));
    }
    if let Some(src) = wanted.src {
        let own = kind == RouteKind::Local && wanted.dst.addr == src;
        if !own && net.space(id).kind_of(src) != RouteKind::Local {
            return Err(Refused::said(Errno::Invalid, "Invalid prefsrc address"));
        }
    }
    Ok(Route {
        dst: wanted.dst,
        tos: wanted.tos,
        kind,
        scope,
        proto: wanted.proto.unwrap_or(3),
        metric: wanted.metric.unwrap_or(0),
        src: wanted.src,
        mtu: wanted.mtu,
        metrics: wanted.metrics.clone(),
        hops,
    })
}

#[expect(clippy::too_many_arguments, reason = "each is one word of the route that is asked for")]
fn hop(
    net: &Network,
    id: SpaceId,
    number: u32,
    route_scope: u8,
    dev: Option<u32>,
    via: Option<Ipv4Addr>,
    onlink: bool,
    weight: u32,
) -> Result<Hop, Refused> {
    let space = net.space(id);
    let up = |dev: u32| space.links.get(&dev).is_some_and(|link| link.up);
    let Some(via) = via else {
        let Some(dev) = dev else { return Err(Errno::NoDevice.into()) };
        if route_scope == scope::HOST {
            return Ok(Hop { dev, via: None, onlink, weight, scope: scope::NOWHERE, dead: false });
        }
        if !up(dev) {
            return Err(Refused::said(Errno::NetDown, "Device for nexthop is not up"));
        }
        return Ok(Hop { dev, via: None, onlink, weight, scope: scope::HOST, dead: false });
    };
    let invalid = || Refused::said(Errno::Invalid, "Nexthop has invalid gateway");
    if route_scope == scope::HOST {
        return Err(Refused::said(Errno::Invalid, "Route with host scope can not have a gateway"));
    }
    if route_scope >= scope::LINK {
        return Err(Refused::said(Errno::Invalid, "Nexthop has invalid scope"));
    }
    if onlink {
        let Some(dev) = dev else { return Err(Refused::said(Errno::NoDevice, "Nexthop device required for onlink")) };
        if !up(dev) {
            return Err(Refused::said(Errno::NetDown, "Nexthop device is not up"));
        }
        if space.kind_of(via) != RouteKind::Unicast {
            return Err(invalid());
        }
        return Ok(Hop { dev, via: Some(via), onlink, weight, scope: scope::LINK, dead: false });
    }
    let ask = fib::Ask { dst: via, src: None, oif: dev, iif: None, mark: 0, scope: (route_scope + 1).max(scope::LINK) };
    let own_table = if number == table::MAIN { None } else { fib::in_table(net, id, number, &ask) };
    let found = match own_table {
        Some(Ok(found)) => Ok(found),
        _ => fib::lookup(net, id, &ask),
    };
    let Ok(found) = found else {
        return Err(Refused::said(Errno::NetUnreachable, "Nexthop has invalid gateway"));
    };
    if !matches!(found.kind, RouteKind::Unicast | RouteKind::Local) {
        return Err(invalid());
    }
    let Some(out) = found.hop else { return Err(invalid()) };
    if !up(out.dev) {
        return Err(Refused::said(Errno::NetDown, "Nexthop device is not up"));
    }
    Ok(Hop { dev: out.dev, via: Some(via), onlink, weight, scope: found.scope, dead: false })
}

/// Whether a route goes by these ways: by the one as its first, by many in their order.
fn takes(route: &Route, ways: &[(Option<u32>, Option<Ipv4Addr>, bool, u32)]) -> bool {
    let mut pairs = route.hops.iter().zip(ways);
    let same = pairs.all(|(hop, (dev, via, ..))| {
        dev.is_none_or(|dev| dev == hop.dev) && via.is_none_or(|via| Some(via) == hop.via)
    });
    same && (ways.len() < 2 || ways.len() >= route.hops.len())
}

/// Deletes the first route that fits all that was said.
pub(crate) fn delete_route(net: &mut Network, id: SpaceId, wanted: &Wanted) -> Result<(), Refused> {
    if wanted.dst.network() != wanted.dst {
        return Err(Refused::said(Errno::Invalid, "Invalid prefix for given prefix length"));
    }
    let fits = |route: &Route| {
        route.dst == wanted.dst
            && (wanted.tos == 0 || wanted.tos == route.tos)
            && wanted.metric.is_none_or(|m| m == route.metric)
            && wanted.kind.is_none_or(|k| k == route.kind)
            && wanted.scope.is_none_or(|s| s == route.scope)
            && wanted.proto.is_none_or(|p| p == route.proto)
            && wanted.src.is_none_or(|s| Some(s) == route.src)
            && takes(route, &wanted.hops)
    };
    if !matches!(wanted.table, table::MAIN | table::LOCAL) && !net.space(id).routes.contains_key(&wanted.table) {
        return Err(Refused::said(Errno::NoProcess, "FIB table does not exist"));
    }
    let routes = net.space_mut(id).table_mut(wanted.table);
    match routes.iter().position(fits) {
        Some(place) => {
            routes.remove(place);
            Ok(())
        }
        None => Err(Errno::NoProcess.into()),
    }
}
