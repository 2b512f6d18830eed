//! The settings under `net.`: their names, what they are when nobody set them, and how setting one sets others.

use super::settings::{PER_LINK, PLAIN};
use std::collections::BTreeMap;

/// What was set; what is not here is as the kernel was born.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sysctls {
    /// Of what a namespace has once.
    plain: Said<{ PLAIN.len() }>,
    /// Of each link, and of `all`, `default` and `lo`, which are always there.
    links: BTreeMap<String, Own>,
    /// The numbers of `all`, which nearly every question about a link asks for too.
    all: [i64; PER_LINK.len()],
    /// Whether somebody has ever said a word about answering for others.
    proxies: bool,
}

/// What was set of one link.
type Own = Said<{ PER_LINK.len() }>;

/// What was set of one list of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said<const N: usize> {
    /// By their places in the list.
    texts: BTreeMap<usize, String>,
    /// What all of them are as numbers: packets ask for these.
    numbers: [i64; N],
}

impl<const N: usize> Said<N> {
    fn put(&mut self, place: usize, value: String) {
        self.numbers[place] = value.trim().parse().unwrap_or(0);
        self.texts.insert(place, value);
    }
}

/// A setting of a link by its place in their list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfLink(usize);

impl OfLink {
    pub(crate) const ACCEPT_LOCAL: OfLink = OfLink(place("accept_local", &PER_LINK));
    pub(crate) const ARP_ANNOUNCE: OfLink = OfLink(place("arp_announce", &PER_LINK));
    pub(crate) const ARP_FILTER: OfLink = OfLink(place("arp_filter", &PER_LINK));
    pub(crate) const ARP_IGNORE: OfLink = OfLink(place("arp_ignore", &PER_LINK));
    pub(crate) const FORWARDING: OfLink = OfLink(place("forwarding", &PER_LINK));
    pub(crate) const IGNORE_DEAD_ROUTES: OfLink = OfLink(place("ignore_routes_with_linkdown", &PER_LINK));
    pub(crate) const PROMOTE_SECONDARIES: OfLink = OfLink(place("promote_secondaries", &PER_LINK));
    pub(crate) const PROXY_ARP: OfLink = OfLink(place("proxy_arp", &PER_LINK));
    pub(crate) const ROUTE_LOCALNET: OfLink = OfLink(place("route_localnet", &PER_LINK));
    pub(crate) const RP_FILTER: OfLink = OfLink(place("rp_filter", &PER_LINK));
    pub(crate) const SRC_VALID_MARK: OfLink = OfLink(place("src_valid_mark", &PER_LINK));
}

/// A setting that a namespace has once, by its place in their list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain(usize);

impl Plain {
    pub(crate) const DEFAULT_TTL: Plain = Plain(place("net.ipv4.ip_default_ttl", &PLAIN));
    pub(crate) const BRIDGES_ARE_FILTERED: Plain = Plain(place("net.bridge.bridge-nf-call-iptables", &PLAIN));
    pub(crate) const ECHO_IGNORE_ALL: Plain = Plain(place("net.ipv4.icmp_echo_ignore_all", &PLAIN));
    pub(crate) const NO_PMTU_DISC: Plain = Plain(place("net.ipv4.ip_no_pmtu_disc", &PLAIN));
    pub(crate) const FORWARD_USE_PMTU: Plain = Plain(place("net.ipv4.ip_forward_use_pmtu", &PLAIN));
}

/// What a link and `all` say of its settings.
pub(crate) struct Settings<'a> {
    /// None where there is no such link.
    own: Option<&'a [i64; PER_LINK.len()]>,
    all: &'a [i64; PER_LINK.len()],
}

impl Settings<'_> {
    /// The link's own; zero where there is no such link.
    pub(crate) fn own(&self, word: OfLink) -> i64 {
        self.own.map_or(0, |own| own[word.0])
    }

    /// Where the greater of `all` and the link's own counts.
    pub(crate) fn greater(&self, word: OfLink) -> i64 {
        self.own(word).max(self.all[word.0])
    }

    /// Where it is on when `all` or the link's own is.
    pub(crate) fn either(&self, word: OfLink) -> bool {
        self.own(word) != 0 || self.all[word.0] != 0
    }
}

/// Before the link's name.
const LINKS: &str = "net.ipv4.conf.";
/// Those that are no link of their own, or that nobody can remove.
const ALWAYS: [&str; 3] = ["all", "default", "lo"];

