//! What a rule does, as it is written on a command line.

use super::super::Output;
use super::super::words::number;
use super::parse::Reader;
use super::{Backend, beyond, try_help};
use crate::net::filter::Target;
use crate::net::filter::rule::{ConnMark, End};
use crate::net::filter::text::quoted;
use crate::net::prefix::Prefix;
use std::net::Ipv4Addr;

/// The kinds of a refusal: the short name, and the one that is written.
const REJECTS: [(&str, &str); 8] = [
    ("net-unreach", "icmp-net-unreachable"),
    ("host-unreach", "icmp-host-unreachable"),
    ("proto-unreach", "icmp-proto-unreachable"),
    ("port-unreach", "icmp-port-unreachable"),
    ("net-prohib", "icmp-net-prohibited"),
    ("host-prohib", "icmp-host-prohibited"),
    ("admin-prohib", "icmp-admin-prohibited"),
    ("tcp-rst", "tcp-reset"),
];

const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"];

/// Reads a target and its options; options of the rule itself may follow and are left.
pub(super) fn read(reader: &mut Reader<'_>, name: &str) -> Result<Target, Output> {
    Ok(match name {
        "ACCEPT" => Target::Accept,
        "DROP" => Target::Drop,
        "RETURN" => Target::Return,
        "REJECT" => {
            let with = option(reader, &["--reject-with"])?.unwrap_or("port-unreach");
            let known = REJECTS.iter().find(|(short, long)| *short == with || *long == with);
            let unknown = || try_help(reader.backend, &format!("unknown reject type \"{with}\""));
            Target::Reject(known.ok_or_else(unknown)?.1.to_owned())
        }
        "MARK" => {
            let said = "MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required";
            let (mark, mask) = mark(reader, "MARK")?.ok_or_else(|| try_help(reader.backend, said))?;
            Target::Mark(mark, mask)
        }
        "CONNMARK" => Target::ConnMark(connection_mark(reader)?),
        "MASQUERADE" => {
            let ports = ports(reader)?;
            Target::Masquerade(ports, words(reader, &["--random", "--random-fully"]))
        }
        "SNAT" => {
            let end = end(reader, name, &["--to-source", "--to"])?;
            Target::Snat(end, words(reader, &["--random", "--random-fully", "--persistent"]))
        }
        "DNAT" => {
            let end = end(reader, name, &["--to-destination", "--to"])?;
            Target::Dnat(end, words(reader, &["--random", "--persistent"]))
        }
        "REDIRECT" => {
            let ports = ports(reader)?;
            Target::Redirect(ports, words(reader, &["--random"]))
        }
        "NETMAP" => {
            let word = option(reader, &["--to"])?.ok_or_else(|| required(reader, name, "--to"))?;
            let bad = || try_help(reader.backend, &format!("NETMAP: Bad value for \"--to\" option: \"{word}\""));
            Target::Netmap(Prefix::read(word).ok_or_else(bad)?.network())
        }
        "TTL" => {
            let (option, how) = match reader.peek() {
                Some("--ttl-set") => ("--ttl-set", "set"),
                Some("--ttl-inc") => ("--ttl-inc", "inc"),
                Some("--ttl-dec") => ("--ttl-dec", "dec"),
                _ => return Err(try_help(reader.backend, "TTL: You must specify an action")),
            };
            reader.at += 1;
            let said = format!("TTL: bad value for option \"{option}\", or out of range (0-255).\n");
            let number = reader.need()?.parse().map_err(|_| try_help(reader.backend, &said))?;
            Target::Ttl(how, number)
        }
        "NOTRACK" => Target::Notrack("NOTRACK"),
        "CT" if reader.peek() == Some("--notrack") => {
            reader.at += 1;
            Target::Notrack("CT --notrack")
        }
        "TPROXY" => tproxy(reader)?,
        "LOG" => log(reader)?,
        "CT" | "NFLOG" | "NFQUEUE" | "TCPMSS" | "CHECKSUM" | "TRACE" | "CLASSIFY" | "SET" | "TOS" | "DSCP" => {
            other(reader, name)?
        }
        chain => Target::Jump(chain.to_owned()),
    })
}

