//! `ip link`: set, delete and other names; `add` and `show` are next door.

use super::super::words::{Words, begins, beyond, duplicate, expand, wrong};
use super::{At, Output, Told, device, done, link_add, link_kind, show, unknown};
use crate::net::errno::{Errno, Refused};
use crate::net::link::{Kind, Link, Mac, Program, Seat};
use crate::net::network::Network;
use crate::net::ops;

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return show::links(net, at, &[]) };
    const COMMANDS: [&str; 10] =
        ["add", "set", "change", "replace", "delete", "show", "lst", "list", "help", "property"];
    match expand(command, &COMMANDS) {
        Some("add" | "replace") => link_add::run(net, at, rest),
        Some("set" | "change") => set(net, at, rest),
        Some("delete") => delete(net, at, rest),
        Some("show" | "lst" | "list") => show::links(net, at, rest),
        Some("property") => property(net, at, rest),
        Some("help") => Ok(super::help("link")),
        _ => Err(unknown(command, "link")),
    }
}

/// `ip link property add dev LINK altname NAME …`.
fn property(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return Ok(super::help("link property")) };
    let adds = begins(command, "add");
    if !adds && !begins(command, "delete") {
        return Err(Output::failed(255, format!("Command \"{command}\" is unknown, try \"ip link property help\".")));
    }
    let mut words = Words::new(rest);
    let (mut dev, mut names) = (None, Vec::new());
    while let Some(word) = words.take() {
        match word {
            "altname" => names.push(words.need()?),
            "dev" => dev = Some(words.need()?),
            other => dev = Some(other),
        }
    }
    let Some(dev) = dev else { return Err(no_device()) };
    let index = device(net, at, dev)?;
    for name in names {
        let taken = net.space(at.id).called(name).is_some();
        let own =
            net.space(at.id).links.get(&index).is_some_and(|link| link.altnames.iter().any(|other| other == name));
        if adds && taken {
            return done(Err(Errno::Exists.into()));
        }
        if !adds && !own {
            return done(Err(Errno::NoEntry.into()));
        }
        if let Some(link) = net.space_mut(at.id).links.get_mut(&index) {
            if adds {
                link.altnames.push(name.to_owned());
            } else {
                link.altnames.retain(|other| other != name);
            }
        }
    }
    Ok(Output::default())
}

fn no_device() -> Output {
    Output::failed(255, "Not enough information: \"dev\" argument is required.")
}

fn delete(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let mut words = Words::new(words);
    let (mut name, mut kind, mut group) = (None, None, None);
    while let Some(word) = words.take() {
        match word {
            "type" => kind = Some(words.need()?),
            "group" => group = Some(group_number(words.need()?)?),
            other => {
                let word = if other == "dev" { words.need()? } else { other };
                if name.is_some() {
                    return Err(duplicate("dev", word));
                }
                name = Some(word);
            }
        }
    }
    let all = match (name, group) {
        (Some(name), _) => vec![device(net, at, name)?],
        (None, Some(group)) => of_group(net, at, group),
        (None, None) => return Err(no_device()),
    };
    for index in all {
        if let Some(link) = net.space(at.id).links.get(&index) {
            if kind.is_some_and(|kind| kind != link.kind.word()) {
                return done(Err(Errno::Invalid.into()));
            }
            if matches!(link.kind, Kind::Loopback | Kind::Physical { .. } | Kind::Ovs) {
                return done(Err(Errno::NotSupported.into()));
            }
            // The kernel says nothing, and keeps what came with the module.
            if link.ipip().is_some_and(|tunnel| tunnel.base) {
                continue;
            }
        }
        ops::destroy_link(net, at.id, index);
    }
    Ok(Output::default())
}

fn of_group(net: &Network, at: At<'_>, group: u32) -> Vec<u32> {
    net.space(at.id).links.values().filter(|link| link.group == group).map(|link| link.index).collect()
}

/// The number of a group of links.
pub(super) fn group_number(word: &str) -> Told<u32> {
    let number = if word == "default" { Some(0) } else { super::super::words::number(word) };
    number.ok_or_else(|| wrong("Invalid \"group\" value\n", word))
}

