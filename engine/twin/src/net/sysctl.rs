//! The settings under `net.`: their names, what they are when nobody set them, and how setting one sets others.

use std::collections::BTreeMap;

/// What was set; what is not here is as the kernel was born.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sysctls {
    /// Of what a namespace has once, by dotted names.
    plain: BTreeMap<&'static str, String>,
    /// Of each link, and of `all`, `default` and `lo`, which are always there.
    links: BTreeMap<String, Own>,
    /// Whether somebody has ever said a word about answering for others.
    proxies: bool,
}

/// What was set of one link, by the last word of the names.
type Own = BTreeMap<&'static str, String>;

/// Before the link's name.
const LINKS: &str = "net.ipv4.conf.";
/// Those that are no link of their own, or that nobody can remove.
const ALWAYS: [&str; 3] = ["all", "default", "lo"];

/// Settings each link has, with the kernel's own values.
const PER_LINK: [(&str, &str); 22] = [
    ("accept_local", "0"),
    ("accept_redirects", "1"),
    ("accept_source_route", "0"),
    ("arp_accept", "0"),
    ("arp_announce", "0"),
    ("arp_evict_nocarrier", "1"),
    ("arp_filter", "0"),
    ("arp_ignore", "0"),
    ("arp_notify", "0"),
    ("disable_policy", "0"),
    ("disable_xfrm", "0"),
    ("drop_gratuitous_arp", "0"),
    ("forwarding", "0"),
    ("ignore_routes_with_linkdown", "0"),
    ("log_martians", "0"),
    ("promote_secondaries", "0"),
    ("proxy_arp", "0"),
    ("proxy_arp_pvlan", "0"),
    ("route_localnet", "0"),
    ("rp_filter", "0"),
    ("send_redirects", "1"),
    ("src_valid_mark", "0"),
];

/// Settings a namespace has once.
const PLAIN: [(&str, &str); 26] = [
    ("net.bridge.bridge-nf-call-arptables", "1"),
    ("net.bridge.bridge-nf-call-ip6tables", "1"),
    ("net.bridge.bridge-nf-call-iptables", "1"),
    ("net.bridge.bridge-nf-filter-pppoe-tagged", "0"),
    ("net.bridge.bridge-nf-filter-vlan-tagged", "0"),
    ("net.bridge.bridge-nf-pass-vlan-input-dev", "0"),
    ("net.core.bpf_jit_enable", "1"),
    ("net.core.somaxconn", "4096"),
    ("net.ipv4.fwmark_reflect", "0"),
    ("net.ipv4.icmp_echo_ignore_all", "0"),
    ("net.ipv4.icmp_echo_ignore_broadcasts", "1"),
    ("net.ipv4.ip_default_ttl", "64"),
    ("net.ipv4.ip_forward", "0"),
    ("net.ipv4.ip_forward_use_pmtu", "0"),
    ("net.ipv4.ip_local_port_range", "32768\t60999"),
    ("net.ipv4.ip_no_pmtu_disc", "0"),
    ("net.ipv4.ip_nonlocal_bind", "0"),
    ("net.ipv4.neigh.default.gc_thresh1", "128"),
    ("net.ipv4.neigh.default.gc_thresh2", "512"),
    ("net.ipv4.neigh.default.gc_thresh3", "1024"),
    ("net.ipv4.tcp_fwmark_accept", "0"),
    ("net.ipv4.tcp_mtu_probing", "0"),
    ("net.ipv4.vs.conntrack", "0"),
    ("net.ipv6.conf.all.disable_ipv6", "0"),
    ("net.ipv6.conf.default.disable_ipv6", "0"),
    ("net.netfilter.nf_conntrack_max", "262144"),
];

/// A setting by its dotted name.
enum Name<'a> {
    Plain(&'static str, &'static str),
    Link(&'a str, &'static str, &'static str),
}

impl Name<'_> {
    fn born(&self) -> &'static str {
        match self {
            Name::Plain(_, born) | Name::Link(_, _, born) => born,
        }
    }
}

fn word_of(word: &str) -> Option<(&'static str, &'static str)> {
    PER_LINK.iter().find(|(known, _)| *known == word).copied()
}

