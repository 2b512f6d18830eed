//! `ip address`: add, change, replace, delete, flush and show.

use super::super::words::{Words, beyond, duplicate, expand, wrong};
use super::{At, Output, Told, device, done, show, unknown};
use crate::net::errno::{Errno, Refused};
use crate::net::link::{Address, scope};
use crate::net::network::Network;
use crate::net::ops;
use crate::net::prefix::Prefix;
use crate::net::route::scope_read;
use std::net::Ipv4Addr;

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return show::addresses(net, at, &[]) };
    const COMMANDS: [&str; 9] = ["add", "change", "replace", "delete", "show", "lst", "list", "flush", "help"];
    match expand(command, &COMMANDS) {
        Some("add") => change(net, at, rest, How::Add),
        Some("change" | "replace") => change(net, at, rest, How::Replace),
        Some("delete") => change(net, at, rest, How::Delete),
        Some("show" | "lst" | "list") => show::addresses(net, at, rest),
        Some("flush") => flush(net, at, rest),
        Some("help") => Ok(super::help("address")),
        _ => Err(unknown(command, "address")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Add,
    Replace,
    Delete,
}

/// Reads a prefix of an address.
pub(super) fn prefix(at: At<'_>, word: &str) -> Told<Prefix> {
    let what = if at.style.family == 4 { "inet" } else { "any valid" };
    let bad = || Output::failed(1, format!("Error: {what} prefix is expected rather than \"{word}\"."));
    Prefix::read(word).ok_or_else(bad)
}

/// What was said of an address.
#[derive(Default)]
struct Said<'a> {
    local: Option<Prefix>,
    /// The same as it was written.
    word: &'a str,
    peer: Option<Prefix>,
    broadcast: Option<Ipv4Addr>,
    /// Whether its broadcast is the last address of its network.
    auto: bool,
    dev: Option<&'a str>,
    scope: Option<u8>,
    label: Option<&'a str>,
    noprefixroute: bool,
    metric: u32,
    valid: Option<u32>,
    preferred: Option<u32>,
    /// Whether it is of IPv6, which the model has not.
    six: bool,
    warned: String,
}

fn read<'a>(at: At<'_>, words: &'a [&'a str]) -> Told<Said<'a>> {
    let mut words = Words::new(words);
    let mut said = Said::default();
    while let Some(word) = words.take() {
        match word {
            "peer" | "remote" => said.peer = Some(prefix(at, words.need()?)?),
            "dev" => said.dev = Some(words.need()?),
            "label" => said.label = Some(words.need()?),
            "noprefixroute" => said.noprefixroute = true,
            "metric" | "priority" | "preference" => said.metric = words.number("\"metric\" value is invalid\n")?,
            "scope" => {
                let word = words.need()?;
                said.scope = Some(scope_read(word).ok_or_else(|| wrong("invalid scope value.", word))?);
            }
            "brd" => broadcast(&mut said, words.need()?)?,
            _ if super::super::words::begins(word, "broadcast") => broadcast(&mut said, words.need()?)?,
            "valid_lft" => said.valid = Some(life(&mut words, word)?),
            "preferred_lft" => said.preferred = Some(life(&mut words, word)?),
            "anycast" => drop(words.need()?),
            "home" | "nodad" | "mngtmpaddr" | "optimistic" => {
                said.warned.push_str(&format!("Warning: {word} option can be set only for IPv6 addresses\n"));
            }
            "autojoin" => return Err(beyond("ip", word)),
            _ => {
                let word = if word == "local" { words.need()? } else { word };
                if word.contains(':') {
                    said.six = true;
                    continue;
                }
                if said.local.is_some() {
                    return Err(duplicate("local", word));
                }
                (said.local, said.word) = (Some(prefix(at, word)?), word);
            }
        }
    }
    Ok(said)
}

fn broadcast(said: &mut Said<'_>, word: &str) -> Told<()> {
    match word {
        "+" => said.auto = true,
        "-" => {}
        addr => said.broadcast = Some(inet(addr)?),
    }
    Ok(())
}

/// For how many seconds it is; `forever` is the greatest number there is.
fn life(words: &mut Words<'_>, what: &str) -> Told<u32> {
    let word = words.need()?;
    let read = if word == "forever" { Some(u32::MAX) } else { super::super::words::number(word) };
    read.ok_or_else(|| wrong(&format!("{what} value"), word))
}

