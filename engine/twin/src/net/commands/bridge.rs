//! `bridge`: forwarding tables of bridges and tunnels, ports, and little of VLANs.

use super::words::{Words, expand};
use super::{Call, Output};
use crate::net::errno::Refused;
use crate::net::link::{Kind, Link, Mac, Remote};
use crate::net::network::{Network, SpaceId};
use crate::net::ops::{self, FdbManner};
use crate::net::prefix::Prefix;
use crate::net::space::Space;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let mut call = call;
    let mut rest = words;
    let mut json = false;
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
            word if word.starts_with("-j") => json = true,
            _ => {}
        }
    }
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let Some((object, rest)) = rest.split_first() else { return usage() };
    let done = match expand(object, &["link", "fdb", "vlan", "mdb", "monitor", "vni"]) {
        Some("link") => link(net, id, rest),
        Some("fdb") => fdb(net, id, rest, json),
        Some("vlan" | "mdb" | "vni") => Ok(Output::default()),
        Some(known) => Ok(Output::failed(1, format!("bridge: `{known}` is not modelled"))),
        None => Ok(Output::failed(1, format!("Object \"{object}\" is unknown, try \"bridge help\"."))),
    };
    done.unwrap_or_else(|told| told)
}

fn usage() -> Output {
    Output::failed(255, "Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }")
}

fn device(net: &Network, id: SpaceId, name: &str) -> Result<u32, Output> {
    net.space(id).index(name).ok_or_else(|| Output::failed(1, format!("Cannot find device \"{name}\"")))
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
            "via" | "vlan" | "src_vni" | "nhid" => drop(words.need()?),
            "router" | "use" | "extern_learn" | "sticky" => {}
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

fn link(net: &mut Network, id: SpaceId, words: &[&str]) -> Result<Output, Output> {
    let Some(("set", rest)) = words.split_first().map(|(first, rest)| (*first, rest)) else {
        return Ok(ports(net, id));
    };
    let mut words = Words::new(rest);
    let mut index = None;
    while let Some(word) = words.take() {
        let value = words.take().unwrap_or_default();
        if word == "dev" {
            index = Some(device(net, id, value)?);
            continue;
        }
        let Some(link) = index.and_then(|index| net.space_mut(id).links.get_mut(&index)) else { continue };
        if link.master.is_none() {
            return Err(Output::failed(255, "RTNETLINK answers: Operation not supported"));
        }
        match word {
            "hairpin" => link.port.hairpin = value == "on",
            "isolated" => link.port.isolated = value == "on",
            "learning" => link.port.learning = value == "on",
            "flood" => link.port.flood = value == "on",
            _ => {}
        }
    }
    Ok(Output::default())
}

fn ports(net: &Network, id: SpaceId) -> Output {
    let space = net.space(id);
    let mut text = String::new();
    for link in space.links.values() {
        let Some(master) = link.master else { continue };
        let state = if link.up && net.carrier(id, link.index) { "forwarding" } else { "disabled" };
        let name = space.link_name(master);
        text.push_str(&format!(
            "{}: {}: mtu {} master {name} state {state} priority 32 cost 2 \n",
            link.index, link.name, link.mtu
        ));
    }
    Output::done(text)
}
