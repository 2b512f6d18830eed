//! All machines and their network namespaces as one value.

use super::link::{Kind, Link, Mac, Program, Seat};
use super::segment::Segment;
use super::space::Space;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};

/// One network namespace of one machine. Ids are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceId(pub(crate) u32);

#[derive(Clone, Debug)]
struct Machine {
    host: SpaceId,
    named: BTreeMap<String, SpaceId>,
}

/// The network of all machines. Cloning is cheap; a change copies only the namespaces it touches.
#[derive(Clone, Debug, Default)]
pub struct Network {
    machines: Arc<BTreeMap<String, Machine>>,
    /// By their ids.
    spaces: Arc<Vec<Option<Arc<Space>>>>,
    next: u32,
    /// The cards that were ever put on a segment; one that is gone since is passed over.
    pub(super) cards: Arc<BTreeMap<String, Vec<(SpaceId, u32)>>>,
    /// Namespaces with connections that no packet has confirmed yet.
    pub(crate) loose: Vec<SpaceId>,
    /// Who listens on the segments, where somebody has asked since the last change.
    pub(super) segments: OnceLock<Arc<BTreeMap<String, Segment>>>,
    /// The tunnels by the namespace of their sockets, likewise.
    pub(super) tunnels: OnceLock<Arc<BTreeMap<SpaceId, Vec<(SpaceId, u32)>>>>,
}

impl Network {
    /// A network without machines.
    pub fn new() -> Network {
        Network::default()
    }

    /// Adds a machine with a loopback that is up, and nothing else. A name that is taken is left as it is.
    pub fn machine(&mut self, name: &str) -> SpaceId {
        if let Some(machine) = self.machines.get(name) {
            return machine.host;
        }
        let host = self.fresh(Space::new(name, ""));
        if let Some(lo) = self.space_mut(host).links.get_mut(&1) {
            lo.up = true;
        }
        super::ops::link_came_up(self, host, 1);
        Arc::make_mut(&mut self.machines).insert(name.to_owned(), Machine { host, named: BTreeMap::new() });
        host
    }

    /// Puts a network card into a machine: on the shared Ethernet segment of that name, up, with a cable in it.
    pub fn card(&mut self, machine: &str, link: &str, segment: &str, driver: &str) {
        let host = self.machine(machine);
        let kind = Kind::Physical { segment: segment.to_owned(), cable: true, driver: driver.to_owned() };
        let mac = Mac::made_of(&[machine, link, "card"]);
        let index = self.space_mut(host).insert(|index| Link::new(index, link, kind, mac));
        if let Some(link) = self.space_mut(host).links.get_mut(&index) {
            link.up = true;
        }
        self.note_card(segment, host, index);
    }

    /// All namespaces.
    pub(super) fn spaces(&self) -> impl Iterator<Item = (SpaceId, &Arc<Space>)> {
        let each = self.spaces.iter().enumerate();
        each.filter_map(|(id, space)| Some((SpaceId(u32::try_from(id).ok()?), space.as_ref()?)))
    }

    /// A namespace as it is shared, if it is there.
    pub(crate) fn space_at(&self, id: SpaceId) -> Option<&Arc<Space>> {
        self.spaces.get(id.0 as usize)?.as_ref()
    }

    /// The first address of a namespace that others can reach.
    pub(crate) fn first_address(&self, id: SpaceId) -> Option<Ipv4Addr> {
        let links = self.space(id).links.values().filter(|link| !link.is_loopback());
        links.flat_map(|link| link.addresses.iter()).map(|it| it.local.addr).next()
    }

