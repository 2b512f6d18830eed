//! A rule as it is written on a command line.

use super::super::Output;
use super::super::words::number;
use super::{Backend, target, try_help};
use crate::net::filter::rule::state;
use crate::net::filter::{Match, Rule, Target};
use crate::net::prefix::Prefix;

/// The words of a rule under way.
pub(super) struct Reader<'a> {
    pub(super) backend: Backend,
    pub(super) words: &'a [String],
    pub(super) at: usize,
    rule: Rule,
    proto: Option<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn need(&mut self) -> Result<&'a str, Output> {
        let option = self.words.get(self.at.saturating_sub(1)).cloned().unwrap_or_default();
        let word = self.words.get(self.at);
        self.at += 1;
        word.map(String::as_str)
            .ok_or_else(|| try_help(self.backend, &format!("option \"{option}\" requires an argument")))
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn push(&mut self, one: Match) {
        self.rule.matches.push(one);
    }

    fn last(&mut self, is: impl Fn(&Match) -> bool) -> Option<&mut Match> {
        self.rule.matches.iter_mut().rev().find(|one| is(one))
    }
}

/// Reads a rule.
pub(super) fn rule(backend: Backend, words: &[String]) -> Result<Rule, Output> {
    let rule = Rule { matches: Vec::new(), target: Target::None };
    let mut reader = Reader { backend, words, at: 0, rule, proto: None };
    while let Some(word) = reader.words.get(reader.at).map(String::as_str) {
        reader.at += 1;
        let not = word == "!";
        let word = if not { reader.need()? } else { word };
        if general(&mut reader, word, not)?
            || port_words(&mut reader, word, not)?
            || module(&mut reader, word, not)?
            || rare(&mut reader, word, not)?
        {
            continue;
        }
        if word.starts_with('-') {
            return Err(try_help(backend, &format!("unknown option \"{word}\"")));
        }
        return Err(try_help(backend, &format!("Bad argument `{word}'")).bad_argument(backend, word));
    }
    Ok(reader.rule)
}

impl Output {
    fn bad_argument(self, backend: Backend, word: &str) -> Output {
        let name = backend.name();
        let text = format!("Bad argument `{word}'\nTry `{name} -h' or '{name} --help' for more information.\n");
        Output { stderr: text, ..self }
    }
}

fn prefix(reader: &mut Reader<'_>) -> Result<Prefix, Output> {
    let word = reader.need()?;
    let bad = || try_help(reader.backend, &format!("host/network `{word}' not found"));
    Prefix::read(word).map(Prefix::network).ok_or_else(bad)
}