/// Reads an address in Ethernet.
pub(super) fn hardware(word: &str) -> Told<Mac> {
    let octets: Vec<Option<u8>> = word.split(':').map(|part| u8::from_str_radix(part, 16).ok()).collect();
    match octets.len() {
        _ if octets.contains(&None) => Err(Output::failed(1, format!("\"{word}\" is invalid lladdr."))),
        6 => Ok(Mac::read(word).unwrap_or_default()),
        other => Err(Output::failed(1, format!("Invalid address length {other} - must be 6 bytes"))),
    }
}

/// A number in one of iproute2's places that end their complaint with an empty line.
pub(super) fn number(words: &mut Words<'_>, what: &str) -> Told<u32> {
    let word = words.need()?;
    super::super::words::number(word).ok_or_else(|| wrong(&format!("Invalid \"{what}\" value\n"), word))
}

/// The bridge to become a port of.
pub(super) fn master(net: &Network, at: At<'_>, name: &str) -> Told<u32> {
    net.space(at.id).index(name).ok_or_else(|| wrong("Device does not exist\n", name))
}

/// Refuses what cannot be the name of a link.
pub(super) fn is_name(what: &str, word: &str, most: usize) -> Told<()> {
    let bad = word.is_empty() || word.len() > most || word.contains(['/', ' ']) || word == "." || word == "..";
    if bad { Err(wrong(&format!("\"{what}\" not a valid ifname"), word)) } else { Ok(()) }
}

/// How long another name may be, which is where iproute2 stops reading; the kernel stops names at 15.
pub(super) const LONG: usize = 127;

fn set(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let wanted = read(net, at, words)?;
    match (wanted.dev, wanted.group) {
        (Some(name), _) => {
            let index = device(net, at, name)?;
            change(net, at, index, &wanted)
        }
        (None, Some(group)) => {
            for index in of_group(net, at, group) {
                change(net, at, index, &wanted)?;
            }
            Ok(Output::default())
        }
        (None, None) => Err(no_device()),
    }
}

fn read<'a>(net: &Network, at: At<'_>, words: &'a [&'a str]) -> Told<Wanted<'a>> {
    let mut words = Words::new(words);
    let mut wanted = Wanted::default();
    while let Some(word) = words.take() {
        match word {
            "up" => wanted.up = Some(true),
            "down" => wanted.up = Some(false),
            "name" => {
                let name = words.need()?;
                is_name("name", name, 15)?;
                wanted.name = Some(name);
            }
            "mtu" => wanted.mtu = Some(number(&mut words, "mtu")?),
            "txqueuelen" | "qlen" | "txqlen" => wanted.qlen = Some(number(&mut words, "txqueuelen")?),
            "address" => wanted.mac = Some(hardware(words.need()?)?),
            "master" | "vrf" => wanted.master = Some(Some(master(net, at, words.need()?)?)),
            "nomaster" | "novrf" => wanted.master = Some(None),
            "netns" => {
                let name = words.need()?;
                if name != "1" && net.find(at.call.machine, name).is_none() {
                    return Err(no_namespace(name));
                }
                wanted.netns = Some(name);
            }
            "alias" => wanted.alias = Some(words.need()?),
            "promisc" => wanted.promisc = Some(on_off(&mut words, word)?),
            "arp" => wanted.arp = Some(on_off(&mut words, word)?),
            "multicast" => wanted.multicast = Some(on_off(&mut words, word)?),
            "allmulticast" => wanted.allmulti = Some(on_off(&mut words, word)?),
            "group" => wanted.group = Some(group_number(words.need()?)?),
            "addrgenmode" => {
                let mode = words.need()?;
                if !["none", "eui64", "stable_secret", "random"].contains(&mode) {
                    return Err(wrong("Invalid address generation mode\n", mode));
                }
            }
            "type" => {
                wanted.kind = Some(words.rest());
                break;
            }
            "xdp" | "xdpgeneric" | "xdpdrv" | "xdpoffload" => match words.need()? {
                "off" | "none" => wanted.no_xdp = true,
                _ => return Err(beyond("ip", word)),
            },
            "carrier" | "dynamic" | "trailers" | "vf" | "broadcast" | "brd" | "protodown" | "macaddr"
            | "gso_max_size" | "gro_max_size" | "gso_max_segs" | "link-netnsid" | "numtxqueues" | "numrxqueues"
            | "state" | "mode" => {
                return Err(beyond("ip", word));
            }
            other => {
                let name = if other == "dev" { words.need()? } else { other };
                if wanted.dev.is_some() {
                    return Err(duplicate("dev", name));
                }
                is_name("dev", name, LONG)?;
                wanted.dev = Some(name);
            }
        }
    }
    Ok(wanted)
}

