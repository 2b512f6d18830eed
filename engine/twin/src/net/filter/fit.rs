//! Whether a packet is what a rule asks for.

use super::rule::{Match, state};
use super::{Flow, Places};
use crate::net::network::{Network, SpaceId};
use crate::net::route::RouteKind;
use crate::net::space::Space;
use crate::net::walk::packet::{Body, Packet, Segment, Tracked, Trouble};
use std::net::Ipv4Addr;

/// Whether every question of a rule is answered with yes.
pub(crate) fn fits(net: &Network, id: SpaceId, matches: &[Match], packet: &Packet, places: Places) -> bool {
    matches.iter().all(|one| fit(net, id, one, packet, places))
}

fn fit(net: &Network, id: SpaceId, one: &Match, packet: &Packet, places: Places) -> bool {
    let space = net.space(id);
    let (from, to) = packet.ports();
    let within =
        |port: u16, range: &Option<(bool, u16, u16)>| range.is_none_or(|(not, a, b)| (a..=b).contains(&port) != not);
    let link =
        |index: Option<u32>, not: bool, name: &str| index.is_some_and(|i| named(space.link_name(i), name)) != not;
    match one {
        Match::Src(not, prefix) => prefix.holds(packet.src) != *not,
        Match::Dst(not, prefix) => prefix.holds(packet.dst) != *not,
        Match::In(not, name) => link(places.input, *not, name),
        Match::Out(not, name) => link(places.output, *not, name),
        Match::Proto(not, proto) => (*proto == 0 || packet.protocol() == *proto) != *not,
        Match::Ports { src, dst, flags, .. } => {
            let has_ports = matches!(packet.body, Body::Ports { .. } | Body::Tunnel { .. });
            let flagged = |(not, of, set): (bool, u8, u8)| (flags_of(packet) & of == set) != not;
            has_ports && within(from, src) && within(to, dst) && flags.is_none_or(flagged)
        }
        Match::Fragment(not) => *not,
        Match::Range { src, dst } => ranged(packet.src, src) && ranged(packet.dst, dst),
        Match::Ttl(not, how, number) => left(packet.ttl, how, *number) != *not,
        Match::Length(not, from, to) => (u32::from(*from)..=u32::from(*to)).contains(&packet.len) != *not,
        Match::Icmp(not, kind) => icmp(packet, kind) != *not,
        Match::Multiport(not, word, list) => {
            let any = |port: u16| list.iter().any(|(a, b)| (*a..=*b).contains(&port));
            let hit = match *word {
                "sports" => any(from),
                "dports" => any(to),
                _ => any(from) || any(to),
            };
            (matches!(packet.body, Body::Ports { .. } | Body::Tunnel { .. }) && hit) != *not
        }
        Match::State { not, bits, .. } => (state_of(net, id, packet) & bits != 0) != *not,
        Match::Connection(not, asked) => {
            connection(net, id, packet).is_some_and(|(flow, reply)| asked.fits(flow, reply) != *not)
        }
        Match::Mark(not, mark, mask) => (packet.mark & mask == *mark) != *not,
        Match::ConnMark(not, mark, mask) => (flow_mark(net, id, packet) & mask == *mark) != *not,
        Match::Comment(_) | Match::True(_) => true,
        Match::False(_) => false,
        Match::Addrtype { src, dst, on } => addressed(space, packet, places, [src, dst], *on),
        Match::InSet(not, name, dirs) => {
            space.sets.get(name).is_some_and(|set| set.holds(packet, dirs, &space.sets, 0)) != *not
        }
        Match::Physdev { is_in, is_out, bridged, input, output } => {
            let (port_in, port_out) = (places.port_in.or(packet.port), places.port_out);
            let is_bridged = port_in.is_some() && port_out.is_some();
            (!is_in || port_in.is_some())
                && (!is_out || port_out.is_some())
                && bridged.is_none_or(|not| is_bridged != not)
                && input.as_ref().is_none_or(|(not, name)| link(port_in, *not, name))
                && output.as_ref().is_none_or(|(not, name)| link(port_out, *not, name))
        }
        Match::Chance(not, chance) => {
            let step = (u64::from(from) * 2_654_435_761 + u64::from(to)) % 1000;
            let step = u32::try_from(step).unwrap_or(0);
            (f64::from(step) < chance * 1000.0) != *not
        }
        Match::Every { every, packet: place } => u32::from(from) % (*every).max(1) == *place,
        Match::Rpfilter { invert, .. } => {
            let ask = crate::net::walk::fib::Ask::to(packet.src);
            let back = crate::net::walk::fib::lookup(net, id, &ask);
            back.is_ok_and(|found| places.input.is_some_and(|dev| found.all.contains(&dev))) != *invert
        }
    }
}

