//! How a rule is written down by `-L`: the same questions in other words.

use super::rule::{ConnMark, Match, Rule, Target};
use super::text::{dashed, proto, range};
use crate::net::services::name_of;
use crate::net::socket::Transport;
use std::fmt::Write;

/// How a listing is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    pub(crate) numeric: bool,
    /// With counters and links.
    pub(crate) verbose: bool,
    pub(crate) numbered: bool,
}

impl Look {
    /// The names of the columns.
    pub(crate) fn head(self) -> String {
        let number = if self.numbered { "num  " } else { "" };
        let (counts, links) = if self.verbose { (" pkts bytes ", "in     out     ") } else { ("", "") };
        format!("{number}{counts}target     prot opt {links}source               destination         \n")
    }

    /// A rule as one line.
    pub(crate) fn line(self, number: usize, rule: &Rule) -> String {
        let find = |is: fn(&Match) -> Option<(bool, String)>| rule.matches.iter().find_map(is);
        let any = || (false, if self.numeric { "0.0.0.0/0" } else { "anywhere" }.to_owned());
        let address = |prefix: &crate::net::prefix::Prefix| {
            if prefix.len == 32 { prefix.addr.to_string() } else { format!("{}/{}", prefix.addr, prefix.len) }
        };
        let pick = |source: bool| {
            let found = rule.matches.iter().find_map(|one| match one {
                Match::Src(not, prefix) if source => Some((*not, address(prefix))),
                Match::Dst(not, prefix) if !source => Some((*not, address(prefix))),
                _ => None,
            });
            found.unwrap_or_else(any)
        };
        let (src, dst) = (pick(true), pick(false));
        let of = rule.matches.iter().find_map(|one| match one {
            Match::Proto(not, number) => Some((*not, *number)),
            _ => None,
        });
        let named = of.map(|(_, number)| proto(number)).unwrap_or_default();
        let protocol = match of {
            Some((_, number)) if self.numeric => number.to_string(),
            Some(_) => named.clone(),
            None => if self.numeric { "0" } else { "all" }.to_owned(),
        };
        let not = of.is_some_and(|(not, _)| not);
        let piece = find(|one| if let Match::Fragment(not) = one { Some((*not, String::new())) } else { None });
        let piece = piece.map_or("--", |(not, _)| if not { "!f" } else { "-f" });
        let mut text = String::new();
        if self.numbered {
            let _ = write!(text, "{number:<4} ");
        }
        if self.verbose {
            text.push_str("    0     0 ");
        }
        let target = rule.target.to_string();
        let name = match rule.target {
            Target::Notrack(_) => "CT",
            _ => target.split_whitespace().nth(1).unwrap_or_default(),
        };
        let _ = write!(text, "{name:<9} {}{:<4} {piece} ", sign(not), protocol);
        if self.verbose {
            for (not, link) in [
                find(|one| if let Match::In(not, name) = one { Some((*not, name.clone())) } else { None }),
                find(|one| if let Match::Out(not, name) = one { Some((*not, name.clone())) } else { None }),
            ]
            .map(|found| found.unwrap_or((false, if self.numeric { "*" } else { "any" }.to_owned())))
            {
                let _ = write!(text, "{}{link:<6} ", sign(not));
            }
        }
        let _ = write!(text, "{}{:<19} {}{:<19} ", sign(src.0), src.1, sign(dst.0), dst.1);
        if matches!(rule.target, Target::Goto(_)) {
            text.push_str(" [goto] ");
        }
        rule.matches.iter().for_each(|one| text.push_str(&self.asked(one, &named)));
        text.push_str(&self.done(&rule.target));
        text.push('\n');
        text
    }

    fn port(self, proto: &str, from: u16, to: u16) -> String {
        let transport = if proto == "udp" { Transport::Udp } else { Transport::Tcp };
        let named = if from == to && !self.numeric { name_of(from, transport) } else { None };
        named.map_or_else(|| range(from, to), str::to_owned)
    }

    fn ports(self, proto: &str, parts: &[(&str, &Option<(bool, u16, u16)>)], flags: Option<(bool, u8, u8)>) -> String {
        let bang = |not: bool| if not { "!" } else { "" };
        let mut text = format!(" {proto}");
        for (word, part) in parts {
            if let Some((not, from, to)) = part {
                let many = if from == to { "t" } else { "ts" };
                let _ = write!(text, " {word}{many}:{}{}", bang(*not), self.port(proto, *from, *to));
            }
        }
        if let Some((not, of, set)) = flags {
            let _ = write!(text, " flags:{}0x{of:02X}/0x{set:02X}", bang(not));
        }
        text
    }

