//! Errors that a machine sends back, and what their receiver makes of them.

use super::Walk;
use super::packet::{Body, Packet, Trouble};
use crate::net::network::SpaceId;
use crate::net::route::RouteKind;

impl Walk<'_> {
    /// Tells the sender of a packet about a trouble, where such a packet is told of at all.
    pub(super) fn complain(&mut self, id: SpaceId, about: &Packet, trouble: Trouble) {
        if matches!(about.body, Body::Error { .. }) || about.src.is_unspecified() {
            return;
        }
        if self.net.space(id).kind_of(about.dst) == RouteKind::Broadcast || about.dst.is_multicast() {
            return;
        }
        let own = self.net.space(id).kind_of(about.dst) == RouteKind::Local;
        let mut about = about.clone();
        about.port = None;
        let src = if own { about.dst } else { std::net::Ipv4Addr::UNSPECIFIED };
        let dst = about.src;
        let len = (about.len + 28).min(576);
        let body = Body::Error { trouble, about: Box::new(about) };
        let mut packet = Packet::new(src, dst, len, body);
        packet.ttl = self.hops(id);
        if let Err(errno) = self.send(id, packet, None) {
            self.no(id, format!("cannot tell {dst} about it: {}", errno.text()));
        }
    }

    /// An error has come to this namespace.
    pub(super) fn hear_error(&mut self, id: SpaceId, packet: Packet) {
        if let Body::Error { trouble: Trouble::TooLong(mtu), about } = &packet.body {
            self.net.taught(id).paths.insert(about.dst, (*mtu).max(552));
        }
        self.heard.push(super::Heard { space: id, packet });
    }
}
