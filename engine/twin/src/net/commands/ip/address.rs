//! `ip address`: add, change, replace, delete, flush and show.

use super::super::words::{Words, expand};
use super::{At, Output, Told, device, done, show, unknown};
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
        _ => Err(unknown(command, "address")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Add,
    Replace,
    Delete,
}

fn prefix(word: &str) -> Told<Prefix> {
    Prefix::read(word)
        .ok_or_else(|| Output::failed(1, format!("Error: any valid prefix is expected rather than \"{word}\".")))
}

fn change(net: &mut Network, at: At<'_>, words: &[&str], how: How) -> Told<Output> {
    let mut words = Words::new(words);
    let (mut local, mut peer, mut broadcast, mut dev, mut reach, mut label) = (None, None, None, None, None, None);
    let (mut noprefixroute, mut metric, mut auto, mut whole) = (false, 0, false, false);
    while let Some(word) = words.take() {
        match word {
            "peer" | "remote" => peer = Some(prefix(words.need()?)?),
            "dev" => dev = Some(words.need()?),
            "label" => label = Some(words.need()?),
            "noprefixroute" => noprefixroute = true,
            "metric" => metric = words.number("invalid metric")?,
            "scope" => {
                let word = words.need()?;
                let number =
                    scope_read(word).ok_or_else(|| super::super::words::wrong("invalid scope value.", word))?;
                reach = Some(number);
            }
            _ if "broadcast".starts_with(word) || word == "brd" => match words.need()? {
                "+" => auto = true,
                "-" => {}
                addr => broadcast = Some(prefix(addr)?.addr),
            },
            "valid_lft" | "preferred_lft" | "proto" => drop(words.need()?),
            "home" | "nodad" | "mngtmpaddr" | "dadfailed" => {}
            _ => {
                let word = if word == "local" { words.need()? } else { word };
                if word.contains(':') {
                    return six(net, at, &mut words, dev);
                }
                if local.is_some() {
                    return Err(Output::failed(
                        255,
                        format!("Error: either \"local\" is duplicate, or \"{word}\" is a garbage."),
                    ));
                }
                local = Some(prefix(word)?);
                whole = word.contains('/');
            }
        }
    }
    let Some(name) = dev else {
        return Err(Output::failed(255, "Not enough information: \"dev\" argument is required."));
    };
    let index = device(net, at, name)?;
    let Some(local) = local else {
        return Err(Output::failed(255, "Not enough information: \"dev\" argument is required."));
    };
    if auto {
        broadcast = (local.len < 31).then(|| local.last());
    }
    if how == How::Delete {
        let found = if whole { local } else { exact(net, at, index, local) };
        return done(ops::delete_address(net, at.id, index, found));
    }
    let peer = peer.map(|p| if p.len == 32 && local.len != 32 { Prefix::new(p.addr, local.len) } else { p });
    let local = peer.map_or(local, |p| Prefix::new(local.addr, p.len));
    let loopback = local.addr.is_loopback();
    let address = Address {
        local,
        peer,
        broadcast,
        scope: reach.unwrap_or(if loopback { scope::HOST } else { scope::UNIVERSE }),
        secondary: false,
        noprefixroute,
        label: label.unwrap_or(name).to_owned(),
        metric,
    };
    done(ops::add_address(net, at.id, index, address, how == How::Replace))
}

/// IPv6 addresses are taken and not kept: the model has no IPv6.
fn six(net: &Network, at: At<'_>, words: &mut Words<'_>, dev: Option<&str>) -> Told<Output> {
    let mut dev = dev;
    while let Some(word) = words.take() {
        if word == "dev" {
            dev = Some(words.need()?);
        }
    }
    if let Some(dev) = dev {
        device(net, at, dev)?;
    }
    Ok(Output::default())
}

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
    let mut words = Words::new(words);
    let (mut dev, mut reach, mut to) = (None, None, None);
    while let Some(word) = words.take() {
        match word {
            "dev" => dev = Some(words.need()?),
            "scope" => reach = scope_read(words.need()?),
            "to" => to = Some(prefix(words.need()?)?),
            "label" => drop(words.need()?),
            other => dev = Some(other),
        }
    }
    let Some(name) = dev else { return Err(Output::failed(255, "Flush requires arguments.")) };
    let Some(index) = net.space(at.id).index(name) else {
        return Err(Output::failed(1, format!("Device \"{name}\" does not exist.")));
    };
    if at.style.family == 6 {
        return Ok(Output::default());
    }
    while let Some(link) = net.space(at.id).links.get(&index) {
        let next = link
            .addresses
            .iter()
            .find(|a| reach.is_none_or(|reach| a.scope == reach) && to.is_none_or(|to: Prefix| to.holds(a.local.addr)));
        let Some(local) = next.map(|a| a.local) else { break };
        done(ops::delete_address(net, at.id, index, local))?;
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
