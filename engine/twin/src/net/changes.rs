//! What is not as it was in a network: whole namespaces, only some of their routes, or only what packets taught them.

use super::apart::{self, About};
use super::cables::Cables;
use super::link::{Kind, Link};
use super::network::{Network, SpaceId};
use super::prefix::Prefix;
use super::space::{Neigh, NeighState, Space};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// What has changed between two networks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    whole: BTreeSet<SpaceId>,
    /// Where nothing but routes, chains, maps and cables has changed: the packets that these are about.
    ways: BTreeMap<SpaceId, Vec<About>>,
    /// Where packets have taught something: who is where, and which connections there are.
    taught: BTreeSet<SpaceId>,
    /// Where it was something that other packets heed: who is where, and what fits.
    learned: BTreeSet<SpaceId>,
    /// The addresses for which somebody answers on a segment who did not, or no more.
    answers: Vec<About>,
}

impl Changes {
    /// The namespaces that are not as they were in any way.
    pub(crate) fn spaces(&self) -> impl Iterator<Item = SpaceId> {
        self.whole.iter().chain(self.ways.keys()).chain(&self.taught).copied()
    }

    /// Whether packets have taught it something that may help those who were refused; those whose answer fades are
    /// helped by anything.
    pub(crate) fn may_help(&self, space: SpaceId, fades: bool) -> bool {
        if fades { self.taught.contains(&space) } else { self.learned.contains(&space) }
    }

    /// Whether it may matter to what passed a namespace with these addresses, and was for these ports.
    pub(crate) fn touch(&self, at: &[(SpaceId, Ipv4Addr)], ports: &[u16]) -> bool {
        let Some((space, _)) = at.first() else { return false };
        let concerns = |about: &About| at.iter().any(|(_, address)| about.concerns(*address, ports));
        let on_a_way = |ways: &Vec<About>| ways.iter().any(concerns);
        self.whole.contains(space) || self.ways.get(space).is_some_and(on_a_way) || on_a_way(&self.answers)
    }

    /// Whether who has a part is not all: somebody answers for an address who did not.
    pub(crate) fn may_touch_others(&self) -> bool {
        !self.answers.is_empty()
    }
}

impl Network {
    /// What is not as it was; none when that cannot be told, as when a card has come that may answer for anybody.
    pub(crate) fn changes_since(&self, before: &Network) -> Option<Changes> {
        before.spaces().next()?;
        let mut changes = Changes {
            answers: self.answers_apart(before)?.into_iter().map(About::from).collect(),
            ..Changes::default()
        };
        for (id, space) in self.spaces() {
            match before.space_at(id) {
                Some(had) if Arc::ptr_eq(had, space) => {}
                had => match had.and_then(|had| Some((had, ways_apart((self, space), (before, had))?))) {
                    Some((had, ways)) => {
                        if space.has_learned_since(had) {
                            changes.learned.extend([id]);
                        }
                        if !ways.is_empty() {
                            changes.ways.insert(id, ways);
                        }
                        changes.taught.extend([id]);
                    }
                    None => changes.whole.extend([id]),
                },
            }
        }
        changes.whole.extend(before.spaces().map(|(id, _)| id).filter(|id| self.space_at(*id).is_none()));
        Some(changes)
    }
}

/// The packets that what is not as it was is about, but for what packets have taught; none where it is about all.
fn ways_apart((net, space): (&Network, &Space), (past, before): (&Network, &Space)) -> Option<Vec<About>> {
    let cables = Cables::apart((net, space), (past, before))?;
    if !space.is_set_as(before, &cables) {
        return None;
    }
    let mut ways: Vec<About> = space.routes_apart(before).into_iter().map(About::from).collect();
    ways.extend(apart::of_chains(&space.nft, &before.nft, &cables)?);
    ways.extend(apart::of_chains(&space.legacy, &before.legacy, &cables)?);
    ways.extend(apart::of_sets(&space.sets, &before.sets)?);
    ways.extend(apart::of_maps(space.maps.as_ref(), before.maps.as_ref())?.into_iter().map(About::from));
    ways.extend(&cables.ways);
    Some(ways)
}

impl Space {
    /// What the routes lead to that only one of the two has.
    fn routes_apart(&self, other: &Space) -> Vec<Prefix> {
        let mut prefixes = Vec::new();
        for number in self.routes.keys().chain(other.routes.keys()) {
            prefixes.extend(apart::alone(self.table(*number), other.table(*number)).map(|route| route.dst));
        }
        prefixes
    }

    /// Whether packets have taught it something since that other packets heed, connections apart: those who are asked
    /// anew begin without any.
    fn has_learned_since(&self, other: &Space) -> bool {
        // When a neighbour was seen matters to those alone who trusted in one: see `Told::fades`.
        let (here, there) = (self.neighbours.iter(), other.neighbours.iter());
        let what = |(place, neigh): (&(u32, Ipv4Addr), &Neigh)| (*place, neigh.mac, neigh.state);
        self.paths != other.paths || !here.map(what).eq(there.map(what)) || self.links != other.links
    }

