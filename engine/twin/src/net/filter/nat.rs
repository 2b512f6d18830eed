//! Addresses rewritten: decided once, when a connection begins, and kept for as long as it is remembered.

use super::rule::Target;
use super::track::{Flow, Tuple};
use super::{Hook, Places};
use crate::net::link::scope;
use crate::net::network::{Network, SpaceId};
use crate::net::walk::packet::{Body, Packet, Tracked};
use std::net::Ipv4Addr;

/// Whether a hook rewrites sources; the others rewrite destinations.
pub(crate) fn rewrites_source(hook: Hook) -> bool {
    matches!(hook, Hook::Postrouting | Hook::Input)
}

/// Whether the chains are still to be asked for this packet's connection.
pub(crate) fn to_ask(net: &Network, id: SpaceId, hook: Hook, packet: &Packet) -> Option<u64> {
    let Tracked::Flow { id: number, reply: false, related: false } = packet.tracked else { return None };
    let flow = net.space(id).flows.iter().find(|flow| flow.id == number)?;
    let asked = if rewrites_source(hook) { flow.src_asked } else { flow.dst_asked };
    (!flow.confirmed && !asked).then_some(number)
}

/// Writes down what the chains decided.
pub(crate) fn decide(net: &mut Network, id: SpaceId, hook: Hook, number: u64, target: Option<&Target>, places: Places) {
    let masquerade = masquerade_address(net, id, places);
    let local = places.input.and_then(|dev| first_address(net, id, dev));
    let Some(flow) = net.space(id).flows.iter().find(|flow| flow.id == number).cloned() else { return };
    let mut reply = flow.reply;
    match target {
        Some(Target::Masquerade(ports, _)) => {
            reply.dst = masquerade.unwrap_or(reply.dst);
            reply.to = kept(reply.to, *ports);
        }
        Some(Target::Snat(end, _)) => {
            reply.dst = end.addresses.map_or(reply.dst, |(first, last)| chosen(flow.orig.src, first, last));
            reply.to = kept(reply.to, end.ports);
        }
        Some(Target::Dnat(end, _)) => {
            reply.src = end.addresses.map_or(reply.src, |(first, last)| chosen(flow.orig.src, first, last));
            reply.from = kept(reply.from, end.ports);
        }
        Some(Target::Redirect(ports, _)) => {
            reply.src = local.filter(|_| hook == Hook::Prerouting).unwrap_or(Ipv4Addr::LOCALHOST);
            reply.from = kept(reply.from, *ports);
        }
        Some(Target::Netmap(prefix)) => {
            let end = if rewrites_source(hook) { &mut reply.dst } else { &mut reply.src };
            let host = u32::from(*end) & u32::MAX.checked_shr(prefix.len.into()).unwrap_or(0);
            *end = Ipv4Addr::from(u32::from(prefix.addr) | host);
        }
        _ => {}
    }
    let taken = |tuple: Tuple| {
        net.space(id).flows.iter().any(|other| other.id != number && other.confirmed && other.reply == tuple)
    };
    if rewrites_source(hook) {
        let mut tries = 0;
        while taken(reply) && tries < 1000 {
            reply.to = reply.to.wrapping_add(1).max(1024);
            if reply.proto == 1 {
                reply.from = reply.to;
            }
            tries += 1;
        }
    }
    let done = |flow: &mut Flow| {
        flow.reply = reply;
        flow.masqueraded |= matches!(target, Some(Target::Masquerade(..)));
        if rewrites_source(hook) {
            flow.src_asked = true;
        } else {
            flow.dst_asked = true;
        }
    };
    if let Some(flow) = net.taught(id).flows.iter_mut().find(|flow| flow.id == number) {
        done(flow);
    }
}

/// A port that is among those asked for stays; of others the first is taken.
fn kept(port: u16, ports: Option<(u16, u16)>) -> u16 {
    match ports {
        Some((first, last)) if !(first..=last).contains(&port) => first,
        _ => port,
    }
}

/// One of some addresses, always the same for who asks.
fn chosen(asker: Ipv4Addr, first: Ipv4Addr, last: Ipv4Addr) -> Ipv4Addr {
    let (first, last) = (u32::from(first), u32::from(last));
    Ipv4Addr::from(
        first + u32::from(asker).wrapping_mul(2_654_435_761) % last.saturating_sub(first).saturating_add(1).max(1),
    )
}

fn masquerade_address(net: &Network, id: SpaceId, places: Places) -> Option<Ipv4Addr> {
    let dev = places.output?;
    net.space(id).select_source(dev, places.next, scope::UNIVERSE)
}

fn first_address(net: &Network, id: SpaceId, dev: u32) -> Option<Ipv4Addr> {
    net.space(id).links.get(&dev)?.addresses.first().map(|a| a.local.addr)
}

/// Rewrites a packet as its connection says.
pub(crate) fn rewrite(net: &Network, id: SpaceId, hook: Hook, packet: &mut Packet) {
    let Tracked::Flow { id: number, reply, .. } = packet.tracked else { return };
    let Some(flow) = net.space(id).flows.iter().find(|flow| flow.id == number) else { return };
    let source = rewrites_source(hook);
    let changed = if source != reply { flow.src_changed() } else { flow.dst_changed() };
    if !changed {
        return;
    }
    let other = if reply { flow.orig.turned() } else { flow.reply.turned() };
    if source {
        packet.src = other.src;
    } else {
        packet.dst = other.dst;
    }
    match &mut packet.body {
        Body::Ports { from, to, .. } | Body::Tunnel { from, to, .. } => {
            if source {
                *from = other.from;
            } else {
                *to = other.to;
            }
        }
        Body::Echo { id, .. } => *id = if source { other.from } else { other.to },
        Body::Inside(_) => {}
        Body::Error { about, .. } => {
            let inner = other.turned();
            if source {
                about.dst = inner.dst;
                set_port(about, None, Some(inner.to));
            } else {
                about.src = inner.src;
                set_port(about, Some(inner.from), None);
            }
        }
    }
}

fn set_port(packet: &mut Packet, new_from: Option<u16>, new_to: Option<u16>) {
    match &mut packet.body {
        Body::Ports { from, to, .. } | Body::Tunnel { from, to, .. } => {
            *from = new_from.unwrap_or(*from);
            *to = new_to.unwrap_or(*to);
        }
        Body::Echo { id, .. } => *id = new_from.or(new_to).unwrap_or(*id),
        Body::Error { .. } | Body::Inside(_) => {}
    }
}
