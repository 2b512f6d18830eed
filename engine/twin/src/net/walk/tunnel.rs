//! VXLAN: which remotes a frame goes to, what it weighs there, and how it comes out again.

use super::packet::{Body, Frame, Load, Packet, Trouble};
use super::{Walk, fib};
use crate::net::link::{Mac, Remote, Vxlan};
use crate::net::network::SpaceId;
use std::sync::Arc;

/// What a VXLAN header with its outer headers adds to the inner packet.
const OVERHEAD: u32 = 50;

impl Walk<'_> {
    /// A frame goes into a tunnel.
    pub(super) fn encapsulate(&mut self, id: SpaceId, index: u32, vxlan: &Vxlan, frame: Frame) {
        let known = if frame.dst.is_group() { None } else { vxlan.fdb.get(&frame.dst) };
        let Some(remotes) =
            known.or_else(|| vxlan.fdb.get(&frame.dst.min(Mac::BROADCAST))).or_else(|| vxlan.fdb.get(&Mac::ZERO))
        else {
            let name = self.net.space(id).link_name(index);
            let said = format!("`{name}` has no entry for {} in its forwarding table", frame.dst);
            return self.no(id, said);
        };
        for remote in remotes.clone() {
            self.encapsulate_to(id, index, vxlan, &remote, frame.clone());
        }
    }

    pub(super) fn encapsulate_to(&mut self, id: SpaceId, index: u32, vxlan: &Vxlan, remote: &Remote, frame: Frame) {
        let home = vxlan.home;
        let name = self.net.space(id).link_name(index).to_owned();
        let mark = if let Load::Ip(packet) = &frame.load { packet.mark } else { 0 };
        let ask = fib::Ask { src: vxlan.local, oif: remote.via, ..fib::Ask::to(remote.addr) };
        let found = match self.ask_routes(home, &ask) {
            Ok(found) => found,
            Err(errno) => {
                return self.no(home, format!("`{name}` cannot reach its remote {}: {}", remote.addr, errno.text()));
            }
        };
        let inner = frame.len();
        let (src, dst) = match &frame.load {
            Load::Ip(packet) => (Some(packet.clone()), Some(packet.dst)),
            Load::Ask { .. } | Load::Tell { .. } => (None, None),
        };
        let mtu = self.path_mtu(home, remote.addr, &found, true);
        if let (Some(packet), Some(dst)) = (src, dst)
            && inner + OVERHEAD > mtu
        {
            let room = mtu.saturating_sub(OVERHEAD);
            let bridged = self.net.space(id).links.get(&index).is_some_and(|l| l.master.is_some());
            if !bridged {
                self.net.taught(id).paths.insert(dst, room.max(552));
            } else if packet.df {
                self.no(id, format!("{inner} bytes do not fit into `{name}`: {room} would"));
                return self.complain(id, &packet, Trouble::TooLong(room));
            }
        }
        let Some(src) = vxlan.local.or(found.src).or_else(|| {
            let hop = found.hop?;
            self.net.space(home).select_source(hop.dev, Some(hop.via.unwrap_or(remote.addr)), found.scope)
        }) else {
            return self.no(home, format!("`{name}` has no address to send from"));
        };
        let mut frame = frame;
        frame.scrub(false);
        let body = Body::Tunnel {
            geneve: vxlan.geneve,
            from: 40_000,
            to: remote.port.unwrap_or(vxlan.port),
            vni: remote.vni.unwrap_or(vxlan.vni),
            frame: Box::new(frame),
        };
        let mut outer = Packet::new(src, remote.addr, inner + OVERHEAD, body);
        outer.mark = if home == id { mark } else { 0 };
        if let Err(errno) = self.send_found(home, outer, &found) {
            self.no(home, format!("`{name}` cannot send: {}", errno.text()));
        }
    }

    /// A datagram for a tunnel's port.
    pub(super) fn decapsulate(&mut self, id: SpaceId, packet: Packet) {
        let Body::Tunnel { to, vni, geneve, frame, .. } = packet.body else { return };
        let takes = |v: &Vxlan| v.port == to && v.geneve == geneve && (v.external || v.vni == vni);
        let tunnels = self.net.tunnels_of(id).filter(|(_, link)| link.up && link.vxlan().is_some_and(takes));
        let Some((space, index)) = tunnels.map(|(space, link)| (space, link.index)).next_back() else {
            return self.no(id, format!("no tunnel here takes network {vni} on port {to}"));
        };
        let mut frame = *frame;
        frame.scrub(space != id);
        // What a tunnel sends to its own machine it takes, whatever Ethernet address is on it.
        let looped = self.net.space(id).owns(packet.src);
        if let Some(link) = self.net.space(space).links.get(&index).filter(|_| looped) {
            frame.dst = link.mac;
        }
        let Some(vxlan) = self.net.taught(space).links.get_mut(&index).and_then(|l| l.vxlan_mut()) else { return };
        if vxlan.learning && !frame.src.is_group() {
            let learned =
                Remote { addr: packet.src, port: None, vni: None, via: None, learned: true, noted: "learned" };
            let entry = Arc::make_mut(&mut vxlan.fdb).entry(frame.src).or_default();
            if entry.iter().all(|old| old.learned) {
                *entry = vec![learned];
            }
        }
        self.queue.push_back((space, index, frame));
    }
}