fn general(reader: &mut Reader<'_>, word: &str, not: bool) -> Result<bool, Output> {
    match word {
        "-s" | "--source" | "--src" => {
            let prefix = prefix(reader)?;
            if prefix.len > 0 || not {
                reader.push(Match::Src(not, prefix));
            }
        }
        "-d" | "--destination" | "--dst" => {
            let prefix = prefix(reader)?;
            if prefix.len > 0 || not {
                reader.push(Match::Dst(not, prefix));
            }
        }
        "-i" | "--in-interface" => {
            let name = reader.need()?.to_owned();
            reader.push(Match::In(not, name));
        }
        "-o" | "--out-interface" => {
            let name = reader.need()?.to_owned();
            reader.push(Match::Out(not, name));
        }
        "-p" | "--protocol" | "--proto" => {
            let word = reader.need()?.to_lowercase();
            let number = match word.as_str() {
                "all" => 0,
                "icmp" => 1,
                "ipencap" | "ipip" | "4" => 4,
                "tcp" => 6,
                "udp" => 17,
                "sctp" => 132,
                other => other
                    .parse()
                    .map_err(|_| try_help(reader.backend, &format!("unknown protocol \"{other}\" specified")))?,
            };
            reader.proto = Some(number);
            if number != 0 {
                reader.push(Match::Proto(not, number));
            }
        }
        "-m" | "--match" => {
            let module = reader.need()?;
            load(reader, module)?;
        }
        "-j" | "--jump" => {
            let name = reader.need()?;
            reader.rule.target = target::read(reader, name)?;
        }
        "-g" | "--goto" => reader.rule.target = Target::Goto(reader.need()?.to_owned()),
        "-w" | "--wait" => {
            if reader.peek().is_some_and(|word| word.parse::<u32>().is_ok()) {
                reader.at += 1;
            }
        }
        "-n" | "-v" | "--numeric" | "--verbose" | "--line-numbers" | "-x" | "--exact" => {}
        "-c" | "--set-counters" => {
            reader.need()?;
            reader.need()?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn load(reader: &mut Reader<'_>, module: &str) -> Result<(), Output> {
    match module {
        "tcp" | "udp" | "sctp" => ports(reader, module),
        "addrtype" => reader.push(Match::Addrtype { src: None, dst: None, on: None }),
        "physdev" => {
            let none = Match::Physdev { is_in: false, is_out: false, bridged: None, input: None, output: None };
            reader.push(none);
        }
        "rpfilter" => reader.push(Match::Rpfilter { invert: false, words: String::new() }),
        "socket" => reader.push(Match::False("-m socket".to_owned())),
        "limit" | "recent" | "hashlimit" | "mac" | "ipvs" | "bpf" | "cgroup" | "owner" | "length" | "u32"
        | "string" | "pkttype" | "nfacct" => {
            let text = format!("-m {module}");
            let yes = matches!(module, "limit" | "hashlimit" | "nfacct");
            reader.push(if yes { Match::True(text) } else { Match::False(text) });
        }
        "comment" | "conntrack" | "state" | "mark" | "connmark" | "multiport" | "set" | "statistic" | "icmp" => {}
        other => {
            return Err(try_help(
                reader.backend,
                &format!("Couldn't load match `{other}':No such file or directory\n"),
            ));
        }
    }
    Ok(())
}

fn ports(reader: &mut Reader<'_>, module: &str) {
    let proto = match module {
        "tcp" => "tcp",
        "udp" => "udp",
        _ => "sctp",
    };
    reader.push(Match::Ports { proto, src: None, dst: None, syn: None, flags: None });
}

fn range(word: &str) -> Option<(u16, u16)> {
    let one = |word: &str| match word {
        "http" => Some(80),
        "https" => Some(443),
        "domain" => Some(53),
        "ssh" => Some(22),
        word => word.parse().ok(),
    };
    match word.split_once([':', '-']) {
        Some((a, b)) => Some((if a.is_empty() { 0 } else { one(a)? }, if b.is_empty() { u16::MAX } else { one(b)? })),
        None => one(word).map(|port| (port, port)),
    }
}

fn marked(reader: &mut Reader<'_>) -> Result<(u32, u32), Output> {
    let word = reader.need()?;
    let (mark, mask) = word.split_once('/').map_or((word, None), |(a, b)| (a, Some(b)));
    let bad = || {
        try_help(reader.backend, &format!("mark: bad integer value for option \"--mark\", or out of range.\n{word}"))
    };
    let mask = mask.map_or(Some(u32::MAX), number).ok_or_else(bad)?;
    Ok((number(mark).ok_or_else(bad)?, mask))
}

fn port_words(reader: &mut Reader<'_>, word: &str, not: bool) -> Result<bool, Output> {
    let backend = reader.backend;
    match word {
        "--sport" | "--source-port" | "--dport" | "--destination-port" | "--syn" => {
            if reader.last(|one| matches!(one, Match::Ports { .. })).is_none() {
                match reader.proto {
                    Some(6) => ports(reader, "tcp"),
                    Some(17) => ports(reader, "udp"),
                    Some(132) => ports(reader, "sctp"),
                    _ => return Err(try_help(backend, &format!("unknown option \"{word}\""))),
                }
            }
            let part = if word == "--syn" {
                None
            } else {
                let text = reader.need()?;
                let bad = || try_help(backend, &format!("invalid port/service `{text}' specified"));
                let (a, b) = range(text).ok_or_else(bad)?;
                Some((not, a, b))
            };
            let Some(Match::Ports { src, dst, syn, .. }) = reader.last(|one| matches!(one, Match::Ports { .. })) else {
                return Ok(true);
            };
            match word {
                "--syn" => *syn = Some(not),
                "--sport" | "--source-port" => *src = part,
                _ => *dst = part,
            }
        }
        "--tcp-flags" => {
            let text = format!("{} {}", reader.need()?, reader.need()?);
            if reader.last(|one| matches!(one, Match::Ports { .. })).is_none() {
                ports(reader, "tcp");
            }
            if let Some(Match::Ports { syn, flags, .. }) = reader.last(|one| matches!(one, Match::Ports { .. })) {
                match text.as_str() {
                    "SYN,RST,ACK,FIN SYN" | "FIN,SYN,RST,ACK SYN" => *syn = Some(not),
                    "SYN,RST SYN" => *flags = None,
                    _ => *flags = Some(text),
                }
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn module(reader: &mut Reader<'_>, word: &str, not: bool) -> Result<bool, Output> {
    let backend = reader.backend;
    match word {
        "--icmp-type" => {
            let kind = match reader.need()? {
                "echo-request" | "ping" => "8",
                "echo-reply" | "pong" => "0",
                "destination-unreachable" => "3",
                other => other,
            };
            reader.push(Match::Icmp(not, kind.to_owned()));
        }
        "--dports" | "--destination-ports" | "--sports" | "--source-ports" | "--ports" => {
            let word = match word {
                "--dports" | "--destination-ports" => "dports",
                "--sports" | "--source-ports" => "sports",
                _ => "ports",
            };
            let text = reader.need()?;
            let list: Option<Vec<(u16, u16)>> = text.split(',').map(range).collect();
            let bad = || try_help(backend, &format!("invalid port/service `{text}' specified"));
            let list = list.ok_or_else(bad)?;
            reader.push(Match::Multiport(not, word, list));
        }
        "--ctstate" | "--state" => {
            let text = reader.need()?;
            let mut bits = 0;
            for name in text.split(',') {
                let found = state::NAMES.iter().find(|(known, _)| *known == name);
                let bad = || try_help(backend, &format!("Bad ctstate \"{name}\""));
                bits |= found.ok_or_else(bad)?.1;
            }
            reader.push(Match::State { word: if word == "--state" { "state" } else { "ctstate" }, not, bits });
        }
        "--mark" => {
            let (mark, mask) = marked(reader)?;
            let module = reader.words[..reader.at].iter().rposition(|w| w == "connmark" || w == "mark");
            let conn = module.is_some_and(|place| reader.words[place] == "connmark");
            reader.push(if conn { Match::ConnMark(not, mark, mask) } else { Match::Mark(not, mark, mask) });
        }
        "--comment" => {
            let text = reader.need()?.to_owned();
            reader.push(Match::Comment(text));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn rare(reader: &mut Reader<'_>, word: &str, not: bool) -> Result<bool, Output> {
    match word {
        "--src-type" | "--dst-type" => {
            let part = Some((not, reader.need()?.to_owned()));
            if let Some(Match::Addrtype { src, dst, .. }) = reader.last(|one| matches!(one, Match::Addrtype { .. })) {
                *(if word == "--src-type" { src } else { dst }) = part;
            }
        }
        "--limit-iface-in" | "--limit-iface-out" => {
            if let Some(Match::Addrtype { on, .. }) = reader.last(|one| matches!(one, Match::Addrtype { .. })) {
                *on = Some(if word == "--limit-iface-in" { "in" } else { "out" });
            }
        }
        "--match-set" => {
            let (name, dirs) = (reader.need()?.to_owned(), reader.need()?.to_owned());
            reader.push(Match::InSet(not, name, dirs));
        }
        "--physdev-in" | "--physdev-out" | "--physdev-is-in" | "--physdev-is-out" | "--physdev-is-bridged" => {
            let name = if word.contains("-is-") { None } else { Some((not, reader.need()?.to_owned())) };
            if let Some(Match::Physdev { is_in, is_out, bridged, input, output }) =
                reader.last(|one| matches!(one, Match::Physdev { .. }))
            {
                match word {
                    "--physdev-in" => *input = name,
                    "--physdev-out" => *output = name,
                    "--physdev-is-in" => *is_in = !not,
                    "--physdev-is-out" => *is_out = !not,
                    _ => *bridged = Some(not),
                }
            }
        }
        "--mode" => drop(reader.need()?),
        "--probability" => {
            let chance = reader.need()?.parse().unwrap_or(1.0);
            reader.push(Match::Chance(chance));
        }
        "--every" => {
            let every = reader.need()?.parse().unwrap_or(1);
            reader.push(Match::Every { every, packet: 0 });
        }
        "--packet" => {
            let place = reader.need()?.parse().unwrap_or(0);
            if let Some(Match::Every { packet, .. }) = reader.last(|one| matches!(one, Match::Every { .. })) {
                *packet = place;
            }
        }
        "--loose" | "--validmark" | "--accept-local" | "--invert" => {
            if let Some(Match::Rpfilter { invert, words }) = reader.last(|one| matches!(one, Match::Rpfilter { .. })) {
                if word == "--invert" {
                    *invert = true;
                } else {
                    words.push_str(&format!(" {word}"));
                }
            }
        }
        word if word.starts_with("--") => {
            let value = reader.peek().filter(|next| !next.starts_with('-') && *next != "!").map(str::to_owned);
            let held = reader.rule.matches.iter_mut().rev().find(|one| matches!(one, Match::True(_) | Match::False(_)));
            let Some(Match::True(text) | Match::False(text)) = held else { return Ok(false) };
            text.push_str(&format!(" {}{word}", if not { "! " } else { "" }));
            if let Some(value) = value {
                // The real one is written down with two.
                let space = if word == "--nfacct-name" { "  " } else { " " };
                text.push_str(&format!("{space}{value}"));
                reader.at += 1;
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}
