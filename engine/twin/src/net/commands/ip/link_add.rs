//! `ip link add`.

use super::super::words::{Words, beyond, duplicate};
use super::link::{LONG, group_number, hardware, is_name, master, no_namespace, number};
use super::{At, Output, Told, device, done, link_kind, refused};
use crate::net::errno::{Errno, Refused};
use crate::net::link::Mac;
use crate::net::network::{Network, SpaceId};
use crate::net::ops;

/// What is said of a link to be; of the other end of a cable too.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) lower: Option<u32>,
    mtu: Option<u32>,
    mac: Option<Mac>,
    master: Option<u32>,
    netns: Option<SpaceId>,
    qlen: Option<u32>,
    group: u32,
    up: bool,
    pub(super) kind: &'a str,
    pub(super) words: &'a [&'a str],
}

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let wanted = read(net, at, words)?;
    if wanted.kind.is_empty() {
        return Err(Output::failed(1, "Not enough information: \"type\" argument is required"));
    }
    let home = wanted.netns.unwrap_or(at.id);
    let made = link_kind::read(net, at, &wanted)?;
    if wanted.name.is_some_and(|name| name.len() > 15) {
        return done(Err(Refused::said(Errno::Invalid, "Attribute failed policy validation")));
    }
    let name = wanted.name.map_or_else(|| free_name(net, home, wanted.kind, None), str::to_owned);
    let far = made.far.map(|far| {
        let there = far.netns.unwrap_or(home);
        let own = far.name.map_or_else(|| free_name(net, there, "veth", Some(&name)), str::to_owned);
        (there, own, far)
    });
    let end = far.as_ref().map(|(there, own, _)| (*there, own.clone()));
    let index = ops::add_link(net, home, &name, made.kind, end).map_err(|why| refused(&why))?;
    let mut dressed = dress(net, home, index, &wanted);
    if let (Ok(()), Some((there, own, far))) = (&dressed, &far)
        && let Some(other) = net.space(*there).index(own)
    {
        dressed = dress(net, *there, other, far);
    }
    if let Err(why) = dressed {
        ops::destroy_link(net, home, index);
        return Err(refused(&why));
    }
    Ok(Output { stderr: made.said.to_owned(), ..Output::default() })
}

/// Gives a new link what was said of it.
fn dress(net: &mut Network, id: SpaceId, index: u32, wanted: &Wanted<'_>) -> Result<(), Refused> {
    if let Some(mac) = wanted.mac {
        ops::set_mac(net, id, index, mac)?;
    }
    if let Some(mtu) = wanted.mtu {
        ops::set_mtu(net, id, index, mtu)?;
    }
    if let Some(link) = net.space_mut(id).links.get_mut(&index) {
        link.group = wanted.group;
        link.txqlen = wanted.qlen.unwrap_or(link.txqlen);
    }
    if wanted.master.is_some() {
        ops::set_master(net, id, index, wanted.master)?;
    }
    if wanted.up { ops::set_up(net, id, index) } else { Ok(()) }
}

fn free_name(net: &Network, id: SpaceId, kind: &str, but: Option<&str>) -> String {
    let mut names = (0..).map(|n| format!("{kind}{n}"));
    names.find(|name| net.space(id).called(name).is_none() && but != Some(name)).unwrap_or_default()
}

/// Reads all up to the kind, and leaves the words of the kind.
pub(super) fn read<'a>(net: &Network, at: At<'_>, words: &'a [&'a str]) -> Told<Wanted<'a>> {
    let mut words = Words::new(words);
    let mut wanted = Wanted::default();
    let mut named = false;
    while let Some(word) = words.take() {
        match word {
            "name" => {
                let name = words.need()?;
                is_name("name", name, 15)?;
                (wanted.name, named) = (Some(name), true);
            }
            "link" => wanted.lower = Some(device(net, at, words.need()?)?),
            "mtu" => wanted.mtu = Some(number(&mut words, "mtu")?),
            "address" => wanted.mac = Some(hardware(words.need()?)?),
            "master" => wanted.master = Some(master(net, at, words.need()?)?),
            "netns" => {
                let name = words.need()?;
                wanted.netns = Some(net.find(at.call.machine, name).ok_or_else(|| no_namespace(name))?);
            }
            "up" => wanted.up = true,
            "down" => wanted.up = false,
            "txqueuelen" | "txqlen" | "qlen" => wanted.qlen = Some(number(&mut words, "txqueuelen")?),
            "group" => wanted.group = group_number(words.need()?)?,
            "numtxqueues" | "numrxqueues" => drop(number(&mut words, word)?),
            "index" | "broadcast" | "brd" | "promisc" | "arp" | "multicast" | "allmulticast" | "alias"
            | "parentdev" => {
                return Err(beyond("ip", word));
            }
            "type" => {
                wanted.kind = words.need()?;
                wanted.words = words.rest();
                break;
            }
            other => {
                let name = if other == "dev" { words.need()? } else { other };
                if named {
                    return Err(Output::failed(255, "both \"name\" and \"dev\" cannot be used when creating devices."));
                }
                if wanted.name.is_some() {
                    return Err(duplicate("dev", name));
                }
                is_name("dev", name, LONG)?;
                wanted.name = Some(name);
            }
        }
    }
    Ok(wanted)
}
