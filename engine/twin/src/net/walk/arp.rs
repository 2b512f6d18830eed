//! Who has an address: asking, answering for oneself and for others, and giving up.

use super::packet::{Frame, Load, Packet, Trouble};
use super::{Waiting, Walk, fib};
use crate::net::link::{Mac, scope};
use crate::net::network::SpaceId;
use crate::net::route::RouteKind;
use crate::net::space::{Neigh, NeighState};
use crate::net::sysctl::OfLink;
use std::net::Ipv4Addr;

/// How long an answer is taken for true, in milliseconds.
const TRUSTED: i64 = 30_000;

impl Walk<'_> {
    /// Sends a packet to a next hop on a link, asking for its Ethernet address first when it is not known.
    pub(super) fn hand_over(&mut self, id: SpaceId, dev: u32, next: Ipv4Addr, packet: Packet, bridged: Option<u32>) {
        let Some(link) = self.net.space(id).links.get(&dev) else { return };
        let own = link.mac;
        if link.ipip().is_some() {
            return self.wrap_packet(id, dev, next, packet);
        }
        if link.is_loopback() || link.noarp {
            let frame = Frame { src: own, dst: own, vlan: None, load: Load::Ip(packet) };
            return self.transmit(id, dev, frame);
        }
        if !link.up {
            let said = format!("`{}` is down", link.name);
            return self.no(id, said);
        }
        // Who answers for it may become another.
        self.visited.borrow_mut().push((id, next));
        if let Some(neigh) = self.net.space(id).neighbours.get(&(dev, next)) {
            let known = match neigh.state {
                NeighState::Permanent | NeighState::Noarp => true,
                NeighState::Reachable | NeighState::Stale => self.now - neigh.at <= TRUSTED,
                NeighState::Failed => false,
            };
            if known {
                self.fades = self.fades.min(neigh.at + TRUSTED);
                let frame = Frame { src: own, dst: neigh.mac, vlan: None, load: Load::Ip(packet) };
                if bridged.is_some() {
                    return self.along_bridge(id, dev, bridged, frame);
                }
                return self.transmit(id, dev, frame);
            }
        }
        let asked = self.waiting.iter().any(|one| one.space == id && one.dev == dev && one.next == next);
        let sender = self.asks_as(id, dev, next, packet.src);
        self.waiting.push(Waiting { space: id, dev, next, packet, bridged });
        if !asked {
            let load = Load::Ask { sender: (own, sender), target: next };
            self.transmit(id, dev, Frame { src: own, dst: Mac::BROADCAST, vlan: None, load });
        }
    }

    fn asks_as(&self, id: SpaceId, dev: u32, next: Ipv4Addr, src: Ipv4Addr) -> Ipv4Addr {
        let space = self.net.space(id);
        let announce = space.sysctls.of(space.link_name(dev)).greater(OfLink::ARP_ANNOUNCE);
        if announce == 0 && space.kind_of(src) == RouteKind::Local {
            return src;
        }
        space.select_source(dev, Some(next), scope::LINK).unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    /// Somebody asks who has an address.
    pub(super) fn asked(&mut self, id: SpaceId, dev: u32, sender: (Mac, Ipv4Addr), target: Ipv4Addr) {
        if !self.answers(id, dev, sender.1, target) {
            return;
        }
        let now = self.now;
        let space = self.net.taught(id);
        let Some(link) = space.links.get(&dev) else { return };
        let own = link.mac;
        if !sender.1.is_unspecified() {
            note(space, dev, sender, NeighState::Stale, now);
        }
        let load = Load::Tell { sender: (own, target), target: sender };
        self.depth = 0;
        self.transmit(id, dev, Frame { src: own, dst: sender.0, vlan: None, load });
    }

    fn answers(&self, id: SpaceId, dev: u32, sender: Ipv4Addr, target: Ipv4Addr) -> bool {
        let space = self.net.space(id);
        if !space.might_answer_for(dev, target) {
            return false;
        }
        let settings = space.sysctls.of(space.link_name(dev));
        if target.is_loopback() && !settings.either(OfLink::ROUTE_LOCALNET) {
            return false;
        }
        if sender.is_unspecified() {
            return space.kind_of(target) == RouteKind::Local && self.may_answer(id, dev, sender, target);
        }
        let Ok(route) = self.route_in(id, dev, sender, target, 0) else { return false };
        match route.kind {
            RouteKind::Local => self.may_answer(id, dev, sender, target),
            RouteKind::Unicast => {
                let other = route.hop.is_some_and(|hop| hop.dev != dev);
                settings.own(OfLink::FORWARDING) != 0
                    && ((other && settings.either(OfLink::PROXY_ARP)) || space.proxies.contains(&(dev, target)))
            }
            _ => false,
        }
    }

    fn may_answer(&self, id: SpaceId, dev: u32, sender: Ipv4Addr, target: Ipv4Addr) -> bool {
        let space = self.net.space(id);
        let settings = space.sysctls.of(space.link_name(dev));
        let here = space.links.get(&dev).is_some_and(|link| link.owns(target));
        match settings.greater(OfLink::ARP_IGNORE) {
            0 => {
                settings.greater(OfLink::ARP_FILTER) == 0
                    || self
                        .ask_routes(id, &fib::Ask { src: Some(target), ..fib::Ask::to(sender) })
                        .is_ok_and(|found| found.hop.is_some_and(|hop| hop.dev == dev))
            }
            1 => here,
            2 => here && space.links.get(&dev).is_some_and(|l| l.addresses.iter().any(|a| a.subnet().holds(sender))),
            _ => false,
        }
    }

    /// An answer has come.
    pub(super) fn told(&mut self, id: SpaceId, dev: u32, sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) {
        let now = self.now;
        if self.net.space(id).kind_of(target.1) != RouteKind::Local {
            return;
        }
        let waits = |one: &Waiting| one.space == id && one.dev == dev && one.next == sender.1;
        let waited = self.waiting.iter().any(waits);
        if waited || self.net.space(id).neighbours.contains_key(&(dev, sender.1)) {
            note(self.net.taught(id), dev, sender, NeighState::Reachable, now);
        }
        let (ready, rest) = std::mem::take(&mut self.waiting).into_iter().partition(waits);
        self.waiting = rest;
        for one in ready {
            self.depth = 0;
            self.hand_over(id, dev, sender.1, one.packet, one.bridged);
        }
    }

    /// Nobody answered.
    pub(super) fn neighbour_failed(&mut self, one: Waiting) {
        let Waiting { space: id, dev, next, packet, .. } = one;
        let now = self.now;
        let failed = Neigh { mac: Mac::ZERO, state: NeighState::Failed, at: now };
        self.net.taught(id).neighbours.insert((dev, next), failed);
        let name = self.net.space(id).link_name(dev).to_owned();
        self.no(id, format!("nobody answers for {next} on `{name}`"));
        self.depth = 0;
        self.complain(id, &packet, Trouble::Neighbour);
    }
}

fn note(space: &mut crate::net::space::Space, dev: u32, who: (Mac, Ipv4Addr), state: NeighState, at: i64) {
    let old = space.neighbours.get(&(dev, who.1));
    if old.is_some_and(|old| matches!(old.state, NeighState::Permanent | NeighState::Noarp)) {
        return;
    }
    let state = match old {
        Some(old) if old.mac == who.0 && old.state == NeighState::Reachable => NeighState::Reachable,
        _ => state,
    };
    space.neighbours.insert((dev, who.1), Neigh { mac: who.0, state, at });
}
