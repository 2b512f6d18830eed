//! `ip tunnel`, and what a device that wraps packets in packets is called with: the words of `ip link … type ipip` too.

use super::super::words::{Words, expand, wrong};
use super::address::inet;
use super::{At, Output, Told, device, unknown};
use crate::net::errno::Errno;
use crate::net::link::{Ipip, Kind};
use crate::net::network::Network;
use crate::net::ops;
use std::net::Ipv4Addr;

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return show(net, at, None) };
    match expand(command, &["add", "change", "delete", "show", "list", "lst", "help"]) {
        Some("add") => add(net, at, rest),
        Some("change") => change(net, at, rest),
        Some("delete") => delete(net, at, rest),
        Some("show" | "list" | "lst") => show(net, at, name_of(rest)),
        _ => Err(unknown(command, "tunnel")),
    }
}

/// Reads the words of a tunnel.
pub(super) fn read(net: &Network, at: At<'_>, words: &[&str]) -> Told<Ipip> {
    let mut words = Words::new(words);
    let mut made = Ipip { whole: true, ..Ipip::default() };
    let end = |word: &str| if word == "any" { Ok(None) } else { inet(word).map(Some) };
    while let Some(word) = words.take() {
        match word {
            "local" => made.local = end(words.need()?)?,
            "remote" => made.remote = end(words.need()?)?,
            "dev" => made.lower = Some(device(net, at, words.need()?)?),
            "nopmtudisc" => made.whole = false,
            "pmtudisc" => made.whole = true,
            "ttl" | "hoplimit" | "hlim" => {
                let word = words.need()?;
                let number = if word == "inherit" { Some(0) } else { word.parse().ok() };
                made.ttl = number.ok_or_else(|| wrong("invalid TTL", word))?;
            }
            "tos" | "mode" | "encap" | "key" => drop(words.need()?),
            _ => {}
        }
    }
    Ok(made)
}

fn name_of<'a>(words: &[&'a str]) -> Option<&'a str> {
    let known = ["mode", "local", "remote", "dev", "ttl", "tos", "hoplimit"];
    let mut place = 0;
    while let Some(word) = words.get(place) {
        match *word {
            "name" => return words.get(place + 1).copied(),
            "pmtudisc" | "nopmtudisc" => place += 1,
            word if known.contains(&word) => place += 2,
            word => return Some(word),
        }
    }
    None
}

fn mode_of<'a>(words: &[&'a str]) -> Option<&'a str> {
    words.iter().position(|word| *word == "mode").and_then(|place| words.get(place + 1)).copied()
}

fn add(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    match mode_of(words) {
        Some("ipip" | "ip/ip" | "any") => {}
        None => return Err(Output::failed(255, "cannot determine tunnel mode (ipip, gre, vti or sit)")),
        Some(other) => return Err(Output::failed(1, format!("ip: a tunnel of the mode `{other}` is not modelled"))),
    }
    let tunnel = read(net, at, words)?;
    let name = name_of(words).unwrap_or(Ipip::BASE);
    match ops::add_link(net, at.id, name, Kind::Ipip(tunnel), None) {
        Ok(_) => Ok(Output::default()),
        Err(why) => Err(failed("add", name, why.errno)),
    }
}

fn change(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let name = name_of(words).unwrap_or(Ipip::BASE);
    let new = read(net, at, words)?;
    let index = device(net, at, name)?;
    if let Some(Kind::Ipip(old)) = net.space_mut(at.id).links.get_mut(&index).map(|link| &mut link.kind) {
        *old = Ipip { base: old.base, ..new };
        return Ok(Output::default());
    }
    Err(failed("change", name, Errno::Invalid))
}

fn delete(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let name = name_of(words).unwrap_or(Ipip::BASE);
    let Some(link) = net.space(at.id).named(name) else { return Err(failed("delete", name, Errno::NoDevice)) };
    let index = link.index;
    match link.ipip() {
        Some(tunnel) if tunnel.base => Err(failed("delete", name, Errno::Perm)),
        Some(_) => {
            ops::destroy_link(net, at.id, index);
            Ok(Output::default())
        }
        None => Err(failed("delete", name, Errno::Invalid)),
    }
}

fn failed(what: &str, name: &str, why: Errno) -> Output {
    Output::failed(1, format!("{what} tunnel \"{name}\" failed: {}", why.text()))
}

fn end(addr: Option<Ipv4Addr>) -> String {
    addr.map_or_else(|| "any".to_owned(), |addr| addr.to_string())
}

fn life(tunnel: &Ipip) -> String {
    if tunnel.ttl == 0 { "inherit".to_owned() } else { tunnel.ttl.to_string() }
}

fn show(net: &Network, at: At<'_>, name: Option<&str>) -> Told<Output> {
    if let Some(name) = name {
        device(net, at, name)?;
    }
    let mut text = String::new();
    for link in net.space(at.id).links.values().filter(|link| name.is_none_or(|name| link.name == name)) {
        let Some(tunnel) = link.ipip() else { continue };
        let (proto, dev) = (if tunnel.base { "any" } else { "ip" }, lower(net, at, tunnel));
        text.push_str(&format!(
            "{}: {proto}/ip remote {} local {}{dev} ttl {}{}\n",
            link.name,
            end(tunnel.remote),
            end(tunnel.local),
            life(tunnel),
            if tunnel.whole { "" } else { " nopmtudisc" }
        ));
    }
    Ok(Output::done(text))
}

fn lower(net: &Network, at: At<'_>, tunnel: &Ipip) -> String {
    tunnel.lower.map(|lower| format!(" dev {}", net.space(at.id).link_name(lower))).unwrap_or_default()
}

/// What `ip -d link` tells of one.
pub(super) fn detail(net: &Network, at: At<'_>, tunnel: &Ipip) -> String {
    let proto = if tunnel.base { "any" } else { "ipip" };
    let cut = if tunnel.whole { "pmtudisc" } else { "nopmtudisc" };
    let (far, near, dev) = (end(tunnel.remote), end(tunnel.local), lower(net, at, tunnel));
    format!("ipip {proto} remote {far} local {near}{dev} ttl {} {cut} ", life(tunnel))
}

/// The same as JSON has it.
pub(super) fn json(tunnel: &Ipip) -> crate::json::Value {
    crate::json::json!({
        "proto": if tunnel.base { "any" } else { "ipip" }, "remote": end(tunnel.remote), "local": end(tunnel.local),
        "ttl": tunnel.ttl, "pmtudisc": tunnel.whole,
    })
}
