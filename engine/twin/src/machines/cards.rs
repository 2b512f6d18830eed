//! The network cards of a machine and how a boot sets them up: what is lost by a boot and what comes back.

use std::sync::Arc;

use super::Machine;
use crate::net::Network;
use crate::world::World;

/// A network card, with what is configured for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The name of its link.
    pub name: String,
    /// The Ethernet segment its cable leads to.
    pub segment: String,
    /// Its driver.
    pub driver: String,
    /// Its address with the length of its prefix, where it has one: `10.0.0.1/24`.
    pub address: Option<String>,
    /// The way to everywhere else.
    pub gateway: Option<String>,
    /// The longest packet, where that is not the usual.
    pub mtu: Option<u32>,
}

impl Machine {
    /// The world around it, while it runs in one.
    pub fn world(&mut self) -> Option<&mut World> {
        self.world.0.as_deref_mut()
    }

    /// The network around it, while it runs in a world.
    pub fn network(&self) -> Option<&Network> {
        self.world.0.as_deref().map(World::network)
    }

    /// The network around it, to be changed.
    pub fn network_mut(&mut self) -> Option<&mut Network> {
        self.world.0.as_deref_mut().map(World::network_mut)
    }

    /// Whether `ipip` is loaded: a command of the network may have done it.
    pub(crate) fn has_ipip(&self) -> bool {
        self.network().is_some_and(|network| network.has_ipip(&self.name))
    }

    /// Loads `ipip`, or takes it away with its links; says whether there were any before.
    pub(crate) fn load_ipip(&mut self, there: bool) -> bool {
        let (name, had) = (self.name.clone(), self.has_ipip());
        match self.network_mut() {
            Some(network) if there => network.load_ipip(&name),
            Some(network) if had => network.unload_ipip(&name),
            _ => {}
        }
        had
    }

    /// Where a process is in the network: the machine, and the namespace there; by default the machine's own.
    pub(crate) fn place_of(&self, pid: Option<super::process::Pid>) -> (String, String) {
        let inside = pid.and_then(|pid| self.procs.get(&pid)).map_or("", |process| &process.netns);
        match &self.place {
            Some((machine, namespace)) if inside.is_empty() => (machine.clone(), namespace.clone()),
            Some((machine, _)) => (machine.clone(), inside.to_owned()),
            None => (self.name.clone(), inside.to_owned()),
        }
    }

    /// Puts a card into the machine; it is set up by the next boot, or at once when the machine is put into a world.
    pub fn add_card(&mut self, card: Card) {
        Arc::make_mut(&mut self.cards).push(card);
    }

    /// Joins the network as after a boot: nothing there but what is configured. A machine that is down is not in it.
    pub(crate) fn plug_in(&mut self) {
        let (name, up, cards) = (self.name.clone(), self.is_up(), self.cards.clone());
        let Some(network) = self.network_mut() else { return };
        network.unplug(&name);
        if !up {
            return;
        }
        network.machine(&name);
        for card in cards.iter() {
            network.card(&name, &card.name, &card.segment, &card.driver);
        }
        self.set_up_cards();
    }

    /// Sets the cards up as they are configured: what a boot does, and whoever starts the service for it.
    pub(crate) fn set_up_cards(&mut self) {
        let (name, cards) = (self.name.clone(), self.cards.clone());
        let now = i64::try_from(self.now.as_millis()).unwrap_or(i64::MAX);
        let Some(network) = self.network_mut() else { return };
        for card in cards.iter() {
            let mut run = |line: &str| {
                let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
                crate::net::run(network, &name, "", &words, "", now);
            };
            if let Some(mtu) = card.mtu {
                run(&format!("ip link set {} mtu {mtu}", card.name));
            }
            if let Some(address) = &card.address {
                run(&format!("ip addr add {address} brd + dev {}", card.name));
            }
            run(&format!("ip link set {} up", card.name));
            if let Some(gateway) = &card.gateway {
                run(&format!("ip route add default via {gateway} dev {}", card.name));
            }
        }
    }
}