    fn icmp(self, not: bool, kind: &str) -> String {
        if self.numeric {
            let of = if not { " !type" } else { "type" };
            return match kind.split_once('/') {
                _ if kind == "any" => format!(" icmp{of} 255"),
                Some((kind, code)) => format!(" icmp{of} {kind} code {code}"),
                None => format!(" icmp{of} {kind}"),
            };
        }
        let name = match kind {
            "0" => "echo-reply",
            "3" => "destination-unreachable",
            "3/4" => "fragmentation-needed",
            "8" => "echo-request",
            "11" => "time-exceeded",
            other => other,
        };
        format!(" icmp {}{name}", if not { "!" } else { "" })
    }

    /// What a module asks, with a space before it; nothing for what has a column of its own.
    fn asked(self, one: &Match, proto: &str) -> String {
        let bang = |not: &bool| if *not { "!" } else { "" };
        let apart = |not: &bool| if *not { "! " } else { "" };
        match one {
            Match::Src(..)
            | Match::Dst(..)
            | Match::In(..)
            | Match::Out(..)
            | Match::Proto(..)
            | Match::Fragment(_) => String::new(),
            Match::Ports { proto, src, dst, flags } => self.ports(proto, &[("sp", src), ("dp", dst)], *flags),
            Match::Icmp(not, kind) => self.icmp(*not, kind),
            Match::Multiport(not, word, list) => {
                let all: Vec<String> = list.iter().map(|(from, to)| self.port(proto, *from, *to)).collect();
                format!(" multiport {word} {}{}", if *not { " !" } else { "" }, all.join(","))
            }
            Match::State { word, not, .. } => {
                let text = one.to_string();
                format!(" {}{word} {}", apart(not), text.rsplit(' ').next().unwrap_or_default())
            }
            Match::Connection(not, asked) => format!(" {}{asked}", apart(not)),
            Match::Mark(not, mark, mask) => format!(" mark match {}{}", apart(not), masked(*mark, *mask)),
            Match::ConnMark(not, mark, mask) => {
                format!(" connmark match {}{}", if *not { "!" } else { " " }, masked(*mark, *mask))
            }
            Match::Comment(text) => format!(" /* {text} */"),
            Match::Addrtype { src, dst, on } => {
                let mut text = " ADDRTYPE match".to_owned();
                for (word, part) in [("src-type", src), ("dst-type", dst)] {
                    if let Some((not, kind)) = part {
                        let _ = write!(text, " {word} {}{kind}", bang(not));
                    }
                }
                on.iter().for_each(|on| text.push_str(&format!(" limit-{on}")));
                text
            }
            Match::InSet(not, name, dirs) => format!(" {}match-set {name} {dirs}", apart(not)),
            Match::Physdev { .. } => format!(" PHYSDEV match{}", one.to_string().trim_start_matches("-m physdev")),
            Match::Range { src, dst } => {
                let mut text = String::new();
                for (word, part) in [("source", src), ("destination", dst)] {
                    if let Some((not, from, to)) = part {
                        let _ = write!(text, " {word} IP range {}{from}-{to}", apart(not));
                    }
                }
                text
            }
            Match::Ttl(not, how, number) => {
                let sign = match (*how, not) {
                    ("lt", _) => "<",
                    ("gt", _) => ">",
                    (_, true) => "!=",
                    _ => "==",
                };
                format!(" TTL match TTL {sign} {number}")
            }
            Match::Length(not, from, to) => format!(" length {}{}", bang(not), range(*from, *to)),
            Match::True(text) | Match::False(text) => kept(text),
            Match::Chance(..) | Match::Every { .. } | Match::Rpfilter { .. } => {
                format!(" {}", one.to_string().trim_start_matches("-m ").replace("--", ""))
            }
        }
    }

