//! How a rule is written down by `-S` and `-save`.

use super::rule::{ConnMark, End, Match, Rule, Target, state};
use crate::net::prefix::Prefix;
use std::fmt;

/// Protocols by their names in `/etc/protocols`.
pub(crate) const PROTOCOLS: [(&str, u8); 24] = [
    ("icmp", 1),
    ("igmp", 2),
    ("ggp", 3),
    ("ipencap", 4),
    ("st", 5),
    ("tcp", 6),
    ("egp", 8),
    ("igp", 9),
    ("udp", 17),
    ("dccp", 33),
    ("ipv6", 41),
    ("rsvp", 46),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("eigrp", 88),
    ("ospf", 89),
    ("ipip", 94),
    ("pim", 103),
    ("ipcomp", 108),
    ("vrrp", 112),
    ("sctp", 132),
    ("udplite", 136),
];

/// The flags of TCP, from the least.
pub(crate) const FLAGS: [(&str, u8); 6] = [("FIN", 1), ("SYN", 2), ("RST", 4), ("PSH", 8), ("ACK", 16), ("URG", 32)];

fn flag_names(bits: u8) -> String {
    let names: Vec<&str> = FLAGS.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| *name).collect();
    if names.is_empty() { "NONE".to_owned() } else { names.join(",") }
}

pub(super) fn bang(not: bool) -> &'static str {
    if not { "! " } else { "" }
}

pub(super) fn range(from: u16, to: u16) -> String {
    if from == to { from.to_string() } else { format!("{from}:{to}") }
}

pub(super) fn proto(number: u8) -> String {
    let known = PROTOCOLS.iter().find(|(_, known)| *known == number);
    known.map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned())
}

/// Quotes as `iptables-save` does: whatever is not a plain word.
pub(crate) fn quoted(text: &str) -> String {
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
            Match::Fragment(_) => Some(5),
            _ => None,
        }
    }

    /// The place among what `-m conntrack` asks.
    pub(crate) fn of_connection(&self) -> Option<usize> {
        match self {
            Match::State { word: "ctstate", .. } => Some(0),
            Match::Connection(_, asked) => Some(asked.rank()),
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
            Match::Ports { proto, src, dst, flags } => ports(f, proto, &[("--sport", src), ("--dport", dst)], *flags),
            Match::Fragment(not) => write!(f, "{}-f", bang(*not)),
            Match::Range { src, dst } => {
                f.write_str("-m iprange")?;
                for (word, part) in [("--src-range", src), ("--dst-range", dst)] {
                    if let Some((not, from, to)) = part {
                        write!(f, " {}{word} {from}-{to}", bang(*not))?;
                    }
                }
                Ok(())
            }
            Match::Ttl(not, how, number) => write!(f, "-m ttl {}--ttl-{how} {number}", bang(*not)),
            Match::Length(not, from, to) => write!(f, "-m length {}--length {}", bang(*not), range(*from, *to)),
            Match::Icmp(not, kind) => write!(f, "-m icmp {}--icmp-type {kind}", bang(*not)),
            Match::Multiport(not, word, list) => write!(f, "-m multiport {}--{word} {}", bang(*not), ranges(list)),
            Match::State { word, not, bits } => {
                let names: Vec<&str> =
                    state::NAMES.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| *name).collect();
                let module = if *word == "ctstate" { "conntrack" } else { "state" };
                write!(f, "-m {module} {}--{word} {}", bang(*not), names.join(","))
            }
            Match::Connection(not, asked) => write!(f, "-m conntrack {}--{asked}", bang(*not)),
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
            Match::Physdev { .. } => physdev(f, self),
            Match::Chance(not, chance) => {
                let steps = (chance * f64::from(1u32 << 31)).round() / f64::from(1u32 << 31);
                write!(f, "-m statistic --mode random {}--probability {steps:.11}", bang(*not))
            }
            Match::Every { every, packet } => write!(f, "-m statistic --mode nth --every {every} --packet {packet}"),
            Match::Rpfilter { invert, words } => {
                write!(f, "-m rpfilter{words}{}", if *invert { " --invert" } else { "" })
            }
            Match::True(text) | Match::False(text) => f.write_str(text),
        }
    }
}

