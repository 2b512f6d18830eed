//! The options of the modules that a rule names.

use super::super::Output;
use super::super::words::number;
use super::parse::{Reader, range};
use super::{connection, try_help};
use crate::net::filter::Match;
use crate::net::filter::rule::state;
use std::net::Ipv4Addr;

/// The kinds that an address may be of.
const ADDRESS_KINDS: [&str; 12] = [
    "UNSPEC",
    "UNICAST",
    "LOCAL",
    "BROADCAST",
    "ANYCAST",
    "MULTICAST",
    "BLACKHOLE",
    "UNREACHABLE",
    "PROHIBIT",
    "THROW",
    "NAT",
    "XRESOLVE",
];

/// A kind of ICMP by its name, as its number, with its code where the name says one.
fn icmp(word: &str) -> Option<String> {
    const NAMES: [(&str, &str); 18] = [
        ("any", "any"),
        ("echo-reply", "0"),
        ("pong", "0"),
        ("destination-unreachable", "3"),
        ("network-unreachable", "3/0"),
        ("host-unreachable", "3/1"),
        ("protocol-unreachable", "3/2"),
        ("port-unreachable", "3/3"),
        ("fragmentation-needed", "3/4"),
        ("source-quench", "4"),
        ("redirect", "5"),
        ("echo-request", "8"),
        ("ping", "8"),
        ("time-exceeded", "11"),
        ("ttl-exceeded", "11"),
        ("parameter-problem", "12"),
        ("timestamp-request", "13"),
        ("timestamp-reply", "14"),
    ];
    if let Some((_, kind)) = NAMES.iter().find(|(name, _)| *name == word) {
        return Some((*kind).to_owned());
    }
    let (kind, code) = word.split_once('/').map_or((word, None), |(kind, code)| (kind, Some(code)));
    let fits = kind.parse::<u8>().is_ok() && code.is_none_or(|code| code.parse::<u8>().is_ok());
    fits.then(|| if word == "255" { "any".to_owned() } else { word.to_owned() })
}

fn marked(reader: &mut Reader<'_>, module: &str) -> Result<(u32, u32), Output> {
    let word = reader.need()?;
    let (mark, mask) = word.split_once('/').map_or((word, None), |(a, b)| (a, Some(b)));
    let bad =
        || try_help(reader.backend, &format!("{module}: bad integer value for option \"--mark\", or out of range.\n"));
    let mask = mask.map_or(Some(u32::MAX), number).ok_or_else(bad)?;
    Ok((number(mark).ok_or_else(bad)?, mask))
}

