//! `ip link show` and `ip addr show`: which links and addresses are told of, and how they are laid out.

use super::super::sheet::Sheet;
use super::super::words::{Words, duplicate, wrong};
use super::head::{Depth, flags, full_name, head, state, tied_to};
use super::{At, Output, Told, address};
use crate::net::link::{Address, Link};
use crate::net::network::Network;
use crate::net::prefix::Prefix;
use crate::net::route::{scope_name, scope_read};

#[derive(Default)]
struct Filter<'a> {
    dev: Option<&'a str>,
    master: Option<Option<u32>>,
    kind: Option<&'a str>,
    group: Option<u32>,
    up: bool,
    to: Option<Prefix>,
    scope: Option<u8>,
    label: Option<&'a str>,
    secondary: Option<bool>,
    dynamic: Option<bool>,
}

impl Filter<'_> {
    fn read<'a>(net: &Network, at: At<'_>, words: &'a [&'a str]) -> Told<Filter<'a>> {
        let mut words = Words::new(words);
        let mut filter = Filter::default();
        while let Some(word) = words.take() {
            match word {
                "up" => filter.up = true,
                "type" => filter.kind = Some(words.need()?),
                "to" => filter.to = Some(address::prefix(at, words.need()?)?),
                "scope" => {
                    let word = words.need()?;
                    let all = word == "all";
                    let number = scope_read(word).filter(|_| !all);
                    filter.scope =
                        if all { None } else { Some(number.ok_or_else(|| wrong("invalid \"scope\"\n", word))?) };
                }
                "label" => filter.label = Some(words.need()?),
                "group" => filter.group = Some(super::link::group_number(words.need()?)?),
                "primary" | "-secondary" => filter.secondary = Some(false),
                "secondary" | "temporary" => filter.secondary = Some(true),
                "dynamic" => filter.dynamic = Some(true),
                "permanent" => filter.dynamic = Some(false),
                "tentative" | "-tentative" | "deprecated" | "-deprecated" => {}
                "nomaster" => filter.master = Some(None),
                "master" | "vrf" => {
                    let name = words.need()?;
                    let found = net.space(at.id).named(name).filter(|link| link.bridge().is_some());
                    let found = found.ok_or_else(|| wrong("Device does not exist\n", name))?;
                    filter.master = Some(Some(found.index));
                }
                other => {
                    let name = if other == "dev" { words.need()? } else { other };
                    if filter.dev.is_some() {
                        return Err(duplicate("dev", name));
                    }
                    filter.dev = Some(name);
                }
            }
        }
        if let Some(name) = filter.dev
            && net.space(at.id).called(name).is_none()
        {
            return Err(Output::failed(1, format!("Device \"{name}\" does not exist.")));
        }
        Ok(filter)
    }

    fn links<'a>(&self, net: &'a Network, at: At<'_>) -> Vec<&'a Link> {
        let fits = |link: &&Link| {
            self.dev.is_none_or(|name| link.is_called(name))
                && self.master.is_none_or(|master| link.master == master)
                && self
                    .kind
                    .is_none_or(|kind| kind == link.kind.word() || (kind == "bridge_slave" && link.master.is_some()))
                && self.group.is_none_or(|group| group == link.group)
                && (!self.up || link.up)
        };
        net.space(at.id).links.values().filter(fits).collect()
    }

    /// Whether only what has such addresses is told of, and of it no more than the addresses.
    fn is_of_addresses(&self, at: At<'_>) -> bool {
        at.style.family != 0 || self.to.is_some()
    }

    fn wants(&self, at: At<'_>, address: &Address) -> bool {
        at.style.family != 6
            && self.to.is_none_or(|to| to.holds(address.local.addr))
            && self.scope.is_none_or(|scope| address.scope == scope)
            && self.label.is_none_or(|label| match label.strip_suffix('*') {
                Some(begin) => address.label.starts_with(begin),
                None => address.label == label,
            })
            && self.secondary.is_none_or(|secondary| address.secondary == secondary)
            && self.dynamic.is_none_or(|dynamic| address.until.is_some() == dynamic)
    }
}

fn as_json(all: Vec<Sheet>) -> Output {
    let all: Vec<_> = all.into_iter().map(Sheet::json).collect();
    Output::done(format!("{}\n", crate::json::Value::from(all)))
}

/// Lines of one link, put into one where that was asked for.
fn laid_out(at: At<'_>, text: &str) -> String {
    if at.style.oneline { format!("{}\n", text.trim_end_matches('\n').replace('\n', "\\")) } else { text.to_owned() }
}

pub(super) fn links(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let filter = Filter::read(net, at, words)?;
    let links = filter.links(net, at);
    let sheets: Vec<Sheet> = links
        .into_iter()
        .map(|link| if at.style.brief { brief_link(net, at, link) } else { head(net, at, link, Depth::Link) })
        .collect();
    if at.style.json {
        return Ok(as_json(sheets));
    }
    Ok(Output::done(sheets.iter().map(|sheet| laid_out(at, sheet.text())).collect()))
}

