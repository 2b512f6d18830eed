//! A rule as it is written on a command line.

use super::super::Output;
use super::{Backend, kept, matches, options, target, try_help};
use crate::net::filter::text;
use crate::net::filter::{Match, Rule, Target};
use crate::net::prefix::Prefix;
use crate::net::services::port_of;
use crate::net::socket::Transport;

/// The words of a rule under way.
pub(super) struct Reader<'a> {
    pub(super) backend: Backend,
    pub(super) words: &'a [String],
    pub(super) at: usize,
    rule: Rule,
    pub(super) proto: Option<u8>,
    /// The modules that were named, and those an option of which was said.
    pub(super) loaded: Vec<String>,
    used: Vec<&'static str>,
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

    pub(super) fn push(&mut self, one: Match) {
        self.rule.matches.push(one);
    }

    /// Adds what is asked of a connection, in the order in which such is written.
    pub(super) fn put(&mut self, one: Match) {
        let matches = &mut self.rule.matches;
        let later = |other: &Match| other.of_connection().is_some_and(|rank| Some(rank) > one.of_connection());
        let count = matches.iter().rev().take_while(|other| later(other)).count();
        matches.insert(matches.len() - count, one);
    }

    pub(super) fn last(&mut self, is: impl Fn(&Match) -> bool) -> Option<&mut Match> {
        self.rule.matches.iter_mut().rev().find(|one| is(one))
    }
}