pub(super) fn module(reader: &mut Reader<'_>, word: &str, not: bool) -> Result<bool, Output> {
    let backend = reader.backend;
    match word {
        "--icmp-type" => {
            let word = reader.need()?;
            let unknown = || try_help(backend, &format!("Unknown ICMP type `{word}'"));
            let kind = icmp(word).ok_or_else(unknown)?;
            reader.push(Match::Icmp(not, kind));
        }
        "--dports" | "--destination-ports" | "--sports" | "--source-ports" | "--ports" => {
            let word = match word {
                "--dports" | "--destination-ports" => "dports",
                "--sports" | "--source-ports" => "sports",
                _ => "ports",
            };
            let text = reader.need()?;
            let list: Option<Vec<(u16, u16)>> = text.split(',').map(|word| range(word, reader.proto)).collect();
            let bad = || try_help(backend, &format!("invalid port/service `{text}' specified"));
            let list = list.ok_or_else(bad)?;
            if list.iter().map(|(from, to)| if from == to { 1 } else { 2 }).sum::<usize>() > 15 {
                return Err(try_help(backend, "too many ports specified"));
            }
            match reader.proto {
                Some(6 | 17 | 33 | 132 | 136) => {}
                None => {
                    let said = "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'";
                    return Err(try_help(backend, said));
                }
                _ => {
                    let said = "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP";
                    return Err(try_help(backend, said));
                }
            }
            reader.push(Match::Multiport(not, word, list));
        }
        "--ctstate" | "--state" => {
            let text = reader.need()?;
            let mut bits = 0;
            let what = &word[2..];
            for name in text.split(',') {
                let found = state::NAMES
                    .iter()
                    .find(|(known, bit)| known.eq_ignore_ascii_case(name) && (what == "ctstate" || *bit < state::SNAT));
                let bad = || try_help(backend, &format!("Bad {what} \"{name}\""));
                bits |= found.ok_or_else(bad)?.1;
            }
            let state = Match::State { word: if word == "--state" { "state" } else { "ctstate" }, not, bits };
            if word == "--state" { reader.push(state) } else { reader.put(state) }
        }
        word if word.starts_with("--ct") => connection::read(reader, word, not)?,
        "--mark" => {
            let module = reader.loaded.iter().rev().find(|name| name.ends_with("mark")).cloned().unwrap_or_default();
            let (mark, mask) = marked(reader, &module)?;
            let conn = module == "connmark";
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

pub(super) fn rare(reader: &mut Reader<'_>, word: &str, not: bool) -> Result<bool, Output> {
    match word {
        "--src-type" | "--dst-type" => {
            let kinds = reader.need()?.to_uppercase();
            if let Some(odd) = kinds.split(',').find(|kind| !ADDRESS_KINDS.contains(kind)) {
                return Err(try_help(reader.backend, &format!("addrtype: bad type \"{odd}\"")));
            }
            let part = Some((not, kinds));
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
            let (Some(name), Some(dirs)) = (reader.words.get(reader.at), reader.words.get(reader.at + 1)) else {
                return Err(try_help(reader.backend, "--match-set requires two args."));
            };
            if !dirs.split(',').all(|dir| dir == "src" || dir == "dst") {
                let said = "You must spefify (the comma separated list of) 'src' or 'dst'.";
                return Err(try_help(reader.backend, said));
            }
            let (name, dirs) = (name.clone(), dirs.clone());
            reader.at += 2;
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
        _ => return numbers(reader, word, not),
    }
    Ok(true)
}

/// What asks for chances, ranges and amounts.
fn numbers(reader: &mut Reader<'_>, word: &str, not: bool) -> Result<bool, Output> {
    match word {
        "--mode" => {
            let mode = reader.need()?;
            if mode != "random" && mode != "nth" {
                return Err(try_help(reader.backend, &format!("Bad mode \"{mode}\"")));
            }
        }
        "--probability" => {
            let said = "statistic: bad value for option \"--probability\", or out of range (0-1).\n";
            let chance = reader.need()?.parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
            let chance = chance.ok_or_else(|| try_help(reader.backend, said))?;
            reader.push(Match::Chance(not, chance));
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
        "--src-range" | "--dst-range" => {
            let text = reader.need()?;
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            let said = || format!("iprange: Bad value for \"{word}\" option: \"{text}\"");
            let (Ok(from), Ok(to)) = (from.parse::<Ipv4Addr>(), to.parse::<Ipv4Addr>()) else {
                return Err(try_help(reader.backend, &said()));
            };
            if let Some(Match::Range { src, dst }) = reader.last(|one| matches!(one, Match::Range { .. })) {
                *(if word == "--src-range" { src } else { dst }) = Some((not, from, to));
            }
        }
        "--ttl-eq" | "--ttl-lt" | "--ttl-gt" => {
            let how = ["eq", "lt", "gt"].into_iter().find(|how| word.ends_with(how)).unwrap_or("eq");
            let said = format!("ttl: bad value for option \"{word}\", or out of range (0-255).\n");
            let number = reader.need()?.parse().map_err(|_| try_help(reader.backend, &said))?;
            reader.push(Match::Ttl(not, how, number));
        }
        "--length" => {
            let text = reader.need()?;
            let said =
                format!("length: bad value for option \"--length\" near \"{text}\", or out of range (0-65535).\n");
            let (from, to) = range(text, None).ok_or_else(|| try_help(reader.backend, &said))?;
            reader.push(Match::Length(not, from, to));
        }
        _ => return Ok(false),
    }
    Ok(true)
}