fn brief_start(net: &Network, at: At<'_>, link: &Link) -> Sheet {
    let mut sheet = Sheet::default();
    if let Some(other) = tied_to(net, at.id, link) {
        sheet.note("link", other);
    }
    sheet.say("ifname", format!("{:<16} ", full_name(net, at.id, link)), link.name.clone());
    let state = state(net, at.id, link);
    sheet.say("operstate", format!("{state:<14} "), state);
    sheet
}

fn brief_link(net: &Network, at: At<'_>, link: &Link) -> Sheet {
    let mut sheet = brief_start(net, at, link);
    let flags = flags(net, at.id, link);
    sheet.say("address", format!("{} ", link.hardware()), link.hardware());
    sheet.say("flags", format!("<{}> \n", flags.join(",")), flags);
    sheet
}

pub(super) fn addresses(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let filter = Filter::read(net, at, words)?;
    let mut sheets = Vec::new();
    for link in filter.links(net, at) {
        let shown: Vec<&Address> = link.addresses.iter().filter(|address| filter.wants(at, address)).collect();
        let narrow = filter.is_of_addresses(at);
        if shown.is_empty() && (narrow || !link.addresses.is_empty()) {
            continue;
        }
        let mut sheet = match (at.style.brief, at.style.oneline || filter.label.is_some()) {
            (true, _) => brief_start(net, at, link),
            (_, true) => Sheet::default(),
            _ => head(net, at, link, if narrow && !at.style.details { Depth::Line } else { Depth::Address }),
        };
        let mut infos = Vec::new();
        for address in shown {
            let mut info = Sheet::default();
            if at.style.brief {
                place(&mut info, address, " ");
            } else {
                told(&mut info, address, at.call.now);
            }
            let line = info.text().replace("\n       ", if at.style.oneline { "\\       " } else { "\n       " });
            if at.style.oneline {
                sheet.write(format!("{}: {}{line}", link.index, link.name));
            } else {
                sheet.write(line);
            }
            infos.push(info.json());
        }
        if at.style.brief {
            sheet.write("\n");
        }
        sheet.note("addr_info", infos);
        sheets.push(sheet);
    }
    if at.style.json {
        return Ok(as_json(sheets));
    }
    Ok(Output::done(sheets.iter().map(Sheet::text).collect()))
}

/// The addresses that words pick, each with its link.
pub(super) fn picked_addresses(net: &Network, at: At<'_>, words: &[&str]) -> Told<Vec<(u32, Prefix)>> {
    let filter = Filter::read(net, at, words)?;
    let all = filter.links(net, at).into_iter().flat_map(|link| link.addresses.iter().map(move |it| (link.index, it)));
    Ok(all.filter(|(_, address)| filter.wants(at, address)).map(|(index, address)| (index, address.local)).collect())
}

fn place(sheet: &mut Sheet, address: &Address, end: &str) {
    let local = address.local;
    match address.peer {
        Some(peer) => {
            sheet.say("local", format!("{}", local.addr), local.addr.to_string());
            sheet.say("address", format!(" peer {}", peer.addr), peer.addr.to_string());
            sheet.say("prefixlen", format!("/{}{end}", peer.len), peer.len);
        }
        None => {
            sheet.say("local", local.addr.to_string(), local.addr.to_string());
            sheet.say("prefixlen", format!("/{}{end}", local.len), local.len);
        }
    }
}

fn told(sheet: &mut Sheet, address: &Address, now: i64) {
    sheet.say("family", "    inet ", "inet");
    place(sheet, address, " ");
    if address.metric != 0 {
        sheet.say("metric", format!("metric {} ", address.metric), address.metric);
    }
    if let Some(broadcast) = address.broadcast {
        sheet.say("broadcast", format!("brd {broadcast} "), broadcast.to_string());
    }
    let scope = scope_name(address.scope);
    sheet.say("scope", format!("scope {scope} "), scope);
    let left =
        address.until.map(|until| until.map(|end| end.map(|end| u32::try_from((end - now) / 1000).unwrap_or(0))));
    let [valid, preferred] = left.unwrap_or_default();
    let marks = [
        ("secondary", address.secondary),
        ("deprecated", preferred == Some(0)),
        ("dynamic", address.until.is_some()),
        ("noprefixroute", address.noprefixroute),
    ];
    for (word, _) in marks.iter().filter(|(_, is)| *is) {
        sheet.say(word, format!("{word} "), true);
    }
    sheet.say("label", format!("{}\n       ", address.label), address.label.clone());
    let life = |left: Option<u32>| left.map_or_else(|| "forever".to_owned(), |left| format!("{left}sec"));
    sheet.say("valid_life_time", format!("valid_lft {} ", life(valid)), valid.unwrap_or(u32::MAX));
    sheet.say("preferred_life_time", format!("preferred_lft {}\n", life(preferred)), preferred.unwrap_or(u32::MAX));
}
