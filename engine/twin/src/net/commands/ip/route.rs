//! `ip route`: add, append, replace, change, delete, flush; `get` and `show` are next door.

use super::super::words::{Words, beyond, duplicate, expand, number, wrong};
use super::address::inet;
use super::{At, Output, Told, device, done, route_show, unknown};
use crate::net::network::Network;
use crate::net::ops::{self, Manner, Wanted};
use crate::net::prefix::Prefix;
use crate::net::route::{Route, RouteKind, proto_read, scope_read, table};
use std::collections::BTreeMap;

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return route_show::list(net, at, &[]) };
    const COMMANDS: [&str; 13] = [
        "add", "change", "chg", "replace", "prepend", "append", "delete", "list", "show", "lst", "get", "flush", "help",
    ];
    let manner = match expand(command, &COMMANDS) {
        Some("add") => Manner::Add,
        Some("change" | "chg") => Manner::Change,
        Some("replace") => Manner::Replace,
        Some("prepend") => Manner::Prepend,
        Some("append") => Manner::Append,
        Some("delete") if rest.is_empty() => return Ok(super::help("route")),
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
        Some("help") => return Ok(super::help("route")),
        _ => return Err(unknown(command, "route")),
    };
    if rest.is_empty() {
        return Ok(super::help("route"));
    }
    let wanted = read(net, at, rest, false)?;
    if at.style.family == 6 {
        return Ok(Output::default());
    }
    done(ops::add_route(net, at.id, &wanted, manner))
}

/// Reads `default`, `all` and prefixes.
pub(super) fn prefix(at: At<'_>, word: &str) -> Told<Prefix> {
    if word == "default" || word == "any" || word == "all" {
        return Ok(Prefix::ALL);
    }
    super::address::prefix(at, word)
}

struct Hops {
    dev: Option<u32>,
    via: Option<std::net::Ipv4Addr>,
    onlink: bool,
    weight: u32,
}

fn next_hop(net: &Network, at: At<'_>, words: &mut Words<'_>) -> Told<Hops> {
    let part = words.rest();
    let end = part.iter().position(|w| *w == "nexthop").unwrap_or(part.len());
    for _ in 0..end {
        words.take();
    }
    if end == 0 {
        return Err(Output::failed(255, "Error: unexpected end of line after \"nexthop\""));
    }
    hop(net, at, &part[..end])
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
        tos: 0,
        metrics: BTreeMap::new(),
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
                if one.via.is_some() {
                    return Err(wrong("use nexthop syntax to specify multiple via\n", word));
                }
                let word = words.need()?;
                if word == "inet6" {
                    return Err(beyond("ip", "via inet6"));
                }
                one.via = Some(inet(if word == "inet" { words.need()? } else { word })?);
            }
            "onlink" => one.onlink = true,
            "dev" | "oif" => one.dev = Some(device(net, at, words.need()?)?),
            "nexthop" => {
                let hop = next_hop(net, at, &mut words)?;
                wanted.hops.push((hop.dev, hop.via, hop.onlink, hop.weight));
            }
            _ => {
                let word = if word == "to" { words.need()? } else { word };
                let kind = RouteKind::read(word);
                if let Some(kind) = kind {
                    wanted.kind = Some(kind);
                }
                let word = if kind.is_some() { words.need()? } else { word };
                if ["multicast", "anycast", "nat", "xresolve"].contains(&word) {
                    return Err(beyond("ip", word));
                }
                if seen {
                    return Err(duplicate("to", word));
                }
                wanted.dst = prefix(at, word)?;
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
            wanted.scope = Some(scope_read(word).ok_or_else(|| wrong("invalid \"scope\" value\n", word))?);
        }
        "proto" | "protocol" => {
            let word = words.need()?;
            wanted.proto = Some(proto_read(word).ok_or_else(|| wrong("\"protocol\" value is invalid\n", word))?);
        }
        "metric" | "priority" | "preference" => wanted.metric = Some(words.number("\"metric\" value is invalid\n")?),
        "table" => {
            let word = words.need()?;
            wanted.table = table::read(word).ok_or_else(|| wrong("\"table\" value is invalid\n", word))?;
        }
        "mtu" => {
            if words.peek() == Some("lock") {
                words.take();
                wanted.metrics.insert("lock".to_owned(), String::new());
            }
            wanted.mtu = Some(words.number("\"mtu\" value is invalid\n")?);
        }
        "tos" | "dsfield" => {
            let word = words.need()?;
            let read = u8::from_str_radix(word.trim_start_matches("0x"), 16).ok();
            wanted.tos = read.ok_or_else(|| wrong("\"tos\" value is invalid\n", word))?;
        }
        "pref" | "expires" => drop(words.need()?),
        "realm" | "realms" | "encap" | "nhid" | "ttl-propagate" | "as" | "features" | "rttvar" | "ssthresh"
        | "cwnd" | "rto_min" | "reordering" | "fastopen_no_cookie" => return Err(beyond("ip", word)),
        _ if Route::METRICS.contains(&word) => {
            let value = words.need()?;
            if word != "congctl" && number(value.trim_end_matches("ms").trim_end_matches('s')).is_none() {
                return Err(wrong(
                    &format!("\"{}\" value is invalid\n", if word == "advmss" { "mss" } else { word }),
                    value,
                ));
            }
            wanted.metrics.insert(word.to_owned(), value.to_owned());
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
            "dev" => {
                let missing = |out: Output| Output::failed(255, format!("{}Error: cannot parse nexthop", out.stderr));
                hop.dev = Some(device(net, at, words.need()?).map_err(missing)?);
            }
            "weight" => {
                let word = words.need()?;
                let read = number(word).filter(|weight| (1..=256).contains(weight));
                hop.weight = read.ok_or_else(|| wrong("\"weight\" is invalid\n", word))?;
            }
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
        return Err(Output::failed(1, "\"ip route flush\" requires arguments."));
    }
    let filter = route_show::filter(net, at, words)?;
    if words == ["cache"] {
        net.space_mut(at.id).paths.clear();
    }
    if words == ["cache"] || at.style.family == 6 {
        return Ok(Output::default());
    }
    if filter.has_no_table(net, at) {
        return Err(Output::failed(2, "Error: ipv4: FIB table does not exist.\nFlush terminated"));
    }
    let space = net.space_mut(at.id);
    for (number, routes) in &mut space.routes {
        if filter.table(*number) {
            std::sync::Arc::make_mut(routes).retain(|route| !filter.fits(route));
        }
    }
    Ok(Output::default())
}
