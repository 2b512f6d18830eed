//! Connections that programs or flows have rewritten: what a machine remembers of them, and which of them an answer is of.

use super::Walk;
use super::packet::{Body, Packet, Segment};
use crate::net::maps::Turned;
use crate::net::network::SpaceId;

/// How many of them a machine remembers.
const MOST: usize = 4096;

impl Walk<'_> {
    /// Remembers one, in the place of what was known of the same.
    pub(super) fn remember_turned(&mut self, id: SpaceId, turned: Turned) {
        let kept = &mut self.net.taught(id).turned;
        kept.retain(|old| (old.pod, old.backend, old.proto) != (turned.pod, turned.backend, turned.proto));
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(turned);
    }

    /// The one to which an answer belongs.
    pub(super) fn turned_for(&self, id: SpaceId, packet: &Packet) -> Option<Turned> {
        let Body::Ports { from, to, segment: Segment::SynAck | Segment::Rst, .. } = packet.body else { return None };
        let wanted = ((packet.dst, to), (packet.src, from), packet.protocol());
        self.net.space(id).turned.iter().rev().find(|old| (old.pod, old.backend, old.proto) == wanted).copied()
    }

    /// Gives an answer the address and the port back that were asked.
    pub(super) fn turn_back(&self, id: SpaceId, packet: &mut Packet) {
        let Some(turned) = self.turned_for(id, packet) else { return };
        if let Body::Ports { from, .. } = &mut packet.body {
            *from = turned.front.1;
        }
        packet.src = turned.front.0;
    }
}
