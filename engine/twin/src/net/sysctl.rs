//! The settings under `net.`: their names, what they are when nobody set them, and how setting one sets others.

use std::collections::BTreeMap;

/// What was set, by its dotted name; what is not here is as the kernel was born.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sysctls {
    set: BTreeMap<String, String>,
    links: Vec<String>,
    /// Whether somebody has ever said a word about answering for others.
    proxies: bool,
}

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

impl Sysctls {
    /// The one way in which a new namespace takes after its machine: `all` and `default` of IPv4.
    pub(crate) fn inherit(&mut self, host: &Sysctls) {
        for (name, value) in &host.set {
            if name.starts_with("net.ipv4.conf.all.") || name.starts_with("net.ipv4.conf.default.") {
                self.set.insert(name.clone(), value.clone());
            }
        }
    }

    pub(crate) fn link_added(&mut self, link: &str) {
        self.links.push(link.to_owned());
        for (word, _) in PER_LINK {
            if let Some(value) = self.set.get(&format!("net.ipv4.conf.default.{word}")).cloned() {
                self.set.insert(format!("net.ipv4.conf.{link}.{word}"), value);
            }
        }
    }

    pub(crate) fn link_removed(&mut self, link: &str) {
        self.links.retain(|name| name != link);
        let start = format!("net.ipv4.conf.{link}.");
        self.set.retain(|name, _| !name.starts_with(&start));
    }

    pub(crate) fn link_renamed(&mut self, from: &str, to: &str) {
        let start = format!("net.ipv4.conf.{from}.");
        let moved: Vec<(String, String)> = self
            .set
            .iter()
            .filter_map(|(n, v)| n.strip_prefix(&start).map(|rest| (rest.to_owned(), v.clone())))
            .collect();
        self.link_removed(from);
        self.links.push(to.to_owned());
        for (rest, value) in moved {
            self.set.insert(format!("net.ipv4.conf.{to}.{rest}"), value);
        }
    }

    /// The value of a setting by its dotted name.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        if name == "net.ipv4.ip_forward" {
            return self.get("net.ipv4.conf.all.forwarding");
        }
        if let Some(value) = self.set.get(name) {
            return Some(value.clone());
        }
        if let Some((_, value)) = PLAIN.iter().find(|(plain, _)| *plain == name) {
            return Some((*value).to_owned());
        }
        let rest = name.strip_prefix("net.ipv4.conf.")?;
        let (link, word) = rest.rsplit_once('.')?;
        if link != "all" && link != "default" && !self.links.iter().any(|l| l == link) && link != "lo" {
            return None;
        }
        PER_LINK.iter().find(|(known, _)| *known == word).map(|(_, value)| (*value).to_owned())
    }

    /// Sets a setting; false when there is none of that name.
    pub(crate) fn put(&mut self, name: &str, value: &str) -> bool {
        if self.get(name).is_none() {
            return false;
        }
        let value = value.split_whitespace().collect::<Vec<_>>().join("\t");
        if name == "net.ipv4.ip_forward" || name == "net.ipv4.conf.all.forwarding" {
            let changed = self.get("net.ipv4.conf.all.forwarding") != Some(value.clone());
            let mut names = vec!["all".to_owned()];
            if changed {
                names.extend(["default".to_owned(), "lo".to_owned()]);
                names.extend(self.links.iter().cloned());
            }
            for link in names {
                self.set.insert(format!("net.ipv4.conf.{link}.forwarding"), value.clone());
            }
            return true;
        }
        self.proxies |= name.ends_with(".proxy_arp");
        self.set.insert(name.to_owned(), value);
        true
    }

    pub(crate) fn number(&self, name: &str) -> i64 {
        self.get(name).and_then(|value| value.trim().parse().ok()).unwrap_or(0)
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
        let number = |value: &str| value.trim().parse().unwrap_or(0);
        if let Some(value) = self.set.get(&format!("net.ipv4.conf.{link}.{word}")) {
            return number(value);
        }
        let there = matches!(link, "all" | "default" | "lo") || self.links.iter().any(|one| one == link);
        let born = PER_LINK.iter().find(|(known, _)| there && *known == word);
        born.map_or(0, |(_, value)| number(value))
    }

    /// Every setting with its value, sorted.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        let mut names: Vec<String> = PLAIN.iter().map(|(name, _)| (*name).to_owned()).collect();
        let links = ["all", "default", "lo"].into_iter().map(str::to_owned).chain(self.links.iter().cloned());
        for link in links {
            names.extend(PER_LINK.iter().map(|(word, _)| format!("net.ipv4.conf.{link}.{word}")));
        }
        names.extend(self.set.keys().cloned());
        names.sort();
        names.dedup();
        names.into_iter().filter_map(|name| self.get(&name).map(|value| (name, value))).collect()
    }
}
