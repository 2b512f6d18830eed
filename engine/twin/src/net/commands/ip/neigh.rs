//! `ip neigh`: add, replace, delete, flush and show, and the addresses answered for by proxy.

use super::super::words::{Words, expand};
use super::address::inet;
use super::{At, Output, Told, device, done, unknown};
use crate::net::link::Mac;
use crate::net::network::Network;
use crate::net::ops;
use crate::net::space::{Neigh, NeighState};

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return show(net, at, &[]) };
    const COMMANDS: [&str; 9] = ["add", "change", "chg", "replace", "delete", "get", "show", "list", "flush"];
    match expand(command, &COMMANDS) {
        Some("add") => change(net, at, rest, How::Add),
        Some("change" | "chg" | "replace") => change(net, at, rest, How::Replace),
        Some("delete") => change(net, at, rest, How::Delete),
        Some("show" | "list") => show(net, at, rest),
        Some("flush") => flush(net, at, rest),
        Some("get") => get(net, at, rest),
        _ => Err(unknown(command, "neigh")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Add,
    Replace,
    Delete,
}

fn change(net: &mut Network, at: At<'_>, words: &[&str], how: How) -> Told<Output> {
    let mut words = Words::new(words);
    let (mut addr, mut mac, mut dev, mut proxy) = (None, None, None, false);
    let mut state = NeighState::Permanent;
    while let Some(word) = words.take() {
        match word {
            "lladdr" => {
                let word = words.need()?;
                mac = Some(super::link::hardware(word)?);
            }
            "dev" => dev = Some(words.need()?),
            "proxy" => {
                proxy = true;
                addr = Some(inet(words.need()?)?);
            }
            "nud" => {
                state = match words.need()? {
                    "permanent" => NeighState::Permanent,
                    "noarp" => NeighState::Noarp,
                    "reachable" => NeighState::Reachable,
                    "stale" => NeighState::Stale,
                    "failed" | "none" => NeighState::Failed,
                    other => return Err(super::super::words::wrong("nud state is bad", other)),
                }
            }
            "router" | "extern_learn" | "managed" => {}
            "to" => addr = Some(inet(words.need()?)?),
            other => addr = Some(inet(other)?),
        }
    }
    let (Some(addr), Some(dev)) = (addr, dev) else {
        return Err(Output::failed(255, "Device and destination are required arguments."));
    };
    let index = device(net, at, dev)?;
    let space = net.space_mut(at.id);
    if proxy {
        if how == How::Delete {
            let gone = space.proxies.remove(&(index, addr));
            return if gone { Ok(Output::default()) } else { done(Err(crate::net::errno::Errno::NoEntry.into())) };
        }
        space.proxies.insert((index, addr));
        return Ok(Output::default());
    }
    if how == How::Delete {
        return done(ops::delete_neigh(space, index, addr));
    }
    let neigh = Neigh { mac: mac.unwrap_or(Mac::ZERO), state, at: at.call.now };
    if mac.is_none() && matches!(state, NeighState::Permanent | NeighState::Reachable | NeighState::Stale) {
        let said = "No link layer address given";
        return done(Err(crate::net::errno::Refused::said(crate::net::errno::Errno::Invalid, said)));
    }
    done(ops::add_neigh(space, index, addr, neigh, how == How::Replace))
}

fn state_word(state: NeighState) -> &'static str {
    match state {
        NeighState::Permanent => "PERMANENT",
        NeighState::Noarp => "NOARP",
        NeighState::Reachable => "REACHABLE",
        NeighState::Stale => "STALE",
        NeighState::Failed => "FAILED",
    }
}

fn show(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let mut words = Words::new(words);
    let (mut dev, mut to, mut proxy) = (None, None, false);
    while let Some(word) = words.take() {
        match word {
            "dev" => dev = Some(words.need()?),
            "proxy" => proxy = true,
            "nud" => drop(words.need()?),
            "to" => to = Some(inet(words.need()?)?),
            other => to = Some(inet(other)?),
        }
    }
    let index = match dev {
        Some(name) => Some(
            net.space(at.id).index(name).ok_or_else(|| Output::failed(1, format!("Cannot find device \"{name}\"")))?,
        ),
        None => None,
    };
    let space = net.space(at.id);
    if at.style.family == 6 {
        return Ok(Output::default());
    }
    if proxy {
        let lines = space.proxies.iter().filter(|(d, _)| index.is_none_or(|i| i == *d));
        return Ok(Output::done(lines.map(|(d, a)| format!("{a} dev {}  proxy\n", space.link_name(*d))).collect()));
    }
    let mut text = String::new();
    let mut json = Vec::new();
    for ((dev, addr), neigh) in &space.neighbours {
        if neigh.state == NeighState::Noarp || index.is_some_and(|i| i != *dev) || to.is_some_and(|t| t != *addr) {
            continue;
        }
        let name = space.link_name(*dev);
        let state = state_word(neigh.state);
        json.push(crate::json::json!({"dst": addr.to_string(), "dev": name, "lladdr": neigh.mac.to_string(), "state": [state]}));
        let named = if index.is_some() { String::new() } else { format!("dev {name} ") };
        let mac = if neigh.state == NeighState::Failed { String::new() } else { format!("lladdr {} ", neigh.mac) };
        text.push_str(&format!("{addr} {named}{mac}{state} \n"));
    }
    if at.style.json {
        return Ok(Output::done(format!("{}\n", crate::json::Value::from(json))));
    }
    Ok(Output::done(text))
}

fn get(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let dev = words.iter().position(|word| *word == "dev").and_then(|place| words.get(place + 1));
    let to = words.iter().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let (Some(dev), Some(to)) = (dev, to) else {
        return Err(Output::failed(255, "Device and address are required arguments."));
    };
    let (index, addr) = (device(net, at, dev)?, inet(to)?);
    if !net.space(at.id).neighbours.contains_key(&(index, addr)) {
        return Err(Output::failed(2, "Error: Neighbour entry not found."));
    }
    let told = show(net, at, &[to, "dev", dev])?;
    Ok(Output::done(told.stdout.replacen(' ', &format!(" dev {dev} "), 1)))
}

fn flush(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let mut words = Words::new(words);
    let (mut dev, mut to, mut all) = (None, None, false);
    while let Some(word) = words.take() {
        match word {
            "dev" => dev = Some(words.need()?),
            "nud" => all = words.need()? == "all",
            "all" => {}
            "to" => to = Some(inet(words.need()?)?),
            other => to = Some(inet(other)?),
        }
    }
    let index = dev.map(|name| device(net, at, name)).transpose()?;
    net.space_mut(at.id).neighbours.retain(|(d, a), neigh| {
        let fixed = matches!(neigh.state, NeighState::Permanent | NeighState::Noarp) && !all;
        fixed || index.is_some_and(|i| i != *d) || to.is_some_and(|t| t != *a)
    });
    Ok(Output::default())
}
