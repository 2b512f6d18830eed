//! A packet leaves: its route, its source address, the filters on its way out, and its pieces.

use super::packet::{Body, Packet, Trouble};
use super::{Walk, fib};
use crate::net::errno::Errno;
use crate::net::filter::{Hook, Places, Verdict};
use crate::net::network::SpaceId;
use crate::net::route::RouteKind;
use crate::net::sysctl::Plain;
use std::net::Ipv4Addr;

impl Walk<'_> {
    /// Sends a packet of this namespace's own.
    pub(super) fn send(&mut self, id: SpaceId, mut packet: Packet, oif: Option<u32>) -> Result<(), Errno> {
        let found = self.route_out(id, &packet, oif)?;
        self.set_source(id, &mut packet, &found)?;
        self.send_found(id, packet, &found)
    }

    /// Gives a packet its source where it has none. What is sent from must be in the table of local addresses: a local
    /// route of another table takes packets in, and no answer leaves.
    pub(super) fn set_source(&self, id: SpaceId, packet: &mut Packet, found: &fib::Found) -> Result<(), Errno> {
        if packet.src.is_unspecified() {
            packet.src = self.source(id, found, packet.dst).ok_or(Errno::NetUnreachable)?;
        }
        let here = self.net.space(id).owns(packet.src) || self.net.space(id).kind_of(packet.src) == RouteKind::Local;
        if here { Ok(()) } else { Err(Errno::NetUnreachable) }
    }

    /// How many hops a namespace gives its own packets.
    pub(super) fn hops(&self, id: SpaceId) -> u8 {
        u8::try_from(self.net.space(id).sysctls.number(Plain::DEFAULT_TTL)).unwrap_or(64)
    }

    /// The route of a packet of this namespace's own.
    pub(super) fn route_out(&self, id: SpaceId, packet: &Packet, oif: Option<u32>) -> Result<fib::Found, Errno> {
        let src = Some(packet.src).filter(|src| !src.is_unspecified());
        let ask = fib::Ask { src, oif, mark: packet.mark, ..fib::Ask::to(packet.dst) };
        match self.ask_routes(id, &ask) {
            // A link too small for IP sends nothing, the loopback neither.
            Ok(found) if self.mute(id, &found) => Err(Errno::Invalid),
            other => other.or_else(|errno| fib::on_link(oif, errno)),
        }
    }

    fn mute(&self, id: SpaceId, found: &fib::Found) -> bool {
        let dev = self.out_device(found).and_then(|dev| self.net.space(id).links.get(&dev));
        dev.is_some_and(|link| link.mtu < 68)
    }

    pub(super) fn source(&self, id: SpaceId, found: &fib::Found, dst: Ipv4Addr) -> Option<Ipv4Addr> {
        if found.kind == RouteKind::Local {
            return found.src.or(Some(dst));
        }
        let hop = found.hop?;
        found.src.or_else(|| self.net.space(id).select_source(hop.dev, Some(hop.via.unwrap_or(dst)), found.scope))
    }

    /// Sends along a route that is known: the OUTPUT hook, a new route where that changed the packet, then the way out.
    pub(super) fn send_found(&mut self, id: SpaceId, mut packet: Packet, found: &fib::Found) -> Result<(), Errno> {
        let dev = self.out_device(found);
        let before = (packet.dst, packet.mark, packet.src);
        let places = Places { output: dev, ..Places::default() };
        match self.judge(id, Hook::Output, &mut packet, places) {
            Verdict::Accept => {}
            Verdict::Drop(said) => {
                self.no(id, said);
                return Err(Errno::Perm);
            }
            Verdict::Reject(trouble, said) => {
                self.no(id, said);
                self.refuse(id, &packet, trouble);
                return Err(Errno::Perm);
            }
        }
        if (packet.dst, packet.mark, packet.src) != before {
            let again = self.route_out(id, &packet, None)?;
            self.leave(id, packet, &again, true);
            return Ok(());
        }
        self.leave(id, packet, found, true);
        Ok(())
    }

    fn out_device(&self, found: &fib::Found) -> Option<u32> {
        if found.kind == RouteKind::Local { Some(1) } else { found.hop.map(|hop| hop.dev) }
    }

    /// The MTU towards an address: the route's or the link's, and for packets of one's own what was learned.
    pub(super) fn path_mtu(&self, id: SpaceId, dst: Ipv4Addr, found: &fib::Found, own: bool) -> u32 {
        let space = self.net.space(id);
        let dev = self.out_device(found).unwrap_or(1);
        let link = space.links.get(&dev).map_or(1500, |link| link.mtu);
        let route = found.mtu.unwrap_or(link).min(link);
        let learned = own || space.sysctls.is_on(Plain::FORWARD_USE_PMTU);
        space.paths.get(&dst).filter(|_| learned).map_or(route, |learned| (*learned).min(route))
    }

    /// POSTROUTING, then pieces that fit, then the next hop.
    pub(super) fn leave(&mut self, id: SpaceId, mut packet: Packet, found: &fib::Found, own: bool) {
        let Some(dev) = self.out_device(found) else { return };
        let mtu = self.path_mtu(id, packet.dst, found, own);
        // A gateway that is this namespace itself is no gateway: the kernel sends straight.
        let gateway = found.hop.filter(|hop| hop.scope == crate::net::link::scope::LINK).and_then(|hop| hop.via);
        let next = gateway.filter(|_| found.kind != RouteKind::Local).unwrap_or(packet.dst);
        let places = Places { output: Some(dev), port_in: packet.port, next: Some(next), ..Places::default() };
        match self.judge(id, Hook::Postrouting, &mut packet, places) {
            Verdict::Accept => {}
            other => return self.stopped(id, dev, &packet, other),
        }
        let link_mtu = self.net.space(id).links.get(&dev).map_or(1500, |l| l.mtu);
        if packet.piece > mtu {
            if packet.df && !own {
                self.complain(id, &packet, Trouble::TooLong(mtu));
                return;
            }
            packet.piece = mtu - (mtu - 20) % 8;
        }
        if packet.piece > link_mtu {
            packet.piece = link_mtu;
        }
        if found.kind == RouteKind::Broadcast {
            return self.no(id, "broadcasts of one's own are not modelled");
        }
        self.hand_over(id, dev, next, packet, None);
    }

    /// A filter said no.
    pub(super) fn stopped(&mut self, id: SpaceId, _dev: u32, packet: &Packet, verdict: Verdict) {
        match verdict {
            Verdict::Accept => {}
            Verdict::Drop(said) => self.no(id, said),
            Verdict::Reject(trouble, said) => {
                self.no(id, said);
                self.refuse(id, packet, trouble);
            }
        }
    }

    /// Answers a rejected packet: with a reset where one was asked for, else with an error.
    pub(super) fn refuse(&mut self, id: SpaceId, packet: &Packet, trouble: Option<Trouble>) {
        if let Some(trouble) = trouble {
            return self.complain(id, packet, trouble);
        }
        if let Body::Ports { transport, from, to, segment } = packet.body {
            if segment == super::packet::Segment::Rst {
                return;
            }
            let body = Body::Ports { transport, from: to, to: from, segment: super::packet::Segment::Rst };
            let mut reset = Packet::new(packet.dst, packet.src, 40, body);
            reset.ttl = self.hops(id);
            if let Ok(found) = self.route_for_reply(id, &reset) {
                self.leave_unfiltered_source(id, reset, &found);
            }
        }
    }

    fn route_for_reply(&self, id: SpaceId, packet: &Packet) -> Result<fib::Found, Errno> {
        let own = self.net.space(id).kind_of(packet.src) == RouteKind::Local;
        let src = Some(packet.src).filter(|_| own);
        self.ask_routes(id, &fib::Ask { src, ..fib::Ask::to(packet.dst) })
    }

    fn leave_unfiltered_source(&mut self, id: SpaceId, packet: Packet, found: &fib::Found) {
        if let Err(errno) = self.send_found(id, packet, found) {
            self.no(id, format!("the reset cannot leave: {}", errno.text()));
        }
    }
}
