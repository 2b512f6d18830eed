//! The operator's way to the machines: who breaks the network of a machine he works on loses his own connection to it.
//!
//! Promises: asking changes nothing; a world without an operator's place reaches every machine.

use super::World;
use crate::net::{Network, Outcome, Probe, Rests, Transport};
use std::collections::{BTreeMap, BTreeSet};

/// Where the operator sits in the network.
pub const OPERATOR: &str = "operator";

/// What is known of the way to the machines.
#[derive(Clone, Default)]
pub(super) struct Ways {
    /// The network as it was when it was asked last, what it said, and what that rests on.
    asked: Option<Box<Network>>,
    known: BTreeMap<String, (bool, Rests)>,
    /// Machines somebody wants to reach and cannot: whatever happens on them next is waited for.
    wanted: BTreeSet<String>,
}

impl World {
    /// Puts the operator on a segment of the network, with an address there. From then on a machine is reached over ssh
    /// only while packets reach it.
    pub fn place_operator(&mut self, segment: &str, address: &str) {
        let now = self.now.0 / 1000;
        let network = &mut self.network;
        network.machine(OPERATOR);
        network.card(OPERATOR, "eth0", segment, "virtio_net");
        for line in [format!("ip addr add {address} brd + dev eth0"), "ip link set eth0 up".to_owned()] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            crate::net::run(network, OPERATOR, "", &words, "", now);
        }
    }

    /// Whether the operator reaches a machine.
    pub fn reaches(&mut self, name: &str) -> bool {
        let Some(space) = self.network.find(OPERATOR, "") else { return true };
        self.forget_ways();
        if let Some((reached, _)) = self.ways.known.get(name) {
            return *reached;
        }
        let address = self.machine(name).and_then(|machine| {
            let address = machine.cards.iter().find_map(|card| card.address.as_deref())?;
            address.split('/').next()?.parse().ok()
        });
        // A machine without an address is reached by other means, a console for example.
        let Some(address) = address else { return true };
        let probe = Probe::port(space, address, Transport::Tcp, 22);
        let told = self.network.clone().probe_and_tell(&probe, self.now.0 / 1000);
        let reached = matches!(told.answer.outcome, Outcome::Reached | Outcome::Refused);
        self.ways.known.insert(name.to_owned(), (reached, Rests::on(space).and(told)));
        reached
    }

    /// Forgets what may have become another since it was asked for.
    fn forget_ways(&mut self) {
        let (ways, now) = (&mut self.ways, self.now.0 / 1000);
        let asked = ways.asked.as_ref();
        if asked.is_some_and(|asked| asked.shares(&self.network)) {
            return;
        }
        match asked.and_then(|asked| self.network.changes_since(asked)) {
            Some(changes) => ways.known.retain(|_, (reached, rests)| !rests.may_differ(*reached, &changes, now)),
            None => ways.known.clear(),
        }
        ways.asked = Some(Box::new(self.network.clone()));
    }

    /// Says whether somebody wants to reach a machine and cannot.
    pub(crate) fn want(&mut self, name: &str, wanted: bool) {
        let changed = if wanted { self.ways.wanted.insert(name.to_owned()) } else { self.ways.wanted.remove(name) };
        if changed {
            self.stirred(name);
        }
    }

    /// Whether somebody wants to reach a machine and cannot.
    pub(crate) fn is_wanted(&self, name: &str) -> bool {
        self.ways.wanted.contains(name)
    }
}
