//! What Cilium's programs do with a packet, by the maps of their machine.
//!
//! A program whose maps are gone drops everything ("missed tail call"): that is why links go before maps.

use super::Walk;
use super::packet::{Body, Frame, Load, Packet, Segment};
use crate::net::link::{Duty, Mac, Program, Remote, Seat};
use crate::net::maps::{Maps, Turned, allows};
use crate::net::network::SpaceId;
use crate::net::socket::Transport;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// The source that a pod sees which asks a service and is itself behind it.
const ITSELF: Ipv4Addr = Ipv4Addr::new(169, 254, 42, 1);

impl Walk<'_> {
    /// A program at a seat sees a frame; gives it back where it goes on as it would have.
    pub(super) fn program(&mut self, id: SpaceId, index: u32, seats: &[Seat], mut frame: Frame) -> Option<Frame> {
        for seat in seats {
            let Some(link) = self.net.space(id).links.get(&index) else { return Some(frame) };
            let Some((_, program)) = link.programs.iter().find(|(at, _)| at == seat) else { continue };
            let name = link.name.clone();
            match program.clone() {
                Program::Named(_) => {}
                Program::Drops(program) => {
                    self.no(id, format!("`{program}` at `{name}` drops it"));
                    return None;
                }
                Program::Cilium(duty) => frame = self.duty(id, index, &name, duty, frame)?,
            }
        }
        Some(frame)
    }

    fn duty(&mut self, id: SpaceId, index: u32, name: &str, duty: Duty, frame: Frame) -> Option<Frame> {
        let Some(maps) = self.net.space(id).maps.clone() else {
            if duty == Duty::ToNetdev {
                return Some(frame);
            }
            self.no(id, format!("`{}` at `{name}` has lost its maps: missed tail call", duty.name()));
            return None;
        };
        match duty {
            Duty::FromContainer => self.leave_container(id, index, &maps, frame),
            Duty::FromHost => self.leave_host(id, name, &maps, frame),
            Duty::FromOverlay => self.leave_overlay(id, &maps, frame),
            Duty::FromNetdev => self.enter_netdev(id, &maps, frame),
            Duty::ToNetdev => Some(frame),
        }
    }

    fn leave_container(&mut self, id: SpaceId, index: u32, maps: &Arc<Maps>, frame: Frame) -> Option<Frame> {
        let own = self.net.space(id).links.get(&index).map_or(Mac::ZERO, |link| link.mac);
        let Frame { src, load, .. } = &frame;
        let mut packet = match load {
            // Whoever the pod asks for, its own end of the cable answers.
            Load::Ask { sender, target } => {
                let load = Load::Tell { sender: (own, *target), target: *sender };
                self.depth = 0;
                self.transmit(id, index, Frame { src: own, dst: *src, vlan: None, load });
                return None;
            }
            Load::Tell { .. } => return None,
            Load::Ip(packet) => packet.clone(),
        };
        let pod = packet.src;
        if self.turn(id, maps, &mut packet) {
            return None;
        }
        if packet.dst == ITSELF {
            self.turn_back(id, &mut packet);
            packet.dst = pod;
        }
        if begins(&packet)
            && let Some(Some(list)) = maps.endpoints.get(&pod).map(|endpoint| endpoint.egress.clone())
            && !allows(maps, &list, packet.dst, port_of(&packet))
        {
            self.no(id, format!("Policy denied: what leaves {pod} may not go to {}", packet.dst));
            return None;
        }
        if self.reach_endpoint(id, maps, &packet) {
            return None;
        }
        if let Some(home) = maps.home_of(packet.dst) {
            self.wrap(id, maps, packet, home);
            return None;
        }
        if self.answer_outside(id, &packet) {
            return None;
        }
        Some(Frame { load: Load::Ip(packet), dst: own, ..frame })
    }

    fn leave_host(&mut self, id: SpaceId, name: &str, maps: &Arc<Maps>, frame: Frame) -> Option<Frame> {
        let Load::Ip(packet) = &frame.load else { return Some(frame) };
        if self.reach_endpoint(id, maps, packet) {
            return None;
        }
        if let Some(home) = maps.home_of(packet.dst) {
            self.wrap(id, maps, packet.clone(), home);
            return None;
        }
        self.no(id, format!("`{name}` leads to no endpoint with the address {}", packet.dst));
        None
    }

    fn leave_overlay(&mut self, id: SpaceId, maps: &Arc<Maps>, frame: Frame) -> Option<Frame> {
        let Load::Ip(packet) = &frame.load else { return Some(frame) };
        if self.reach_endpoint(id, maps, packet) || (packet.dst == maps.router && self.answer_outside(id, packet)) {
            return None;
        }
        // What is for the machine itself comes in as if by `cilium_host`.
        let host = self.net.space(id).named("cilium_host").map(|link| (link.index, link.mac));
        if let Some((index, mac)) = host {
            self.take(id, index, Frame { dst: mac, ..frame });
            return None;
        }
        Some(frame)
    }

    /// Gives a packet to a pod of this machine, when it is for one; says whether it was.
    pub(super) fn reach_endpoint(&mut self, id: SpaceId, maps: &Arc<Maps>, packet: &Packet) -> bool {
        let Some(endpoint) = maps.endpoints.get(&packet.dst) else { return false };
        if begins(packet)
            && let Some(list) = &endpoint.ingress
            && packet.src != ITSELF
            && !self.net.space(id).owns(packet.src)
            && !allows(maps, list, packet.src, port_of(packet))
        {
            self.no(id, format!("Policy denied: {} may not reach {}", packet.src, packet.dst));
            return true;
        }
        let Some(link) = self.net.space(id).named(&endpoint.link) else {
            self.no(id, format!("the link `{}` of the endpoint {} is gone", endpoint.link, packet.dst));
            return true;
        };
        let (index, own) = (link.index, link.mac);
        let mut packet = packet.clone();
        self.turn_back(id, &mut packet);
        packet.scrub(true);
        self.depth = 0;
        self.transmit(id, index, Frame { src: own, dst: endpoint.mac, vlan: None, load: Load::Ip(packet) });
        true
    }

    pub(super) fn wrap(&mut self, id: SpaceId, maps: &Arc<Maps>, packet: Packet, home: Ipv4Addr) {
        let Some(name) = &maps.tunnel else {
            return self.no(id, format!("no tunnel leads to {home}"));
        };
        let Some(link) = self.net.space(id).named(name) else {
            return self.no(id, format!("the tunnel `{name}` is gone"));
        };
        let (index, mac, up) = (link.index, link.mac, link.up);
        let Some(vxlan) = link.vxlan().cloned() else {
            return self.no(id, format!("`{name}` is a tunnel that is not modelled"));
        };
        if !up {
            return self.no(id, format!("the tunnel `{name}` is down"));
        }
        let remote = Remote { addr: home, port: None, vni: None, via: None, learned: false, noted: "cilium" };
        let frame = Frame { src: mac, dst: mac, vlan: None, load: Load::Ip(packet) };
        self.encapsulate_to(id, index, &vxlan, &remote, frame);
    }

    /// Rewrites what is for a service; true where there is nothing behind it, which ends the packet.
    pub(super) fn turn(&mut self, id: SpaceId, maps: &Arc<Maps>, packet: &mut Packet) -> bool {
        let Body::Ports { transport, from, to, segment } = &mut packet.body else { return false };
        if !matches!(segment, Segment::Syn | Segment::Data) {
            return false;
        }
        let Some(chosen) = maps.backend((packet.dst, *to, *transport), *from) else { return false };
        let Some((addr, port)) = chosen else {
            let said = format!("Service backend not found: {}:{to}", packet.dst);
            self.no(id, said);
            return true;
        };
        let proto = if *transport == Transport::Tcp { 6 } else { 17 };
        if addr == packet.src {
            packet.src = ITSELF;
        }
        let turned =
            Turned { pod: (packet.src, *from), backend: (addr, port), front: (packet.dst, *to), proto, hidden: None };
        packet.dst = addr;
        *to = port;
        self.visited.borrow_mut().push((id, addr));
        self.remember_turned(id, turned);
        false
    }
}

/// Whether a packet is the first of something, which is what policies judge.
pub(super) fn begins(packet: &Packet) -> bool {
    match &packet.body {
        Body::Echo { reply, .. } => !reply,
        Body::Ports { segment, .. } => matches!(segment, Segment::Syn | Segment::Data),
        Body::Error { .. } | Body::Tunnel { .. } | Body::Inside(_) => false,
    }
}

pub(super) fn port_of(packet: &Packet) -> Option<(Transport, u16)> {
    match &packet.body {
        Body::Ports { transport, to, .. } => Some((*transport, *to)),
        _ => None,
    }
}
