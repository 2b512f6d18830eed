//! The walk of a packet through all machines: what each place on its way does with it, until nothing moves any more.

mod arp;
mod bridge;
mod cilium;
pub(crate) mod fib;
mod icmp;
mod input;
mod ipip;
mod nodeport;
mod output;
pub(crate) mod packet;
mod probe;
mod switch;
mod tunnel;
mod turned;
mod wire;

use super::filter::{self, Hook, Places, Verdict};
use super::network::{Network, SpaceId};
use packet::{Frame, Packet};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::Ipv4Addr;

pub(super) use probe::Told;
pub use probe::{Answer, Outcome, Probe};

/// Why a packet went no further: where, and what there said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Machine, or machine and namespace: `n1`, `n1/pod`.
    pub place: String,
    /// Link, hook and rule, in words.
    pub said: String,
}

/// A packet that waits for a neighbour's answer.
struct Waiting {
    space: SpaceId,
    dev: u32,
    next: Ipv4Addr,
    packet: Packet,
    /// The port of a bridge it came by, when it is to stay on that bridge.
    bridged: Option<u32>,
}

/// What reached a program.
struct Heard {
    space: SpaceId,
    packet: Packet,
}

/// A walk under way.
pub(crate) struct Walk<'a> {
    pub(crate) net: &'a mut Network,
    pub(crate) now: i64,
    queue: VecDeque<(SpaceId, u32, Frame)>,
    waiting: Vec<Waiting>,
    heard: Vec<Heard>,
    pub(crate) why: Vec<Why>,
    budget: u32,
    depth: u32,
    /// What had a part in it: namespaces, but for those of a segment that heard a question they could never answer, each
    /// with the addresses its routes may have been asked for.
    visited: RefCell<Vec<(SpaceId, Ipv4Addr)>>,
    /// The ports that packets were for when chains judged them.
    ports: Vec<u16>,
    /// When the first of the neighbours that were trusted in is to be asked again.
    fades: i64,
}

/// More hops than this is a loop.
const BUDGET: u32 = 20_000;

impl<'a> Walk<'a> {
    pub(crate) fn new(net: &'a mut Network, now: i64) -> Walk<'a> {
        Walk {
            net,
            now,
            queue: VecDeque::new(),
            waiting: Vec::new(),
            heard: Vec::new(),
            why: Vec::new(),
            budget: BUDGET,
            depth: 0,
            visited: RefCell::default(),
            ports: Vec::new(),
            fades: i64::MAX,
        }
    }

    /// Notes a "no"; a walk ends with the last one of its own packet.
    pub(crate) fn no(&mut self, space: SpaceId, said: impl Into<String>) {
        let place = self.net.place(space);
        self.why.push(Why { place, said: said.into() });
    }

    /// Asks the chains of a hook about a packet, and notes what it was before and after that.
    fn judge(&mut self, id: SpaceId, hook: Hook, packet: &mut Packet, places: Places) -> Verdict {
        self.note(id, packet);
        let verdict = filter::pass(self.net, id, hook, packet, places, self.now);
        self.note(id, packet);
        verdict
    }

    fn note(&mut self, id: SpaceId, packet: &Packet) {
        let visited = self.visited.get_mut();
        for addr in [packet.src, packet.dst] {
            if !visited.iter().rev().take(4).any(|it| *it == (id, addr)) {
                visited.push((id, addr));
            }
        }
        let (_, port) = packet.ports();
        if !self.ports.contains(&port) {
            self.ports.push(port);
        }
    }

    /// Runs until nothing moves; a neighbour that has not answered by then has failed.
    fn settle(&mut self) {
        loop {
            while let Some((space, link, frame)) = self.queue.pop_front() {
                if self.budget == 0 {
                    self.queue.clear();
                    return;
                }
                self.budget -= 1;
                self.depth = 0;
                self.receive(space, link, frame);
            }
            if self.waiting.is_empty() {
                return;
            }
            let waiting = std::mem::take(&mut self.waiting);
            for one in waiting {
                self.neighbour_failed(one);
            }
        }
    }
}