/// Targets that are but written down.
fn other(reader: &mut Reader<'_>, name: &str) -> Result<Target, Output> {
    let zoned = name == "CT" && reader.peek() == Some("--zone");
    // These change what other rules ask for, and nobody would see it.
    if reader.backend != Backend::Six && (zoned || ["SET", "TOS", "DSCP"].contains(&name)) {
        return Err(beyond(reader.backend, &format!("-j {name}{}", if zoned { " --zone" } else { "" })));
    }
    let words = anything(reader);
    let text = format!("{name}{words}");
    Ok(if name == "NFQUEUE" { Target::Away(words.contains("--queue-bypass"), text) } else { Target::Other(text) })
}

fn required(reader: &Reader<'_>, target: &str, option: &str) -> Output {
    try_help(reader.backend, &format!("{target}: option \"{option}\" must be specified\n"))
}

fn option<'a>(reader: &mut Reader<'a>, names: &[&str]) -> Result<Option<&'a str>, Output> {
    if reader.peek().is_some_and(|word| names.contains(&word)) {
        reader.at += 1;
        return reader.need().map(Some);
    }
    Ok(None)
}

/// The words without a value that follow, in the order in which they are written down.
fn words(reader: &mut Reader<'_>, known: &[&str]) -> String {
    let mut given = Vec::new();
    while let Some(word) = reader.peek().filter(|word| known.contains(word)) {
        given.push(word);
        reader.at += 1;
    }
    known.iter().filter(|word| given.contains(word)).map(|word| format!(" {word}")).collect()
}

fn anything(reader: &mut Reader<'_>) -> String {
    let mut text = String::new();
    while let Some(word) = reader.peek().filter(|word| word.starts_with("--")) {
        reader.at += 1;
        text.push_str(&format!(" {word}"));
        if let Some(value) = reader.peek().filter(|value| !value.starts_with('-')) {
            reader.at += 1;
            let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "_-,./:".contains(c));
            text.push_str(&if plain { format!(" {value}") } else { format!(" \"{value}\"") });
        }
    }
    text
}

fn log(reader: &mut Reader<'_>) -> Result<Target, Output> {
    const FLAGS: [&str; 5] =
        ["--log-tcp-sequence", "--log-tcp-options", "--log-ip-options", "--log-uid", "--log-macdecode"];
    let (mut prefix, mut level, mut flags) = (String::new(), 4, Vec::new());
    loop {
        match reader.peek() {
            Some("--log-prefix") => {
                reader.at += 1;
                prefix = reader.need()?.chars().take(29).collect();
            }
            Some("--log-level") => {
                reader.at += 1;
                let word = reader.need()?;
                let named = LEVELS.iter().position(|name| *name == word || *name == "warning" && word == "warn");
                let found = named.or_else(|| word.parse().ok().filter(|level| *level < 8));
                let said = format!("log level \"{word}\" unknown\n");
                level = found.ok_or_else(|| try_help(reader.backend, &said))?;
            }
            Some(word) if FLAGS.contains(&word) => {
                flags.push(word);
                reader.at += 1;
            }
            _ => break,
        }
    }
    let mut text = "LOG".to_owned();
    if !prefix.is_empty() {
        text.push_str(&format!(" --log-prefix {}", quoted(&prefix)));
    }
    if level != 4 {
        text.push_str(&format!(" --log-level {level}"));
    }
    FLAGS.iter().filter(|flag| flags.contains(flag)).for_each(|flag| text.push_str(&format!(" {flag}")));
    Ok(Target::Other(text))
}

fn tproxy(reader: &mut Reader<'_>) -> Result<Target, Output> {
    let (mut port, mut addr, mut mark) = (None, Ipv4Addr::UNSPECIFIED, None);
    while let Some(word) = reader.peek().filter(|w| ["--on-port", "--on-ip", "--tproxy-mark"].contains(w)) {
        reader.at += 1;
        let value = reader.need()?;
        let bad = || try_help(reader.backend, &format!("TPROXY: bad value for option \"{word}\"\n"));
        match word {
            "--on-port" => port = Some(value.parse::<u16>().map_err(|_| bad())?),
            "--on-ip" => addr = value.parse().map_err(|_| bad())?,
            _ => mark = Some(masked(value).ok_or_else(bad)?),
        }
    }
    let port = port.ok_or_else(|| required(reader, "TPROXY", "--on-port"))?;
    let (mark, mask) = mark.unwrap_or_default();
    Ok(Target::Away(false, format!("TPROXY --on-port {port} --on-ip {addr} --tproxy-mark {mark:#x}/{mask:#x}")))
}

