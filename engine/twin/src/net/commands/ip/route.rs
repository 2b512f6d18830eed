//! `ip route`: add, append, replace, change, delete, flush; `get` and `show` are next door.

use super::super::words::{Words, expand, wrong};
use super::address::inet;
use super::{At, Output, Told, device, done, route_show, unknown};
use crate::net::network::Network;
use crate::net::ops::{self, Manner, Wanted};
use crate::net::prefix::Prefix;
use crate::net::route::{RouteKind, proto_read, scope_read, table};

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return route_show::list(net, at, &[]) };
    const COMMANDS: [&str; 12] =
        ["add", "change", "chg", "replace", "prepend", "append", "delete", "list", "show", "lst", "get", "flush"];
    let manner = match expand(command, &COMMANDS) {
        Some("add") => Manner::Add,
        Some("change" | "chg") => Manner::Change,
        Some("replace") => Manner::Replace,
        Some("prepend") => Manner::Prepend,
        Some("append") => Manner::Append,
        Some("delete") => {
            let wanted = read(net, at, rest, true)?;
            if at.style.family == 6 {
                return Ok(Output::default());
            }
            return done(ops::delete_route(net, at.id, &wanted));
        }
        Some("list" | "show" | "lst") => return route_show::list(net, at, rest),
        Some("get") => return route_show::get(net, at, rest),
        Some("flush") => return flush(net, at, rest),
        _ => return Err(unknown(command, "route")),
    };
    let wanted = read(net, at, rest, false)?;
    if at.style.family == 6 {
        return Ok(Output::default());
    }
    done(ops::add_route(net, at.id, &wanted, manner))
}

/// Reads `default`, `all` and prefixes.
pub(super) fn prefix(word: &str) -> Told<Prefix> {
    if word == "default" || word == "any" || word == "all" {
        return Ok(Prefix::ALL);
    }
    Prefix::read(word)
        .ok_or_else(|| Output::failed(1, format!("Error: inet prefix is expected rather than \"{word}\".")))
}

struct Hops {
    dev: Option<u32>,
    via: Option<std::net::Ipv4Addr>,
    onlink: bool,
    weight: u32,
}

fn read(net: &Network, at: At<'_>, words: &[&str], delete: bool) -> Told<Wanted> {
    let mut words = Words::new(words);
    let mut wanted = Wanted {
        table: 0,
        dst: Prefix::ALL,
        kind: None,
        scope: None,
        proto: None,
        metric: None,
        src: None,
        mtu: None,
        hops: Vec::new(),
    };
    let mut one = Hops { dev: None, via: None, onlink: false, weight: 1 };
    let mut seen = false;
    while let Some(word) = words.take() {
        if plain(&mut words, word, &mut wanted)? {
            continue;
        }
        match word {
            "src" => wanted.src = Some(inet(words.need()?)?),
            "via" => {
                let word = words.need()?;
                one.via = Some(inet(if word == "inet" { words.need()? } else { word })?);
            }
            "onlink" => one.onlink = true,
            "dev" | "oif" => one.dev = Some(device(net, at, words.need()?)?),
            "nexthop" => {
                let part = words.rest();
                let end = part.iter().position(|w| *w == "nexthop").unwrap_or(part.len());
                for _ in 0..end {
                    words.take();
                }
                let hop = hop(net, at, &part[..end])?;
                wanted.hops.push((hop.dev, hop.via, hop.onlink, hop.weight));
            }
            _ => {
                let word = if word == "to" { words.need()? } else { word };
                let kind = RouteKind::read(word);
                if let Some(kind) = kind {
                    wanted.kind = Some(kind);
                }
                let word = if kind.is_some() { words.need()? } else { word };
                if seen {
                    return Err(Output::failed(
                        255,
                        format!("Error: either \"to\" is duplicate, or \"{word}\" is a garbage."),
                    ));
                }
                wanted.dst = prefix(word)?;
                seen = true;
            }
        }
    }
    if one.dev.is_some() || one.via.is_some() {
        wanted.hops.insert(0, (one.dev, one.via, one.onlink, one.weight));
    }
    if wanted.table == 0 {
        let local = matches!(wanted.kind, Some(RouteKind::Local | RouteKind::Broadcast));
        wanted.table = if local { table::LOCAL } else { table::MAIN };
    }
    if wanted.kind == Some(RouteKind::Unicast) && delete {
        wanted.kind = None;
    }
    Ok(wanted)
}

/// The words with one value that says nothing of the way; false for all others.
fn plain(words: &mut Words<'_>, word: &str, wanted: &mut Wanted) -> Told<bool> {
    match word {
        "scope" => {
            let word = words.need()?;
            wanted.scope = Some(scope_read(word).ok_or_else(|| wrong("invalid \"scope\" value", word))?);
        }
        "proto" | "protocol" => {
            let word = words.need()?;
            wanted.proto = Some(proto_read(word).ok_or_else(|| wrong("\"protocol\" value is invalid", word))?);
        }
        "metric" | "priority" | "preference" => wanted.metric = Some(words.number("\"metric\" value is invalid")?),
        "table" => {
            let word = words.need()?;
            wanted.table = table::read(word).ok_or_else(|| wrong("\"table\" value is invalid", word))?;
        }
        "mtu" => {
            if words.peek() == Some("lock") {
                words.take();
            }
            wanted.mtu = Some(words.number("\"mtu\" value is invalid")?);
        }
        "advmss" | "congctl" | "initcwnd" | "hoplimit" | "pref" | "window" | "rtt" | "tos" | "realm" => {
            words.need()?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn hop(net: &Network, at: At<'_>, words: &[&str]) -> Told<Hops> {
    let mut words = Words::new(words);
    let mut hop = Hops { dev: None, via: None, onlink: false, weight: 1 };
    while let Some(word) = words.take() {
        match word {
            "via" => hop.via = Some(inet(words.need()?)?),
            "dev" => hop.dev = Some(device(net, at, words.need()?)?),
            "weight" => hop.weight = words.number("\"weight\" is invalid")?,
            "onlink" => hop.onlink = true,
            other => {
                return Err(Output::failed(
                    255,
                    format!("Error: \"nexthop\" or end of line is expected instead of \"{other}\""),
                ));
            }
        }
    }
    Ok(hop)
}

fn flush(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    if words.is_empty() {
        return Err(Output::failed(255, "\"ip route flush\" requires arguments."));
    }
    let filter = route_show::filter(net, at, words)?;
    if words == ["cache"] || at.style.family == 6 {
        return Ok(Output::default());
    }
    let space = net.space_mut(at.id);
    for (number, routes) in &mut space.routes {
        if filter.table(*number) {
            std::sync::Arc::make_mut(routes).retain(|route| !filter.fits(route));
        }
    }
    Ok(Output::default())
}
