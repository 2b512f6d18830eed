//! `ip route show` and `ip route get`.

use super::super::words::{Words, beyond, wrong};
use super::address::inet;
use super::route::prefix;
use super::{At, Output, Told, device, done};
use crate::net::errno::Errno;
use crate::net::link::scope;
use crate::net::network::Network;
use crate::net::prefix::Prefix;
use crate::net::route::{Hop, Route, RouteKind, proto_name, proto_read, scope_name, scope_read, table};
use crate::net::walk::fib;
use std::net::Ipv4Addr;

/// What `show` and `flush` pick.
#[derive(Default)]
pub(super) struct Filter {
    table: Option<u32>,
    all: bool,
    dev: Option<u32>,
    via: Option<Ipv4Addr>,
    src: Option<Ipv4Addr>,
    proto: Option<u8>,
    scope: Option<u8>,
    kind: Option<RouteKind>,
    exact: Option<Prefix>,
    root: Option<Prefix>,
    matching: Option<Prefix>,
    metric: Option<u32>,
    /// The cache is asked, in which is nothing.
    none: bool,
}

impl Filter {
    pub(super) fn table(&self, number: u32) -> bool {
        self.all || self.table.unwrap_or(table::MAIN) == number
    }

    /// Whether it names a table in which nothing has ever been.
    pub(super) fn has_no_table(&self, net: &Network, at: At<'_>) -> bool {
        let known = |number: u32| [0, table::MAIN, table::LOCAL].contains(&number);
        self.table.is_some_and(|number| !known(number) && !net.space(at.id).routes.contains_key(&number))
    }

    pub(super) fn fits(&self, route: &Route) -> bool {
        // What has many ways has no one link or gateway that a filter could ask for.
        let single = if let [hop] = route.hops.as_slice() { Some(hop) } else { None };
        !self.none
            && self.metric.is_none_or(|metric| metric == route.metric)
            && self.dev.is_none_or(|dev| single.is_some_and(|hop| hop.dev == dev))
            && self.via.is_none_or(|via| single.is_some_and(|hop| hop.via == Some(via)))
            && self.src.is_none_or(|src| route.src == Some(src))
            && self.proto.is_none_or(|proto| route.proto == proto)
            && self.scope.is_none_or(|scope| route.scope == scope)
            && self.kind.is_none_or(|kind| route.kind == kind)
            && self.exact.is_none_or(|exact| route.dst == exact.network())
            && self.root.is_none_or(|root| route.dst.len >= root.len && root.holds(route.dst.addr))
            && self.matching.is_none_or(|m| route.dst.len <= m.len && route.dst.holds(m.addr))
    }
}

pub(super) fn filter(net: &Network, at: At<'_>, words: &[&str]) -> Told<Filter> {
    let mut words = Words::new(words);
    let mut filter = Filter::default();
    while let Some(word) = words.take() {
        match word {
            "table" => {
                let word = words.need()?;
                let number =
                    table::read(word).ok_or_else(|| super::super::words::wrong("table id value is invalid\n", word))?;
                filter.all = number == 0;
                filter.table = Some(number);
            }
            "dev" | "oif" | "iif" => filter.dev = Some(device(net, at, words.need()?)?),
            "via" => filter.via = Some(prefix(at, words.need()?)?.addr),
            "src" => filter.src = Some(prefix(at, words.need()?)?.addr),
            "proto" | "protocol" => {
                let word = words.need()?;
                let read = proto_read(word).ok_or_else(|| wrong("invalid \"protocol\"\n", word))?;
                filter.proto = Some(read).filter(|_| word != "all");
            }
            "scope" => {
                let word = words.need()?;
                let read = if word == "all" { Some(0) } else { scope_read(word) };
                filter.scope = Some(read.ok_or_else(|| wrong("invalid \"scope\"\n", word))?).filter(|_| word != "all");
            }
            "type" => {
                let word = words.need()?;
                filter.kind = Some(RouteKind::read(word).ok_or_else(|| wrong("node type value is invalid\n", word))?);
            }
            "metric" => filter.metric = Some(words.number("\"metric\" value is invalid\n")?),
            "cache" | "cached" => filter.none = true,
            "vrf" => return Err(wrong("Invalid VRF\n", words.need()?)),
            "tos" | "dsfield" | "realm" | "realms" | "nhid" | "mark" => return Err(beyond("ip", word)),
            _ => {
                let word = if word == "to" { words.need()? } else { word };
                match word {
                    "root" => filter.root = Some(prefix(at, words.need()?)?),
                    "match" => filter.matching = Some(prefix(at, words.need()?)?),
                    "exact" => filter.exact = Some(prefix(at, words.need()?)?),
                    word => filter.exact = Some(prefix(at, word)?),
                }
            }
        }
    }
    Ok(filter)
}

