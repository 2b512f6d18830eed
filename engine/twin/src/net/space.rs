//! One network namespace: its links, routes, rules, neighbours, settings, filters, flows and servers.

use super::filter::{Flow, Set, Tables};
use super::link::{Kind, Link, Mac, scope};
use super::longest::Table;
use super::maps::{Maps, Turned};
use super::prefix::Prefix;
use super::route::{Act, Route, RouteKind, Rule, table};
use super::socket::Listener;
use super::switch::Switch;
use super::sysctl::Sysctls;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};

/// What is known of a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NeighState {
    Permanent,
    Noarp,
    Reachable,
    Stale,
    Failed,
}

/// A neighbour on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Neigh {
    pub(crate) mac: Mac,
    pub(crate) state: NeighState,
    /// When it was last confirmed, in milliseconds.
    pub(crate) at: i64,
}

/// One network namespace.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    pub(crate) machine: String,
    pub(crate) name: String,
    pub(crate) links: BTreeMap<u32, Link>,
    pub(crate) next_index: u32,
    pub(crate) routes: BTreeMap<u32, Arc<Table>>,
    pub(crate) rules: Vec<Rule>,
    /// Whether the tables `local` and `main` are asked apart: until the first rule is written the kernel keeps them as one.
    pub(crate) split: bool,
    pub(crate) neighbours: BTreeMap<(u32, Ipv4Addr), Neigh>,
    pub(crate) proxies: BTreeSet<(u32, Ipv4Addr)>,
    pub(crate) sysctls: Arc<Sysctls>,
    pub(crate) nft: Arc<Tables>,
    pub(crate) legacy: Arc<Tables>,
    pub(crate) six: Arc<Tables>,
    pub(crate) sets: Arc<BTreeMap<String, Set>>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) listeners: Vec<Listener>,
    /// Path MTUs learned from "fragmentation needed".
    pub(crate) paths: BTreeMap<Ipv4Addr, u32>,
    pub(crate) next_port: u16,
    /// The pinned maps of Cilium.
    pub(crate) maps: Option<Arc<Maps>>,
    /// The bridge of Open vSwitch with its flows: whoever made it may be gone, it stays.
    pub(crate) switch: Option<Arc<Switch>>,
    /// Connections that programs or flows have rewritten.
    pub(crate) turned: Vec<Turned>,
    /// The addresses of its links, found out when they are first asked for; nothing as soon as somebody may change them.
    pub(super) own: OnceLock<Vec<Ipv4Addr>>,
}

impl Space {
    pub(crate) fn new(machine: &str, name: &str) -> Space {
        let mut lo = Link::new(1, "lo", Kind::Loopback, Mac::ZERO);
        lo.mtu = 65536;
        Space {
            machine: machine.to_owned(),
            name: name.to_owned(),
            links: BTreeMap::from([(1, lo)]),
            next_index: 2,
            routes: BTreeMap::new(),
            rules: [(0, table::LOCAL), (32766, table::MAIN), (32767, table::DEFAULT)]
                .map(|(priority, number)| Rule { proto: 2, ..Rule::new(priority, Act::Lookup(number)) })
                .into(),
            split: false,
            neighbours: BTreeMap::new(),
            proxies: BTreeSet::new(),
            sysctls: Arc::default(),
            nft: Arc::default(),
            legacy: Arc::default(),
            six: Arc::default(),
            sets: Arc::default(),
            flows: Vec::new(),
            listeners: Vec::new(),
            paths: BTreeMap::new(),
            next_port: 32768,
            maps: None,
            switch: None,
            turned: Vec::new(),
            own: OnceLock::new(),
        }
    }

