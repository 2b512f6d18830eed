//! `bridge`: ports and little of VLANs; forwarding tables are next door.

use super::ip::details::{port_rest, port_start};
use super::ip::head::start;
use super::ip::link_kind::set_port;
use super::sheet::Sheet;
use super::words::{Words, beyond, expand};
use super::{Call, Output};
use crate::net::errno::{Errno, Refused};
use crate::net::network::{Network, SpaceId};

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
            word if word.starts_with("-s") => style.counts = true,
            _ => {}
        }
    }
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let Some((object, rest)) = rest.split_first() else { return usage() };
    let done = match expand(object, &["link", "fdb", "vlan", "mdb", "monitor", "vni"]) {
        Some("link") => link(net, id, rest, style),
        Some("fdb") => super::fdb::run(net, id, rest, style),
        Some("vlan") => vlan(rest),
        Some("mdb" | "vni") => Ok(Output::default()),
        Some(known) => Ok(Output::failed(1, format!("bridge: `{known}` is not modelled"))),
        None => Ok(Output::failed(1, format!("Object \"{object}\" is unknown, try \"bridge help\"."))),
    };
    done.unwrap_or_else(|told| told)
}

/// How the answer is to be written.
#[derive(Clone, Copy, Default)]
pub(super) struct Style {
    pub(super) details: bool,
    pub(super) json: bool,
    pub(super) counts: bool,
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

pub(super) fn device(net: &Network, id: SpaceId, name: &str) -> Result<u32, Output> {
    net.space(id).index(name).ok_or_else(|| Output::failed(255, format!("Cannot find device \"{name}\"")))
}

pub(super) fn refused(why: &Refused) -> Output {
    match &why.said {
        Some(said) => Output::failed(255, format!("Error: {said}.")),
        None => Output::failed(255, format!("RTNETLINK answers: {}", why.errno.text())),
    }
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
        return Ok(Output::done(format!("{}\n", crate::json::Value::from(all))));
    }
    Ok(Output::done(sheets.iter().map(Sheet::text).collect()))
}
