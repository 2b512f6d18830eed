//! What a bridge of Open vSwitch does with a frame, by the flows that Antrea has written for it.
//!
//! Pods are told of each other by their addresses alone: whoever sends as somebody else is not heard. Policies judge what
//! begins; what belongs to it passes.

use super::Walk;
use super::cilium::{begins, port_of};
use super::packet::{Body, Frame, Load, Packet, Segment};
use crate::net::link::{Mac, Remote};
use crate::net::maps::{Turned, lets};
use crate::net::network::SpaceId;
use crate::net::socket::Transport;
use crate::net::switch::{DATAPATH, Switch};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Who answers for the gateways of other machines: no machine has this address, all of them stand for it.
const EVERYBODY: Mac = Mac([0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff]);
/// The mark on what the machine itself sends to its pods: no policy judges that.
const OWN: u32 = 0x8000_0000;

/// Where a packet has come onto the bridge.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    Pod,
    Gateway,
    Tunnel,
}

impl Walk<'_> {
    /// A frame has come in by a port of the datapath.
    pub(super) fn enter_switch(&mut self, id: SpaceId, port: u32, frame: Frame) {
        let name = self.net.space(id).link_name(port).to_owned();
        let Some(switch) = self.net.space(id).switch.clone() else {
            return self.no(id, format!("`{DATAPATH}` has no flows for what comes by `{name}`"));
        };
        if name == switch.tunnel.link {
            let Load::Ip(packet) = frame.load else { return };
            return self.switch_on(id, &switch, packet, Came::Tunnel);
        }
        let Some((pod, own)) = switch.behind(&name).map(|(pod, port)| (pod, port.mac)) else {
            return self.no(id, format!("`{}` has no flows for what comes by `{name}`", switch.bridge));
        };
        let said = match &frame.load {
            Load::Ask { sender, .. } | Load::Tell { sender, .. } => (sender.0, sender.1),
            Load::Ip(packet) => (frame.src, packet.src),
        };
        if said != (own, pod) {
            return self.no(id, format!("`{}` hears nobody by `{name}` who says to be {}", switch.bridge, said.1));
        }
        match frame.load {
            Load::Ask { target, .. } | Load::Tell { target: (_, target), .. } => {
                if target == switch.router {
                    self.by_gateway(id, &switch, frame);
                } else {
                    self.by_port_of(id, &switch, target, frame);
                }
            }
            Load::Ip(packet) => self.leave_pod(id, &switch, pod, packet),
        }
    }

    /// A frame that the machine itself sends onto its bridge.
    pub(super) fn leave_gateway(&mut self, id: SpaceId, index: u32, frame: Frame) {
        let name = self.net.space(id).link_name(index).to_owned();
        let Some(switch) = self.net.space(id).switch.clone().filter(|switch| switch.gateway == name) else {
            return self.no(id, format!("`{name}` has no flows and leads nowhere"));
        };
        match &frame.load {
            Load::Ask { sender, target } if switch.home_of(*target).is_some() => {
                let load = Load::Tell { sender: (EVERYBODY, *target), target: *sender };
                self.take(id, index, Frame { src: EVERYBODY, dst: frame.src, vlan: None, load });
            }
            Load::Ask { target, .. } | Load::Tell { target: (_, target), .. } => {
                let target = *target;
                self.by_port_of(id, &switch, target, frame);
            }
            Load::Ip(packet) => {
                let packet = packet.clone();
                self.switch_on(id, &switch, packet, Came::Gateway);
            }
        }
    }

    /// What a pod sends: its service first, then whether it may go out at all.
    fn leave_pod(&mut self, id: SpaceId, switch: &Arc<Switch>, pod: Ipv4Addr, mut packet: Packet) {
        if let Some((asker, _)) = self.turned_for(id, &packet).and_then(|turned| turned.hidden) {
            // Itself has asked: the answer goes where the question came from.
            self.turn_back(id, &mut packet);
            packet.dst = asker;
            return self.reach_pod(id, switch, packet, Came::Pod);
        }
        if self.turn_service(id, switch, &mut packet) {
            return;
        }
        let rules = switch.ports.get(&pod).and_then(|port| port.egress.clone());
        if begins(&packet)
            && let Some(rules) = rules
            && packet.dst != pod
            && !lets(&rules, packet.dst, port_of(&packet))
        {
            let said = format!("NetworkPolicy: what leaves {pod} may not go to {}", packet.dst);
            return self.no(id, said);
        }
        self.switch_on(id, switch, packet, Came::Pod);
    }

    /// To a pod of this machine, to another machine, or to this machine itself, who may know more.
    fn switch_on(&mut self, id: SpaceId, switch: &Arc<Switch>, packet: Packet, from: Came) {
        let dst = packet.dst;
        if switch.ports.contains_key(&dst) {
            return self.reach_pod(id, switch, packet, from);
        }
        if switch.range.holds(dst) && dst != switch.router {
            return self.no(id, format!("no port of `{}` leads to {dst}", switch.bridge));
        }
        match switch.home_of(dst) {
            Some(_) if from == Came::Tunnel => {
                self.no(id, format!("`{}` sends nothing back into the tunnel it came by", switch.bridge));
            }
            Some(home) => self.send_elsewhere(id, switch, packet, home),
            None if from == Came::Gateway => {
                self.no(id, format!("`{}` leads to no {dst}", switch.bridge));
            }
            None => {
                let frame = Frame { src: EVERYBODY, dst: Mac::BROADCAST, vlan: None, load: Load::Ip(packet) };
                self.by_gateway(id, switch, frame);
            }
        }
    }

    fn reach_pod(&mut self, id: SpaceId, switch: &Arc<Switch>, mut packet: Packet, from: Came) {
        let Some(port) = switch.ports.get(&packet.dst) else { return };
        // A pod that is behind its own service asks itself by way of the gateway.
        let itself = from == Came::Pod && packet.src == switch.router;
        let own = from == Came::Gateway && packet.mark & OWN != 0;
        if begins(&packet)
            && let Some(rules) = &port.ingress
            && !itself
            && !own
            && !lets(rules, packet.src, port_of(&packet))
        {
            return self.no(id, format!("NetworkPolicy: {} may not reach {}", packet.src, packet.dst));
        }
        let mac = port.mac;
        let target = packet.dst;
        self.turn_back(id, &mut packet);
        packet.scrub(true);
        let src = self.net.space(id).named(&switch.gateway).map_or(EVERYBODY, |link| link.mac);
        self.by_port_of(id, switch, target, Frame { src, dst: mac, vlan: None, load: Load::Ip(packet) });
    }

    /// Out of the port of a pod.
    fn by_port_of(&mut self, id: SpaceId, switch: &Arc<Switch>, pod: Ipv4Addr, frame: Frame) {
        let Some(port) = switch.ports.get(&pod) else {
            return self.no(id, format!("nobody on `{}` has the address {pod}", switch.bridge));
        };
        let datapath = self.net.space(id).index(DATAPATH);
        match self.net.space(id).named(&port.link) {
            Some(link) if link.master == datapath => {
                let index = link.index;
                self.depth = 0;
                self.transmit(id, index, frame);
            }
            _ => self.no(id, format!("`{}` is no port of `{}` any more", port.link, switch.bridge)),
        }
    }

    /// To the machine itself, as if by a wire.
    fn by_gateway(&mut self, id: SpaceId, switch: &Arc<Switch>, mut frame: Frame) {
        let Some(link) = self.net.space(id).named(&switch.gateway) else {
            return self.no(id, format!("the gateway `{}` is gone", switch.gateway));
        };
        let (index, mac, up) = (link.index, link.mac, link.up);
        if !up {
            return self.no(id, format!("the gateway `{}` is down", switch.gateway));
        }
        if let Load::Ip(packet) = &mut frame.load {
            frame.dst = mac;
            packet.scrub(true);
        }
        self.queue.push_back((id, index, frame));
    }

    fn send_elsewhere(&mut self, id: SpaceId, switch: &Arc<Switch>, mut packet: Packet, home: Ipv4Addr) {
        let name = &switch.tunnel.link;
        let Some(link) = self.net.space(id).named(name) else {
            return self.no(id, format!("the tunnel `{name}` is gone"));
        };
        let (index, up) = (link.index, link.up);
        let Some(tunnel) = link.vxlan().cloned().filter(|_| up) else {
            return self.no(id, format!("the tunnel `{name}` is down"));
        };
        packet.mark = 0;
        let remote = Remote { addr: home, port: None, vni: None, via: None, learned: false, noted: "antrea" };
        let frame = Frame { src: EVERYBODY, dst: EVERYBODY, vlan: None, load: Load::Ip(packet) };
        self.encapsulate_to(id, index, &tunnel, &remote, frame);
    }

    /// Rewrites what is for a service; true where there is nobody behind it, which ends the packet.
    fn turn_service(&mut self, id: SpaceId, switch: &Arc<Switch>, packet: &mut Packet) -> bool {
        let (src, dst) = (packet.src, packet.dst);
        let Body::Ports { transport, from, to, segment } = &mut packet.body else { return false };
        if !matches!(segment, Segment::Syn | Segment::Data) {
            return false;
        }
        let (asks, proto) = (*from, if *transport == Transport::Tcp { 6 } else { 17 });
        let Some(chosen) = switch.backend((dst, *to, *transport), asks) else { return false };
        let Some((addr, port)) = chosen else {
            let said = format!("nobody is behind the service {dst}:{to}");
            let refused = (*transport == Transport::Tcp).then_some(Body::Ports {
                transport: *transport,
                from: *to,
                to: asks,
                segment: Segment::Rst,
            });
            self.no(id, said);
            if let Some(body) = refused {
                self.reach_pod(id, switch, Packet::new(dst, src, 40, body), Came::Pod);
            }
            return true;
        };
        let hidden = if addr == src { switch.router } else { src };
        let turned = Turned {
            pod: (hidden, asks),
            backend: (addr, port),
            front: (dst, *to),
            proto,
            hidden: (addr == src).then_some((src, asks)),
        };
        *to = port;
        (packet.src, packet.dst) = (hidden, addr);
        self.remember_turned(id, turned);
        false
    }
}