fn ports(
    f: &mut fmt::Formatter<'_>,
    proto: &str,
    parts: &[(&str, &Option<(bool, u16, u16)>)],
    flags: Option<(bool, u8, u8)>,
) -> fmt::Result {
    write!(f, "-m {proto}")?;
    for (word, part) in parts {
        if let Some((not, from, to)) = part {
            write!(f, " {}{word} {}", bang(*not), range(*from, *to))?;
        }
    }
    flags.map_or(Ok(()), |(not, of, set)| write!(f, " {}--tcp-flags {} {}", bang(not), flag_names(of), flag_names(set)))
}

fn physdev(f: &mut fmt::Formatter<'_>, one: &Match) -> fmt::Result {
    let Match::Physdev { is_in, is_out, bridged, input, output } = one else { return Ok(()) };
    f.write_str("-m physdev")?;
    for (word, part, is) in [("in", input, is_in), ("out", output, is_out)] {
        if let Some((not, name)) = part {
            write!(f, " {}--physdev-{word} {name}", bang(*not))?;
        }
        if *is {
            write!(f, " --physdev-is-{word}")?;
        }
    }
    bridged.map_or(Ok(()), |not| write!(f, " {}--physdev-is-bridged", bang(not)))
}

fn to_ports(ports: &Option<(u16, u16)>) -> String {
    ports.map_or_else(String::new, |(from, to)| format!(" --to-ports {}", dashed(from, to)))
}

pub(super) fn dashed(from: u16, to: u16) -> String {
    range(from, to).replace(':', "-")
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((from, to)) = self.addresses {
            write!(f, "{from}")?;
            if from != to {
                write!(f, "-{to}")?;
            }
        }
        self.ports.map_or(Ok(()), |(from, to)| write!(f, ":{}", dashed(from, to)))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::None => Ok(()),
            Target::Accept => f.write_str(" -j ACCEPT"),
            Target::Drop => f.write_str(" -j DROP"),
            Target::Return => f.write_str(" -j RETURN"),
            Target::Reject(with) => write!(f, " -j REJECT --reject-with {with}"),
            Target::Jump(chain) => write!(f, " -j {chain}"),
            Target::Goto(chain) => write!(f, " -g {chain}"),
            Target::Mark(mark, mask) => write!(f, " -j MARK --set-xmark {mark:#x}/{mask:#x}"),
            Target::ConnMark(ConnMark::Set(mark, mask)) => {
                write!(f, " -j CONNMARK --set-xmark {mark:#x}/{mask:#x}")
            }
            Target::ConnMark(ConnMark::Save(nf, ct)) => {
                write!(f, " -j CONNMARK --save-mark --nfmask {nf:#x} --ctmask {ct:#x}")
            }
            Target::ConnMark(ConnMark::Restore(nf, ct)) => {
                write!(f, " -j CONNMARK --restore-mark --nfmask {nf:#x} --ctmask {ct:#x}")
            }
            Target::Masquerade(ports, words) => write!(f, " -j MASQUERADE{}{words}", to_ports(ports)),
            Target::Snat(end, words) => write!(f, " -j SNAT --to-source {end}{words}"),
            Target::Dnat(end, words) => write!(f, " -j DNAT --to-destination {end}{words}"),
            Target::Redirect(ports, words) => write!(f, " -j REDIRECT{}{words}", to_ports(ports)),
            Target::Netmap(prefix) => write!(f, " -j NETMAP --to {}/{}", prefix.addr, prefix.len),
            Target::Ttl(how, number) => write!(f, " -j TTL --ttl-{how} {number}"),
            Target::Notrack(word) => write!(f, " -j {word}"),
            Target::Away(_, text) | Target::Other(text) => write!(f, " -j {text}"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut general: Vec<&Match> = self.matches.iter().filter(|m| m.rank().is_some()).collect();
        general.sort_by_key(|m| m.rank());
        for one in general {
            write!(f, " {one}")?;
        }
        let mut before = None;
        for one in self.matches.iter().filter(|m| m.rank().is_none()) {
            // All that is asked of a connection is written as one.
            let (own, text) = (one.of_connection(), one.to_string());
            let joined = own.is_some() && before.is_some_and(|before| Some(before) < own);
            write!(f, " {}", if joined { text.trim_start_matches("-m conntrack ") } else { &text })?;
            before = own;
        }
        write!(f, "{}", self.target)
    }
}