/// What the kernel makes of a value: its first number, where it fits the setting; none where it refuses it.
fn kept(name: &str, old: &str, value: &str) -> Option<String> {
    if old.split_whitespace().count() != 1 || old.parse::<i64>().is_err() {
        let is_number = |word: &str| word.parse::<i64>().is_ok();
        let numbers = !old.is_empty() && old.split_whitespace().all(is_number);
        let fits = !numbers || !value.is_empty() && value.split_whitespace().all(is_number);
        return fits.then(|| value.to_owned());
    }
    let word = value.split_whitespace().next()?;
    let number = match (word.strip_prefix("0x"), word.strip_prefix('0').filter(|rest| !rest.is_empty())) {
        (Some(hex), _) => i64::from_str_radix(hex, 16).ok()?,
        (None, Some(octal)) => i64::from_str_radix(octal, 8).ok()?,
        (None, None) => word.parse().ok()?,
    };
    let (least, most) = match name {
        "net.ipv4.ip_default_ttl" => (1, 255),
        "net.ipv4.icmp_echo_ignore_all" | "net.ipv4.icmp_echo_ignore_broadcasts" => (0, 1),
        "net.ipv4.ip_nonlocal_bind" | "net.ipv4.fwmark_reflect" | "net.ipv4.tcp_fwmark_accept" => (0, 255),
        _ => (i64::from(i32::MIN), i64::from(i32::MAX)),
    };
    (least..=most).contains(&number).then(|| number.to_string())
}

/// A setting by its dotted name: its place in its list, for a link with the link's name.
enum Name<'a> {
    Plain(usize),
    Link(&'a str, usize),
}

impl Name<'_> {
    fn born(&self) -> &'static str {
        match self {
            Name::Plain(place) => PLAIN[*place].1,
            Name::Link(_, place) => PER_LINK[*place].1,
        }
    }
}

