//! Tables, chains and rules.

use crate::net::prefix::Prefix;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// All tables of one backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) tables: BTreeMap<String, Table>,
    /// Whether any rule needs connections to be tracked; without one the kernel tracks none, and rewrites nothing.
    pub(crate) tracks: bool,
}

impl Tables {
    /// Looks through all rules for one that needs tracking.
    pub(crate) fn need_tracking(&self) -> bool {
        let rules = self.tables.values().flat_map(|table| &table.chains).flat_map(|chain| &chain.rules);
        rules.into_iter().any(|rule| {
            let target = matches!(
                rule.target,
                Target::Masquerade(..)
                    | Target::Snat(..)
                    | Target::Dnat(..)
                    | Target::Redirect(..)
                    | Target::Netmap(_)
                    | Target::ConnMark(_)
            );
            let asks = |one: &Match| matches!(one, Match::State { .. } | Match::Connection(..) | Match::ConnMark(..));
            target || rule.matches.iter().any(asks)
        })
    }
}

/// One table: its built-in chains first, then those of users by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) chains: Vec<Chain>,
    /// The order in which tables came to be, over both backends.
    pub(crate) at: u32,
}

/// One chain; only built-in ones have a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) name: String,
    pub(crate) accepts: Option<bool>,
    pub(crate) rules: Vec<Rule>,
}

/// The built-in chains of a table.
pub(crate) fn built_in(table: &str) -> &'static [&'static str] {
    match table {
        "filter" | "security" => &["INPUT", "FORWARD", "OUTPUT"],
        "nat" => &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
        "mangle" => &["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
        "raw" => &["PREROUTING", "OUTPUT"],
        _ => &[],
    }
}

impl Table {
    pub(crate) fn born(table: &str) -> Table {
        let chain = |name: &&str| Chain { name: (*name).to_owned(), accepts: Some(true), rules: Vec::new() };
        Table { chains: built_in(table).iter().map(chain).collect(), at: 0 }
    }

    fn place(&self, name: &str) -> Option<usize> {
        let users = self.chains.iter().position(|chain| chain.accepts.is_none()).unwrap_or(self.chains.len());
        let (born, made) = self.chains.split_at(users);
        let named = |chain: &Chain| chain.name == name;
        let sorted = || made.binary_search_by(|chain| chain.name.as_str().cmp(name)).ok();
        // One that was given another name stays in its place.
        let made = || sorted().or_else(|| made.iter().position(named)).map(|place| users + place);
        born.iter().position(named).or_else(made)
    }

    pub(crate) fn chain(&self, name: &str) -> Option<&Chain> {
        self.chains.get(self.place(name)?)
    }

    pub(crate) fn chain_mut(&mut self, name: &str) -> Option<&mut Chain> {
        let place = self.place(name)?;
        self.chains.get_mut(place)
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) matches: Vec<Match>,
    pub(crate) target: Target,
}

impl Eq for Rule {}

/// States a connection may be in, as bits.
pub(crate) mod state {
    pub(crate) const INVALID: u8 = 1;
    pub(crate) const NEW: u8 = 2;
    pub(crate) const RELATED: u8 = 4;
    pub(crate) const ESTABLISHED: u8 = 8;
    pub(crate) const UNTRACKED: u8 = 16;
    pub(crate) const SNAT: u8 = 32;
    pub(crate) const DNAT: u8 = 64;
    pub(crate) const NAMES: [(&str, u8); 7] = [
        ("INVALID", INVALID),
        ("NEW", NEW),
        ("RELATED", RELATED),
        ("ESTABLISHED", ESTABLISHED),
        ("UNTRACKED", UNTRACKED),
        ("SNAT", SNAT),
        ("DNAT", DNAT),
    ];
}

/// What a rule asks of a packet; the first word says whether the answer is turned round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Match {
    Src(bool, Prefix),
    Dst(bool, Prefix),
    In(bool, String),
    Out(bool, String),
    Proto(bool, u8),
    Ports {
        proto: &'static str,
        src: Option<(bool, u16, u16)>,
        dst: Option<(bool, u16, u16)>,
        /// Which flags of TCP are looked at, and which of them are to be set.
        flags: Option<(bool, u8, u8)>,
    },
    /// Whether it is a second or later piece of a packet: those are put together before they are asked about.
    Fragment(bool),
    /// Addresses from one to another.
    Range {
        src: Option<(bool, Ipv4Addr, Ipv4Addr)>,
        dst: Option<(bool, Ipv4Addr, Ipv4Addr)>,
    },
    /// How its hops left compare (`eq`, `lt`, `gt`) with a number.
    Ttl(bool, &'static str, u8),
    Length(bool, u16, u16),
    Icmp(bool, String),
    Multiport(bool, &'static str, Vec<(u16, u16)>),
    State {
        word: &'static str,
        not: bool,
        bits: u8,
    },
    Connection(bool, super::connection::Asked),
    Mark(bool, u32, u32),
    ConnMark(bool, u32, u32),
    Comment(String),
    /// The kinds of both ends; where `on` is said, an address is local only on that link: the one in, or the one out.
    Addrtype {
        on: Option<&'static str>,
        src: Option<(bool, String)>,
        dst: Option<(bool, String)>,
    },
    InSet(bool, String, String),
    Physdev {
        is_in: bool,
        is_out: bool,
        bridged: Option<bool>,
        input: Option<(bool, String)>,
        output: Option<(bool, String)>,
    },
    Chance(bool, f64),
    Every {
        every: u32,
        packet: u32,
    },
    Rpfilter {
        invert: bool,
        words: String,
    },
    /// Taken and written down, always true: limits of rate and the like.
    True(String),
    /// Taken and written down, never true: what needs a program we do not have.
    False(String),
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    None,
    Accept,
    Drop,
    Return,
    Reject(String),
    Jump(String),
    Goto(String),
    Mark(u32, u32),
    ConnMark(ConnMark),
    /// Its ports, when they are said, and the other words.
    Masquerade(Option<(u16, u16)>, String),
    Snat(End, String),
    Dnat(End, String),
    /// To its own port when none is said.
    Redirect(Option<(u16, u16)>, String),
    /// The network part of an address is another.
    Netmap(Prefix),
    /// Hops left: `set`, `inc` or `dec`.
    Ttl(&'static str, u8),
    /// As `NOTRACK` or as `CT --notrack`.
    Notrack(&'static str),
    /// To a program, of which there is none: whether the packet goes on without it, and how it is written.
    Away(bool, String),
    /// Written down and passed over: LOG, NFLOG, TCPMSS, CHECKSUM.
    Other(String),
}

/// What becomes of the mark of a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ConnMark {
    Set(u32, u32),
    /// From the packet; first the mask of the packet's mark, then that of the connection's.
    Save(u32, u32),
    /// To the packet.
    Restore(u32, u32),
}

/// What an end of a connection becomes: one of some addresses, one of some ports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct End {
    pub(crate) addresses: Option<(Ipv4Addr, Ipv4Addr)>,
    pub(crate) ports: Option<(u16, u16)>,
}

impl Target {
    /// The chain it leads to.
    pub(crate) fn leads_to(&self) -> Option<&str> {
        match self {
            Target::Jump(chain) | Target::Goto(chain) => Some(chain),
            _ => None,
        }
    }
}
