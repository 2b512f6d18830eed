//! What a rule does, as it is written on a command line.

use super::super::Output;
use super::super::words::number;
use super::parse::Reader;
use super::try_help;
use crate::net::filter::Target;
use std::net::Ipv4Addr;

/// Reads a target and its options; options of the rule itself may follow and are left.
pub(super) fn read(reader: &mut Reader<'_>, name: &str) -> Result<Target, Output> {
    Ok(match name {
        "ACCEPT" => Target::Accept,
        "DROP" => Target::Drop,
        "RETURN" => Target::Return,
        "REJECT" => {
            let with = option(reader, "--reject-with")?.unwrap_or("icmp-port-unreachable").to_owned();
            Target::Reject(match with.as_str() {
                "port-unreach" | "icmp-port-unreach" => "icmp-port-unreachable".to_owned(),
                "host-unreach" => "icmp-host-unreachable".to_owned(),
                "net-unreach" => "icmp-net-unreachable".to_owned(),
                "admin-prohib" => "icmp-admin-prohibited".to_owned(),
                "tcp-rst" => "tcp-reset".to_owned(),
                _ => with,
            })
        }
        "MARK" => mark(reader)?,
        "CONNMARK" => {
            let rest = words(
                reader,
                &["--save-mark", "--restore-mark"],
                &["--set-mark", "--set-xmark", "--nfmask", "--ctmask", "--mask"],
            )?;
            Target::ConnMark(rest.trim().to_owned())
        }
        "MASQUERADE" => {
            let rest = words(reader, &["--random-fully", "--random"], &["--to-ports"])?;
            Target::Masquerade(rest)
        }
        "SNAT" => {
            let word = option(reader, "--to-source")?.unwrap_or_default();
            let (addr, port) = end(reader, word)?;
            Target::Snat(addr, port, words(reader, &["--random-fully", "--random", "--persistent"], &[])?)
        }
        "DNAT" => {
            let word = option(reader, "--to-destination")?.unwrap_or_default();
            let (addr, port) = end(reader, word)?;
            Target::Dnat(addr, port, words(reader, &["--random", "--persistent"], &[])?)
        }
        "REDIRECT" => Target::Redirect(option(reader, "--to-ports")?.and_then(|word| word.parse().ok()).unwrap_or(0)),
        "NOTRACK" => Target::Notrack,
        "CT" => {
            let rest = words(reader, &["--notrack"], &["--zone", "--helper", "--zone-orig", "--zone-reply"])?;
            if rest.trim() == "--notrack" { Target::Notrack } else { Target::Other(format!("CT{rest}")) }
        }
        "LOG" | "NFLOG" | "TCPMSS" | "CHECKSUM" | "TPROXY" | "TRACE" | "CLASSIFY" | "SET" | "NFQUEUE" | "TOS"
        | "DSCP" => Target::Other(format!("{name}{}", anything(reader))),
        chain => Target::Jump(chain.to_owned()),
    })
}

fn option<'a>(reader: &mut Reader<'a>, name: &str) -> Result<Option<&'a str>, Output> {
    if reader.peek() == Some(name) {
        reader.at += 1;
        return reader.need().map(Some);
    }
    Ok(None)
}

fn words(reader: &mut Reader<'_>, flags: &[&str], valued: &[&str]) -> Result<String, Output> {
    let mut text = String::new();
    while let Some(word) = reader.peek() {
        if flags.contains(&word) {
            reader.at += 1;
            text.push_str(&format!(" {word}"));
        } else if valued.contains(&word) {
            reader.at += 1;
            text.push_str(&format!(" {word} {}", reader.need()?));
        } else {
            break;
        }
    }
    Ok(text)
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

fn mark(reader: &mut Reader<'_>) -> Result<Target, Output> {
    let option = reader.need()?;
    let word = reader.need()?;
    let (mark, mask) = word.split_once('/').map_or((word, None), |(a, b)| (a, Some(b)));
    let bad =
        || try_help(reader.backend, &format!("MARK: bad value for option \"{option}\", or out of range ({word})."));
    let mark = number(mark).ok_or_else(bad)?;
    let mask = mask.map_or(Some(u32::MAX), number).ok_or_else(bad)?;
    Ok(match option {
        "--set-xmark" => Target::Mark(mark, mask),
        "--set-mark" => Target::Mark(mark, mask | mark),
        "--or-mark" => Target::Mark(mark, mark),
        "--and-mark" => Target::Mark(0, !mark),
        "--xor-mark" => Target::Mark(mark, 0),
        other => return Err(try_help(reader.backend, &format!("unknown option \"{other}\""))),
    })
}

fn end(reader: &Reader<'_>, word: &str) -> Result<(Ipv4Addr, Option<u16>), Output> {
    let (addr, port) = word.split_once(':').map_or((word, None), |(a, b)| (a, Some(b)));
    let bad = || try_help(reader.backend, &format!("Bad IP address \"{addr}\""));
    Ok((addr.parse().map_err(|_| bad())?, port.and_then(|port| port.parse().ok())))
}
