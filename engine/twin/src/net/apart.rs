//! To whom it matters that the chains or the maps of a namespace are not as they were: the addresses that only packets
//! from or to them can tell the difference by.
//!
//! Who keeps the services of a cluster writes the chains of every machine again for each pod that comes or goes, and what
//! he changes is nearly always about the address of one service.

use super::cables::Cables;
use super::filter::{Chain, Match, Rule, Set, Table, Tables};
use super::maps::Maps;
use super::prefix::Prefix;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// From here on a port may be whoever asks's own: another with each question.
const OF_ASKERS: u16 = 32768;

/// The packets that a change is about: those from or to an address, and where ports are said for one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct About {
    prefix: Prefix,
    ports: Option<(u16, u16)>,
}

impl From<Prefix> for About {
    fn from(prefix: Prefix) -> About {
        About { prefix, ports: None }
    }
}

impl About {
    /// None where a rule may be about every packet of its chain.
    fn of(rule: &Rule) -> Option<About> {
        let prefix = rule.matches.iter().find_map(|one| match one {
            Match::Dst(false, prefix) | Match::Src(false, prefix) => Some(*prefix),
            _ => None,
        });
        let ports = rule.matches.iter().find_map(|one| match one {
            Match::Ports { dst: Some((false, first, last)), .. } if *last < OF_ASKERS => Some((*first, *last)),
            _ => None,
        });
        (prefix.is_some() || ports.is_some()).then(|| About { prefix: prefix.unwrap_or(Prefix::ALL), ports })
    }

    /// Whether it is about a packet that had this address at one of its ends, where packets were for these ports.
    pub(super) fn concerns(&self, address: Ipv4Addr, ports: &[u16]) -> bool {
        let meant = |(first, last): (u16, u16)| ports.iter().any(|port| (first..=last).contains(port));
        self.prefix.holds(address) && self.ports.is_none_or(meant)
    }
}

/// The packets that other chains may matter to; none where they may matter to all. Cables have come or gone.
pub(super) fn of_chains(one: &Arc<Tables>, other: &Arc<Tables>, cables: &Cables<'_>) -> Option<Vec<About>> {
    if Arc::ptr_eq(one, other) {
        return Some(Vec::new());
    }
    if one.tracks != other.tracks || one.tables.len() != other.tables.len() {
        return None;
    }
    let mut all = Vec::new();
    for ((name, here), (same, there)) in one.tables.iter().zip(&other.tables) {
        if name != same || here.at != there.at {
            return None;
        }
        all.extend(of_table(here, there, cables)?);
    }
    Some(all)
}

fn by_name(table: &Table) -> BTreeMap<&str, &Chain> {
    table.chains.iter().map(|chain| (chain.name.as_str(), chain)).collect()
}

fn of_table<'a>(one: &'a Table, other: &'a Table, cables: &Cables<'_>) -> Option<Vec<About>> {
    let (here, there) = (by_name(one), by_name(other));
    let names: BTreeSet<&str> = here.keys().chain(there.keys()).copied().collect();
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for name in names {
        let (is, was) = (here.get(name), there.get(name));
        let policy = |chain: Option<&&Chain>| chain.and_then(|chain| chain.accepts);
        if policy(is) != policy(was) {
            return None;
        }
        let rules = |chain: Option<&&'a Chain>| -> &'a [Rule] { chain.map_or(&[], |chain| &chain.rules) };
        // What comes and goes by a cable that is new is told of already.
        let by_cable = |rule: &&Rule| rule.matches.iter().any(|one| goes_by(one, cables));
        for rule in apart(rules(is), rules(was)).filter(|rule| !by_cable(rule)) {
            match About::of(rule) {
                Some(about) => all.push(about),
                None => open.push(name),
            }
        }
    }
    // A rule for every packet of its chain is for those that are led there.
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        if [one, other].iter().any(|table| table.chain(name).is_some_and(|chain| chain.accepts.is_some())) {
            return None;
        }
        for chain in one.chains.iter().chain(&other.chains) {
            for rule in chain.rules.iter().filter(|rule| rule.target.leads_to() == Some(name)) {
                match About::of(rule) {
                    Some(about) => all.push(about),
                    None => open.push(&chain.name),
                }
            }
        }
    }
    Some(all)
}

/// What is between that which both begin and that which both end with.
fn apart<'a, T: PartialEq>(one: &'a [T], other: &'a [T]) -> impl Iterator<Item = &'a T> {
    let (one, other) = between(one, other);
    one.iter().chain(other)
}

/// What only one of the two has. Mostly little is apart, and only that is compared with each other.
pub(super) fn alone<'a, T: PartialEq>(one: &'a [T], other: &'a [T]) -> impl Iterator<Item = &'a T> {
    let (one, other) = between(one, other);
    let (gone, come) = (one.iter().filter(|it| !other.contains(it)), other.iter().filter(|it| !one.contains(it)));
    gone.chain(come)
}

fn between<'a, T: PartialEq>(one: &'a [T], other: &'a [T]) -> (&'a [T], &'a [T]) {
    let first = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[first..], &other[first..]);
    let last = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    (&one[..one.len() - last], &other[..other.len() - last])
}

