//! A bridge of Open vSwitch with what the flows say that Antrea has written for it.
//!
//! It lives in the kernel: whoever wrote it may end, and it goes on doing what it was told last, until somebody takes the
//! bridge away or the machine boots. The real kernel keeps only the ways that somebody has used; here all of them are kept.

use super::maps::{self, Endpoint, Frontend, Services};
use super::prefix::Prefix;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// The link that stands for the datapath; the ports of its bridges have it for their master.
pub(crate) const DATAPATH: &str = "ovs-system";

/// A tunnel of the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tunnel {
    /// Its link in the kernel, named after what it speaks and its port.
    pub(crate) link: String,
    /// Whether it speaks GENEVE; else it is VXLAN.
    pub(crate) geneve: bool,
    /// Its UDP port.
    pub(crate) port: u16,
}

/// The bridge of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    /// Its name.
    pub(crate) bridge: String,
    /// The port by which the machine itself is on it.
    pub(crate) gateway: String,
    /// The address of that port, which is the gateway of the machine's pods.
    pub(crate) router: Ipv4Addr,
    /// The range of the machine's pods.
    pub(crate) range: Prefix,
    /// The tunnel to the other machines.
    pub(crate) tunnel: Tunnel,
    /// The ports of pods, by the addresses of these.
    pub(crate) ports: BTreeMap<Ipv4Addr, Endpoint>,
    /// The ranges of other machines, each with the address to wrap for.
    pub(crate) elsewhere: Vec<(Prefix, Ipv4Addr)>,
    /// Services as pods ask for them, and what is behind them.
    pub(crate) services: Services,
}

impl Switch {
    /// The machine behind which an address lives.
    pub(crate) fn home_of(&self, addr: Ipv4Addr) -> Option<Ipv4Addr> {
        maps::home_of(&self.elsewhere, addr)
    }

    /// The pod behind a link.
    pub(crate) fn behind(&self, link: &str) -> Option<(Ipv4Addr, &Endpoint)> {
        self.ports.iter().find(|(_, port)| port.link == link).map(|(addr, port)| (*addr, port))
    }

    /// One of those behind a service, by the port that asks; `Some(None)` where there is nobody behind it.
    pub(crate) fn backend(&self, front: Frontend, chance: u16) -> Option<Option<(Ipv4Addr, u16)>> {
        maps::backend(&self.services, front, chance)
    }
}
