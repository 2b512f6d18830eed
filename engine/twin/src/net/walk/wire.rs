//! Frames between links: out of one, along what it is, into the next.

use super::packet::{Frame, Load};
use super::{Walk, fib};
use crate::net::errno::Errno;
use crate::net::link::{Kind, Link, Mac, Seat};
use crate::net::network::SpaceId;
use std::net::Ipv4Addr;

/// What a frame may be longer than the MTU by before a link refuses it: room for a VLAN tag.
const TAG: u32 = 4;

impl Walk<'_> {
    /// Notes that a frame passes here: what its ends are may matter to the routes.
    fn visit(&self, id: SpaceId, frame: &Frame) {
        let mut visited = self.visited.borrow_mut();
        visited.push((id, Ipv4Addr::UNSPECIFIED));
        if let Load::Ip(packet) = &frame.load {
            visited.extend([(id, packet.src), (id, packet.dst)]);
        }
    }

    /// Asks the routes, and notes that they were.
    pub(super) fn ask_routes(&self, id: SpaceId, ask: &fib::Ask) -> Result<fib::Found, Errno> {
        self.visited.borrow_mut().push((id, ask.dst));
        fib::lookup(self.net, id, ask)
    }

    /// Sends a frame out of a link.
    pub(super) fn transmit(&mut self, id: SpaceId, index: u32, mut frame: Frame) {
        self.depth += 1;
        let Some(link) = self.net.space(id).links.get(&index) else { return };
        if self.depth > 32 {
            return;
        }
        self.visit(id, &frame);
        if !link.up {
            let said = format!("`{}` is down", link.name);
            return self.no(id, said);
        }
        if !link.programs.is_empty() {
            let Some(left) = self.program(id, index, &[Seat::Egress], frame) else { return };
            frame = left;
        }
        let Some(link) = self.net.space(id).links.get(&index) else { return };
        let name = &link.name;
        let said = match &link.kind {
            Kind::Bridge(_) => return self.out_of_bridge(id, index, frame),
            Kind::Loopback => {
                frame.dst = Mac::ZERO;
                return self.queue.push_back((id, index, frame));
            }
            Kind::Veth { space, index: other } => return self.cross((id, index), (*space, *other), frame),
            Kind::Physical { cable: true, .. } => return self.flood_segment(id, index, &frame),
            Kind::Physical { cable: false, .. } => format!("`{name}` has no cable"),
            Kind::Vxlan(vxlan) => {
                let vxlan = vxlan.clone();
                return self.encapsulate(id, index, &vxlan, frame);
            }
            Kind::Vlan { lower, id: tag } => {
                frame.vlan = Some(*tag);
                return self.transmit(id, *lower, frame);
            }
            Kind::Ipip(_) => format!("`{name}` takes packets with a way to go, and no frames"),
            Kind::Ovs => return self.leave_gateway(id, index, frame),
            Kind::Dummy | Kind::Ifb => format!("`{name}` leads nowhere"),
            Kind::Unproven { kind, .. } => format!("`{name}` is a {kind} device, which is not modelled"),
        };
        self.no(id, said);
    }

    /// Over a veth to its other end.
    fn cross(&mut self, (from, own): (SpaceId, u32), (to, index): (SpaceId, u32), mut frame: Frame) {
        let Some(peer) = self.net.space(to).links.get(&index) else { return };
        if !peer.up {
            let name = self.net.space(from).link_name(own);
            let said = format!("`{name}` has no carrier: `{}` in {} is down", peer.name, self.net.place(to));
            return self.no(from, said);
        }
        if frame.len() > peer.mtu + TAG {
            let said = format!("`{}` drops {} bytes: its MTU is {}", peer.name, frame.len(), peer.mtu);
            return self.no(to, said);
        }
        frame.scrub(from != to);
        self.queue.push_back((to, index, frame));
    }

    /// To every other card on the segment that would take it.
    fn flood_segment(&mut self, from: SpaceId, own: u32, frame: &Frame) {
        let Some(link) = self.net.space(from).links.get(&own) else { return };
        let Kind::Physical { segment, .. } = &link.kind else { return };
        let hears = |id: SpaceId, link: &Link| {
            let plugged = matches!(link.kind, Kind::Physical { cable: true, .. });
            let takes = frame.dst.is_group() || link.mac == frame.dst || link.master.is_some() || link.promisc;
            plugged && link.up && takes && (id, link.index) != (from, own)
        };
        // Most of a crowd that hears a question have nothing to say and learn nothing by it.
        let question = match &frame.load {
            Load::Ask { target, .. } if frame.vlan.is_none() => Some(*target),
            _ => None,
        };
        let takers = self.net.takers(segment, frame.dst, question).filter(|(id, link)| hears(*id, link));
        let arrivals: Vec<(SpaceId, u32, u32)> = takers.map(|(id, link)| (id, link.index, link.mtu)).collect();
        if arrivals.is_empty() && !self.net.takers(segment, frame.dst, None).any(|(id, link)| hears(id, link)) {
            let said = format!("nobody on the segment `{segment}` has the address {}", frame.dst);
            self.no(from, said);
        }
        for (id, index, mtu) in arrivals {
            if frame.len() > mtu + TAG {
                let name = self.net.space(id).link_name(index);
                let said = format!("`{name}` drops {} bytes: its MTU is {mtu}", frame.len());
                self.no(id, said);
                continue;
            }
            let mut copy = frame.clone();
            copy.scrub(true);
            self.queue.push_back((id, index, copy));
        }
    }

    /// A frame has come in by a link.
    pub(super) fn receive(&mut self, id: SpaceId, index: u32, mut frame: Frame) {
        let Some(link) = self.net.space(id).links.get(&index) else { return };
        if !link.up {
            return;
        }
        let master = link.master;
        self.visit(id, &frame);
        if !link.programs.is_empty() {
            let Some(left) = self.program(id, index, &[Seat::Xdp, Seat::Ingress], frame) else { return };
            frame = left;
        }
        if let Some(tag) = frame.vlan {
            let upper = self
                .net
                .space(id)
                .links
                .values()
                .find(|upper| matches!(upper.kind, Kind::Vlan { lower, id } if lower == index && id == tag));
            if let Some(upper) = upper.map(|upper| upper.index) {
                return self.receive(id, upper, Frame { vlan: None, ..frame });
            }
        }
        if let Some(master) = master {
            if self.net.space(id).links.get(&master).is_some_and(|link| link.kind == Kind::Ovs) {
                return self.enter_switch(id, index, frame);
            }
            return self.enter_bridge(id, master, index, frame);
        }
        self.take(id, index, frame);
    }

    /// A frame for this namespace itself, when its address says so.
    pub(super) fn take(&mut self, id: SpaceId, index: u32, frame: Frame) {
        let Some(link) = self.net.space(id).links.get(&index) else { return };
        if !link.is_loopback() && frame.dst != link.mac && !frame.dst.is_group() {
            let said = format!("`{}` has the address {}, not {}", link.name, link.mac, frame.dst);
            return self.no(id, said);
        }
        let unicast = !frame.dst.is_group();
        match frame.load {
            Load::Ask { sender, target } => self.asked(id, index, sender, target),
            Load::Tell { sender, target } => self.told(id, index, sender, target),
            Load::Ip(packet) => self.input(id, index, packet, unicast),
        }
    }
}