/// Where a name is in a list; one that is not there does not compile.
const fn place<const N: usize>(name: &str, list: &[(&str, &str); N]) -> usize {
    let mut at = 0;
    while !is_same(name.as_bytes(), list[at].0.as_bytes()) {
        at += 1;
    }
    at
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The numbers of a list as the kernel is born; zero for what is none.
const fn born<const N: usize>(list: &[(&str, &str); N]) -> [i64; N] {
    let (mut numbers, mut at) = ([0; N], 0);
    while at < N {
        numbers[at] = match i64::from_str_radix(list[at].1, 10) {
            Ok(number) => number,
            Err(_) => 0,
        };
        at += 1;
    }
    numbers
}

const BORN_LINK: [i64; PER_LINK.len()] = born(&PER_LINK);
const BORN_PLAIN: [i64; PLAIN.len()] = born(&PLAIN);

impl Own {
    const BORN: Own = Said { texts: BTreeMap::new(), numbers: BORN_LINK };
}

impl Default for Sysctls {
    fn default() -> Sysctls {
        let plain = Said { texts: BTreeMap::new(), numbers: BORN_PLAIN };
        Sysctls { plain, links: BTreeMap::new(), all: BORN_LINK, proxies: false }
    }
}

impl Sysctls {
    /// The one way in which a new namespace takes after its machine: `all` and `default` of IPv4.
    pub(crate) fn inherit(&mut self, host: &Sysctls) {
        for link in ["all", "default"] {
            if let Some(own) = host.links.get(link) {
                self.links.insert(link.to_owned(), own.clone());
            }
        }
        self.note_all();
    }

    fn note_all(&mut self) {
        self.all = self.links.get("all").map_or(BORN_LINK, |own| own.numbers);
    }

    pub(crate) fn link_added(&mut self, link: &str) {
        let born = self.links.get("default").cloned().unwrap_or(Own::BORN);
        self.links.insert(link.to_owned(), born);
    }

    /// Whether both say the same, but for links that are left out.
    pub(crate) fn is_like(&self, other: &Sysctls, left_out: impl Fn(&str) -> bool) -> bool {
        let Sysctls { plain, links, all, proxies } = self;
        let kept = |(link, _): &(&String, &Own)| !left_out(link);
        (plain, all, proxies) == (&other.plain, &other.all, &other.proxies)
            && links.iter().filter(kept).eq(other.links.iter().filter(kept))
    }

    pub(crate) fn link_removed(&mut self, link: &str) {
        self.links.remove(link);
    }

    pub(crate) fn link_renamed(&mut self, from: &str, to: &str) {
        let own = self.links.remove(from).unwrap_or(Own::BORN);
        self.links.insert(to.to_owned(), own);
    }

    fn has(&self, link: &str) -> bool {
        ALWAYS.contains(&link) || self.links.contains_key(link)
    }

    fn find<'a>(&self, name: &'a str) -> Option<Name<'a>> {
        if name == "net.ipv4.ip_forward" {
            return self.find("net.ipv4.conf.all.forwarding");
        }
        if let Some(place) = PLAIN.iter().position(|(plain, _)| *plain == name) {
            return Some(Name::Plain(place));
        }
        let (link, word) = name.strip_prefix(LINKS)?.rsplit_once('.')?;
        let place = PER_LINK.iter().position(|(known, _)| *known == word).filter(|_| self.has(link))?;
        Some(Name::Link(link, place))
    }

    fn value(&self, name: &str) -> Option<&str> {
        let name = self.find(name)?;
        let set = match name {
            Name::Plain(place) => self.plain.texts.get(&place),
            Name::Link(link, place) => self.links.get(link).and_then(|own| own.texts.get(&place)),
        };
        Some(set.map_or(name.born(), String::as_str))
    }

    /// The value of a setting by its dotted name.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.value(name).map(str::to_owned)
    }

    /// Sets a setting as the kernel does whom somebody hands a text; false where it refuses it.
    pub(crate) fn take(&mut self, name: &str, value: &str) -> bool {
        let kept = self.value(name).and_then(|old| kept(name, old, value));
        kept.is_some_and(|kept| self.put(name, &kept))
    }

    /// Sets a setting; false when there is none of that name.
    pub(crate) fn put(&mut self, name: &str, value: &str) -> bool {
        let Some(found) = self.find(name) else { return false };
        let value = value.split_whitespace().collect::<Vec<_>>().join("\t");
        match found {
            Name::Plain(place) => self.plain.put(place, value),
            Name::Link("all", place) if place == OfLink::FORWARDING.0 => {
                // Who sets it as it is sets it for no link.
                let changed = self.value(name) != Some(value.as_str());
                for link in ALWAYS.into_iter().filter(|link| changed || *link == "all") {
                    self.links.entry(link.to_owned()).or_insert(Own::BORN);
                }
                let meant = self.links.iter_mut().filter(|(link, _)| changed || *link == "all");
                meant.for_each(|(_, own)| own.put(place, value.clone()));
            }
            Name::Link(link, place) => {
                self.proxies |= place == OfLink::PROXY_ARP.0;
                self.links.entry(link.to_owned()).or_insert(Own::BORN).put(place, value);
            }
        }
        self.note_all();
        true
    }

    /// Whether a setting that a namespace has once is on.
    pub(crate) fn is_on(&self, setting: Plain) -> bool {
        self.plain.numbers[setting.0] != 0
    }

    /// The number of a setting that a namespace has once.
    pub(crate) fn number(&self, setting: Plain) -> i64 {
        self.plain.numbers[setting.0]
    }

    /// Whether a link may answer for others; where nobody has ever set it, none does.
    pub(crate) fn may_proxy(&self) -> bool {
        self.proxies
    }

    /// What is set of a link.
    pub(crate) fn of(&self, link: &str) -> Settings<'_> {
        let own = self.links.get(link).map(|own| &own.numbers);
        Settings { own: own.or_else(|| ALWAYS.contains(&link).then_some(&BORN_LINK)), all: &self.all }
    }

    fn link_names(&self) -> impl Iterator<Item = &str> {
        let others = self.links.keys().map(String::as_str).filter(|link| !ALWAYS.contains(link));
        ALWAYS.into_iter().chain(others)
    }

    /// The names of all settings, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let plain = PLAIN.iter().map(|(name, _)| (*name).to_owned());
        let of_links = self.link_names().flat_map(|link| PER_LINK.map(|(word, _)| format!("{LINKS}{link}.{word}")));
        let mut names: Vec<String> = plain.chain(of_links).collect();
        names.sort();
        names
    }

    /// Whether there are settings below a folder, which ends with a slash.
    pub(crate) fn has_below(&self, folder: &str) -> bool {
        let plain = folder.replace('/', ".");
        PLAIN.iter().any(|(name, _)| name.starts_with(&plain))
            || self.link_names().any(|link| format!("net/ipv4/conf/{link}/").starts_with(folder))
    }
}
