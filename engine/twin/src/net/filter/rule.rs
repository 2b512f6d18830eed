//! Tables, chains and rules, and how a rule is written down.

use crate::net::prefix::Prefix;
use std::collections::BTreeMap;
use std::fmt;
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
                Target::Masquerade(_) | Target::Snat(..) | Target::Dnat(..) | Target::Redirect(_) | Target::ConnMark(_)
            );
            target || rule.matches.iter().any(|one| matches!(one, Match::State { .. } | Match::ConnMark(..)))
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
        syn: Option<bool>,
        flags: Option<String>,
    },
    Icmp(bool, String),
    Multiport(bool, &'static str, Vec<(u16, u16)>),
    State {
        word: &'static str,
        not: bool,
        bits: u8,
    },
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
    Chance(f64),
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
    ConnMark(String),
    Masquerade(String),
    Snat(Ipv4Addr, Option<u16>, String),
    Dnat(Ipv4Addr, Option<u16>, String),
    Redirect(u16),
    Notrack,
    /// Written down and passed over: LOG, NFLOG, CT zones, TCPMSS, CHECKSUM.
    Other(String),
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

fn bang(not: bool) -> &'static str {
    if not { "! " } else { "" }
}

fn range(from: u16, to: u16) -> String {
    if from == to { from.to_string() } else { format!("{from}:{to}") }
}

fn proto(number: u8) -> String {
    match number {
        1 => "icmp".to_owned(),
        4 => "ipencap".to_owned(),
        6 => "tcp".to_owned(),
        17 => "udp".to_owned(),
        132 => "sctp".to_owned(),
        other => other.to_string(),
    }
}

/// Quotes as `iptables-save` does: whatever is not a plain word.
fn quoted(text: &str) -> String {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'"))
}

