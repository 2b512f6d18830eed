//! A packet comes in: the filters first, then whether its source may come this way, then here or onward.

use super::packet::{Body, Packet, Segment, Trouble};
use super::{Heard, Walk, fib};
use crate::net::errno::Errno;
use crate::net::filter::{Hook, Places, Verdict};
use crate::net::link::Kind;
use crate::net::network::{Network, SpaceId};
use crate::net::route::RouteKind;
use crate::net::socket::Transport;
use crate::net::sysctl::{OfLink, Plain};
use std::net::Ipv4Addr;

impl Walk<'_> {
    /// A packet has come in by a link, for this namespace's Ethernet address.
    pub(super) fn input(&mut self, id: SpaceId, dev: u32, mut packet: Packet, unicast: bool) {
        let places = Places { input: Some(dev), ..Places::default() };
        match self.judge(id, Hook::Prerouting, &mut packet, places) {
            Verdict::Accept => self.input_after_prerouting(id, dev, packet, unicast),
            other => self.stopped(id, dev, &packet, other),
        }
    }

    pub(super) fn input_after_prerouting(&mut self, id: SpaceId, dev: u32, packet: Packet, unicast: bool) {
        let found = match self.route_in(id, dev, packet.src, packet.dst, packet.mark) {
            Ok(found) => found,
            Err(Martian::Source(said) | Martian::NotForwarded(said)) => {
                let said = format!("`{}`: {said}", self.net.space(id).link_name(dev));
                return self.no(id, said);
            }
            Err(Martian::NoRoute(errno)) => {
                let said = format!("no route to {}: {}", packet.dst, errno.text());
                self.no(id, said);
                let space = self.net.space(id);
                let forwards = space.sysctls.of(space.link_name(dev)).own(OfLink::FORWARDING) != 0;
                match errno {
                    _ if !forwards || !unicast => {}
                    Errno::HostUnreachable => self.complain(id, &packet, Trouble::Host),
                    Errno::NetUnreachable => self.complain(id, &packet, Trouble::Net),
                    Errno::Access => self.complain(id, &packet, Trouble::Prohibited),
                    _ => {}
                }
                return;
            }
        };
        match found.kind {
            RouteKind::Local | RouteKind::Broadcast => self.local(id, dev, packet),
            RouteKind::Unicast => {
                if unicast {
                    self.forward(id, dev, packet, &found);
                }
            }
            RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit | RouteKind::Throw => {}
        }
    }

    /// The route of a packet that came in, after a look at whether its source may come by this link.
    pub(super) fn route_in(
        &self,
        id: SpaceId,
        dev: u32,
        src: Ipv4Addr,
        dst: Ipv4Addr,
        mark: u32,
    ) -> Result<fib::Found, Martian> {
        let space = self.net.space(id);
        let name = space.link_name(dev);
        let martian = |said: &str| Err(Martian::Source(said.to_owned()));
        if dev == 1 {
            let ask = fib::Ask { src: Some(src), iif: Some(dev), mark, ..fib::Ask::to(dst) };
            return self.ask_routes(id, &ask).map_err(Martian::NoRoute);
        }
        if src.is_multicast() || src.is_broadcast() || src.is_unspecified() {
            return martian("the source is no host's address");
        }
        let settings = space.sysctls.of(name);
        let localnet = settings.either(OfLink::ROUTE_LOCALNET);
        if (src.is_loopback() || dst.is_loopback()) && !localnet {
            return martian("loopback addresses do not come by a wire");
        }
        let ask = fib::Ask { src: Some(src), iif: Some(dev), mark, ..fib::Ask::to(dst) };
        let found = self.ask_routes(id, &ask);
        if let Ok(found) = &found
            && found.kind == RouteKind::Unicast
            && settings.own(OfLink::FORWARDING) == 0
        {
            return Err(Martian::NotForwarded(format!("forwarding is off, and {dst} is not here")));
        }
        match found {
            Err(errno) => Err(Martian::NoRoute(errno)),
            Ok(found) => {
                self.source_may_come(id, dev, src, dst, mark)?;
                Ok(found)
            }
        }
    }

    fn source_may_come(&self, id: SpaceId, dev: u32, src: Ipv4Addr, dst: Ipv4Addr, mark: u32) -> Result<(), Martian> {
        let space = self.net.space(id);
        let name = space.link_name(dev);
        let settings = space.sysctls.of(name);
        let strict = settings.greater(OfLink::RP_FILTER);
        let accepts_own = settings.either(OfLink::ACCEPT_LOCAL);
        if strict == 0 && space.rules.len() <= 3 {
            if !accepts_own && space.owns(src) {
                return Err(Martian::Source(format!("the source {src} is this machine itself")));
            }
            return Ok(());
        }
        let mark = if settings.either(OfLink::SRC_VALID_MARK) { mark } else { 0 };
        let back = fib::Ask { src: Some(dst), iif: Some(dev), mark, ..fib::Ask::to(src) };
        let filtered = |why: &str| Err(Martian::Source(format!("rp_filter={strict}: {why}")));
        match self.ask_routes(id, &back) {
            Err(_) if strict == 0 => Ok(()),
            Err(_) => filtered(&format!("there is no route back to {src}")),
            Ok(found) if found.kind == RouteKind::Local && accepts_own => Ok(()),
            Ok(found) if found.kind != RouteKind::Unicast => {
                Err(Martian::Source(format!("the source {src} is this machine itself")))
            }
            Ok(found) if found.all.contains(&dev) => Ok(()),
            Ok(_) if strict == 0 => Ok(()),
            Ok(_) if strict == 1 => filtered(&format!("the way back to {src} is another link")),
            Ok(_) if space.links.get(&dev).is_none_or(|l| l.addresses.is_empty()) => {
                filtered(&format!("`{name}` has no address"))
            }
            Ok(_) => Ok(()),
        }
    }

    fn forward(&mut self, id: SpaceId, dev: u32, mut packet: Packet, found: &fib::Found) {
        // A packet comes out of the loopback with the way it was sent, and a way out of the machine takes nothing in.
        if self.net.space(id).links.get(&dev).is_some_and(|link| matches!(link.kind, Kind::Loopback)) {
            return self.no(id, "the loopback leads nowhere else");
        }
        if packet.ttl <= 1 {
            self.no(id, "its time to live has run out");
            return self.complain(id, &packet, Trouble::Ttl);
        }
        packet.ttl -= 1;
        let out = found.hop.map(|hop| hop.dev);
        let mtu = self.path_mtu(id, packet.dst, found, false);
        if packet.df && packet.piece > mtu {
            self.no(id, format!("{} bytes do not fit: the way on takes {mtu}", packet.piece));
            return self.complain(id, &packet, Trouble::TooLong(mtu));
        }
        let places = Places { input: Some(dev), output: out, port_in: packet.port, port_out: None, next: None };
        match self.judge(id, Hook::Forward, &mut packet, places) {
            Verdict::Accept => self.leave(id, packet, found, false),
            other => self.stopped(id, dev, &packet, other),
        }
    }

    fn local(&mut self, id: SpaceId, dev: u32, mut packet: Packet) {
        let places = Places { input: Some(dev), port_in: packet.port, ..Places::default() };
        match self.judge(id, Hook::Input, &mut packet, places) {
            Verdict::Accept => self.deliver(id, packet),
            other => self.stopped(id, dev, &packet, other),
        }
    }

    /// A packet has reached a namespace's own programs.
    fn deliver(&mut self, id: SpaceId, packet: Packet) {
        match packet.body {
            Body::Echo { id: number, reply: false } => {
                if self.net.space(id).sysctls.is_on(Plain::ECHO_IGNORE_ALL) {
                    return self.no(id, "icmp_echo_ignore_all is set");
                }
                if self.net.space(id).kind_of(packet.dst) == RouteKind::Broadcast {
                    return;
                }
                let body = Body::Echo { id: number, reply: true };
                let answer = Packet::new(packet.dst, packet.src, packet.len, body);
                self.heard.push(Heard { space: id, packet });
                self.answer(id, answer);
            }
            Body::Echo { .. } => self.heard.push(Heard { space: id, packet }),
            Body::Error { .. } => self.hear_error(id, packet),
            Body::Tunnel { .. } => self.decapsulate(id, packet),
            Body::Inside(_) => self.unwrap_packet(id, packet),
            Body::Ports { transport, from, to, segment } => match segment {
                Segment::SynAck | Segment::Rst => self.heard.push(Heard { space: id, packet }),
                Segment::Syn | Segment::Data => {
                    let open = self.net.space(id).listeners.iter().any(|l| l.takes(transport, packet.dst, to));
                    if !open {
                        self.no(id, format!("nothing listens on {}:{to}", packet.dst));
                        if transport == Transport::Udp {
                            // What a rule took in for somebody else would be answered from his address: it is not.
                            let own = self.net.space(id).kind_of(packet.dst) == RouteKind::Local;
                            return if own {
                                self.complain(id, &packet, Trouble::Port)
                            };
                        }
                    }
                    let segment = if open { Segment::SynAck } else { Segment::Rst };
                    let body = Body::Ports { transport, from: to, to: from, segment };
                    let bound = self
                        .net
                        .space(id)
                        .listeners
                        .iter()
                        .any(|l| l.takes(transport, packet.dst, to) && !l.addr.is_unspecified());
                    let chosen = transport == Transport::Udp && !bound;
                    let own = if chosen { Ipv4Addr::UNSPECIFIED } else { packet.dst };
                    let answer = Packet::new(own, packet.src, if open { 60 } else { 40 }, body);
                    if open {
                        self.heard.push(Heard { space: id, packet });
                    }
                    if transport == Transport::Tcp || open {
                        self.answer(id, answer);
                    }
                }
            },
        }
    }

    fn answer(&mut self, id: SpaceId, mut packet: Packet) {
        let dst = packet.dst;
        packet.ttl = self.hops(id);
        if let Err(errno) = self.send(id, packet, None) {
            self.no(id, format!("the answer to {dst} cannot leave: {}", errno.text()));
        }
    }
}

impl Network {
    /// The route that a packet would take that came in by a link.
    pub(crate) fn comes_in(&mut self, id: SpaceId, dev: u32, ask: &fib::Ask, now: i64) -> Result<fib::Found, Errno> {
        let space = self.space(id);
        let forwards = space.sysctls.of(space.link_name(dev)).own(OfLink::FORWARDING) != 0;
        let src = ask.src.unwrap_or(Ipv4Addr::UNSPECIFIED);
        match Walk::new(self, now).route_in(id, dev, src, ask.dst, ask.mark) {
            Ok(found) => Ok(found),
            Err(Martian::NoRoute(errno)) if forwards => Err(errno),
            Err(Martian::NoRoute(_) | Martian::NotForwarded(_)) => Err(Errno::HostUnreachable),
            Err(Martian::Source(_)) => Err(Errno::Invalid),
        }
    }
}

/// Why a packet that came in is not routed.
pub(super) enum Martian {
    Source(String),
    NotForwarded(String),
    NoRoute(Errno),
}