    /// What tells a pod of a machine from others of it: its cable, its routes, its gates, and what it serves.
    pub(crate) fn likeness(
        &self,
        machine: &str,
        id: SpaceId,
        addr: Ipv4Addr,
        port: Option<(super::socket::Transport, u16)>,
    ) -> String {
        let space = self.space(id);
        let host = self.find(machine, "").map(|host| self.space(host));
        let links: Vec<String> = space
            .links
            .values()
            .map(|link| {
                let outer = match link.kind {
                    Kind::Veth { space: other, index } => self.space(other).links.get(&index).map(|peer| {
                        let master = peer.master.map(|master| self.space(other).link_name(master).to_owned());
                        (peer.up, peer.mtu, master, peer.programs.clone())
                    }),
                    _ => None,
                };
                format!("{} {} {} {outer:?}", link.name, link.up, link.mtu)
            })
            .collect();
        let routes: Vec<String> =
            space.table(super::route::table::MAIN).iter().map(|route| format!("{route:?}")).collect();
        let routes: Vec<String> = routes.into_iter().map(|text| text.replace(&addr.to_string(), "own")).collect();
        let carried = |host: &'_ Space| {
            let by_maps = host.maps.as_ref().and_then(|maps| maps.endpoints.get(&addr)).cloned();
            by_maps.or_else(|| host.switch.as_ref()?.ports.get(&addr).cloned())
        };
        let gates = host.and_then(carried).map(|it| (it.ingress, it.egress));
        let listens = port.is_some_and(|(kind, port)| space.listeners.iter().any(|it| it.takes(kind, addr, port)));
        format!("{links:?} {routes:?} {gates:?} {listens} {port:?}")
    }

    /// Pulls or plugs the cable of a card; false when there is no such card.
    pub fn cable(&mut self, machine: &str, link: &str, plugged: bool) -> bool {
        let Some(host) = self.find(machine, "") else { return false };
        let space = self.space_mut(host);
        for found in space.links.values_mut().filter(|l| l.name == link) {
            if let Kind::Physical { cable, .. } = &mut found.kind {
                *cable = plugged;
                return true;
            }
        }
        false
    }

    /// Gives a card another driver. False without such a card.
    pub(crate) fn set_driver(&mut self, space: SpaceId, link: &str, to: &str) -> bool {
        let all = &mut self.space_mut(space).links;
        let cards = all.values_mut().filter(|it| it.name == link).map(|it| &mut it.kind);
        let mut drivers =
            cards.filter_map(|kind| if let Kind::Physical { driver, .. } = kind { Some(driver) } else { None });
        drivers.next().map(|driver| to.clone_into(driver)).is_some()
    }

    /// Hangs a program at a link, as a CNI does: it lets everything pass, or drops everything. False without such a link.
    pub fn hang(&mut self, space: SpaceId, link: &str, seat: Seat, program: Program) -> bool {
        let Some(found) = self.space_mut(space).links.values_mut().find(|l| l.name == link) else { return false };
        found.programs.retain(|(at, _)| *at != seat);
        found.programs.push((seat, program));
        true
    }

    /// Takes the program of this name from a link.
    pub(crate) fn unhang(&mut self, space: SpaceId, link: &str, name: &str) {
        if let Some(found) = self.space_mut(space).links.values_mut().find(|l| l.name == link) {
            found.programs.retain(|(_, program)| program.name() != name);
        }
    }

    /// Says which number the early program of a link has.
    pub(crate) fn number_early(&mut self, space: SpaceId, link: &str, number: u32) {
        if let Some(found) = self.space_mut(space).links.values_mut().find(|l| l.name == link) {
            found.early = number;
        }
    }

    /// Takes a machine out with all its namespaces: a reboot is `unplug` and `machine` again.
    pub fn unplug(&mut self, machine: &str) {
        let Some(gone) = Arc::make_mut(&mut self.machines).remove(machine) else { return };
        for space in gone.named.into_values().chain([gone.host]) {
            self.destroy(space);
        }
    }

    /// Names of all machines.
    pub fn machines(&self) -> impl Iterator<Item = &str> {
        self.machines.keys().map(String::as_str)
    }

    /// Names of a machine's own namespaces, as `ip netns` shows them.
    pub fn named(&self, machine: &str) -> impl Iterator<Item = &str> {
        self.machines.get(machine).into_iter().flat_map(|m| m.named.keys().map(String::as_str))
    }

    /// The namespace of a machine by its name; the empty name is the machine's own.
    pub fn find(&self, machine: &str, namespace: &str) -> Option<SpaceId> {
        let machine = self.machines.get(machine)?;
        if namespace.is_empty() { Some(machine.host) } else { machine.named.get(namespace).copied() }
    }

    /// Makes a namespace, as `ip netns add` does; false when the name is taken or the machine unknown.
    pub fn add_namespace(&mut self, machine: &str, namespace: &str) -> bool {
        let Some(host) = self.find(machine, "") else { return false };
        if self.find(machine, namespace).is_some() {
            return false;
        }
        let mut space = Space::new(machine, namespace);
        Arc::make_mut(&mut space.sysctls).inherit(&self.space(host).sysctls);
        let id = self.fresh(space);
        if let Some(machine) = Arc::make_mut(&mut self.machines).get_mut(machine) {
            machine.named.insert(namespace.to_owned(), id);
        }
        true
    }

    /// Ends a namespace with all that is in it; false when there is none.
    pub fn delete_namespace(&mut self, machine: &str, namespace: &str) -> bool {
        let gone = Arc::make_mut(&mut self.machines).get_mut(machine).and_then(|m| m.named.remove(namespace));
        // A namespace lives on without a name while a program listens in it.
        gone.inspect(|id| {
            if self.space(*id).listeners.is_empty() {
                self.destroy(*id);
            }
        })
        .is_some()
    }

    /// Whether somebody takes connections at a port of a namespace from within it.
    pub(crate) fn is_listened_at(&self, space: SpaceId, transport: super::Transport, port: u16) -> bool {
        self.space(space).listeners.iter().any(|it| it.takes(transport, Ipv4Addr::LOCALHOST, port))
    }

    /// Opens a server; false when the address is taken, by another or by a tunnel.
    pub fn listen(&mut self, space: SpaceId, listener: super::socket::Listener) -> bool {
        let here = self.space(space);
        let udp = listener.transport == super::socket::Transport::Udp;
        let tunnel = |link: &Link| link.up && link.vxlan().is_some_and(|v| v.port == listener.port);
        let taken = here.listeners.iter().any(|other| other.clashes(&listener))
            || (udp && self.tunnels_of(space).any(|(_, link)| tunnel(link)));
        let foreign = !listener.addr.is_unspecified() && here.kind_of(listener.addr) != super::route::RouteKind::Local;
        if taken || foreign {
            return false;
        }
        self.space_mut(space).listeners.push(listener);
        true
    }

    /// Makes the servers of an owner those that are wanted, at all addresses; what another has stays his.
    pub(crate) fn serve(&mut self, space: SpaceId, owner: &str, wanted: &[(super::socket::Transport, u16)]) {
        let is =
            |it: &super::socket::Listener, want: &(super::socket::Transport, u16)| (it.transport, it.port) == *want;
        let here = self.space(space);
        let own = here.listeners.iter().filter(|it| it.owner == owner);
        if own.clone().count() == wanted.len() && wanted.iter().all(|want| own.clone().any(|it| is(it, want))) {
            return;
        }
        let kept = &mut self.space_mut(space).listeners;
        kept.retain(|it| it.owner != owner || wanted.iter().any(|want| is(it, want)));
        let missing: Vec<_> =
            wanted.iter().filter(|want| !kept.iter().any(|it| it.owner == owner && is(it, want))).copied().collect();
        for (transport, port) in missing {
            let addr = std::net::Ipv4Addr::UNSPECIFIED;
            self.listen(space, super::socket::Listener { transport, addr, port, owner: owner.to_owned() });
        }
    }

    /// Closes every server of an owner; says how many there were.
    pub fn unlisten(&mut self, space: SpaceId, owner: &str) -> usize {
        let listeners = &mut self.space_mut(space).listeners;
        let before = listeners.len();
        listeners.retain(|listener| listener.owner != owner);
        let closed = before - listeners.len();
        let nobody = listeners.is_empty();
        let named = self.machines.values().any(|m| m.host == space || m.named.values().any(|id| *id == space));
        if nobody && closed > 0 && !named {
            self.destroy(space);
        }
        closed
    }

    /// Whether both are one and the same state.
    #[must_use]
    pub fn shares(&self, other: &Network) -> bool {
        Arc::ptr_eq(&self.machines, &other.machines) && Arc::ptr_eq(&self.spaces, &other.spaces)
    }

    /// Gives the servers of one owner to another.
    pub fn rename_owner(&mut self, space: SpaceId, from: &str, to: &str) {
        for listener in self.space_mut(space).listeners.iter_mut().filter(|listener| listener.owner == from) {
            to.clone_into(&mut listener.owner);
        }
    }

    fn destroy(&mut self, id: SpaceId) {
        let links: Vec<u32> = self.space_at(id).map(|s| s.links.keys().copied().collect()).unwrap_or_default();
        for index in links {
            super::ops::destroy_link(self, id, index);
        }
        self.forget_places();
        if let Some(space) = Arc::make_mut(&mut self.spaces).get_mut(id.0 as usize) {
            *space = None;
        }
    }

    fn fresh(&mut self, space: Space) -> SpaceId {
        self.next += 1;
        let id = SpaceId(self.next);
        *self.room(id) = Some(Arc::new(space));
        id
    }

    pub(crate) fn alive(&self, id: SpaceId) -> bool {
        self.space_at(id).is_some()
    }

    pub(crate) fn space(&self, id: SpaceId) -> &Space {
        static NOTHING: std::sync::LazyLock<Space> = std::sync::LazyLock::new(|| Space::new("", ""));
        self.space_at(id).map_or(&NOTHING, |space| space)
    }

    /// A namespace to be changed in any way.
    pub(crate) fn space_mut(&mut self, id: SpaceId) -> &mut Space {
        self.forget_places();
        let space = self.taught(id);
        space.own = OnceLock::new();
        space
    }

    /// A namespace to which a packet teaches something; must leave alone what links are and whether they are up.
    pub(crate) fn taught(&mut self, id: SpaceId) -> &mut Space {
        Arc::make_mut(self.room(id).get_or_insert_with(|| Arc::new(Space::new("", ""))))
    }

    fn room(&mut self, id: SpaceId) -> &mut Option<Arc<Space>> {
        let (spaces, place) = (Arc::make_mut(&mut self.spaces), id.0 as usize);
        if spaces.len() <= place {
            spaces.resize(place + 1, None);
        }
        &mut spaces[place]
    }

    /// The same network without any connections.
    pub(crate) fn without_connections(&self) -> Network {
        let mut still = self.clone();
        let busy = self.all().filter(|(_, space)| !space.flows.is_empty() || !space.turned.is_empty());
        for id in busy.map(|(id, _)| id) {
            let space = still.taught(id);
            space.flows.clear();
            space.turned.clear();
        }
        still
    }

    /// Makes connections, and what was learned or chosen with them, what they are in another state of this network.
    pub(crate) fn forget_connections(&mut self, before: &Network, spaces: impl Iterator<Item = SpaceId>) {
        let mut last = None;
        for id in spaces {
            let is_shared = match (before.space_at(id), self.space_at(id)) {
                (Some(had), Some(has)) => Arc::ptr_eq(had, has),
                _ => false,
            };
            if is_shared || last.replace(id) == Some(id) {
                continue;
            }
            let (had, has) = (before.space(id), self.space(id));
            if (&had.flows, &had.turned, &had.paths, had.next_port)
                != (&has.flows, &has.turned, &has.paths, has.next_port)
            {
                let space = self.taught(id);
                space.flows.clone_from(&had.flows);
                space.turned.clone_from(&had.turned);
                space.paths.clone_from(&had.paths);
                space.next_port = had.next_port;
            }
        }
        self.loose.clone_from(&before.loose);
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (SpaceId, &Space)> {
        self.spaces().map(|(id, space)| (id, &**space))
    }

    /// Whether frames can pass: the link and, where it has one, its other end are up.
    pub(crate) fn carrier(&self, id: SpaceId, index: u32) -> bool {
        let space = self.space(id);
        let Some(link) = space.links.get(&index) else { return false };
        match &link.kind {
            Kind::Physical { cable, .. } => *cable && link.up,
            Kind::Veth { space, index } => link.up && self.space(*space).links.get(index).is_some_and(|peer| peer.up),
            Kind::Bridge(_) => link.up && space.ports(index).any(|port| port.up && self.carrier(id, port.index)),
            Kind::Vlan { lower, .. } => link.up && self.carrier(id, *lower),
            Kind::Loopback
            | Kind::Dummy
            | Kind::Ifb
            | Kind::Vxlan(_)
            | Kind::Ipip(_)
            | Kind::Ovs
            | Kind::Unproven { .. } => link.up,
        }
    }

    /// A name for people: `n1`, or `n1/pod`.
    pub(crate) fn place(&self, id: SpaceId) -> String {
        let space = self.space(id);
        if space.name.is_empty() { space.machine.clone() } else { format!("{}/{}", space.machine, space.name) }
    }
}
