//! The routes of one table, and what of them leads to an address: the longest prefix first.

use super::prefix::{Prefix, mask};
use super::route::{Route, RouteKind};
use std::cmp::Reverse;
use std::net::Ipv4Addr;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

/// The routes of one table. It reads and changes like their list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    routes: Vec<Route>,
    /// What of them says that an address is here; found out when it is first asked for.
    own: OnceLock<Vec<Prefix>>,
    /// In which order they are asked: found out when they are asked for a second time as they are. Whoever writes many
    /// routes asks once before each.
    order: OnceLock<Order>,
    /// Filled by whoever asks first.
    asked: OnceLock<()>,
}

/// The places of routes: the longest prefixes first, those of one prefix by their metrics.
#[derive(Clone, Debug, Default)]
struct Order {
    /// With the address that each leads to, by which those of one length are sorted.
    places: Vec<(u32, usize)>,
    /// The lengths there are, each with where its places end.
    lengths: Vec<(u8, usize)>,
}

impl Order {
    fn of(routes: &[Route]) -> Order {
        let address = |place: usize| u32::from(routes[place].dst.network().addr);
        let mut places: Vec<(u32, usize)> = (0..routes.len()).map(|place| (address(place), place)).collect();
        places.sort_by_key(|(address, place)| {
            let route = &routes[*place];
            (Reverse(route.dst.len), *address, route.metric)
        });
        let mut lengths: Vec<(u8, usize)> = Vec::new();
        for (end, (_, place)) in places.iter().enumerate() {
            let len = routes[*place].dst.len;
            match lengths.last_mut() {
                Some(last) if last.0 == len => last.1 = end + 1,
                _ => lengths.push((len, end + 1)),
            }
        }
        Order { places, lengths }
    }

    /// The places of the routes that lead to an address.
    fn leading_to(&self, addr: Ipv4Addr) -> impl Iterator<Item = usize> {
        let mut from = 0;
        self.lengths.iter().flat_map(move |(len, end)| {
            let (wanted, begin) = (u32::from(addr) & mask(*len), std::mem::replace(&mut from, *end));
            let alike = &self.places[begin..*end];
            let first = alike.partition_point(|(address, _)| *address < wanted);
            alike[first..].iter().take_while(move |(address, _)| *address == wanted).map(|(_, place)| *place)
        })
    }
}

impl Table {
    /// What of its routes says that an address is here.
    pub(super) fn own(&self) -> &[Prefix] {
        self.own.get_or_init(|| {
            let own = self.routes.iter().filter(|route| route.kind == RouteKind::Local);
            own.map(|route| route.dst).collect()
        })
    }

    /// The routes that lead to an address: the longest prefix first, of one prefix the smallest metric.
    pub(crate) fn leading_to(&self, addr: Ipv4Addr) -> impl Iterator<Item = &Route> {
        self.places(addr).map(|place| &self.routes[place])
    }

    fn places(&self, addr: Ipv4Addr) -> impl Iterator<Item = usize> {
        let first = self.order.get().is_none() && self.asked.set(()).is_ok();
        let looked_through = first.then(|| {
            let mut places: Vec<usize> =
                (0..self.routes.len()).filter(|place| self.routes[*place].dst.holds(addr)).collect();
            places.sort_by_key(|place| (Reverse(self.routes[*place].dst.len), self.routes[*place].metric));
            places
        });
        let ordered = (!first).then(|| self.order.get_or_init(|| Order::of(&self.routes)).leading_to(addr));
        looked_through.into_iter().flatten().chain(ordered.into_iter().flatten())
    }

    /// The longest prefix that leads to an address, with what the last of its routes does.
    pub(super) fn longest(&self, addr: Ipv4Addr) -> Option<(u8, RouteKind)> {
        let mut places = self.places(addr);
        let first = places.next()?;
        let len = self.routes[first].dst.len;
        let last = places.take_while(|place| self.routes[*place].dst.len == len).fold(first, usize::max);
        Some((len, self.routes[last].kind))
    }
}

impl Deref for Table {
    type Target = Vec<Route>;

    fn deref(&self) -> &Vec<Route> {
        &self.routes
    }
}

impl DerefMut for Table {
    fn deref_mut(&mut self) -> &mut Vec<Route> {
        self.own = OnceLock::new();
        self.order = OnceLock::new();
        self.asked = OnceLock::new();
        &mut self.routes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Chance;

    #[test]
    fn what_leads_to_an_address_is_what_a_look_at_all_routes_would_find() {
        let mut chance = Chance::new(5);
        let mut below = |many: u64| u32::try_from(chance.below(many)).unwrap();
        for _ in 0..200 {
            let mut table = Table::default();
            for proto in 0..below(30) {
                let addr = Ipv4Addr::from(0x0a00_0000 | below(8) << 8 | below(4));
                let len = [0, 8, 22, 24, 31, 32][below(6) as usize];
                let kind = if below(2) == 0 { RouteKind::Local } else { RouteKind::Unicast };
                let (proto, metric) = (u8::try_from(proto).unwrap(), below(3));
                let dst = Prefix::new(addr, len);
                table.push(Route {
                    dst,
                    tos: 0,
                    kind,
                    scope: 0,
                    proto,
                    metric,
                    src: None,
                    mtu: None,
                    metrics: std::collections::BTreeMap::new(),
                    hops: Vec::new(),
                });
            }
            for _ in 0..20 {
                let addr = Ipv4Addr::from(0x0a00_0000 | below(9) << 8 | below(5));
                if below(3) == 0 {
                    // As after a change: whoever asks first is answered without an order.
                    table.truncate(usize::MAX);
                }
                let mut all: Vec<&Route> = table.iter().filter(|route| route.dst.holds(addr)).collect();
                let longest = all.iter().map(|route| (route.dst.len, route.kind)).max_by_key(|(len, _)| *len);
                all.sort_by_key(|route| (32 - route.dst.len, route.metric));
                for _ in 0..2 {
                    assert_eq!(table.leading_to(addr).collect::<Vec<_>>(), all, "{addr} in {table:?}");
                }
                assert_eq!(table.longest(addr), longest);
            }
        }
    }
}