    /// Adds a link under the next free number.
    pub(crate) fn insert(&mut self, make: impl FnOnce(u32) -> Link) -> u32 {
        let index = self.next_index;
        self.next_index += 1;
        let link = make(index);
        Arc::make_mut(&mut self.sysctls).link_added(&link.name);
        self.links.insert(index, link);
        index
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Link> {
        self.links.values().find(|link| link.name == name)
    }

    /// The link that goes by a name, be it another name of it.
    pub(crate) fn called(&self, name: &str) -> Option<&Link> {
        self.links.values().find(|link| link.is_called(name))
    }

    pub(crate) fn index(&self, name: &str) -> Option<u32> {
        self.called(name).map(|link| link.index)
    }

    pub(crate) fn link_name(&self, index: u32) -> &str {
        self.links.get(&index).map_or("?", |link| link.name.as_str())
    }

    /// The ports of a bridge.
    pub(crate) fn ports(&self, bridge: u32) -> impl Iterator<Item = &Link> {
        self.links.values().filter(move |link| link.master == Some(bridge))
    }

    /// Whether an address is this namespace's own, by its addresses alone.
    pub(crate) fn owns(&self, addr: Ipv4Addr) -> bool {
        let find = || self.links.values().flat_map(|link| &link.addresses).map(|it| it.local.addr).collect::<Vec<_>>();
        self.own.get_or_init(find).contains(&addr)
    }

    /// Whether it could say that an address is here: without one of these it never does, whatever else is set.
    pub(crate) fn might_answer_for(&self, dev: u32, addr: Ipv4Addr) -> bool {
        self.says_are_here().any(|own| own.holds(addr))
            || self.proxies.contains(&(dev, addr))
            || self.sysctls.may_proxy()
    }

    /// What of its routes says that an address is here.
    pub(crate) fn says_are_here(&self) -> impl Iterator<Item = Prefix> {
        self.routes.values().flat_map(|table| table.own()).copied()
    }

    /// The addresses it says are here, but for those that no wire brings.
    pub(crate) fn answers_for(&self) -> Vec<Prefix> {
        self.says_are_here().filter(|own| !own.addr.is_loopback()).collect()
    }

    pub(crate) fn table(&self, number: u32) -> &[Route] {
        self.routes.get(&number).map_or(&[], |routes| routes.as_slice())
    }

    /// The routes of a table that lead to an address, in the order in which they are asked.
    pub(crate) fn leading_to(&self, number: u32, addr: Ipv4Addr) -> impl Iterator<Item = &Route> {
        self.routes.get(&number).into_iter().flat_map(move |table| table.leading_to(addr))
    }

    pub(crate) fn table_mut(&mut self, number: u32) -> &mut Table {
        Arc::make_mut(self.routes.entry(number).or_default())
    }

    /// The address a packet to `dst` out of `dev` gets when nobody chose one.
    pub(crate) fn select_source(&self, dev: u32, dst: Option<Ipv4Addr>, reach: u8) -> Option<Ipv4Addr> {
        if let Some(link) = self.links.get(&dev).filter(|link| link.up) {
            let mut first = None;
            for address in link.addresses.iter().filter(|a| !a.secondary) {
                if address.scope.min(scope::LINK) > reach.min(scope::LINK) && address.scope != reach {
                    continue;
                }
                if dst.is_none_or(|dst| address.subnet().holds(dst)) {
                    return Some(address.local.addr);
                }
                first = first.or(Some(address.local.addr));
            }
            if first.is_some() {
                return first;
            }
        }
        self.links
            .values()
            .flat_map(|link| link.addresses.iter())
            .find(|a| !a.secondary && a.scope != scope::LINK && a.scope <= reach)
            .map(|a| a.local.addr)
    }

    /// Whether any route of the local table says that the address is ours, a broadcast, or neither.
    pub(crate) fn kind_of(&self, addr: Ipv4Addr) -> RouteKind {
        if addr.is_unspecified() || addr.is_broadcast() {
            return RouteKind::Broadcast;
        }
        let longest = |number: u32| self.routes.get(&number).and_then(|table| table.longest(addr));
        let Some((len, kind)) = longest(table::LOCAL) else { return RouteKind::Unicast };
        let main = longest(table::MAIN).filter(|_| !self.split);
        if main.is_some_and(|(other, _)| other > len) { RouteKind::Unicast } else { kind }
    }
}