impl Match {
    /// The place of the general questions, which are written first; `None` for those of modules.
    fn rank(&self) -> Option<u8> {
        match self {
            Match::Src(..) => Some(0),
            Match::Dst(..) => Some(1),
            Match::In(..) => Some(2),
            Match::Out(..) => Some(3),
            Match::Proto(..) => Some(4),
            _ => None,
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let full = |p: &Prefix| format!("{}/{}", p.network().addr, p.len);
        let ranges = |list: &[(u16, u16)]| list.iter().map(|(a, b)| range(*a, *b)).collect::<Vec<_>>().join(",");
        let marked =
            |mark: u32, mask: u32| if mask == u32::MAX { format!("{mark:#x}") } else { format!("{mark:#x}/{mask:#x}") };
        match self {
            Match::Src(not, p) => write!(f, "{}-s {}", bang(*not), full(p)),
            Match::Dst(not, p) => write!(f, "{}-d {}", bang(*not), full(p)),
            Match::In(not, name) => write!(f, "{}-i {name}", bang(*not)),
            Match::Out(not, name) => write!(f, "{}-o {name}", bang(*not)),
            Match::Proto(not, number) => write!(f, "{}-p {}", bang(*not), proto(*number)),
            Match::Ports { proto, src, dst, syn, flags } => {
                write!(f, "-m {proto}")?;
                for (word, part) in [("--sport", src), ("--dport", dst)] {
                    if let Some((not, from, to)) = part {
                        write!(f, " {}{word} {}", bang(*not), range(*from, *to))?;
                    }
                }
                if let Some(not) = syn {
                    write!(f, " {}--tcp-flags FIN,SYN,RST,ACK SYN", bang(*not))?;
                }
                flags.as_ref().map_or(Ok(()), |flags| write!(f, " --tcp-flags {flags}"))
            }
            Match::Icmp(not, kind) => write!(f, "-m icmp {}--icmp-type {kind}", bang(*not)),
            Match::Multiport(not, word, list) => write!(f, "-m multiport {}--{word} {}", bang(*not), ranges(list)),
            Match::State { word, not, bits } => {
                let names: Vec<&str> =
                    state::NAMES.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| *name).collect();
                let module = if *word == "ctstate" { "conntrack" } else { "state" };
                write!(f, "-m {module} {}--{word} {}", bang(*not), names.join(","))
            }
            Match::Mark(not, mark, mask) => write!(f, "-m mark {}--mark {}", bang(*not), marked(*mark, *mask)),
            Match::ConnMark(not, mark, mask) => write!(f, "-m connmark {}--mark {}", bang(*not), marked(*mark, *mask)),
            Match::Comment(text) => write!(f, "-m comment --comment {}", quoted(text)),
            Match::Addrtype { src, dst, on } => {
                f.write_str("-m addrtype")?;
                for (word, part) in [("--src-type", src), ("--dst-type", dst)] {
                    if let Some((not, kind)) = part {
                        write!(f, " {}{word} {kind}", bang(*not))?;
                    }
                }
                on.map_or(Ok(()), |on| write!(f, " --limit-iface-{on}"))
            }
            Match::InSet(not, name, dirs) => write!(f, "-m set {}--match-set {name} {dirs}", bang(*not)),
            Match::Physdev { is_in, is_out, bridged, input, output } => {
                f.write_str("-m physdev")?;
                if let Some((not, name)) = input {
                    write!(f, " {}--physdev-in {name}", bang(*not))?;
                }
                if *is_in {
                    f.write_str(" --physdev-is-in")?;
                }
                if let Some((not, name)) = output {
                    write!(f, " {}--physdev-out {name}", bang(*not))?;
                }
                if *is_out {
                    f.write_str(" --physdev-is-out")?;
                }
                bridged.map_or(Ok(()), |not| write!(f, " {}--physdev-is-bridged", bang(not)))
            }
            Match::Chance(chance) => {
                let steps = (chance * f64::from(1u32 << 31)).round() / f64::from(1u32 << 31);
                write!(f, "-m statistic --mode random --probability {steps:.11}")
            }
            Match::Every { every, packet } => write!(f, "-m statistic --mode nth --every {every} --packet {packet}"),
            Match::Rpfilter { invert, words } => {
                write!(f, "-m rpfilter{words}{}", if *invert { " --invert" } else { "" })
            }
            Match::True(text) | Match::False(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |addr: &Ipv4Addr, port: &Option<u16>| port.map_or(addr.to_string(), |port| format!("{addr}:{port}"));
        match self {
            Target::None => Ok(()),
            Target::Accept => f.write_str(" -j ACCEPT"),
            Target::Drop => f.write_str(" -j DROP"),
            Target::Return => f.write_str(" -j RETURN"),
            Target::Reject(with) => write!(f, " -j REJECT --reject-with {with}"),
            Target::Jump(chain) => write!(f, " -j {chain}"),
            Target::Goto(chain) => write!(f, " -g {chain}"),
            Target::Mark(mark, mask) => write!(f, " -j MARK --set-xmark {mark:#x}/{mask:#x}"),
            Target::ConnMark(words) => write!(f, " -j CONNMARK {words}"),
            Target::Masquerade(words) => write!(f, " -j MASQUERADE{words}"),
            Target::Snat(addr, port, words) => write!(f, " -j SNAT --to-source {}{words}", end(addr, port)),
            Target::Dnat(addr, port, words) => write!(f, " -j DNAT --to-destination {}{words}", end(addr, port)),
            Target::Redirect(port) => write!(f, " -j REDIRECT --to-ports {port}"),
            Target::Notrack => f.write_str(" -j CT --notrack"),
            Target::Other(text) => write!(f, " -j {text}"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut general: Vec<&Match> = self.matches.iter().filter(|m| m.rank().is_some()).collect();
        general.sort_by_key(|m| m.rank());
        for one in general.into_iter().chain(self.matches.iter().filter(|m| m.rank().is_none())) {
            write!(f, " {one}")?;
        }
        write!(f, "{}", self.target)
    }
}