fn goes_by(one: &Match, cables: &Cables<'_>) -> bool {
    matches!(one, Match::In(false, name) | Match::Out(false, name) if cables.is_named(name))
}

/// The packets that other sets may matter to; none where they may matter to all.
pub(super) fn of_sets(one: &Arc<BTreeMap<String, Set>>, other: &Arc<BTreeMap<String, Set>>) -> Option<Vec<About>> {
    let mut all = Vec::new();
    if Arc::ptr_eq(one, other) {
        return Some(all);
    }
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for name in names {
        let [is, was] = [one, other].map(|sets| sets.get(name).map_or(&[][..], |set| &set.entries));
        for entry in alone(is, was) {
            all.push(About::from(entry.prefix?));
        }
    }
    Some(all)
}

/// The addresses that other maps may matter to; none where they may matter to all.
pub(super) fn of_maps(one: Option<&Arc<Maps>>, other: Option<&Arc<Maps>>) -> Option<Vec<Prefix>> {
    let (one, other) = match (one, other) {
        (Some(one), Some(other)) if !Arc::ptr_eq(one, other) => (&**one, &**other),
        (Some(_), Some(_)) | (None, None) => return Some(Vec::new()),
        _ => return None,
    };
    if (one.router, &one.tunnel, one.sockets) != (other.router, &other.tunnel, other.sockets) {
        return None;
    }
    let mut all = Vec::new();
    let pods: BTreeSet<_> = one.endpoints.keys().chain(other.endpoints.keys()).collect();
    let moved = pods.into_iter().filter(|addr| one.endpoints.get(addr) != other.endpoints.get(addr));
    all.extend(moved.map(|addr| Prefix::host(*addr)));
    let fronts: BTreeSet<_> = one.services.keys().chain(other.services.keys()).collect();
    let moved = fronts.into_iter().filter(|front| one.services.get(front) != other.services.get(front));
    all.extend(moved.map(|front| Prefix::host(front.0)));
    let moved = alone(&one.elsewhere, &other.elsewhere);
    all.extend(moved.flat_map(|(range, home)| [*range, Prefix::host(*home)]));
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Network;

    fn after(before: &Network, typed: &str) -> Network {
        let mut network = before.clone();
        let words = typed.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let answer = crate::net::run(&mut network, "one", "", &words, "", 0);
        assert_eq!(answer.code, 0, "{typed}: {}", answer.stderr);
        network
    }

    #[test]
    fn what_is_behind_a_service_matters_to_those_who_ask_for_it() {
        let mut network = Network::new();
        let host = network.machine("one");
        for typed in [
            "iptables -t nat -N SERVICES",
            "iptables -t nat -N WEB",
            "iptables -t nat -A PREROUTING -j SERVICES",
            "iptables -t nat -A SERVICES -d 10.96.0.7/32 -p tcp --dport 80 -j WEB",
            "iptables -t nat -A WEB -p tcp -j DNAT --to-destination 10.42.0.2:80",
        ] {
            network = after(&network, typed);
        }
        let touched = |typed: &str, last: u8, port: u16| {
            let changes = after(&network, typed).changes_since(&network).unwrap();
            changes.touch(&[(host, Ipv4Addr::new(10, 96, 0, last))], &[port])
        };
        let touches = |typed: &str, last: u8| touched(typed, last, 80);
        let behind = "iptables -t nat -I WEB -p tcp -j DNAT --to-destination 10.42.0.3:80";
        assert_eq!((touches(behind, 7), touches(behind, 8)), (true, false));
        assert!(!touched(behind, 7, 81), "who asks for another port of it is not led there");
        let other = "iptables -t nat -A SERVICES -d 10.96.0.8/32 -p tcp -j WEB";
        assert_eq!((touches(other, 7), touches(other, 8)), (false, true));
        let all = "iptables -t nat -I SERVICES -p udp -j RETURN";
        assert_eq!((touches(all, 7), touches(all, 9)), (true, true), "the built-in chain leads everybody there");
        let port = "iptables -t nat -A SERVICES -p tcp -m addrtype --dst-type LOCAL --dport 30080 -j WEB";
        assert_eq!((touched(port, 9, 80), touched(port, 9, 30080)), (false, true));
    }

    #[test]
    fn a_pod_that_comes_matters_to_those_who_ask_for_its_address() {
        let maps = Maps::new(Ipv4Addr::new(10, 1, 0, 1));
        let mut more = maps.clone();
        let (range, home) = (Prefix::new(Ipv4Addr::new(10, 1, 1, 0), 24), Ipv4Addr::new(10, 0, 0, 2));
        more.elsewhere.push((range, home));
        let said = of_maps(Some(&Arc::new(maps.clone())), Some(&Arc::new(more)));
        assert_eq!(said, Some(vec![range, Prefix::host(home)]));
        assert_eq!(of_maps(Some(&Arc::new(maps.clone())), None), None);
        assert_eq!(of_maps(Some(&Arc::new(maps.clone())), Some(&Arc::new(maps))), Some(Vec::new()));
    }
}