pub(super) fn list(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let filter = filter(net, at, words)?;
    if at.style.family == 6 {
        return Ok(Output::default());
    }
    let space = net.space(at.id);
    if filter.has_no_table(net, at) {
        return Err(Output::failed(2, "Error: ipv4: FIB table does not exist.\nDump terminated"));
    }
    let mut order: Vec<u32> = space.routes.keys().copied().filter(|number| filter.table(*number)).collect();
    order.sort_unstable_by_key(|number| number & 255);
    let mut text = String::new();
    let mut json = Vec::new();
    for number in order {
        for route in space.table(number).iter().filter(|route| filter.fits(route)) {
            text.push_str(&line(net, at, route, number, &filter));
            json.push(as_json(net, at, route));
        }
    }
    if at.style.json {
        return Ok(Output::done(format!("{}\n", crate::json::Value::from(json))));
    }
    Ok(Output::done(text))
}

fn dst(prefix: Prefix) -> String {
    if prefix.len == 0 { "default".to_owned() } else { prefix.to_string() }
}

fn line(net: &Network, at: At<'_>, route: &Route, number: u32, filter: &Filter) -> String {
    let mut text = String::new();
    if route.kind != RouteKind::Unicast || at.style.details {
        text.push_str(&format!("{} ", route.kind.word()));
    }
    text.push_str(&format!("{} ", dst(route.dst)));
    if route.tos != 0 {
        text.push_str(&format!("tos {:#x} ", route.tos));
    }
    let single = if let [hop] = route.hops.as_slice() { Some(hop) } else { None };
    if let Some(hop) = single {
        if let Some(via) = hop.via.filter(|_| filter.via.is_none()) {
            text.push_str(&format!("via {via} "));
        }
        if filter.dev.is_none() {
            text.push_str(&format!("dev {} ", net.space(at.id).link_name(hop.dev)));
        }
    }
    if filter.all && number != table::MAIN {
        text.push_str(&format!("table {} ", table::name(number)));
    }
    if (route.proto != 3 || at.style.details) && filter.proto.is_none() {
        text.push_str(&format!("proto {} ", proto_name(route.proto)));
    }
    if (route.scope != scope::UNIVERSE || at.style.details) && filter.scope.is_none() {
        text.push_str(&format!("scope {} ", scope_name(route.scope)));
    }
    if let Some(src) = route.src.filter(|_| filter.src.is_none()) {
        text.push_str(&format!("src {src} "));
    }
    if route.metric != 0 && filter.metric.is_none() {
        text.push_str(&format!("metric {} ", route.metric));
    }
    if let Some(hop) = single {
        text.push_str(&flags(net, at, hop));
    }
    text.push_str(&route.metric_words());
    if single.is_none() {
        for hop in &route.hops {
            let via = hop.via.map(|via| format!("via {via} ")).unwrap_or_default();
            let dev = net.space(at.id).link_name(hop.dev);
            text.push_str(&format!("\n\tnexthop {via}dev {dev} weight {} {}", hop.weight, flags(net, at, hop)));
        }
    }
    text.push('\n');
    text
}

