//! `bridge fdb`: who is where, for bridges and tunnels.

use super::Output;
use super::bridge::{Style, device, refused};
use super::sheet::Sheet;
use super::words::{Words, beyond, expand, number};
use crate::net::link::{Kind, Link, Mac, Remote};
use crate::net::network::{Network, SpaceId};
use crate::net::ops::{self, FdbManner, Flushed};
use crate::net::prefix::Prefix;
use crate::net::space::Space;

pub(super) fn run(net: &mut Network, id: SpaceId, words: &[&str], style: Style) -> Result<Output, Output> {
    let Some((command, rest)) = words.split_first() else { return show(net, id, &[], style) };
    match expand(command, &["add", "append", "replace", "delete", "show", "lst", "list", "get", "flush"]) {
        Some("add") => change(net, id, rest, Some(FdbManner::Add)),
        Some("append") => change(net, id, rest, Some(FdbManner::Append)),
        Some("replace") => change(net, id, rest, Some(FdbManner::Replace)),
        Some("delete") => change(net, id, rest, None),
        Some("show" | "lst" | "list") => show(net, id, rest, style),
        Some("flush") => flush(net, id, rest),
        Some(_) => Err(beyond("bridge", "fdb get")),
        None => Err(Output::failed(255, format!("Command \"{command}\" is unknown, try \"bridge fdb help\"."))),
    }
}

/// An entry, and what it is to be kept as.
struct Said<'a> {
    mac: Mac,
    dev: &'a str,
    remote: Option<Remote>,
    master: bool,
    noted: &'static str,
}

fn read<'a>(net: &Network, id: SpaceId, words: &'a [&'a str]) -> Result<Said<'a>, Output> {
    let mut words = Words::new(words);
    let (mut mac, mut dev, mut dst, mut port, mut vni, mut via) = (None, None, None, None, None, None);
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
            "vni" => vni = number(words.need()?),
            "via" => via = Some(device(net, id, words.need()?)?),
            "self" => own = true,
            "master" => master = true,
            "permanent" | "local" => noted = "permanent",
            "static" => noted = "static",
            "dynamic" => noted = "",
            "vlan" | "src_vni" | "nhid" | "sticky" => return Err(beyond("bridge", word)),
            "router" | "use" | "extern_learn" => {}
            other if mac.is_none() => {
                let read = Mac::read(other);
                mac = Some(read.ok_or_else(|| Output::failed(255, format!("Invalid mac address {other}")))?);
            }
            other => {
                let said = format!("Error: either \"to\" is duplicate, or \"{other}\" is a garbage.");
                return Err(Output::failed(255, said));
            }
        }
    }
    let (Some(mac), Some(dev)) = (mac, dev) else {
        return Err(Output::failed(255, "Device and address are required arguments."));
    };
    let remote = dst.map(|addr| Remote { addr, port, vni, via, learned: false, noted });
    Ok(Said { mac, dev, remote, master: master && !own, noted })
}

fn change(net: &mut Network, id: SpaceId, words: &[&str], how: Option<FdbManner>) -> Result<Output, Output> {
    let said = read(net, id, words)?;
    let index = device(net, id, said.dev)?;
    let space = net.space_mut(id);
    let link = space.links.get(&index);
    if how.is_some() && !said.master && !link.is_some_and(|link| link.vxlan().is_some() || link.is_loopback()) {
        // Its card would take in what is for that address, and nobody here has one that does not.
        return Err(beyond("bridge", "self"));
    }
    let result = match how {
        None => ops::delete_fdb(space, index, said.mac, said.remote.map(|remote| remote.addr), said.master),
        Some(how) if said.master => ops::add_station(space, index, said.mac, said.noted, how),
        Some(how) => ops::add_fdb(space, index, said.mac, said.remote, how),
    };
    result.map(|()| Output::default()).map_err(|why| refused(&why))
}