#[derive(Clone, Default)]
struct Wanted<'a> {
    dev: Option<&'a str>,
    up: Option<bool>,
    name: Option<&'a str>,
    mtu: Option<u32>,
    qlen: Option<u32>,
    mac: Option<Mac>,
    master: Option<Option<u32>>,
    netns: Option<&'a str>,
    alias: Option<&'a str>,
    promisc: Option<bool>,
    arp: Option<bool>,
    multicast: Option<bool>,
    allmulti: Option<bool>,
    group: Option<u32>,
    kind: Option<&'a [&'a str]>,
    no_xdp: bool,
}

fn on_off(words: &mut Words<'_>, what: &str) -> Told<bool> {
    match words.need()? {
        "on" => Ok(true),
        "off" => Ok(false),
        other => {
            let said = format!("Error: argument of \"{what}\" must be \"on\" or \"off\", not \"{other}\"");
            Err(Output::failed(1, said))
        }
    }
}

/// The kernel's order: namespace, address, MTU, name, master, up or down.
fn change(net: &mut Network, at: At<'_>, index: u32, wanted: &Wanted<'_>) -> Told<Output> {
    let fail = |result: Result<(), Refused>| done(result).map(|_| ());
    if let Some(words) = wanted.kind {
        link_kind::change(net, at, index, words)?;
    }
    if let Some(name) = wanted.netns {
        let to = match name {
            "1" => net.find(at.call.machine, ""),
            name => net.find(at.call.machine, name),
        };
        let to = to.ok_or_else(|| no_namespace(name))?;
        let index = ops::move_link(net, at.id, index, to, wanted.name).map_err(|why| super::refused(&why))?;
        let there = At { id: to, ..at };
        return change(net, there, index, &Wanted { netns: None, kind: None, ..wanted.clone() });
    }
    if let Some(mac) = wanted.mac {
        fail(ops::set_mac(net, at.id, index, mac))?;
    }
    if let Some(mtu) = wanted.mtu {
        fail(ops::set_mtu(net, at.id, index, mtu))?;
    }
    if let Some(name) = wanted.name {
        fail(ops::rename(net, at.id, index, name))?;
    }
    if let Some(master) = wanted.master {
        fail(ops::set_master(net, at.id, index, master))?;
    }
    if let Some(link) = net.space_mut(at.id).links.get_mut(&index) {
        mark(link, wanted)?;
    }
    match wanted.up {
        Some(true) => fail(ops::set_up(net, at.id, index))?,
        Some(false) => ops::set_down(net, at.id, index),
        None => {}
    }
    Ok(Output::default())
}

/// What is but written down on a link.
fn mark(link: &mut Link, wanted: &Wanted<'_>) -> Told<()> {
    link.txqlen = wanted.qlen.unwrap_or(link.txqlen);
    link.promisc = wanted.promisc.unwrap_or(link.promisc);
    link.allmulti = wanted.allmulti.unwrap_or(link.allmulti);
    link.multicast = wanted.multicast.unwrap_or(link.multicast);
    link.noarp = wanted.arp.map_or(link.noarp, |arp| !arp);
    link.group = wanted.group.unwrap_or(link.group);
    if let Some(alias) = wanted.alias {
        link.alias = Some(alias.to_owned()).filter(|a| !a.is_empty());
    }
    if wanted.no_xdp {
        let held = |(seat, program): &(Seat, Program)| *seat == Seat::Xdp && program.name().starts_with("cil_");
        if link.programs.iter().any(held) {
            return Err(Output::failed(2, "Error: Can't replace active BPF XDP link."));
        }
        link.programs.retain(|(seat, _)| *seat != Seat::Xdp);
    }
    Ok(())
}

/// The words of `ip link set … netns` for a namespace that is not there.
pub(super) fn no_namespace(name: &str) -> Output {
    wrong("Invalid \"netns\" value\n", name)
}