fn flags(net: &Network, at: At<'_>, hop: &Hop) -> String {
    let mut text = String::new();
    if hop.dead {
        text.push_str("dead ");
    }
    if hop.onlink {
        text.push_str("onlink ");
    }
    if !net.carrier(at.id, hop.dev) && hop.scope != scope::NOWHERE {
        text.push_str("linkdown ");
    }
    text
}

fn as_json(net: &Network, at: At<'_>, route: &Route) -> crate::json::Value {
    let mut one = crate::json::json!({"dst": dst(route.dst), "flags": []});
    if route.tos != 0 {
        one["tos"] = format!("{:#x}", route.tos).into();
    }
    if route.kind != RouteKind::Unicast || at.style.details {
        one["type"] = route.kind.word().into();
    }
    if route.hops.len() > 1 {
        let hop = |hop: &Hop| {
            let words: Vec<String> = flags(net, at, hop).split_whitespace().map(str::to_owned).collect();
            let mut one =
                crate::json::json!({"dev": net.space(at.id).link_name(hop.dev), "weight": hop.weight, "flags": words});
            if let Some(via) = hop.via {
                one["gateway"] = via.to_string().into();
            }
            one
        };
        one["nexthops"] = route.hops.iter().map(hop).collect::<Vec<_>>().into();
    } else if let Some(hop) = route.hops.first() {
        if let Some(via) = hop.via {
            one["gateway"] = via.to_string().into();
        }
        one["dev"] = net.space(at.id).link_name(hop.dev).into();
        let words: Vec<String> = flags(net, at, hop).split_whitespace().map(str::to_owned).collect();
        one["flags"] = words.into();
    }
    if route.proto != 3 || at.style.details {
        one["protocol"] = proto_name(route.proto).into();
    }
    if route.scope != 0 || at.style.details {
        one["scope"] = scope_name(route.scope).into();
    }
    if let Some(src) = route.src {
        one["prefsrc"] = src.to_string().into();
    }
    if route.metric != 0 {
        one["metric"] = route.metric.into();
    }
    let mut metrics = crate::json::Map::new();
    if let Some(mtu) = route.mtu {
        metrics.insert("mtu".to_owned(), mtu.into());
    }
    for (word, value) in route.metrics.iter().filter(|(word, _)| *word != "lock") {
        let key = if word == "congctl" { "congestion" } else { word };
        let read = value.trim_end_matches("ms").parse::<u32>();
        metrics.insert(key.to_owned(), read.map_or_else(|_| value.clone().into(), Into::into));
    }
    if !metrics.is_empty() {
        one["metrics"] = crate::json::json!([metrics]);
    }
    one
}