fn number(value: &str) -> i64 {
    value.trim().parse().unwrap_or(0)
}

impl Sysctls {
    /// The one way in which a new namespace takes after its machine: `all` and `default` of IPv4.
    pub(crate) fn inherit(&mut self, host: &Sysctls) {
        for link in ["all", "default"] {
            if let Some(own) = host.links.get(link) {
                self.links.insert(link.to_owned(), own.clone());
            }
        }
    }

    pub(crate) fn link_added(&mut self, link: &str) {
        let born = self.links.get("default").cloned().unwrap_or_default();
        self.links.insert(link.to_owned(), born);
    }

    pub(crate) fn link_removed(&mut self, link: &str) {
        self.links.remove(link);
    }

    pub(crate) fn link_renamed(&mut self, from: &str, to: &str) {
        let own = self.links.remove(from).unwrap_or_default();
        self.links.insert(to.to_owned(), own);
    }

    fn has(&self, link: &str) -> bool {
        ALWAYS.contains(&link) || self.links.contains_key(link)
    }

    fn find<'a>(&self, name: &'a str) -> Option<Name<'a>> {
        if name == "net.ipv4.ip_forward" {
            return self.find("net.ipv4.conf.all.forwarding");
        }
        if let Some((plain, born)) = PLAIN.iter().find(|(plain, _)| *plain == name) {
            return Some(Name::Plain(plain, born));
        }
        let (link, word) = name.strip_prefix(LINKS)?.rsplit_once('.')?;
        let (word, born) = word_of(word).filter(|_| self.has(link))?;
        Some(Name::Link(link, word, born))
    }

    fn value(&self, name: &str) -> Option<&str> {
        let name = self.find(name)?;
        let set = match name {
            Name::Plain(plain, _) => self.plain.get(plain),
            Name::Link(link, word, _) => self.links.get(link).and_then(|own| own.get(word)),
        };
        Some(set.map_or(name.born(), String::as_str))
    }

    /// The value of a setting by its dotted name.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.value(name).map(str::to_owned)
    }

    /// Sets a setting; false when there is none of that name.
    pub(crate) fn put(&mut self, name: &str, value: &str) -> bool {
        let Some(found) = self.find(name) else { return false };
        let value = value.split_whitespace().collect::<Vec<_>>().join("\t");
        match found {
            Name::Plain(plain, _) => drop(self.plain.insert(plain, value)),
            Name::Link("all", "forwarding", _) => {
                // Who sets it as it is sets it for no link.
                let changed = self.value(name) != Some(value.as_str());
                for link in ALWAYS.into_iter().filter(|link| changed || *link == "all") {
                    self.links.entry(link.to_owned()).or_default();
                }
                let meant = self.links.iter_mut().filter(|(link, _)| changed || *link == "all");
                meant.for_each(|(_, own)| drop(own.insert("forwarding", value.clone())));
            }
            Name::Link(link, word, _) => {
                self.proxies |= word == "proxy_arp";
                self.links.entry(link.to_owned()).or_default().insert(word, value);
            }
        }
        true
    }

    pub(crate) fn number(&self, name: &str) -> i64 {
        self.value(name).map_or(0, number)
    }

    /// Whether a link may answer for others; where nobody has ever set it, none does.
    pub(crate) fn may_proxy(&self) -> bool {
        self.proxies
    }

    /// A setting of a link where the greater of `all` and the link's own counts.
    pub(crate) fn greater(&self, link: &str, word: &str) -> i64 {
        self.of(link, word).max(self.of("all", word))
    }

    /// A setting of a link that is on when `all` or the link's own is.
    pub(crate) fn either(&self, link: &str, word: &str) -> bool {
        self.of(link, word) != 0 || self.of("all", word) != 0
    }

    /// A setting of a link; zero where there is no such link or setting.
    pub(crate) fn of(&self, link: &str, word: &str) -> i64 {
        let own = self.links.get(link);
        match own.and_then(|own| own.get(word)) {
            Some(value) => number(value),
            None if own.is_some() || ALWAYS.contains(&link) => word_of(word).map_or(0, |(_, born)| number(born)),
            None => 0,
        }
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
