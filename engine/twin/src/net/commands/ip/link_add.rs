//! `ip link add`, and `ip link set … type`.

use super::super::words::{Words, wrong};
use super::address::inet;
use super::{At, Output, Told, device, done, refused, tunnel};
use crate::net::errno::Refused;
use crate::net::link::{Bridge, Kind, Mac, Remote, Vxlan};
use crate::net::network::{Network, SpaceId};
use crate::net::ops;
use std::sync::Arc;

#[derive(Default)]
struct Wanted<'a> {
    name: Option<&'a str>,
    lower: Option<u32>,
    mtu: Option<u32>,
    mac: Option<Mac>,
    master: Option<&'a str>,
    netns: Option<SpaceId>,
    up: bool,
    kind: &'a str,
    words: &'a [&'a str],
}

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let wanted = read(net, at, words)?;
    if wanted.kind.is_empty() {
        return Err(Output::failed(1, "Not enough information: \"type\" argument is required"));
    }
    if wanted.name.is_some_and(|name| name.len() > 15 || name.contains('/')) {
        let name = wanted.name.unwrap_or_default();
        return Err(Output::failed(255, format!("Error: argument \"{name}\" is wrong: \"name\" not a valid ifname")));
    }
    let home = wanted.netns.unwrap_or(at.id);
    let (kind, peer) = kind(net, at, &wanted, home)?;
    let name = wanted.name.map_or_else(|| free_name(net, home, wanted.kind), str::to_owned);
    let end = peer.as_ref().map(|far| (far.space, far.name.clone()));
    let index = match ops::add_link(net, home, &name, kind, end) {
        Ok(index) => index,
        Err(why) => return Err(refused(&why)),
    };
    if let Some(Far { space, name, mtu: Some(mtu) }) = &peer
        && let Some(index) = net.space(*space).index(name)
    {
        done(ops::set_mtu(net, *space, index, *mtu))?;
    }
    if let Some(mac) = wanted.mac
        && let Some(link) = net.space_mut(home).links.get_mut(&index)
    {
        link.mac = mac;
        if let Some(bridge) = link.bridge_mut() {
            bridge.mac_set = true;
        }
    }
    if let Some(mtu) = wanted.mtu {
        done(ops::set_mtu(net, home, index, mtu))?;
    }
    if let Some(master) = wanted.master {
        let master = device(net, at, master)?;
        done(ops::set_master(net, home, index, Some(master)))?;
    }
    if wanted.up {
        done(ops::set_up(net, home, index))?;
    }
    Ok(Output::default())
}

fn free_name(net: &Network, id: SpaceId, kind: &str) -> String {
    let mut names = (0..).map(|n| format!("{kind}{n}"));
    names.find(|name| net.space(id).named(name).is_none()).unwrap_or_default()
}

fn read<'a>(net: &Network, at: At<'_>, words: &'a [&'a str]) -> Told<Wanted<'a>> {
    let mut words = Words::new(words);
    let mut wanted = Wanted::default();
    while let Some(word) = words.take() {
        match word {
            "dev" | "name" => wanted.name = Some(words.need()?),
            "link" => wanted.lower = Some(device(net, at, words.need()?)?),
            "mtu" => wanted.mtu = Some(words.number("Invalid \"mtu\" value")?),
            "address" => wanted.mac = Mac::read(words.need()?),
            "master" => wanted.master = Some(words.need()?),
            "netns" => {
                let name = words.need()?;
                let found = net.find(at.call.machine, name).ok_or_else(|| wrong("Invalid \"netns\" value", name))?;
                wanted.netns = Some(found);
            }
            "up" => wanted.up = true,
            "down" => {}
            "txqueuelen" | "txqlen" | "qlen" | "numtxqueues" | "numrxqueues" | "group" | "index" => drop(words.need()?),
            "type" => {
                wanted.kind = words.need()?;
                wanted.words = words.rest();
                break;
            }
            other if wanted.name.is_none() => wanted.name = Some(other),
            other => {
                let said = format!("Error: either \"dev\" is duplicate, or \"{other}\" is a garbage.");
                return Err(Output::failed(255, said));
            }
        }
    }
    Ok(wanted)
}

/// The other end of a cable.
struct Far {
    space: SpaceId,
    name: String,
    mtu: Option<u32>,
}

type Made = (Kind, Option<Far>);