/// Of all its words, those that it does not know change nothing.
fn flush(net: &mut Network, id: SpaceId, words: &[&str]) -> Result<Output, Output> {
    let mut words = Words::new(words);
    let (mut dev, mut master, mut what) = (None, false, Flushed::All);
    while let Some(word) = words.take() {
        match word {
            "dev" => dev = Some(words.need()?),
            "master" => master = true,
            "permanent" => what = Flushed::Permanent,
            "nopermanent" => what = Flushed::Others,
            _ => {}
        }
    }
    let Some(dev) = dev else { return Err(Output::failed(255, "Device is a required argument.")) };
    let index = bridge_device(net, id, dev)?;
    ops::flush_fdb(net.space_mut(id), index, master, what).map(|()| Output::default()).map_err(|why| refused(&why))
}

fn bridge_device(net: &Network, id: SpaceId, name: &str) -> Result<u32, Output> {
    let nobody = || Output::failed(255, format!("Cannot find bridge device \"{name}\""));
    net.space(id).index(name).ok_or_else(nobody)
}

/// What `show` picks.
#[derive(Default)]
struct Filter {
    only: Option<u32>,
    bridge: Option<u32>,
    state: Option<&'static str>,
    dynamic: bool,
    vlan: bool,
}

impl Filter {
    fn read(net: &Network, id: SpaceId, words: &[&str]) -> Result<Filter, Output> {
        let mut words = Words::new(words);
        let mut filter = Filter::default();
        while let Some(word) = words.take() {
            match word {
                "dev" | "brport" => filter.only = Some(device(net, id, words.need()?)?),
                "br" => filter.bridge = Some(bridge_device(net, id, words.need()?)?),
                "vlan" => filter.vlan = words.take().is_some(),
                "dynamic" => filter.dynamic = true,
                "state" => {
                    let word = words.need()?;
                    filter.state = match word {
                        "permanent" => Some("permanent"),
                        "static" | "temp" => Some("static"),
                        "reachable" | "dynamic" => Some(""),
                        "stale" => Some("stale"),
                        "all" => None,
                        _ => {
                            let said = format!("Error: argument \"{word}\" is wrong: invalid state\n");
                            return Err(Output::failed(255, said));
                        }
                    };
                }
                _ => {}
            }
        }
        Ok(filter)
    }

    fn picks(&self, link: &Link) -> bool {
        self.only.is_none_or(|only| only == link.index)
            && self.bridge.is_none_or(|bridge| link.master == Some(bridge) || link.index == bridge)
            && !self.vlan
    }

    fn takes(&self, entry: &Entry<'_>) -> bool {
        !(self.dynamic && entry.noted == "permanent") && self.state.is_none_or(|state| state == entry.noted)
    }
}

/// A line of `show`.
struct Entry<'a> {
    mac: Mac,
    /// The bridge that has it; else the link itself has.
    master: Option<&'a str>,
    remote: Option<&'a Remote>,
    noted: &'static str,
}

fn show(net: &Network, id: SpaceId, words: &[&str], style: Style) -> Result<Output, Output> {
    let filter = Filter::read(net, id, words)?;
    let space = net.space(id);
    let mut sheets = Vec::new();
    for link in space.links.values().filter(|link| filter.picks(link)) {
        let dev = filter.only.is_none().then_some(link.name.as_str());
        let taken = entries(space, link).into_iter().filter(|entry| filter.takes(entry));
        sheets.extend(taken.map(|entry| told(space, dev, &entry, style)));
    }
    if style.json {
        let all: Vec<_> = sheets.into_iter().map(Sheet::json).collect();
        return Ok(Output::done(format!("{}\n", crate::json::Value::from(all))));
    }
    Ok(Output::done(sheets.iter().map(Sheet::text).collect()))
}