fn change(net: &mut Network, at: At<'_>, words: &[&str], how: How) -> Told<Output> {
    let said = read(at, words)?;
    let Some(name) = said.dev else {
        return Err(Output::failed(1, "Not enough information: \"dev\" argument is required."));
    };
    let (valid, preferred) = (said.valid.unwrap_or(u32::MAX), said.preferred.unwrap_or(u32::MAX));
    if (said.valid.is_some() || said.preferred.is_some()) && how != How::Delete {
        if valid == 0 {
            return Err(Output::failed(1, "valid_lft is zero"));
        }
        if valid < preferred {
            return Err(Output::failed(1, "preferred_lft is greater than valid_lft"));
        }
        // Nobody takes an address away when its time is over.
        if valid != u32::MAX {
            return Err(beyond("ip", "valid_lft"));
        }
    }
    let index = device(net, at, name)?;
    let Some(local) = said.local else {
        // IPv6 addresses are taken and not kept: the model has no IPv6.
        return if said.six { Ok(Output::default()) } else { done(Err(Errno::NotSupported.into())) };
    };
    let mut told = Output { stderr: said.warned, ..Output::default() };
    let far = said.peer.map(|p| if p.len == 32 && local.len != 32 { Prefix::new(p.addr, local.len) } else { p });
    let own = far.map_or(local, |p| Prefix::new(local.addr, p.len));
    if how == How::Delete {
        let wild = !said.word.contains('/') && said.peer.is_none();
        let found = if wild { exact(net, at, index, local) } else { own };
        if said.peer.is_some()
            && net
                .space(at.id)
                .links
                .get(&index)
                .is_some_and(|link| !link.addresses.iter().any(|a| a.local == own && a.peer == far))
        {
            return done(Err(Refused::said(Errno::NotAvailable, "ipv4: Address not found")));
        }
        if wild {
            told.stderr.push_str(&WILD.replace("ADDRESS", &local.addr.to_string()));
        }
        return match ops::delete_address(net, at.id, index, found) {
            Ok(()) => Ok(told),
            Err(why) => Err(super::refused(&why)).map_err(|mut out| {
                out.stderr.insert_str(0, &told.stderr);
                out
            }),
        };
    }
    if said.label.is_some_and(|label| label.len() > 15) {
        return done(Err(Refused::said(Errno::Invalid, "Attribute failed policy validation")));
    }
    let end = |seconds: u32| (seconds != u32::MAX).then(|| at.call.now + i64::from(seconds) * 1000);
    let address = Address {
        local: own,
        peer: far.filter(|far| far.addr != own.addr),
        broadcast: if said.auto { (local.len < 31).then(|| local.last()) } else { said.broadcast },
        scope: said.scope.unwrap_or(if local.addr.is_loopback() { scope::HOST } else { scope::UNIVERSE }),
        secondary: false,
        noprefixroute: said.noprefixroute,
        label: said.label.unwrap_or(name).to_owned(),
        metric: said.metric,
        until: Some([end(valid), end(preferred)]).filter(|ends| ends != &[None, None]),
    };
    done(ops::add_address(net, at.id, index, address, how == How::Replace))?;
    Ok(told)
}

/// What iproute2 says of a deletion without a length.
const WILD: &str = "Warning: Executing wildcard deletion to stay compatible with old scripts.\n         \
    Explicitly specify the prefix length (ADDRESS/32) to avoid this warning.\n         \
    This special behaviour is likely to disappear in further releases,\n         fix your scripts!\n";

/// A deletion without a length means the first address that fits.
fn exact(net: &Network, at: At<'_>, index: u32, local: Prefix) -> Prefix {
    let found = net.space(at.id).links.get(&index);
    let all = found.into_iter().flat_map(|link| link.addresses.iter());
    let same: Vec<Prefix> = all.filter(|a| a.local.addr == local.addr).map(|a| a.local).collect();
    same.iter()
        .copied()
        .find(|p| *p == local)
        .or_else(|| same.first().copied().filter(|_| local.len == 32))
        .unwrap_or(local)
}

fn flush(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    if words.is_empty() {
        return Err(Output::failed(1, "Flush requires arguments."));
    }
    for (index, local) in show::picked_addresses(net, at, words)? {
        // One that went with the one it was secondary to is not there any more.
        drop(ops::delete_address(net, at.id, index, local));
    }
    Ok(Output::default())
}

/// Reads an address, or tells what iproute2 tells.
pub(super) fn inet(word: &str) -> Told<Ipv4Addr> {
    Prefix::read(word)
        .filter(|_| !word.contains('/'))
        .map(|p| p.addr)
        .ok_or_else(|| Output::failed(1, format!("Error: inet address is expected rather than \"{word}\".")))
}
