//! The one module of the kernel that brings a link with it: `ipip`, with `tunl0`.

use super::link::{Ipip, Kind};
use super::network::{Network, SpaceId};
use super::ops;

/// Loads it: its link is there from then on.
pub(super) fn load_tunnels(net: &mut Network, id: SpaceId) {
    if net.space(id).named(Ipip::BASE).is_none() {
        let base = Ipip { base: true, ..Ipip::default() };
        // Nothing stands against it: the name is free.
        drop(ops::add_link(net, id, Ipip::BASE, Kind::Ipip(base), None));
    }
}

impl Network {
    /// Loads `ipip` on a machine.
    pub(crate) fn load_ipip(&mut self, machine: &str) {
        if let Some(id) = self.find(machine, "") {
            load_tunnels(self, id);
        }
    }

    /// Whether `ipip` is loaded on a machine.
    pub(crate) fn has_ipip(&self, machine: &str) -> bool {
        self.find(machine, "").is_some_and(|id| self.space(id).links.values().any(|link| link.ipip().is_some()))
    }

    /// Takes `ipip` away from a machine, with all its links.
    pub(crate) fn unload_ipip(&mut self, machine: &str) {
        let Some(id) = self.find(machine, "") else { return };
        let links = self.space(id).links.values().filter(|link| link.ipip().is_some());
        let all: Vec<u32> = links.map(|link| link.index).collect();
        all.iter().for_each(|index| ops::destroy_link(self, id, *index));
    }
}
