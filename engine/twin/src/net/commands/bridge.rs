//! `bridge`: forwarding tables of bridges and tunnels, ports, and little of VLANs.

use super::ip::details::{port_rest, port_start};
use super::ip::head::start;
use super::ip::link_kind::set_port;
use super::sheet::Sheet;
use super::words::{Words, beyond, expand};
use super::{Call, Output};
use crate::net::errno::{Errno, Refused};
use crate::net::link::{Kind, Link, Mac, Remote};
use crate::net::network::{Network, SpaceId};
use crate::net::ops::{self, FdbManner};
use crate::net::prefix::Prefix;
use crate::net::space::Space;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let mut call = call;
    let mut rest = words;
    let mut style = Style::default();
    while let Some((first, more)) = rest.split_first().filter(|(first, _)| first.starts_with('-')) {
        rest = more;
        match *first {
            "-n" | "-netns" => {
                let Some((name, more)) = rest.split_first() else { return usage() };
                if net.find(call.machine, name).is_none() {
                    let said = format!("Cannot open network namespace \"{name}\": No such file or directory");
                    return Output::failed(255, said);
                }
                call.namespace = name;
                rest = more;
            }
            word if word.starts_with("-j") => style.json = true,
            word if word.starts_with("-d") => style.details = true,
            _ => {}
        }
    }
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let Some((object, rest)) = rest.split_first() else { return usage() };
    let done = match expand(object, &["link", "fdb", "vlan", "mdb", "monitor", "vni"]) {
        Some("link") => link(net, id, rest, style),
        Some("fdb") => fdb(net, id, rest, style.json),
        Some("vlan") => vlan(rest),
        Some("mdb" | "vni") => Ok(Output::default()),
        Some(known) => Ok(Output::failed(1, format!("bridge: `{known}` is not modelled"))),
        None => Ok(Output::failed(1, format!("Object \"{object}\" is unknown, try \"bridge help\"."))),
    };
    done.unwrap_or_else(|told| told)
}

/// How the answer is to be written.
#[derive(Clone, Copy, Default)]
struct Style {
    details: bool,
    json: bool,
}

/// Nothing but what there is of VLANs where no bridge filters them.
fn vlan(words: &[&str]) -> Result<Output, Output> {
    match words.first().copied().unwrap_or("show") {
        "show" | "list" | "lst" => Ok(Output::done("port              vlan-id  \n".to_owned())),
        "add" | "del" | "delete" | "set" | "tunnelshow" | "global" => Err(beyond("bridge", "vlan")),
        other => Err(Output::failed(255, format!("Command \"{other}\" is unknown, try \"bridge vlan help\"."))),
    }
}

fn usage() -> Output {
    Output::failed(255, "Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }")
}

fn device(net: &Network, id: SpaceId, name: &str) -> Result<u32, Output> {
    net.space(id).index(name).ok_or_else(|| Output::failed(255, format!("Cannot find device \"{name}\"")))
}

fn refused(why: &Refused) -> Output {
    match &why.said {
        Some(said) => Output::failed(255, format!("Error: {said}.")),
        None => Output::failed(255, format!("RTNETLINK answers: {}", why.errno.text())),
    }
}

fn fdb(net: &mut Network, id: SpaceId, words: &[&str], json: bool) -> Result<Output, Output> {
    let Some((command, rest)) = words.split_first() else { return show(net, id, &[], json) };
    let how = match expand(command, &["add", "append", "replace", "delete", "show", "lst", "list", "get", "flush"]) {
        Some("add") => Some(FdbManner::Add),
        Some("append") => Some(FdbManner::Append),
        Some("replace") => Some(FdbManner::Replace),
        Some("delete") => None,
        Some("show" | "lst" | "list") => return show(net, id, rest, json),
        _ => return Err(Output::failed(255, format!("Command \"{command}\" is unknown, try \"bridge fdb help\"."))),
    };
    let mut words = Words::new(rest);
    let (mut mac, mut dev, mut dst, mut port, mut vni) = (None, None, None, None, None);
    let (mut master, mut own, mut noted) = (false, false, "permanent");
    while let Some(word) = words.take() {
        match word {
            "dev" => dev = Some(words.need()?),
            "dst" => {
                let word = words.need()?;
                let addr = Prefix::read(word).map(|p| p.addr);
                dst = Some(addr.ok_or_else(|| {
                    Output::failed(1, format!("Error: inet prefix is expected rather than \"{word}\"."))
                })?);
            }
            "port" => port = words.need()?.parse().ok(),
            "vni" => vni = super::words::number(words.need()?),
            "self" => own = true,
            "master" => master = true,
            "permanent" | "local" => noted = "permanent",
            "static" => noted = "static",
            "dynamic" => noted = "",
            "via" | "vlan" | "src_vni" | "nhid" | "sticky" => return Err(beyond("bridge", word)),
            "router" | "use" | "extern_learn" => {}
            other if mac.is_none() => {
                let read = Mac::read(other);
                mac = Some(read.ok_or_else(|| Output::failed(255, format!("Invalid mac address {other}")))?);
            }
            other => {
                return Err(Output::failed(
                    255,
                    format!("Error: either \"to\" is duplicate, or \"{other}\" is a garbage."),
                ));
            }
        }
    }
    let (Some(mac), Some(dev)) = (mac, dev) else {
        return Err(Output::failed(255, "Device and address are required arguments."));
    };
    let index = device(net, id, dev)?;
    let master = master && !own;
    let space = net.space_mut(id);
    let result = match how {
        None => ops::delete_fdb(space, index, mac, dst, master),
        Some(how) => {
            let remote = dst.map(|addr| Remote { addr, port, vni, learned: false, noted });
            ops::add_fdb(space, index, mac, remote, master, how)
        }
    };
    result.map(|()| Output::default()).map_err(|why| refused(&why))
}

