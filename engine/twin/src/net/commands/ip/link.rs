//! `ip link`: set, delete; `add` and `show` are next door.

use super::super::words::{Words, expand, wrong};
use super::{At, Output, Told, device, done, link_add, show, unknown};
use crate::net::errno::{Errno, Refused};
use crate::net::link::{Kind, Mac};
use crate::net::network::Network;
use crate::net::ops;

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return show::links(net, at, &[]) };
    const COMMANDS: [&str; 9] = ["add", "set", "change", "replace", "delete", "show", "lst", "list", "help"];
    match expand(command, &COMMANDS) {
        Some("add" | "replace") => link_add::run(net, at, rest),
        Some("set" | "change") => set(net, at, rest),
        Some("delete") => delete(net, at, rest),
        Some("show" | "lst" | "list") => show::links(net, at, rest),
        _ => Err(unknown(command, "link")),
    }
}

fn delete(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let mut words = Words::new(words);
    let (mut name, mut kind) = (None, None);
    while let Some(word) = words.take() {
        match word {
            "dev" => name = Some(words.need()?),
            "type" => kind = Some(words.need()?),
            other => name = Some(other),
        }
    }
    let Some(name) = name else {
        return Err(Output::failed(255, "Not enough information: \"dev\" argument is required."));
    };
    let index = device(net, at, name)?;
    if let Some(link) = net.space(at.id).links.get(&index) {
        if kind.is_some_and(|kind| kind != link.kind.word()) {
            return done(Err(Errno::Invalid.into()));
        }
        if matches!(link.kind, Kind::Loopback | Kind::Physical { .. } | Kind::Ovs) {
            return done(Err(Errno::NotSupported.into()));
        }
        // The kernel says nothing, and keeps what came with the module.
        if link.ipip().is_some_and(|tunnel| tunnel.base) {
            return Ok(Output::default());
        }
    }
    ops::destroy_link(net, at.id, index);
    Ok(Output::default())
}

fn set(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let mut words = Words::new(words);
    let mut wanted = Wanted::default();
    while let Some(word) = words.take() {
        match word {
            "dev" => wanted.dev = Some(words.need()?),
            "up" => wanted.up = Some(true),
            "down" => wanted.up = Some(false),
            "name" => wanted.name = Some(words.need()?),
            "mtu" => wanted.mtu = Some(words.number("Invalid \"mtu\" value")?),
            "txqueuelen" | "qlen" | "txqlen" => wanted.qlen = Some(words.number("Invalid \"txqueuelen\" value")?),
            "address" => {
                let word = words.need()?;
                wanted.mac =
                    Some(Mac::read(word).ok_or_else(|| Output::failed(1, format!("\"{word}\" is invalid lladdr.")))?);
            }
            "master" | "vrf" => {
                let name = words.need()?;
                let index = net.space(at.id).index(name);
                let missing =
                    || Output::failed(255, format!("Error: argument \"{name}\" is wrong: Device does not exist\n\n"));
                wanted.master = Some(Some(index.ok_or_else(missing)?));
            }
            "nomaster" => wanted.master = Some(None),
            "netns" => {
                let name = words.need()?;
                if name != "1" && net.find(at.call.machine, name).is_none() {
                    return Err(no_namespace(name));
                }
                wanted.netns = Some(name);
            }
            "alias" => wanted.alias = Some(words.need()?),
            "promisc" => wanted.promisc = Some(on_off(&mut words)?),
            "arp" => wanted.arp = Some(on_off(&mut words)?),
            "multicast" | "allmulticast" | "carrier" | "dynamic" | "trailers" => drop(words.need()?),
            "group" | "addrgenmode" | "numtxqueues" | "gso_max_size" | "gro_max_size" => drop(words.need()?),
            "type" => {
                wanted.kind = Some(words.rest());
                break;
            }
            "xdp" | "xdpgeneric" | "xdpdrv" => {
                if words.need()? == "off" {
                    wanted.no_xdp = true;
                }
            }
            other if wanted.dev.is_none() => wanted.dev = Some(other),
            other => {
                let said = format!("Error: either \"dev\" is duplicate, or \"{other}\" is a garbage.");
                return Err(Output::failed(255, said));
            }
        }
    }
    let Some(name) = wanted.dev else {
        return Err(Output::failed(255, "Not enough of information: \"dev\" argument is required."));
    };
    let index = device(net, at, name)?;
    change(net, at, index, &wanted)
}

#[derive(Default)]
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
    kind: Option<&'a [&'a str]>,
    no_xdp: bool,
}

fn on_off(words: &mut Words<'_>) -> Told<bool> {
    match words.need()? {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(wrong("must be \"on\" or \"off\"", other)),
    }
}

/// The kernel's order: namespace, address, MTU, name, master, up or down.
fn change(net: &mut Network, at: At<'_>, index: u32, wanted: &Wanted<'_>) -> Told<Output> {
    let fail = |result: Result<(), Refused>| done(result).map(|_| ());
    if let Some(name) = wanted.netns {
        let to = match name {
            "1" => net.find(at.call.machine, ""),
            name => net.find(at.call.machine, name),
        };
        let Some(to) = to else {
            return Err(no_namespace(name));
        };
        fail(ops::move_link(net, at.id, index, to))?;
        return Ok(Output::default());
    }
    if let Some(mac) = wanted.mac
        && let Some(link) = net.space_mut(at.id).links.get_mut(&index)
    {
        if link.is_loopback() && !mac.is_group() {
            link.mac = mac;
        } else if mac.is_group() {
            return done(Err(Errno::NotAvailable.into()));
        }
        link.mac = mac;
        if let Some(bridge) = link.bridge_mut() {
            bridge.mac_set = true;
        }
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
        link.txqlen = wanted.qlen.unwrap_or(link.txqlen);
        link.promisc = wanted.promisc.unwrap_or(link.promisc);
        link.noarp = wanted.arp.map_or(link.noarp, |arp| !arp);
        if let Some(alias) = wanted.alias {
            link.alias = Some(alias.to_owned()).filter(|a| !a.is_empty());
        }
        let held = |(seat, program): &(crate::net::link::Seat, crate::net::link::Program)| {
            *seat == crate::net::link::Seat::Xdp && program.name().starts_with("cil_")
        };
        if wanted.no_xdp && link.programs.iter().any(held) {
            return Err(Output::failed(2, "Error: Can't replace active BPF XDP link."));
        }
        if wanted.no_xdp {
            link.programs.retain(|(seat, _)| *seat != crate::net::link::Seat::Xdp);
        }
    }
    if let Some(words) = wanted.kind {
        link_add::change_kind(net, at, index, words)?;
    }
    match wanted.up {
        Some(true) => fail(ops::set_up(net, at.id, index))?,
        Some(false) => ops::set_down(net, at.id, index),
        None => {}
    }
    Ok(Output::default())
}

/// The words of `ip link set … netns` for a namespace that is not there.
fn no_namespace(name: &str) -> Output {
    Output::failed(255, format!("Error: argument \"{name}\" is wrong: Invalid \"netns\" value\n\n"))
}
