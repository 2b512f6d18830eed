//! What is not as it was in a network: whole namespaces, or only some of their routes.

use super::network::{Network, SpaceId};
use super::prefix::Prefix;
use super::space::Space;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// What has changed between two networks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    whole: BTreeSet<SpaceId>,
    /// Where nothing but routes has changed: what they lead to.
    routes: BTreeMap<SpaceId, Vec<Prefix>>,
}

impl Changes {
    /// The namespaces that are not as they were in any way.
    pub(crate) fn spaces(&self) -> impl Iterator<Item = SpaceId> {
        self.whole.iter().chain(self.routes.keys()).copied()
    }

    /// Whether it may matter to what passed a namespace and asked its routes for an address.
    pub(crate) fn touch(&self, (space, address): (SpaceId, Ipv4Addr)) -> bool {
        let on_a_way = |prefixes: &Vec<Prefix>| prefixes.iter().any(|prefix| prefix.holds(address));
        self.whole.contains(&space) || self.routes.get(&space).is_some_and(on_a_way)
    }
}

impl Network {
    /// What is not as it was; none when that cannot be told, as when a card or an address has come that may answer for
    /// anybody.
    pub(crate) fn changes_since(&self, before: &Network) -> Option<Changes> {
        if before.spaces().next().is_none() || !self.same_segments(before) {
            return None;
        }
        let mut changes = Changes::default();
        for (id, space) in self.spaces() {
            match before.space_at(id) {
                Some(had) if Arc::ptr_eq(had, space) => {}
                had => match had.and_then(|had| space.routes_apart(had)) {
                    Some(prefixes) => changes.routes.entry(id).or_default().extend(prefixes),
                    None => changes.whole.extend([id]),
                },
            }
        }
        changes.whole.extend(before.spaces().map(|(id, _)| id).filter(|id| self.space_at(*id).is_none()));
        Some(changes)
    }
}

impl Space {
    /// What the routes lead to that only one of the two has; none where more than routes is different.
    fn routes_apart(&self, other: &Space) -> Option<Vec<Prefix>> {
        if !self.is_same_but_for_routes(other) {
            return None;
        }
        let mut prefixes = Vec::new();
        for number in self.routes.keys().chain(other.routes.keys()) {
            let (one, another) = (self.table(*number), other.table(*number));
            let alone = one.iter().filter(|it| !another.contains(it));
            prefixes.extend(alone.chain(another.iter().filter(|it| !one.contains(it))).map(|route| route.dst));
        }
        Some(prefixes)
    }

    fn is_same_but_for_routes(&self, other: &Space) -> bool {
        let Space { machine, name, links, next_index, rules, split, neighbours, proxies, .. } = self;
        let Space { sysctls, nft, legacy, six, sets, flows, listeners, paths, next_port, maps, turned, .. } = self;
        let same_maps = match (maps, &other.maps) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        (machine, name, next_index, split, next_port)
            == (&other.machine, &other.name, &other.next_index, &other.split, &other.next_port)
            && (links, rules) == (&other.links, &other.rules)
            && (neighbours, proxies, sysctls) == (&other.neighbours, &other.proxies, &other.sysctls)
            && (flows, listeners, paths, turned) == (&other.flows, &other.listeners, &other.paths, &other.turned)
            && Arc::ptr_eq(nft, &other.nft)
            && Arc::ptr_eq(legacy, &other.legacy)
            && Arc::ptr_eq(six, &other.six)
            && Arc::ptr_eq(sets, &other.sets)
            && same_maps
    }
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
        assert!(changes.touch((host, Ipv4Addr::new(10, 7, 1, 2))));
        assert!(!changes.touch((host, Ipv4Addr::new(10, 8, 1, 2))));
        crate::net::run(&mut network, "one", "", &words("ip link set br0 down"), "", 0);
        let changes = network.changes_since(&before).unwrap();
        assert!(changes.touch((host, Ipv4Addr::new(10, 8, 1, 2))), "a link that goes down may matter to all");
    }
}