    /// What a rule does beside the name of its target.
    fn done(self, target: &Target) -> String {
        let marked = |mark: u32, mask: u32| match (mark, mask) {
            (_, u32::MAX) => format!("set {mark:#x}"),
            (0, _) => format!("and {:#x}", !mask),
            _ if mask == mark => format!("or {mark:#x}"),
            (_, 0) => format!("xor {mark:#x}"),
            _ => format!("xset {mark:#x}/{mask:#x}"),
        };
        let plain = |words: &str| words.replace("--", "");
        let to = |what: &str, ports: &Option<(u16, u16)>| {
            ports.map_or_else(String::new, |(from, to)| format!(" {what} ports{}", dashed(from, to)))
        };
        match target {
            Target::Reject(with) => format!(" reject-with {with}"),
            Target::Mark(mark, mask) => format!(" MARK {}", marked(*mark, *mask)),
            Target::ConnMark(ConnMark::Set(mark, mask)) => format!(" CONNMARK {}", marked(*mark, *mask)),
            Target::ConnMark(ConnMark::Save(nf, ct)) => format!(" CONNMARK save{}", masks(*nf, *ct, false)),
            Target::ConnMark(ConnMark::Restore(nf, ct)) => format!(" CONNMARK restore{}", masks(*nf, *ct, true)),
            Target::Masquerade(ports, words) => {
                format!("{}{}", to("masq", ports).replace("ports", "ports: "), plain(words))
            }
            Target::Redirect(ports, words) => {
                format!("{}{}", to("redir", ports).replace("ports", "ports "), plain(words))
            }
            Target::Snat(end, words) | Target::Dnat(end, words) => format!(" to:{end}{}", plain(words)),
            Target::Netmap(prefix) => format!(" to:{}/{}", prefix.addr, prefix.len),
            Target::Ttl("set", number) => format!(" TTL set to {number}"),
            Target::Ttl("inc", number) => format!(" TTL increment by {number}"),
            Target::Ttl(_, number) => format!(" TTL decrement by {number}"),
            Target::Notrack(word) => format!(" {}", plain(word)),
            Target::Away(_, text) | Target::Other(text) => other(text, self.numeric),
            Target::None | Target::Accept | Target::Drop | Target::Return | Target::Jump(_) | Target::Goto(_) => {
                String::new()
            }
        }
    }
}

fn sign(not: bool) -> char {
    if not { '!' } else { ' ' }
}

fn masked(mark: u32, mask: u32) -> String {
    if mask == u32::MAX { format!("{mark:#x}") } else { format!("{mark:#x}/{mask:#x}") }
}

fn masks(nf: u32, ct: u32, restores: bool) -> String {
    match (nf, ct, restores) {
        (u32::MAX, u32::MAX, _) => String::new(),
        _ if nf == ct => format!(" mask {nf:#x}"),
        (_, _, true) => format!(" ctmask {ct:#x} nfmask ~{nf:#x}"),
        _ => format!(" nfmask {nf:#x} ctmask ~{ct:#x}"),
    }
}

/// The value of an option in a text of options.
fn value<'a>(text: &'a str, option: &str) -> Option<&'a str> {
    text.split_once(&format!("{option} ")).and_then(|(_, rest)| rest.split(' ').next())
}

fn kept(text: &str) -> String {
    let words = text.trim_start_matches("-m ");
    if words.starts_with("limit ") {
        let burst = value(words, "--limit-burst").unwrap_or("5");
        return format!(" limit: avg {} burst {burst}", value(words, "--limit").unwrap_or_default());
    }
    let not = words.contains("! ");
    if let Some(mac) = value(words, "--mac-source") {
        return format!(" MAC{} {mac}", if not { " !" } else { "" });
    }
    if let Some(kind) = value(words, "--pkt-type") {
        return format!(" PKTTYPE {} {kind}", if not { "!=" } else { "=" });
    }
    if let Some(user) = value(words, "--uid-owner") {
        return format!(" {}owner UID match {user}", if not { "! " } else { "" });
    }
    format!(" {}", words.replace("--", ""))
}

fn other(text: &str, numeric: bool) -> String {
    let Some(rest) = text.strip_prefix("LOG") else {
        return match text {
            "TCPMSS --clamp-mss-to-pmtu" => " TCPMSS clamp to PMTU".to_owned(),
            "CHECKSUM --checksum-fill" => " CHECKSUM fill".to_owned(),
            text if text.starts_with("TCPMSS --set-mss") => text.replacen("TCPMSS --set-mss", " TCPMSS set", 1),
            text if text.starts_with("CT") => format!(" {}", text.replace("--", "")),
            text => text.split_once(' ').map_or_else(String::new, |(_, words)| format!(" {}", words.replace("--", ""))),
        };
    };
    const BITS: [(&str, u8); 5] = [
        ("--log-tcp-sequence", 1),
        ("--log-tcp-options", 2),
        ("--log-ip-options", 4),
        ("--log-uid", 8),
        ("--log-macdecode", 32),
    ];
    const NAMES: [&str; 8] = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"];
    let bits: u8 = BITS.iter().filter(|(word, _)| rest.contains(word)).map(|(_, bit)| bit).sum();
    let level = value(rest, "--log-level").unwrap_or("4");
    let prefix = rest.split_once("--log-prefix ").map(|(_, said)| said.split(" --log").next().unwrap_or(said));
    let prefix = prefix.map(|said| format!(" prefix \"{}\"", said.trim_matches('"'))).unwrap_or_default();
    if numeric {
        return format!(" LOG flags {bits} level {level}{prefix}");
    }
    let name = level.parse::<usize>().ok().and_then(|level| NAMES.get(level)).copied().unwrap_or("warn");
    format!(" LOG level {name}{prefix}")
}