fn show(net: &Network, id: SpaceId, words: &[&str], json: bool) -> Result<Output, Output> {
    let mut words = Words::new(words);
    let (mut only, mut bridge) = (None, None);
    while let Some(word) = words.take() {
        match word {
            "dev" | "brport" => only = Some(device(net, id, words.need()?)?),
            "br" => bridge = Some(device(net, id, words.need()?)?),
            _ => {}
        }
    }
    let space = net.space(id);
    let mut lines = Vec::new();
    for link in space.links.values() {
        if only.is_some_and(|only| only != link.index)
            || bridge.is_some_and(|b| link.master != Some(b) && link.index != b)
        {
            continue;
        }
        lines.extend(entries(space, link).into_iter().map(|(mac, rest)| (mac, link.name.clone(), rest)));
    }
    if json {
        let all: Vec<_> = lines
            .iter()
            .map(|(mac, dev, rest)| serde_json::json!({"mac": mac.to_string(), "ifname": dev, "words": rest.trim()}))
            .collect();
        return Ok(Output::done(format!("{}\n", serde_json::Value::from(all))));
    }
    let named = |dev: &str| if only.is_some() { String::new() } else { format!("dev {dev} ") };
    Ok(Output::done(lines.iter().map(|(mac, dev, rest)| format!("{mac} {}{rest}\n", named(dev))).collect()))
}

fn entries(space: &Space, link: &Link) -> Vec<(Mac, String)> {
    let mut lines = Vec::new();
    if let Some(master) = link.master {
        let name = space.link_name(master);
        lines.push((link.mac, format!("master {name} permanent")));
        if let Some(bridge) = space.links.get(&master).and_then(|l| l.bridge()) {
            for (mac, station) in bridge.fdb.iter().filter(|(_, station)| station.port == link.index) {
                lines.push((*mac, format!("master {name} {}", if station.fixed { "permanent" } else { "" })));
            }
        }
    }
    if let Kind::Vxlan(vxlan) = &link.kind {
        for (mac, remotes) in vxlan.fdb.iter() {
            for remote in remotes {
                let port = remote.port.map(|p| format!("port {p} ")).unwrap_or_default();
                let vni = remote.vni.map(|v| format!("vni {v} ")).unwrap_or_default();
                let via = match (remote.noted, vxlan.lower) {
                    ("default", Some(lower)) => format!("via {} ", space.link_name(lower)),
                    _ => String::new(),
                };
                let noted = match remote.noted {
                    "default" => "permanent",
                    "learned" => "",
                    other => other,
                };
                lines.push((*mac, format!("dst {} {port}{vni}{via}self {noted}", remote.addr)));
            }
        }
    }
    lines
}

fn link(net: &mut Network, id: SpaceId, words: &[&str], style: Style) -> Result<Output, Output> {
    let (command, rest) = words.split_first().map_or(("show", words), |(first, rest)| (*first, rest));
    match expand(command, &["set", "show", "lst", "list", "help"]) {
        Some("set") => set(net, id, rest),
        Some("show" | "lst" | "list") => ports(net, id, rest, style),
        Some(_) => {
            Err(Output::failed(255, "Usage: bridge link set dev DEV [ cost COST ] [ priority PRIO ] [ state STATE ]"))
        }
        None => Err(Output::failed(255, format!("Command \"{command}\" is unknown, try \"bridge link help\"."))),
    }
}

fn set(net: &mut Network, id: SpaceId, words: &[&str]) -> Result<Output, Output> {
    let place = words.iter().position(|word| *word == "dev");
    let mut words = Words::new(words);
    let name = place.and_then(|place| words.rest().get(place + 1)).copied();
    let index = name.map(|name| device(net, id, name)).transpose()?;
    let link = index.and_then(|index| net.space(id).links.get(&index));
    let mut port = link.map(|link| link.port).unwrap_or_default();
    while let Some(word) = words.take() {
        match word {
            "dev" => drop(words.need()?),
            "self" | "master" => {}
            _ if set_port(&mut port, "bridge", word, &mut words)? => {}
            _ => {
                return Err(Output::failed(
                    255,
                    "Usage: bridge link set dev DEV [ cost COST ] [ priority PRIO ] [ state STATE ]",
                ));
            }
        }
    }
    let Some(index) = index else { return Err(Output::failed(255, "Device is a required argument.")) };
    match net.space_mut(id).links.get_mut(&index) {
        Some(link) if link.master.is_some() => link.port = port,
        _ => return Err(refused(&Errno::NotSupported.into())),
    }
    Ok(Output::default())
}

fn ports(net: &Network, id: SpaceId, words: &[&str], style: Style) -> Result<Output, Output> {
    let only = words.iter().find(|word| **word != "dev").map(|name| device(net, id, name)).transpose()?;
    let space = net.space(id);
    let mut sheets = Vec::new();
    for link in space.links.values().filter(|link| only.is_none_or(|only| only == link.index)) {
        let Some(master) = link.master else { continue };
        let mut sheet = start(net, id, link);
        sheet.say("master", format!("master {} ", space.link_name(master)), space.link_name(master));
        port_start(&mut sheet, net, id, link);
        sheet.write("\n");
        if style.details {
            sheet.write("    ");
            port_rest(&mut sheet, &link.port);
            sheet.write("\n");
        }
        sheets.push(sheet);
    }
    if style.json {
        let all: Vec<_> = sheets.into_iter().map(Sheet::json).collect();
        return Ok(Output::done(format!("{}\n", serde_json::Value::from(all))));
    }
    Ok(Output::done(sheets.iter().map(Sheet::text).collect()))
}
