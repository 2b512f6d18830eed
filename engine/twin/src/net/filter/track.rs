//! Connections: which one a packet belongs to, and what was made of its addresses when it began.

use crate::net::network::{Network, SpaceId};
use crate::net::socket::Transport;
use crate::net::walk::packet::{Body, Packet, Segment, Tracked};
use std::net::Ipv4Addr;

/// Addresses and ports of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tuple {
    pub(crate) src: Ipv4Addr,
    pub(crate) from: u16,
    pub(crate) dst: Ipv4Addr,
    pub(crate) to: u16,
    pub(crate) proto: u8,
}

impl Tuple {
    pub(crate) fn of(packet: &Packet) -> Tuple {
        let (from, to) = packet.ports();
        Tuple { src: packet.src, from, dst: packet.dst, to, proto: packet.protocol() }
    }

    pub(crate) fn turned(self) -> Tuple {
        Tuple { src: self.dst, from: self.to, dst: self.src, to: self.from, proto: self.proto }
    }
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) id: u64,
    pub(crate) orig: Tuple,
    pub(crate) reply: Tuple,
    pub(crate) mark: u32,
    pub(crate) confirmed: bool,
    pub(crate) answered: bool,
    /// Whether the chains for the source and for the destination have been asked.
    pub(crate) src_asked: bool,
    pub(crate) dst_asked: bool,
    pub(crate) masqueraded: bool,
    /// When it is forgotten, in milliseconds.
    pub(crate) until: i64,
}

impl Flow {
    pub(crate) fn masqueraded_to(&self, addr: Ipv4Addr) -> bool {
        self.masqueraded && self.reply.dst == addr
    }

    pub(crate) fn src_changed(&self) -> bool {
        self.reply.dst != self.orig.src || self.reply.to != self.orig.from
    }

    pub(crate) fn dst_changed(&self) -> bool {
        self.reply.src != self.orig.dst || self.reply.from != self.orig.to
    }
}

fn life(packet: &Packet, answered: bool) -> i64 {
    match &packet.body {
        Body::Echo { .. } | Body::Error { .. } => 30_000,
        Body::Ports { transport: Transport::Tcp, .. } => 120_000,
        Body::Inside(_) => 600_000,
        Body::Ports { .. } | Body::Tunnel { .. } => {
            if answered {
                120_000
            } else {
                30_000
            }
        }
    }
}

/// Finds or begins the connection of a packet.
pub(crate) fn track(net: &mut Network, id: SpaceId, packet: &mut Packet, now: i64) {
    if packet.tracked != Tracked::Unseen {
        return;
    }
    let space = net.taught(id);
    space.flows.retain(|flow| flow.until > now);
    if let Body::Error { about, .. } = &packet.body {
        let inner = Tuple::of(about).turned();
        let found = space.flows.iter().find_map(|flow| {
            if flow.orig == inner {
                Some((flow.id, false))
            } else if flow.reply == inner {
                Some((flow.id, true))
            } else {
                None
            }
        });
        packet.tracked = found.map_or(Tracked::Invalid, |(id, reply)| Tracked::Flow { id, reply, related: true });
        return;
    }
    let own = Tuple::of(packet);
    // An echo's answer has another type than the echo, and so is never taken for the first of its own kind.
    let answers = matches!(packet.body, Body::Echo { reply: true, .. });
    for flow in space.flows.iter_mut().filter(|flow| flow.confirmed) {
        let reply = if flow.reply == own && is_answer(packet, flow, own) {
            true
        } else if flow.orig == own && !answers {
            false
        } else {
            continue;
        };
        let refused = matches!(packet.body, Body::Ports { segment: Segment::Rst, .. }) && !flow.answered;
        flow.answered |= reply && !refused;
        // What was refused at once is no connection: it is forgotten when the refusal has gone through.
        flow.until = if reply && refused { now + 1 } else { now + life(packet, flow.answered) };
        packet.tracked = Tracked::Flow { id: flow.id, reply, related: false };
        return;
    }
    let begins = match &packet.body {
        Body::Echo { reply, .. } => !reply,
        Body::Ports { segment, transport, .. } => *transport == Transport::Udp || *segment == Segment::Syn,
        Body::Tunnel { .. } | Body::Inside(_) => true,
        Body::Error { .. } => false,
    };
    if !begins {
        packet.tracked = Tracked::Invalid;
        return;
    }
    let number = space.flows.last().map_or(0, |flow| flow.id) + 1;
    space.flows.push(Flow {
        id: number,
        orig: own,
        reply: own.turned(),
        mark: 0,
        confirmed: false,
        answered: false,
        src_asked: false,
        dst_asked: false,
        masqueraded: false,
        until: now + life(packet, false),
    });
    packet.tracked = Tracked::Flow { id: number, reply: false, related: false };
    net.loose.push(id);
}

/// A request whose tuple equals its own answer (an echo to oneself) is an answer only when it says so.
fn is_answer(packet: &Packet, flow: &Flow, own: Tuple) -> bool {
    if flow.orig != own {
        return match &packet.body {
            Body::Echo { reply, .. } => *reply,
            _ => true,
        };
    }
    match &packet.body {
        Body::Echo { reply, .. } => *reply,
        Body::Ports { segment, .. } => matches!(segment, Segment::SynAck | Segment::Rst),
        Body::Error { .. } | Body::Tunnel { .. } | Body::Inside(_) => false,
    }
}

/// The packet has passed all chains: its connection is kept.
pub(crate) fn confirm(net: &mut Network, id: SpaceId, packet: &Packet) {
    let Tracked::Flow { id: number, .. } = packet.tracked else { return };
    let unconfirmed = |flow: &&mut Flow| flow.id == number && !flow.confirmed;
    if net.space(id).flows.iter().any(|flow| flow.id == number && !flow.confirmed)
        && let Some(flow) = net.taught(id).flows.iter_mut().find(unconfirmed)
    {
        flow.confirmed = true;
    }
}
