//! Routes, tables and rules as the kernel keeps them.

use super::link::scope;
use super::prefix::Prefix;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Numbers of the tables the kernel knows by name.
pub(crate) mod table {
    pub(crate) const DEFAULT: u32 = 253;
    pub(crate) const MAIN: u32 = 254;
    pub(crate) const LOCAL: u32 = 255;

    pub(crate) fn name(number: u32) -> String {
        match number {
            DEFAULT => "default".to_owned(),
            MAIN => "main".to_owned(),
            LOCAL => "local".to_owned(),
            other => other.to_string(),
        }
    }

    pub(crate) fn read(text: &str) -> Option<u32> {
        match text {
            "default" => Some(DEFAULT),
            "main" => Some(MAIN),
            "local" => Some(LOCAL),
            "all" | "unspec" => Some(0),
            other => other.parse().ok(),
        }
    }
}

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteKind {
    Unicast,
    Local,
    Broadcast,
    Blackhole,
    Unreachable,
    Prohibit,
    Throw,
}

impl RouteKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            RouteKind::Unicast => "unicast",
            RouteKind::Local => "local",
            RouteKind::Broadcast => "broadcast",
            RouteKind::Blackhole => "blackhole",
            RouteKind::Unreachable => "unreachable",
            RouteKind::Prohibit => "prohibit",
            RouteKind::Throw => "throw",
        }
    }

    pub(crate) fn read(word: &str) -> Option<RouteKind> {
        Some(match word {
            "unicast" => RouteKind::Unicast,
            "local" => RouteKind::Local,
            "broadcast" => RouteKind::Broadcast,
            "blackhole" => RouteKind::Blackhole,
            "unreachable" => RouteKind::Unreachable,
            "prohibit" => RouteKind::Prohibit,
            "throw" => RouteKind::Throw,
            _ => return None,
        })
    }

    pub(crate) fn needs_device(self) -> bool {
        matches!(self, RouteKind::Unicast | RouteKind::Local | RouteKind::Broadcast)
    }
}

/// One way out of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) dev: u32,
    pub(crate) via: Option<Ipv4Addr>,
    pub(crate) onlink: bool,
    pub(crate) weight: u32,
    /// The scope of the next hop itself.
    pub(crate) scope: u8,
    pub(crate) dead: bool,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) dst: Prefix,
    pub(crate) tos: u8,
    pub(crate) kind: RouteKind,
    pub(crate) scope: u8,
    pub(crate) proto: u8,
    pub(crate) metric: u32,
    pub(crate) src: Option<Ipv4Addr>,
    pub(crate) mtu: Option<u32>,
    /// What those who send by it heed, and no packet; `lock` where its MTU is not to be learned anew.
    pub(crate) metrics: BTreeMap<String, String>,
    pub(crate) hops: Vec<Hop>,
}

impl Route {
    /// The words of its metrics behind the MTU, as they are shown.
    pub(crate) const METRICS: [&str; 8] =
        ["window", "rtt", "advmss", "hoplimit", "initcwnd", "initrwnd", "quickack", "congctl"];

    /// Its metrics as they are shown, the MTU first.
    pub(crate) fn metric_words(&self) -> String {
        let lock = if self.metrics.contains_key("lock") { "lock " } else { "" };
        let mtu = self.mtu.map(|mtu| format!("mtu {lock}{mtu} "));
        let rest = Self::METRICS.iter().filter_map(|word| Some(format!("{word} {} ", self.metrics.get(*word)?)));
        mtu.into_iter().chain(rest).collect()
    }

    pub(crate) fn uses(&self, dev: u32) -> bool {
        self.hops.iter().any(|hop| hop.dev == dev)
    }
}

/// What `proto` numbers are called.
pub(crate) fn proto_name(number: u8) -> String {
    match number {
        0 => "unspec".to_owned(),
        1 => "redirect".to_owned(),
        2 => "kernel".to_owned(),
        3 => "boot".to_owned(),
        4 => "static".to_owned(),
        12 => "bird".to_owned(),
        16 => "dhcp".to_owned(),
        186 => "bgp".to_owned(),
        other => other.to_string(),
    }
}

/// The number of a `proto` word.
pub(crate) fn proto_read(word: &str) -> Option<u8> {
    (0..=255u8).find(|n| proto_name(*n) == word).or_else(|| word.parse().ok())
}

/// What a scope number is called.
pub(crate) fn scope_name(number: u8) -> String {
    match number {
        scope::UNIVERSE => "global".to_owned(),
        scope::SITE => "site".to_owned(),
        scope::LINK => "link".to_owned(),
        scope::HOST => "host".to_owned(),
        scope::NOWHERE => "nowhere".to_owned(),
        other => other.to_string(),
    }
}

/// The number of a scope word.
pub(crate) fn scope_read(word: &str) -> Option<u8> {
    match word {
        "global" | "universe" => Some(scope::UNIVERSE),
        "site" => Some(scope::SITE),
        "link" => Some(scope::LINK),
        "host" => Some(scope::HOST),
        "nowhere" => Some(scope::NOWHERE),
        other => other.parse().ok(),
    }
}

/// What a rule does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Lookup(u32),
    Blackhole,
    Unreachable,
    Prohibit,
    Goto(u32),
    Nop,
}

/// One rule of `ip rule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) priority: u32,
    pub(crate) not: bool,
    pub(crate) from: Prefix,
    pub(crate) to: Prefix,
    pub(crate) mark: Option<(u32, u32)>,
    pub(crate) iif: Option<String>,
    pub(crate) oif: Option<String>,
    pub(crate) act: Act,
    pub(crate) suppress: Option<u8>,
    pub(crate) proto: u8,
}

impl Rule {
    pub(crate) fn new(priority: u32, act: Act) -> Rule {
        Rule {
            priority,
            not: false,
            from: Prefix::ALL,
            to: Prefix::ALL,
            mark: None,
            iif: None,
            oif: None,
            act,
            suppress: None,
            proto: 0,
        }
    }
}
