//! What Cilium's programs read in a kernel: endpoints, where other addresses live, services, and who may speak to whom.
//!
//! The maps are of one machine and live as long as they are pinned: an agent that ends leaves them, a cleanup does not.

use super::link::Mac;
use super::prefix::Prefix;
use super::socket::Transport;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// A pod of this machine that Cilium or a bridge of Open vSwitch carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The link at the machine's end.
    pub(crate) link: String,
    /// The Ethernet address at the pod's end.
    pub(crate) mac: Mac,
    /// What may come in; `None` where nothing is enforced.
    pub(crate) ingress: Option<Arc<Vec<Pass>>>,
    /// What may go out; `None` where nothing is enforced.
    pub(crate) egress: Option<Arc<Vec<Pass>>>,
}

/// A range of addresses, but for some.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Range {
    pub(crate) of: Prefix,
    pub(crate) except: Vec<Prefix>,
    /// Whether Cilium means by it only who is no pod and no machine of the cluster: so it is with all that is written as
    /// a range.
    pub(crate) outside: bool,
}

impl Range {
    /// Everybody, wherever they are.
    pub(crate) const ALL: Range = Range { of: Prefix::ALL, except: Vec::new(), outside: false };

    fn holds(&self, addr: Ipv4Addr) -> bool {
        self.of.holds(addr) && !self.except.iter().any(|not| not.holds(addr))
    }
}

/// One thing that a policy lets pass.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Pass {
    /// Addresses of pods at the other end; `None` for everybody.
    pub(crate) peers: Option<BTreeSet<Ipv4Addr>>,
    /// Ranges at the other end, beside the pods.
    pub(crate) ranges: Vec<Range>,
    /// Ports; empty for all.
    pub(crate) ports: Vec<(Transport, u16, u16)>,
}

impl Pass {
    fn takes(&self, (other, ours): (Ipv4Addr, bool), port: Option<(Transport, u16)>) -> bool {
        let within = self.ranges.iter().any(|range| range.holds(other) && !(ours && range.outside));
        let who = match &self.peers {
            None => self.ranges.is_empty() || within,
            Some(peers) => peers.contains(&other) || within,
        };
        let what = self.ports.is_empty()
            || port.is_some_and(|(transport, port)| {
                self.ports.iter().any(|(kind, first, last)| *kind == transport && (*first..=*last).contains(&port))
            });
        who && what
    }
}

/// Whether a list of what may pass has this in it.
pub(crate) fn allows(maps: &Maps, list: &[Pass], other: Ipv4Addr, port: Option<(Transport, u16)>) -> bool {
    let other = (other, maps.knows(other));
    list.iter().any(|pass| pass.takes(other, port))
}

/// Whether a list of what may pass has this in it, where a range means whoever is in it.
pub(crate) fn lets(list: &[Pass], other: Ipv4Addr, port: Option<(Transport, u16)>) -> bool {
    list.iter().any(|pass| pass.takes((other, false), port))
}

/// A service by its address and port.
pub(crate) type Frontend = (Ipv4Addr, u16, Transport);

/// Services, and what is behind each.
pub(crate) type Services = BTreeMap<Frontend, Vec<(Ipv4Addr, u16)>>;

/// All maps of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Maps {
    /// The address of `cilium_host`.
    pub(crate) router: Ipv4Addr,
    /// The tunnel's link, where there is one.
    pub(crate) tunnel: Option<String>,
    /// Pods of this machine.
    pub(crate) endpoints: BTreeMap<Ipv4Addr, Endpoint>,
    /// Where ranges of other machines live: the address of the machine to wrap for.
    pub(crate) elsewhere: Vec<(Prefix, Ipv4Addr)>,
    /// Services and what is behind them.
    pub(crate) services: Services,
    /// Whether every connection of this machine is rewritten when it begins (the replacement of kube-proxy).
    pub(crate) sockets: bool,
}

impl Maps {
    /// The maps of an agent that knows only itself.
    pub(crate) fn new(router: Ipv4Addr) -> Maps {
        Maps {
            router,
            tunnel: None,
            endpoints: BTreeMap::new(),
            elsewhere: Vec::new(),
            services: BTreeMap::new(),
            sockets: false,
        }
    }

    /// The machine behind which an address lives.
    pub(crate) fn home_of(&self, addr: Ipv4Addr) -> Option<Ipv4Addr> {
        home_of(&self.elsewhere, addr)
    }

    /// Whether an address is that of a pod of Cilium's, or of another machine of the cluster.
    fn knows(&self, addr: Ipv4Addr) -> bool {
        let elsewhere = || self.elsewhere.iter().any(|(range, home)| range.holds(addr) || *home == addr);
        self.endpoints.contains_key(&addr) || elsewhere()
    }

    /// A backend of a service for a source port; `Some(None)` for a service with nothing behind it.
    pub(crate) fn backend(&self, front: Frontend, chance: u16) -> Option<Option<(Ipv4Addr, u16)>> {
        backend(&self.services, front, chance)
    }
}

/// The machine behind which an address lives: the longest of the ranges that hold it says so.
pub(crate) fn home_of(elsewhere: &[(Prefix, Ipv4Addr)], addr: Ipv4Addr) -> Option<Ipv4Addr> {
    let holding = elsewhere.iter().filter(|(range, _)| range.holds(addr));
    holding.max_by_key(|(range, _)| range.len).map(|(_, home)| *home)
}

/// One of those behind a service, by the port that asks; `Some(None)` where there is nobody behind it.
pub(crate) fn backend(services: &Services, front: Frontend, chance: u16) -> Option<Option<(Ipv4Addr, u16)>> {
    let backends = services.get(&front)?;
    let count = u16::try_from(backends.len()).unwrap_or(u16::MAX);
    Some(chance.checked_rem(count).and_then(|place| backends.get(usize::from(place)).copied()))
}

/// A connection whose destination a program has rewritten: the answer gets the service's address back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turned {
    /// The pod and its port.
    pub(crate) pod: (Ipv4Addr, u16),
    /// What was chosen.
    pub(crate) backend: (Ipv4Addr, u16),
    /// What was asked for.
    pub(crate) front: (Ipv4Addr, u16),
    /// By which protocol.
    pub(crate) proto: u8,
    /// Whoever asked from outside, where the router's address stands for it.
    pub(crate) hidden: Option<(Ipv4Addr, u16)>,
}