fn told(space: &Space, dev: Option<&str>, entry: &Entry<'_>, style: Style) -> Sheet {
    let mut sheet = Sheet::default();
    let mac = entry.mac.to_string();
    sheet.say("mac", format!("{mac} "), mac.clone());
    if let Some(dev) = dev {
        sheet.say("ifname", format!("dev {dev} "), dev);
    }
    if let Some(remote) = entry.remote {
        sheet.say("dst", format!("dst {} ", remote.addr), remote.addr.to_string());
        if let Some(port) = remote.port {
            sheet.say("port", format!("port {port} "), port);
        }
        if let Some(vni) = remote.vni {
            sheet.say("vni", format!("vni {vni} "), vni);
        }
        if let Some(via) = remote.via.map(|via| space.link_name(via)) {
            sheet.say("viaIf", format!("via {via} "), via);
        }
    }
    if style.counts && (entry.remote.is_some() || entry.master.is_some()) {
        sheet.say("used", "used 0/0 ", 0);
        sheet.note("updated", 0);
    }
    let flags: &[&str] = if entry.master.is_none() { &["self"] } else { &[] };
    sheet.say("flags", if flags.is_empty() { "" } else { "self " }, flags.to_vec());
    if let Some(master) = entry.master {
        sheet.say("master", format!("master {master} "), master);
    }
    sheet.say("state", entry.noted, entry.noted);
    sheet.write("\n");
    sheet
}

/// Groups that every Ethernet device listens to, and those of a bridge that looks who listens; the one of IPv4 as long as
/// the device is up.
fn groups(link: &Link) -> Vec<Mac> {
    let ether = matches!(link.kind, Kind::Physical { .. } | Kind::Dummy | Kind::Veth { .. } | Kind::Bridge(_));
    let snoops = link.up && link.bridge().is_some_and(|bridge| bridge.option("mcast_snooping") != 0);
    let all = [
        (ether, Mac([0x33, 0x33, 0, 0, 0, 1])),
        (snoops, Mac([1, 0, 0x5e, 0, 0, 0x6a])),
        (snoops, Mac([0x33, 0x33, 0, 0, 0, 0x6a])),
        (ether && link.up, Mac([1, 0, 0x5e, 0, 0, 1])),
    ];
    all.into_iter().filter(|(listens, _)| *listens).map(|(_, mac)| mac).collect()
}

fn entries<'a>(space: &'a Space, link: &'a Link) -> Vec<Entry<'a>> {
    let (mut lines, mut of_bridge) = (Vec::new(), Vec::new());
    let stations = |of: &'a Link, lines: &mut Vec<Entry<'a>>, port: u32| {
        let name = Some(of.name.as_str());
        let all = of.bridge().into_iter().flat_map(|bridge| &bridge.fdb).filter(|(_, it)| it.port == port);
        lines.extend(all.map(|(mac, it)| Entry { mac: *mac, master: name, remote: None, noted: it.noted }));
    };
    if let Some(master) = link.master.and_then(|master| space.links.get(&master)) {
        stations(master, &mut lines, link.index);
        let name = Some(master.name.as_str());
        lines.push(Entry { mac: link.mac, master: name, remote: None, noted: "permanent" });
    }
    if link.bridge().is_some() && !space.ports(link.index).any(|port| port.mac == link.mac) {
        let name = Some(link.name.as_str());
        of_bridge.push(Entry { mac: link.mac, master: name, remote: None, noted: "permanent" });
    }
    if let Kind::Vxlan(vxlan) = &link.kind {
        for (mac, remotes) in vxlan.fdb.iter() {
            lines.extend(remotes.iter().map(|remote| {
                let noted = match remote.noted {
                    "default" => "permanent",
                    "learned" => "",
                    other => other,
                };
                Entry { mac: *mac, master: None, remote: Some(remote), noted }
            }));
        }
    }
    lines.extend(groups(link).into_iter().map(|mac| Entry { mac, master: None, remote: None, noted: "permanent" }));
    lines.extend(of_bridge);
    lines
}