/// How hops left compare with a number.
fn left(ttl: u8, how: &str, number: u8) -> bool {
    match how {
        "lt" => ttl < number,
        "gt" => ttl > number,
        _ => ttl == number,
    }
}

fn ranged(addr: Ipv4Addr, part: &Option<(bool, Ipv4Addr, Ipv4Addr)>) -> bool {
    part.is_none_or(|(not, from, to)| (from..=to).contains(&addr) != not)
}

/// Whether source and destination are of the kinds that are asked for, perhaps as one link sees them.
fn addressed(
    space: &Space,
    packet: &Packet,
    places: Places,
    [src, dst]: [&Option<(bool, String)>; 2],
    on: Option<&str>,
) -> bool {
    let limit = on.and_then(|on| if on == "in" { places.input } else { places.output });
    let kind_of = |addr| {
        let elsewhere = |dev: u32| space.links.get(&dev).is_none_or(|link| !link.owns(addr));
        match space.kind_of(addr) {
            RouteKind::Local if limit.is_some_and(elsewhere) => RouteKind::Unicast,
            kind => kind,
        }
    };
    let is = |addr, part: &Option<(bool, String)>| {
        part.as_ref().is_none_or(|(not, kind)| kind.split(',').any(|k| kind_word(kind_of(addr)) == k) != *not)
    };
    is(packet.src, src) && is(packet.dst, dst)
}

/// A link's name against one that may end in `+`.
fn named(name: &str, asked: &str) -> bool {
    match asked.strip_suffix('+') {
        Some(start) => name.starts_with(start),
        None => name == asked,
    }
}

/// The flags that a segment of TCP carries.
fn flags_of(packet: &Packet) -> u8 {
    const SYN: u8 = 2;
    const RST: u8 = 4;
    const PSH: u8 = 8;
    const ACK: u8 = 16;
    match packet.body {
        Body::Ports { segment: Segment::Syn, .. } => SYN,
        Body::Ports { segment: Segment::SynAck, .. } => SYN | ACK,
        Body::Ports { segment: Segment::Rst, .. } => RST | ACK,
        _ => PSH | ACK,
    }
}

/// Whether it is of a kind: a type, or a type with a code.
fn icmp(packet: &Packet, kind: &str) -> bool {
    let own = match &packet.body {
        Body::Echo { reply, .. } => (if *reply { 0 } else { 8 }, 0),
        Body::Error { trouble, .. } => match trouble {
            Trouble::Net => (3, 0),
            Trouble::Host | Trouble::Neighbour => (3, 1),
            Trouble::Protocol => (3, 2),
            Trouble::Port => (3, 3),
            Trouble::TooLong(_) => (3, 4),
            Trouble::NetProhibited => (3, 9),
            Trouble::HostProhibited => (3, 10),
            Trouble::Prohibited => (3, 13),
            Trouble::Ttl => (11, 0),
        },
        _ => return false,
    };
    match kind.split_once('/') {
        Some((kind, code)) => kind.parse() == Ok(own.0) && code.parse() == Ok(own.1),
        None => kind == "any" || kind.parse() == Ok(own.0),
    }
}

fn kind_word(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Local => "LOCAL",
        RouteKind::Broadcast => "BROADCAST",
        _ => "UNICAST",
    }
}

fn flow_mark(net: &Network, id: SpaceId, packet: &Packet) -> u32 {
    connection(net, id, packet).map_or(0, |(flow, _)| flow.mark)
}

/// The connection of a packet, and whether it goes the way of the answers.
fn connection<'a>(net: &'a Network, id: SpaceId, packet: &Packet) -> Option<(&'a Flow, bool)> {
    let Tracked::Flow { id: number, reply, .. } = packet.tracked else { return None };
    net.space(id).flows.iter().find(|flow| flow.id == number).map(|flow| (flow, reply))
}

/// The states of a packet's connection, as bits.
fn state_of(net: &Network, id: SpaceId, packet: &Packet) -> u8 {
    match packet.tracked {
        Tracked::Unseen | Tracked::Invalid => state::INVALID,
        Tracked::Untracked => state::UNTRACKED,
        Tracked::Flow { related: true, .. } => state::RELATED,
        Tracked::Flow { id: number, reply, .. } => {
            let Some(flow) = net.space(id).flows.iter().find(|flow| flow.id == number) else { return state::INVALID };
            let nat =
                if flow.src_changed() { state::SNAT } else { 0 } | if flow.dst_changed() { state::DNAT } else { 0 };
            nat | if reply || flow.answered { state::ESTABLISHED } else { state::NEW }
        }
    }
}
