//! Bridges: learning, forwarding, flooding, and the filters that see bridged packets.

use super::Walk;
use super::packet::{Frame, Load};
use crate::net::filter::{Hook, Places, Verdict};
use crate::net::link::{Mac, Port, Station};
use crate::net::network::SpaceId;
use crate::net::sysctl::Plain;

impl Walk<'_> {
    /// A frame has come in by a port.
    pub(super) fn enter_bridge(&mut self, id: SpaceId, bridge: u32, port: u32, mut frame: Frame) {
        let Some(link) = self.net.space(id).links.get(&bridge) else { return };
        if !link.up {
            let said = format!("the bridge `{}` is down", link.name);
            return self.no(id, said);
        }
        let Some(how) = self.net.space(id).links.get(&port).map(|port| port.port) else { return };
        let learns = how.learning && matches!(how.state, Port::LEARNING | Port::FORWARDING);
        if learns && !frame.src.is_group() {
            self.learn(id, bridge, port, &frame);
        }
        if how.state != Port::FORWARDING {
            let name = self.net.space(id).link_name(port);
            let said = format!("the port `{name}` is {}", Port::STATES[usize::from(how.state)]);
            return self.no(id, said);
        }
        if let Load::Ip(packet) = &mut frame.load {
            packet.port = Some(port);
            if self.filters_see_bridges(id, bridge) {
                let before = packet.dst;
                let places = Places { input: Some(bridge), port_in: Some(port), ..Places::default() };
                match self.judge(id, Hook::Prerouting, packet, places) {
                    Verdict::Accept => {}
                    other => return self.stopped(id, bridge, &frame_packet(&frame), other),
                }
                let Load::Ip(packet) = &frame.load else { return };
                if packet.dst != before {
                    let packet = packet.clone();
                    let found = self.route_in(id, bridge, packet.src, packet.dst, packet.mark);
                    let hop =
                        found.ok().filter(|f| f.kind == crate::net::route::RouteKind::Unicast).and_then(|f| f.hop);
                    if let Some(hop) = hop.filter(|hop| hop.dev == bridge) {
                        let next = hop.via.unwrap_or(packet.dst);
                        return self.hand_over(id, bridge, next, packet, Some(port));
                    }
                    return self.input_after_prerouting(id, bridge, packet, true);
                }
            }
        }
        let space = self.net.space(id);
        let own = frame.dst == space.links.get(&bridge).map_or(frame.dst, |l| l.mac)
            || space.ports(bridge).any(|p| p.mac == frame.dst);
        if own {
            return self.up_from_bridge(id, bridge, frame);
        }
        if frame.dst.is_group() {
            self.flood(id, bridge, Some(port), &frame);
            return self.up_from_bridge(id, bridge, frame);
        }
        self.along_bridge(id, bridge, Some(port), frame);
    }

    fn learn(&mut self, id: SpaceId, bridge: u32, port: u32, frame: &Frame) {
        let known = self.net.space(id).links.get(&bridge).and_then(|l| l.bridge()).and_then(|b| b.fdb.get(&frame.src));
        let own = self.net.space(id).ports(bridge).any(|p| p.mac == frame.src);
        if own || known.is_some_and(|station| station.fixed() || station.port == port) {
            return;
        }
        if let Some(found) = self.net.taught(id).links.get_mut(&bridge).and_then(|l| l.bridge_mut()) {
            found.fdb.insert(frame.src, Station { port, noted: "" });
        }
    }

    fn up_from_bridge(&mut self, id: SpaceId, bridge: u32, mut frame: Frame) {
        let seen = self.filters_see_bridges(id, bridge);
        if !frame.dst.is_group()
            && let Some(link) = self.net.space(id).links.get(&bridge)
        {
            frame.dst = link.mac;
        }
        let unicast = !frame.dst.is_group();
        match frame.load {
            Load::Ip(packet) if seen => self.input_after_prerouting(id, bridge, packet, unicast),
            _ => self.take(id, bridge, frame),
        }
    }

    /// A frame the namespace itself sends out of its bridge.
    pub(super) fn out_of_bridge(&mut self, id: SpaceId, bridge: u32, frame: Frame) {
        if frame.dst.is_group() {
            self.flood(id, bridge, None, &frame);
        } else {
            self.along_bridge(id, bridge, None, frame);
        }
    }

    pub(super) fn along_bridge(&mut self, id: SpaceId, bridge: u32, from: Option<u32>, frame: Frame) {
        let space = self.net.space(id);
        let known = space.links.get(&bridge).and_then(|l| l.bridge()).and_then(|b| b.fdb.get(&frame.dst));
        match known.map(|station| station.port) {
            Some(port) => self.by_port(id, bridge, from, port, frame),
            None => self.flood(id, bridge, from, &frame),
        }
    }

    fn flood(&mut self, id: SpaceId, bridge: u32, from: Option<u32>, frame: &Frame) {
        let (group, all) = (frame.dst.is_group(), frame.dst == Mac::BROADCAST);
        let floods = |port: &Port| if all { from.is_none() || port.broadcast } else { group || port.flood };
        let ports: Vec<u32> = self.net.space(id).ports(bridge).filter(|p| floods(&p.port)).map(|p| p.index).collect();
        if ports.iter().all(|port| Some(*port) == from) && !group {
            let name = self.net.space(id).link_name(bridge).to_owned();
            self.no(id, format!("no port of the bridge `{name}` leads to {}", frame.dst));
        }
        for port in ports {
            self.by_port(id, bridge, from, port, frame.clone());
        }
    }

    fn by_port(&mut self, id: SpaceId, bridge: u32, from: Option<u32>, port: u32, mut frame: Frame) {
        let space = self.net.space(id);
        let Some(out) = space.links.get(&port) else { return };
        if !out.up
            || out.port.state != Port::FORWARDING
            || !self.net.carrier(id, port)
            || (from == Some(port) && !out.port.hairpin)
        {
            return;
        }
        let isolated = from.and_then(|from| space.links.get(&from)).is_some_and(|l| l.port.isolated);
        if isolated && out.port.isolated {
            return self.no(id, "both ports of the bridge are isolated");
        }
        if frame.len() > out.mtu + 4 {
            let said =
                format!("the bridge drops {} bytes: the MTU of its port `{}` is {}", frame.len(), out.name, out.mtu);
            return self.no(id, said);
        }
        if let (Some(from), Load::Ip(packet), true) = (from, &mut frame.load, self.filters_see_bridges(id, bridge)) {
            let places = Places {
                input: Some(bridge),
                output: Some(bridge),
                port_in: Some(from),
                port_out: Some(port),
                next: None,
            };
            for hook in [Hook::Forward, Hook::Postrouting] {
                let places = if hook == Hook::Postrouting { Places { input: None, ..places } } else { places };
                match self.judge(id, hook, packet, places) {
                    Verdict::Accept => {}
                    other => return self.stopped(id, bridge, &frame_packet(&frame), other),
                }
            }
        }
        self.transmit(id, port, frame);
    }

    fn filters_see_bridges(&self, id: SpaceId, bridge: u32) -> bool {
        let space = self.net.space(id);
        let own = || space.links.get(&bridge).and_then(|link| link.bridge());
        space.sysctls.is_on(Plain::BRIDGES_ARE_FILTERED) || own().is_some_and(|it| it.option("nf_call_iptables") != 0)
    }
}

fn frame_packet(frame: &Frame) -> super::packet::Packet {
    match &frame.load {
        Load::Ip(packet) => packet.clone(),
        Load::Ask { .. } | Load::Tell { .. } => {
            let nothing = std::net::Ipv4Addr::UNSPECIFIED;
            super::packet::Packet::new(nothing, nothing, 28, super::packet::Body::Echo { id: 0, reply: true })
        }
    }
}
