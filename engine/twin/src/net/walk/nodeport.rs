//! What Cilium's programs at a card do where they replace kube-proxy: what comes from outside for a service goes to one
//! behind it, and the answers find their way back.
//!
//! One that runs on this machine sees who asked. For one on another machine an address of this one stands for the asker,
//! the router's where a tunnel leads there, so that the answer comes back here.

use super::Walk;
use super::packet::{Body, Frame, Load, Packet};
use crate::net::maps::Maps;
use crate::net::network::SpaceId;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// The first port of those that stand for an asker's, and how many there are.
const PORTS: (u16, u16) = (61_000, 4_500);

impl Walk<'_> {
    /// A frame comes in by a card; gives it back where it is for no service.
    pub(super) fn enter_netdev(&mut self, id: SpaceId, maps: &Arc<Maps>, frame: Frame) -> Option<Frame> {
        let Load::Ip(packet) = &frame.load else { return Some(frame) };
        let Body::Ports { transport, to, .. } = packet.body else { return Some(frame) };
        if maps.sockets && self.answer_outside(id, packet) {
            return None;
        }
        if !maps.sockets || !maps.services.contains_key(&(packet.dst, to, transport)) {
            return Some(frame);
        }
        let mut packet = packet.clone();
        if self.turn(id, maps, &mut packet) || self.reach_endpoint(id, maps, &packet) {
            return None;
        }
        if let Some(home) = maps.home_of(packet.dst) {
            self.stand_for(id, maps.router, &mut packet);
            self.wrap(id, maps, packet, home);
            return None;
        }
        // Without a tunnel the machine's own address stands for the asker.
        if let Ok(found) = self.route_out(id, &packet, None)
            && let Some(own) = self.source(id, &found, packet.dst)
        {
            self.stand_for(id, own, &mut packet);
        }
        if let Err(errno) = self.send(id, packet, None) {
            self.no(id, format!("a connection from outside cannot go on: {}", errno.text()));
        }
        None
    }

    /// Puts an address of this machine in the place of the asker's, and notes that with the connection just turned.
    fn stand_for(&mut self, id: SpaceId, own: Ipv4Addr, packet: &mut Packet) {
        let Body::Ports { from, .. } = &mut packet.body else { return };
        let turned = &mut self.net.taught(id).turned;
        // Above the ports of the machine's own connections, which begin at the same address.
        let port = PORTS.0 + u16::try_from(turned.len()).unwrap_or_default() % PORTS.1;
        if let Some(turned) = turned.last_mut() {
            (turned.pod, turned.hidden) = ((own, port), Some((packet.src, *from)));
        }
        (packet.src, *from) = (own, port);
    }

    /// Sends the answer of one behind a service to whoever asked from outside; says whether it was such an answer.
    pub(super) fn answer_outside(&mut self, id: SpaceId, packet: &Packet) -> bool {
        let Body::Ports { transport, segment, .. } = packet.body else { return false };
        let Some(turned) = self.turned_for(id, packet) else { return false };
        let (asker, port) = turned.hidden.unwrap_or(turned.pod);
        let mut packet = packet.clone();
        (packet.src, packet.dst) = (turned.front.0, asker);
        packet.body = Body::Ports { transport, from: turned.front.1, to: port, segment };
        packet.scrub(true);
        self.depth = 0;
        if let Err(errno) = self.send(id, packet, None) {
            self.no(id, format!("the answer to {asker} cannot leave: {}", errno.text()));
        }
        true
    }
}