fn masked(word: &str) -> Option<(u32, u32)> {
    let (mark, mask) = word.split_once('/').map_or((word, None), |(mark, mask)| (mark, Some(mask)));
    Some((number(mark)?, mask.map_or(Some(u32::MAX), number)?))
}

/// A mark and the bits it takes away first.
fn mark(reader: &mut Reader<'_>, target: &str) -> Result<Option<(u32, u32)>, Output> {
    const KNOWN: [&str; 5] = ["--set-xmark", "--set-mark", "--or-mark", "--and-mark", "--xor-mark"];
    let Some(option) = reader.peek().filter(|word| KNOWN.contains(word)) else { return Ok(None) };
    reader.at += 1;
    let word = reader.need()?;
    let said = format!("{target}: bad integer value for option \"{option}\", or out of range.\n");
    let (mark, mask) = masked(word).ok_or_else(|| try_help(reader.backend, &said))?;
    Ok(Some(match option {
        "--set-mark" => (mark, mask | mark),
        "--or-mark" => (mark, mark),
        "--and-mark" => (0, !mark),
        "--xor-mark" => (mark, 0),
        _ => (mark, mask),
    }))
}

fn connection_mark(reader: &mut Reader<'_>) -> Result<ConnMark, Output> {
    if let Some((value, mask)) = mark(reader, "CONNMARK")? {
        return Ok(ConnMark::Set(value, mask));
    }
    let verb = reader.peek().filter(|word| ["--save-mark", "--restore-mark"].contains(word));
    let verb = verb.ok_or_else(|| try_help(reader.backend, "CONNMARK target: No operation specified"))?;
    reader.at += 1;
    let (mut nf, mut ct) = (u32::MAX, u32::MAX);
    while let Some(word) = reader.peek().filter(|word| ["--nfmask", "--ctmask", "--mask"].contains(word)) {
        reader.at += 1;
        let said = format!("CONNMARK: bad integer value for option \"{word}\", or out of range.\n");
        let mask = number(reader.need()?).ok_or_else(|| try_help(reader.backend, &said))?;
        match word {
            "--nfmask" => nf = mask,
            "--ctmask" => ct = mask,
            _ => (nf, ct) = (mask, mask),
        }
    }
    Ok(if verb == "--save-mark" { ConnMark::Save(nf, ct) } else { ConnMark::Restore(nf, ct) })
}

fn port_range(reader: &Reader<'_>, word: &str) -> Result<(u16, u16), Output> {
    if !matches!(reader.proto, Some(6 | 17 | 33 | 132)) {
        return Err(try_help(reader.backend, "Need TCP, UDP, SCTP or DCCP with port specification"));
    }
    let (from, to) = word.split_once('-').unwrap_or((word, word));
    let one = |word: &str| {
        word.parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| try_help(reader.backend, &format!("Port `{word}' not valid")))
    };
    Ok((one(from)?, one(to)?))
}

fn ports(reader: &mut Reader<'_>) -> Result<Option<(u16, u16)>, Output> {
    let word = option(reader, &["--to-ports"])?;
    word.map(|word| port_range(reader, word)).transpose()
}

fn end(reader: &mut Reader<'_>, target: &str, names: &[&str]) -> Result<End, Output> {
    let word = option(reader, names)?.ok_or_else(|| required(reader, target, names[0]))?;
    if reader.peek().is_some_and(|next| names.contains(&next)) {
        let said = format!("{target}: option \"{}\" can only be used once.\n", names[0]);
        return Err(try_help(reader.backend, &said));
    }
    let (addresses, ports) = word.split_once(':').map_or((word, None), |(a, b)| (a, Some(b)));
    let ports = ports.map(|ports| port_range(reader, ports)).transpose()?;
    let one = |addr: &str| -> Result<Ipv4Addr, Output> {
        addr.parse().map_err(|_| try_help(reader.backend, &format!("Bad IP address \"{addr}\"")))
    };
    let addresses = match addresses.split_once('-') {
        Some((from, to)) => Some((one(from)?, one(to)?)),
        None if addresses.is_empty() && ports.is_some() => None,
        None => Some((one(addresses)?, one(addresses)?)),
    };
    Ok(End { addresses, ports })
}