/// Reads a rule.
pub(super) fn rule(backend: Backend, words: &[String]) -> Result<Rule, Output> {
    let rule = Rule { matches: Vec::new(), target: Target::None };
    let mut reader = Reader { backend, words, at: 0, rule, proto: None, loaded: Vec::new(), used: Vec::new() };
    while let Some(word) = reader.words.get(reader.at).map(String::as_str) {
        reader.at += 1;
        let not = word == "!";
        let word = match reader.words.get(reader.at).map(String::as_str) {
            Some(next) if not => {
                reader.at += 1;
                next
            }
            None if not => return Err(try_help(backend, "nothing appropriate following !")),
            _ => word,
        };
        let word = match options::find(word, &reader.loaded, reader.proto) {
            Some((module, whole)) => {
                reader.used.push(module);
                whole
            }
            None if options::OPTIONS.iter().any(|(_, all)| all.contains(&word)) => {
                return Err(try_help(backend, &format!("unknown option \"{word}\"")));
            }
            None => word,
        };
        if general(&mut reader, word, not)?
            || port_words(&mut reader, word, not)?
            || matches::module(&mut reader, word, not)?
            || matches::rare(&mut reader, word, not)?
        {
            continue;
        }
        if word.starts_with('-') {
            return Err(try_help(backend, &format!("unknown option \"{word}\"")));
        }
        return Err(try_help(backend, &format!("Bad argument `{word}'")).bad_argument(backend, word));
    }
    let unsaid = reader.loaded.iter().filter(|module| !reader.used.contains(&module.as_str()) && !kept::knows(module));
    if let Some(said) = unsaid.filter_map(|module| options::missing(module)).next() {
        return Err(try_help(backend, said));
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
    if let Some((_, len)) = word.split_once('/')
        && len.parse::<u32>().is_ok_and(|len| len > 32)
    {
        return Err(try_help(reader.backend, &format!("invalid mask `{len}' specified")));
    }
    let word = if word == "localhost" { "127.0.0.1" } else { word };
    let bad = || try_help(reader.backend, &format!("host/network `{word}' not found"));
    Prefix::read(word).map(Prefix::network).ok_or_else(bad)
}

pub(super) fn protocol(reader: &mut Reader<'_>) -> Result<u8, Output> {
    let word = reader.need()?.to_lowercase();
    let known = text::PROTOCOLS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number);
    let number = if word == "all" { Some(0) } else { known.or_else(|| word.parse().ok()) };
    number.ok_or_else(|| try_help(reader.backend, &format!("unknown protocol \"{word}\" specified")))
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
            check_link(reader.backend, &name)?;
            if name != "+" || not {
                reader.push(Match::In(not, name));
            }
        }
        "-o" | "--out-interface" => {
            let name = reader.need()?.to_owned();
            check_link(reader.backend, &name)?;
            if name != "+" || not {
                reader.push(Match::Out(not, name));
            }
        }
        "-p" | "--protocol" | "--proto" => {
            let number = protocol(reader)?;
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
            if reader.rule.target != Target::None {
                return Err(try_help(reader.backend, "multiple -j flags not allowed"));
            }
            let name = reader.need()?;
            reader.rule.target = target::read(reader, name)?;
        }
        "-f" | "--fragment" => reader.push(Match::Fragment(not)),
        "-4" | "--ipv4" => {}
        "-g" | "--goto" => reader.rule.target = Target::Goto(reader.need()?.to_owned()),
        "-w" | "--wait" => {
            if reader.peek().is_some_and(|word| word.parse::<u32>().is_ok()) {
                reader.at += 1;
            }
        }
        "-v" | "--verbose" => {}
        "-n" | "--numeric" | "-x" | "--exact" | "--line-numbers" => {
            let letter = match word {
                "-n" | "--numeric" => 'n',
                "-x" | "--exact" => 'x',
                _ => '0',
            };
            return Err(try_help(reader.backend, &format!("Illegal option `-{letter}' with this command")));
        }
        word if word.starts_with("--wait=") || word.strip_prefix("-w").is_some_and(|s| s.parse::<u32>().is_ok()) => {}
        "-c" | "--set-counters" => {
            reader.need()?;
            reader.need()?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The kernel's names of links have at most fifteen letters.
fn check_link(backend: Backend, name: &str) -> Result<(), Output> {
    if name.len() > 15 {
        return Err(try_help(backend, &format!("interface name `{name}' must be shorter than IFNAMSIZ (15)")));
    }
    Ok(())
}

fn load(reader: &mut Reader<'_>, module: &str) -> Result<(), Output> {
    reader.loaded.push(module.to_owned());
    match module {
        "tcp" | "udp" | "sctp" => ports(reader, module),
        "addrtype" => reader.push(Match::Addrtype { src: None, dst: None, on: None }),
        "physdev" => {
            let none = Match::Physdev { is_in: false, is_out: false, bridged: None, input: None, output: None };
            reader.push(none);
        }
        "rpfilter" => reader.push(Match::Rpfilter { invert: false, words: String::new() }),
        "iprange" => reader.push(Match::Range { src: None, dst: None }),
        "ttl" | "length" => {}
        "comment" | "conntrack" | "state" | "mark" | "connmark" | "multiport" | "set" | "statistic" | "icmp" => {}
        other => {
            let one = kept::read(reader, other)?;
            reader.push(one);
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
    reader.push(Match::Ports { proto, src: None, dst: None, flags: None });
}

/// A number or two; ports of a protocol also have names.
pub(super) fn range(word: &str, proto: Option<u8>) -> Option<(u16, u16)> {
    let named = |word: &str| port_of(word, if proto? == 17 { Transport::Udp } else { Transport::Tcp });
    let one = |word: &str| word.parse().ok().or_else(|| named(word));
    match word.split_once([':', '-']) {
        Some((a, b)) => Some((if a.is_empty() { 0 } else { one(a)? }, if b.is_empty() { u16::MAX } else { one(b)? })),
        None => one(word).map(|port| (port, port)),
    }
}

/// Flags of TCP by their names.
fn flags(backend: Backend, list: &str) -> Result<u8, Output> {
    let mut bits = 0;
    for name in list.split(',') {
        let known = text::FLAGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        bits |= match (known, name.to_ascii_uppercase().as_str()) {
            (Some((_, bit)), _) => *bit,
            (None, "ALL") => 63,
            (None, "NONE") => 0,
            _ => return Err(try_help(backend, &format!("Unknown TCP flag `{name}'"))),
        };
    }
    Ok(bits)
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
                let (a, b) = range(text, reader.proto).ok_or_else(bad)?;
                if a > b {
                    return Err(try_help(backend, "invalid portrange (min > max)"));
                }
                Some((not, a, b))
            };
            let once = |part: &Option<(bool, u16, u16)>, name: &str| match part {
                Some(_) => Err(try_help(backend, &format!("Only one `{name}' allowed"))),
                None => Ok(()),
            };
            let Some(Match::Ports { src, dst, flags, .. }) = reader.last(|one| matches!(one, Match::Ports { .. }))
            else {
                return Ok(true);
            };
            match word {
                "--syn" => *flags = Some((not, 1 | 2 | 4 | 16, 2)),
                "--sport" | "--source-port" => {
                    once(src, "--source-port")?;
                    *src = part;
                }
                _ => {
                    once(dst, "--destination-port")?;
                    *dst = part;
                }
            }
        }
        "--tcp-flags" => {
            let (of, set) = match (reader.words.get(reader.at), reader.words.get(reader.at + 1)) {
                (Some(of), Some(set)) => (flags(backend, of)?, flags(backend, set)?),
                _ => return Err(try_help(backend, "--tcp-flags requires two args.")),
            };
            reader.at += 2;
            if reader.last(|one| matches!(one, Match::Ports { .. })).is_none() {
                ports(reader, "tcp");
            }
            if let Some(Match::Ports { flags, .. }) = reader.last(|one| matches!(one, Match::Ports { .. })) {
                *flags = Some((not, of, set));
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}
