//! What Calico works by on one machine: the pools, the machine's own place among them, and the others.

use crate::net::Prefix;
use std::net::Ipv4Addr;

/// How a pool's packets go between machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Never wrapped.
    #[default]
    Never,
    /// Always wrapped.
    Always,
    /// Wrapped where the other machine is in another range.
    CrossSubnet,
}

impl Mode {
    /// As pools and environments say it.
    pub(crate) fn read(text: &str) -> Mode {
        match text {
            "Always" => Mode::Always,
            "CrossSubnet" => Mode::CrossSubnet,
            _ => Mode::Never,
        }
    }

    fn wraps(self, near: bool) -> bool {
        self == Mode::Always || (self == Mode::CrossSubnet && !near)
    }
}

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pool {
    /// Its range.
    pub(crate) range: Prefix,
    /// By VXLAN.
    pub(crate) vxlan: Mode,
    /// By IPIP.
    pub(crate) ipip: Mode,
    /// Whether what leaves the pools is masqueraded.
    pub(crate) masquerades: bool,
}

/// What an agent works by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The node's name.
    pub(crate) node: String,
    /// What it took for the machine's own address, with the length of its range.
    pub(crate) own: Prefix,
    /// Its block.
    pub(crate) block: Prefix,
    /// All pools.
    pub(crate) pools: Vec<Pool>,
    /// Whether BIRD runs: it makes all ways but those of VXLAN.
    pub(crate) bird: bool,
    /// What fits into a packet of a pod, where another than Calico makes the ways.
    pub(crate) room: Option<u32>,
}

/// Another machine, as its node's annotations and its block tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// What it took for its own address.
    pub(crate) own: Ipv4Addr,
    /// Its block.
    pub(crate) block: Prefix,
    /// The Ethernet address of its tunnel.
    pub(crate) mac: String,
    /// Whether its BIRD has told of its block.
    pub(crate) told: bool,
}

/// How packets go to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By VXLAN, or straight where that is enough: Felix makes the way.
    Vxlan { wrapped: bool },
    /// By IPIP, or straight where that is enough: BIRD makes the way.
    Bird { wrapped: bool },
}

impl Plan {
    /// Whether any pool goes by VXLAN.
    pub(crate) fn by_vxlan(&self) -> bool {
        self.pools.iter().any(|pool| pool.vxlan != Mode::Never)
    }

    /// Whether any pool goes by IPIP.
    pub(crate) fn by_ipip(&self) -> bool {
        self.pools.iter().any(|pool| pool.ipip != Mode::Never)
    }

    /// What wrapping takes from the room for a packet.
    pub(super) fn overhead(&self) -> u32 {
        match (self.by_vxlan(), self.by_ipip()) {
            (true, _) => 50,
            (false, true) => 20,
            (false, false) => 0,
        }
    }

    /// The way to a block of a machine.
    pub(super) fn way(&self, block: Prefix, machine: Ipv4Addr) -> Way {
        let near = self.own.holds(machine);
        let pool = self.pools.iter().find(|pool| pool.range.holds(block.addr));
        match pool {
            Some(pool) if pool.vxlan != Mode::Never => Way::Vxlan { wrapped: pool.vxlan.wraps(near) },
            pool => Way::Bird { wrapped: pool.is_some_and(|pool| pool.ipip.wraps(near)) },
        }
    }
}
