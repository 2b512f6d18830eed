//! The route of a packet: rules in order, the longest prefix in a table, the first live way out.

use crate::net::errno::Errno;
use crate::net::link::scope;
use crate::net::network::{Network, SpaceId};
use crate::net::route::{Act, Hop, RouteKind, Rule, table};
use crate::net::sysctl::OfLink;
use std::net::Ipv4Addr;

/// What is asked of the routes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) dst: Ipv4Addr,
    pub(crate) src: Option<Ipv4Addr>,
    pub(crate) oif: Option<u32>,
    pub(crate) iif: Option<u32>,
    pub(crate) mark: u32,
    pub(crate) scope: u8,
}

impl Ask {
    pub(crate) fn to(dst: Ipv4Addr) -> Ask {
        Ask { dst, src: None, oif: None, iif: None, mark: 0, scope: scope::UNIVERSE }
    }
}

/// What the routes say.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) kind: RouteKind,
    pub(crate) hop: Option<Hop>,
    pub(crate) scope: u8,
    pub(crate) src: Option<Ipv4Addr>,
    pub(crate) mtu: Option<u32>,
    pub(crate) table: u32,
    pub(crate) len: u8,
    pub(crate) all: Vec<u32>,
}

/// Where no route is found for a packet of one's own and its link was named, the far end is taken to be on that link.
pub(crate) fn on_link(oif: Option<u32>, errno: Errno) -> Result<Found, Errno> {
    let dev = oif.filter(|_| errno == Errno::NetUnreachable).ok_or(errno)?;
    Ok(straight(RouteKind::Unicast, dev, None))
}

/// The way to nobody in particular: to oneself.
pub(crate) fn to_oneself() -> Found {
    straight(RouteKind::Local, 1, Some(Ipv4Addr::LOCALHOST))
}

fn straight(kind: RouteKind, dev: u32, src: Option<Ipv4Addr>) -> Found {
    let hop = Some(Hop { dev, via: None, onlink: false, weight: 1, scope: 0, dead: false });
    Found { kind, hop, scope: scope::LINK, src, mtu: None, table: 0, len: 0, all: vec![dev] }
}

/// Goes through the rules.
pub(crate) fn lookup(net: &Network, id: SpaceId, ask: &Ask) -> Result<Found, Errno> {
    let space = net.space(id);
    let mut from = 0;
    for rule in &space.rules {
        if rule.priority < from || !fits(net, id, rule, ask) {
            continue;
        }
        match rule.act {
            Act::Nop => {}
            // Where it leads to nothing, the kernel goes on with the next.
            Act::Goto(to) if space.rules.iter().any(|other| other.priority == to) => from = to,
            Act::Goto(_) => {}
            Act::Blackhole => return Err(Errno::Invalid),
            Act::Unreachable => return Err(Errno::NetUnreachable),
            Act::Prohibit => return Err(Errno::Access),
            Act::Lookup(number) => match in_table(net, id, number, ask) {
                Some(Ok(found)) if rule.suppress.is_some_and(|len| found.len <= len) => {}
                Some(answer) => return answer,
                None => {}
            },
        }
    }
    Err(Errno::NetUnreachable)
}

fn fits(net: &Network, id: SpaceId, rule: &Rule, ask: &Ask) -> bool {
    let space = net.space(id);
    let src = ask.src.unwrap_or(Ipv4Addr::UNSPECIFIED);
    let name = |index: Option<u32>| index.map_or("lo", |index| space.link_name(index));
    let all = rule.from.holds(src)
        && rule.to.holds(ask.dst)
        && rule.mark.is_none_or(|(mark, mask)| (ask.mark ^ mark) & mask == 0)
        && rule.iif.as_deref().is_none_or(|iif| iif == name(ask.iif))
        && rule.oif.as_deref().is_none_or(|oif| ask.oif.is_some_and(|index| space.link_name(index) == oif));
    all != rule.not
}

/// Looks into one table; `None` when it has nothing to say.
pub(crate) fn in_table(net: &Network, id: SpaceId, number: u32, ask: &Ask) -> Option<Result<Found, Errno>> {
    let space = net.space(id);
    let (first, second) = match number {
        table::LOCAL | table::MAIN if !space.split => (table::LOCAL, Some(table::MAIN)),
        _ => (number, None),
    };
    let mut here = space.leading_to(first, ask.dst).peekable();
    let mut there = second.into_iter().flat_map(|number| space.leading_to(number, ask.dst)).peekable();
    let fitting = std::iter::from_fn(|| {
        let longest = here.peek().map(|route| route.dst.len);
        let other = there.next_if(|route| longest.is_none_or(|len| route.dst.len > len));
        other.map(|route| (table::MAIN, route)).or_else(|| here.next().map(|route| (first, route)))
    });
    for (number, route) in fitting {
        // Nobody here sends with a type of service.
        if route.scope < ask.scope || route.tos != 0 {
            continue;
        }
        match route.kind {
            RouteKind::Blackhole => return Some(Err(Errno::Invalid)),
            RouteKind::Unreachable => return Some(Err(Errno::HostUnreachable)),
            RouteKind::Prohibit => return Some(Err(Errno::Access)),
            RouteKind::Throw => return None,
            RouteKind::Unicast | RouteKind::Local | RouteKind::Broadcast => {}
        }
        let lives = |hop: &&Hop| {
            !hop.dead
                && ask.oif.is_none_or(|oif| oif == hop.dev)
                && (route.kind != RouteKind::Unicast
                    || !space.sysctls.of(space.link_name(hop.dev)).either(OfLink::IGNORE_DEAD_ROUTES)
                    || net.carrier(id, hop.dev))
        };
        if let Some(hop) = route.hops.iter().find(lives) {
            return Some(Ok(Found {
                kind: route.kind,
                hop: Some(*hop),
                scope: route.scope,
                src: route.src,
                mtu: route.mtu,
                table: number,
                len: route.dst.len,
                all: route.hops.iter().map(|hop| hop.dev).collect(),
            }));
        }
    }
    None
}