fn kind(net: &Network, at: At<'_>, wanted: &Wanted<'_>, home: SpaceId) -> Told<Made> {
    let plain = |kind: Kind| Ok((kind, None));
    match wanted.kind {
        "bridge" => plain(Kind::Bridge(Bridge::default())),
        "dummy" => plain(Kind::Dummy),
        "ifb" => plain(Kind::Ifb),
        "veth" => {
            let mut words = Words::new(wanted.words);
            let (mut peer, mut there, mut far_mtu) = (None, home, None);
            while let Some(word) = words.take() {
                match word {
                    "peer" => {}
                    "name" => peer = Some(words.need()?.to_owned()),
                    "netns" => {
                        let name = words.need()?;
                        there =
                            net.find(at.call.machine, name).ok_or_else(|| wrong("Invalid \"netns\" value", name))?;
                    }
                    "mtu" => far_mtu = Some(words.number("Invalid \"mtu\" value")?),
                    "address" | "txqueuelen" => drop(words.need()?),
                    other if peer.is_none() => peer = Some(other.to_owned()),
                    _ => {}
                }
            }
            let peer = peer.unwrap_or_else(|| free_name(net, home, "veth"));
            Ok((Kind::Dummy, Some(Far { space: there, name: peer, mtu: far_mtu })))
        }
        "vxlan" | "geneve" => plain(Kind::Vxlan(vxlan(net, at, wanted)?)),
        "vlan" => {
            let mut words = Words::new(wanted.words);
            let mut id = None;
            while let Some(word) = words.take() {
                match word {
                    "id" => id = u16::try_from(words.number("id is invalid")?).ok(),
                    _ => drop(words.take()),
                }
            }
            match (wanted.lower, id) {
                (Some(lower), Some(id)) => plain(Kind::Vlan { lower, id }),
                _ => Err(Output::failed(2, "RTNETLINK answers: Invalid argument")),
            }
        }
        "ipip" => plain(Kind::Ipip(tunnel::read(net, at, wanted.words)?)),
        "wireguard" | "gre" | "sit" | "ip6tnl" | "macvlan" | "vrf" | "bond" | "ipvlan" => {
            let words = wanted.words.iter().map(|w| (*w).to_owned()).collect();
            plain(Kind::Unproven { kind: wanted.kind.to_owned(), words })
        }
        _ => Err(refused(&Refused::said(crate::net::errno::Errno::NotSupported, "Unknown device type"))),
    }
}

fn vxlan(net: &Network, at: At<'_>, wanted: &Wanted<'_>) -> Told<Vxlan> {
    let kind = wanted.kind;
    let geneve = kind == "geneve";
    let mut words = Words::new(wanted.words);
    let (mut vni, mut remote) = (None, None);
    let mut made = Vxlan {
        vni: 0,
        port: if geneve { 6081 } else { 8472 },
        local: None,
        lower: None,
        learning: !geneve,
        geneve,
        external: false,
        fdb: Arc::default(),
        home: at.id,
    };
    while let Some(word) = words.take() {
        match word {
            "id" | "vni" => {
                let word = words.need()?;
                let number = super::super::words::number(word).filter(|n| *n < 1 << 24);
                vni = Some(number.ok_or_else(|| wrong("invalid id", word))?);
            }
            "dstport" => {
                let word = words.need()?;
                made.port = word.parse().map_err(|_| wrong("dst port", word))?;
            }
            "local" => made.local = Some(inet(words.need()?)?),
            "remote" | "group" => remote = Some(inet(words.need()?)?),
            "dev" => {
                let name = words.need()?;
                let missing = || Output::failed(255, format!("Cannot find device \"{name}\""));
                made.lower = Some(net.space(at.id).index(name).ok_or_else(missing)?);
            }
            "nolearning" => made.learning = false,
            "learning" => made.learning = true,
            "external" => made.external = true,
            "ttl" | "hoplimit" | "tos" | "df" | "ageing" | "maxaddress" | "flowlabel" => drop(words.need()?),
            "srcport" => {
                words.need()?;
                words.need()?;
            }
            _ => {}
        }
    }
    match (vni, made.external) {
        (None, false) => return Err(Output::failed(255, format!("{kind}: missing virtual network identifier"))),
        (Some(_), true) => {
            return Err(Output::failed(255, format!("{kind}: both 'external' and vni cannot be specified")));
        }
        _ => made.vni = vni.unwrap_or(0),
    }
    let mut out = Ok(made);
    if let (Ok(made), Some(addr)) = (&mut out, remote) {
        let default = Remote { addr, port: None, vni: None, learned: false, noted: "default" };
        Arc::make_mut(&mut made.fdb).insert(Mac::ZERO, vec![default]);
    }
    out
}

/// `ip link set … type bridge …` and `type bridge_slave …`.
pub(super) fn change_kind(net: &mut Network, at: At<'_>, index: u32, words: &[&str]) -> Told<()> {
    let mut words = Words::new(words);
    let kind = words.need()?;
    while let Some(word) = words.take() {
        let value = words.need()?;
        let on = value == "on" || value == "1";
        let Some(link) = net.space_mut(at.id).links.get_mut(&index) else { return Ok(()) };
        match (kind, word) {
            ("bridge_slave", "hairpin") => link.port.hairpin = on,
            ("bridge_slave", "isolated") => link.port.isolated = on,
            ("bridge_slave", "learning") => link.port.learning = on,
            ("bridge_slave", "flood") => link.port.flood = on,
            ("bridge", "vlan_filtering") => {
                if let Some(bridge) = link.bridge_mut() {
                    bridge.vlan_filtering = on;
                }
            }
            ("bridge", "stp_state") => {
                if let Some(bridge) = link.bridge_mut() {
                    bridge.stp = on;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