    /// Whether both are the same but for these cables, for routes, chains, sets and maps, and for what packets have
    /// taught them.
    fn is_set_as(&self, other: &Space, cables: &Cables<'_>) -> bool {
        let Space { machine, name, links, rules, split, neighbours, proxies, .. } = self;
        let Space { sysctls, six, listeners, switch, .. } = self;
        let here = |dev: u32| !cables.has(dev);
        let same_links = links.values().filter(|link| here(link.index)).all(|link| {
            other.links.get(&link.index).is_some_and(|other| link == other || untaught(link) == untaught(other))
        });
        let set = |space: &'_ Space| {
            let all = space.neighbours.iter().filter(|((dev, _), _)| here(*dev));
            let set = all.filter(|(_, it)| matches!(it.state, NeighState::Permanent | NeighState::Noarp));
            set.map(|(place, it)| (*place, *it)).collect::<Vec<_>>()
        };
        let proxied = |all: &BTreeSet<(u32, Ipv4Addr)>| all.iter().filter(|it| here(it.0)).copied().collect::<Vec<_>>();
        (machine, name, split) == (&other.machine, &other.name, &other.split)
            && (rules, listeners) == (&other.rules, &other.listeners)
            && (*proxies == other.proxies || proxied(proxies) == proxied(&other.proxies))
            && (Arc::ptr_eq(sysctls, &other.sysctls) || sysctls.is_like(&other.sysctls, |link| cables.is_named(link)))
            && is_like(six, &other.six)
            && same(switch.as_ref(), other.switch.as_ref())
            && same_links
            && (*neighbours == other.neighbours || set(self) == set(other))
    }
}

/// Whether both are one and the same, or there is neither.
fn same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Whether both are alike: who writes his chains again every second mostly writes what was there.
fn is_like<T: PartialEq>(one: &Arc<T>, other: &Arc<T>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

/// A link without the stations that frames have taught it.
fn untaught(link: &Link) -> Cow<'_, Link> {
    let mut link = Cow::Borrowed(link);
    match &link.kind {
        Kind::Bridge(bridge) if bridge.fdb.values().any(|station| !station.fixed()) => {
            let bridge = link.to_mut().bridge_mut();
            bridge.into_iter().for_each(|bridge| bridge.fdb.retain(|_, station| station.fixed()));
        }
        Kind::Vxlan(vxlan) if vxlan.fdb.values().flatten().any(|remote| remote.learned) => {
            let vxlan = link.to_mut().vxlan_mut();
            vxlan.into_iter().for_each(|vxlan| {
                Arc::make_mut(&mut vxlan.fdb).retain(|_, remotes| remotes.iter().all(|it| !it.learned))
            });
        }
        _ => {}
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_goes_matters_to_those_who_asked_for_what_it_led_to() {
        let mut network = Network::new();
        let host = network.machine("one");
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for text in ["ip link add name br0 type bridge", "ip link set br0 up", "ip route add 10.7.0.0/16 dev br0"] {
            let answer = crate::net::run(&mut network, "one", "", &words(text), "", 0);
            assert_eq!(answer.code, 0, "{text}: {}", answer.stderr);
        }
        let before = network.clone();
        crate::net::run(&mut network, "one", "", &words("ip route del 10.7.0.0/16"), "", 0);
        let changes = network.changes_since(&before).unwrap();
        assert!(changes.touch(&[(host, Ipv4Addr::new(10, 7, 1, 2))], &[]));
        assert!(!changes.touch(&[(host, Ipv4Addr::new(10, 8, 1, 2))], &[]));
        crate::net::run(&mut network, "one", "", &words("ip link set br0 down"), "", 0);
        let changes = network.changes_since(&before).unwrap();
        assert!(changes.touch(&[(host, Ipv4Addr::new(10, 8, 1, 2))], &[]), "a link that goes down may matter to all");
    }

    #[test]
    fn a_pod_that_comes_matters_to_those_who_ask_for_it() {
        let mut network = Network::new();
        let host = network.machine("one");
        let typed = |network: &mut Network, text: &str| {
            let words = text.split(' ').map(str::to_owned).collect::<Vec<_>>();
            let answer = crate::net::run(network, "one", "", &words, "", 0);
            assert_eq!(answer.code, 0, "{text}: {}", answer.stderr);
        };
        typed(&mut network, "iptables -A FORWARD -i lo -j ACCEPT");
        let mut net = network.clone();
        for text in [
            "ip netns add pod",
            "ip link add cali1 type veth peer name eth0 netns pod",
            "ip netns exec pod ip addr add 10.7.0.2/32 dev eth0",
            "ip link set cali1 up",
            "ip route add 10.7.0.2 dev cali1",
            "iptables -A FORWARD -o cali1 -j ACCEPT",
        ] {
            typed(&mut net, text);
        }
        let touches = |net: &Network, last| {
            net.changes_since(&network).unwrap().touch(&[(host, Ipv4Addr::new(10, 7, 0, last))], &[80])
        };
        assert_eq!((touches(&net, 2), touches(&net, 3)), (true, false));
        typed(&mut net, "ip addr add 10.9.0.1/32 dev cali1");
        assert!(touches(&net, 3), "an address of its own may be anybody's source");
        typed(&mut net, "ip addr del 10.9.0.1/32 dev cali1");
        typed(&mut net, "iptables -A FORWARD -o cali+ -j DROP");
        assert!(touches(&net, 3), "a rule for more than this cable");
    }

    #[test]
    fn what_packets_teach_touches_nobody_who_was_reached_after_a_boot_as_before_it() {
        let mut network = Network::new();
        for machine in ["one", "two"] {
            network.card(machine, "eth0", "lan", "virtio_net");
        }
        network.unplug("two");
        network.card("two", "eth0", "lan", "virtio_net");
        let before = network.clone();
        let host = network.find("one", "").unwrap();
        network.taught(host).next_port += 1;
        let changes = network.changes_since(&before).unwrap();
        assert!(!changes.touch(&[(host, Ipv4Addr::new(10, 8, 1, 2))], &[]) && changes.may_help(host, true));
        assert!(!changes.may_help(host, false), "a port that is taken helps only those whose luck hangs on it");
    }
}
