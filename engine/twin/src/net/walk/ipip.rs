//! Packets in packets: where they go, what they weigh there, and how they come out again.

use super::packet::{Body, Frame, Load, Packet, Trouble};
use super::{Walk, fib};
use crate::net::link::{Ipip, Link, Mac, Seat};
use crate::net::network::SpaceId;
use std::net::Ipv4Addr;

/// What the second header weighs.
pub(crate) const OVERHEAD: u32 = 20;

impl Walk<'_> {
    /// A packet goes into a tunnel: to the tunnel's other end, or where it has none to the gateway of its route.
    pub(super) fn wrap_packet(&mut self, id: SpaceId, index: u32, next: Ipv4Addr, packet: Packet) {
        let Some(link) = self.net.space(id).links.get(&index) else { return };
        let Some(tunnel) = link.ipip().cloned() else { return };
        let (name, mac) = (link.name.clone(), link.mac);
        if !link.up {
            return self.no(id, format!("`{name}` is down"));
        }
        let frame = Frame { src: mac, dst: mac, vlan: None, load: Load::Ip(packet) };
        let Some(Frame { load: Load::Ip(packet), .. }) = self.program(id, index, &[Seat::Egress], frame) else {
            return;
        };
        let far = tunnel.remote.unwrap_or(next);
        let ask = fib::Ask { src: tunnel.local, oif: tunnel.lower, mark: 0, ..fib::Ask::to(far) };
        let found = match self.ask_routes(id, &ask) {
            Ok(found) => found,
            Err(errno) => {
                self.no(id, format!("`{name}` cannot reach its other end {far}: {}", errno.text()));
                return self.complain(id, &packet, Trouble::Host);
            }
        };
        if found.hop.is_some_and(|hop| hop.dev == index) {
            self.no(id, format!("`{name}` would have to go through itself to reach {far}"));
            return self.complain(id, &packet, Trouble::Host);
        }
        let room = self.path_mtu(id, far, &found, true).saturating_sub(OVERHEAD);
        if packet.df && packet.piece > room {
            self.no(id, format!("{} bytes do not fit into `{name}`: {room} would", packet.piece));
            return self.complain(id, &packet, Trouble::TooLong(room));
        }
        let Some(src) = tunnel.local.or_else(|| self.source(id, &found, far)) else {
            return self.no(id, format!("`{name}` has no address to send from"));
        };
        let mut inner = packet;
        inner.scrub(false);
        let (len, df) = (inner.piece + OVERHEAD, inner.df || tunnel.whole);
        let ttl = if tunnel.ttl == 0 { inner.ttl } else { tunnel.ttl };
        let mark = inner.mark;
        let mut outer = Packet::new(src, far, len, Body::Inside(Box::new(inner)));
        (outer.df, outer.ttl, outer.mark) = (df, ttl, mark);
        if let Err(errno) = self.send_found(id, outer, &found) {
            self.no(id, format!("`{name}` cannot send: {}", errno.text()));
        }
    }

    /// A packet with another in it has come to this namespace: it comes out of the tunnel that fits it best.
    pub(super) fn unwrap_packet(&mut self, id: SpaceId, packet: Packet) {
        let fits = |link: &&Link| link.up && link.ipip().is_some_and(|tunnel| takes(tunnel, &packet));
        let narrow = |link: &&Link| {
            let tunnel = link.ipip();
            (tunnel.is_some_and(|it| it.remote.is_some()), tunnel.is_some_and(|it| it.local.is_some()))
        };
        let found = self.net.space(id).links.values().filter(fits).max_by_key(narrow);
        let Some((index, mac)) = found.map(|link| (link.index, link.mac)) else {
            self.no(id, format!("no tunnel here takes a packet in a packet from {}", packet.src));
            return self.complain(id, &packet, Trouble::Port);
        };
        let Body::Inside(inner) = packet.body else { return };
        let mut inner = *inner;
        inner.scrub(false);
        let frame = Frame { src: Mac::ZERO, dst: mac, vlan: None, load: Load::Ip(inner) };
        self.queue.push_back((id, index, frame));
    }
}

fn takes(tunnel: &Ipip, packet: &Packet) -> bool {
    tunnel.remote.is_none_or(|it| it == packet.src) && tunnel.local.is_none_or(|it| it == packet.dst)
}