pub(super) fn get(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let mut words = Words::new(words);
    let mut ask = fib::Ask::to(Ipv4Addr::UNSPECIFIED);
    let (mut from, mut named, mut said) = (None, false, String::new());
    while let Some(word) = words.take() {
        match word {
            "from" => from = Some(inet(words.need()?)?),
            "oif" | "dev" => ask.oif = Some(device(net, at, words.need()?)?),
            "iif" => ask.iif = Some(device(net, at, words.need()?)?),
            "mark" => ask.mark = words.number("invalid mark value")?,
            "fibmatch" | "tos" | "dsfield" | "uid" | "ipproto" | "sport" | "dport" | "notify" | "connected" => {
                return Err(beyond("ip", word));
            }
            "vrf" => return Err(wrong("Invalid VRF\n", words.need()?)),
            _ => {
                let to = prefix(at, if word == "to" { words.need()? } else { word })?;
                if to.len != 32 {
                    said = format!("Warning: /{} as prefix is invalid, only /32 (or none) is supported.\n", to.len);
                }
                (ask.dst, named) = (to.addr, true);
            }
        }
    }
    if !named {
        return Err(Output::failed(1, "need at least a destination address"));
    }
    ask.src = from;
    let space = net.space(at.id);
    if from.is_some_and(|from| ask.iif.is_none() && space.kind_of(from) != RouteKind::Local) {
        return done(Err(Errno::NetUnreachable.into()));
    }
    let found = match ask.iif {
        Some(dev) => net.comes_in(at.id, dev, &ask, at.call.now),
        None if ask.dst.is_unspecified() => Ok(fib::to_oneself()),
        None => fib::lookup(net, at.id, &ask).or_else(|errno| fib::on_link(ask.oif, errno)),
    };
    let space = net.space(at.id);
    let found = found.map_err(|errno| Output::failed(2, format!("RTNETLINK answers: {}", errno.text())))?;
    let local = found.kind == RouteKind::Local;
    let Some(hop) = found.hop else { return Ok(Output::default()) };
    let src =
        from.or(found.src).or_else(|| space.select_source(hop.dev, Some(hop.via.unwrap_or(ask.dst)), found.scope));
    let dev = if local { "lo" } else { space.link_name(hop.dev) };
    if at.style.json {
        let one = way_as_json(&ask, local, (hop.via, dev, src));
        return Ok(Output::done(format!("[{one}]\n")));
    }
    let iif = ask.iif.map(|iif| space.link_name(iif));
    let mut text = way(&ask, from, &found, (hop.via, dev, src), iif);
    match found.kind {
        RouteKind::Local => text.push_str("<local> "),
        RouteKind::Broadcast => text.push_str("<local,brd> "),
        _ => {}
    }
    match (space.paths.get(&ask.dst), found.mtu) {
        (Some(mtu), _) => text.push_str(&format!("expires 600sec mtu {mtu} ")),
        (None, Some(mtu)) => text.push_str(&format!("mtu {mtu} ")),
        (None, None) => {}
    }
    iif.iter().for_each(|iif| text.push_str(&format!("iif {iif} ")));
    text.push('\n');
    Ok(Output { stderr: said, ..Output::done(text) })
}

/// The way that was found, for `-j`.
fn way_as_json(
    ask: &fib::Ask,
    local: bool,
    (via, dev, src): (Option<Ipv4Addr>, &str, Option<Ipv4Addr>),
) -> crate::json::Value {
    let mut one = crate::json::json!({"dst": ask.dst.to_string(), "dev": dev, "flags": [], "uid": 0, "cache": []});
    if let Some(via) = via {
        one["gateway"] = via.to_string().into();
    }
    if let Some(src) = src {
        one["prefsrc"] = src.to_string().into();
    }
    if local {
        one["type"] = "local".into();
        one["cache"] = vec!["local"].into();
    }
    one
}

/// The way that was found, as a line.
fn way(
    ask: &fib::Ask,
    from: Option<Ipv4Addr>,
    found: &fib::Found,
    (via, dev, src): (Option<Ipv4Addr>, &str, Option<Ipv4Addr>),
    iif: Option<&str>,
) -> String {
    let mut text = match found.kind {
        RouteKind::Local => "local ".to_owned(),
        RouteKind::Broadcast => "broadcast ".to_owned(),
        _ => String::new(),
    };
    text.push_str(&format!("{} ", ask.dst));
    if let Some(from) = from {
        text.push_str(&format!("from {from} "));
    }
    if let Some(via) = via {
        text.push_str(&format!("via {via} "));
    }
    text.push_str(&format!("dev {dev} "));
    if found.table != table::MAIN && found.kind == RouteKind::Unicast {
        text.push_str(&format!("table {} ", table::name(found.table)));
    }
    if let Some(src) = src.filter(|_| from.is_none() && iif.is_none()) {
        text.push_str(&format!("src {src} "));
    }
    if ask.mark != 0 {
        text.push_str(&format!("mark {} ", shown_mark(ask.mark)));
    }
    // What came in belongs to nobody here.
    text.push_str(if iif.is_some() { "\n    cache " } else { "uid 0 \n    cache " });
    text
}

/// Great marks are written in hexadecimal.
fn shown_mark(mark: u32) -> String {
    if mark >= 16 { format!("{mark:#x}") } else { mark.to_string() }
}
