//! `ip route show` and `ip route get`.

use super::super::words::Words;
use super::address::inet;
use super::route::prefix;
use super::{At, Output, Told, device};
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
}

impl Filter {
    pub(super) fn table(&self, number: u32) -> bool {
        self.all || self.table.unwrap_or(table::MAIN) == number
    }

    pub(super) fn fits(&self, route: &Route) -> bool {
        self.dev.is_none_or(|dev| route.uses(dev))
            && self.via.is_none_or(|via| route.hops.iter().any(|hop| hop.via == Some(via)))
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
                    table::read(word).ok_or_else(|| super::super::words::wrong("table id value is invalid", word))?;
                filter.all = number == 0;
                filter.table = Some(number);
            }
            "dev" | "oif" | "iif" => filter.dev = Some(device(net, at, words.need()?)?),
            "via" => filter.via = Some(inet(words.need()?)?),
            "src" => filter.src = Some(inet(words.need()?)?),
            "proto" | "protocol" => filter.proto = proto_read(words.need()?),
            "scope" => filter.scope = scope_read(words.need()?).filter(|_| true),
            "type" => filter.kind = RouteKind::read(words.need()?),
            "root" => filter.root = Some(prefix(words.need()?)?),
            "match" => filter.matching = Some(prefix(words.need()?)?),
            "cache" | "cached" => {}
            "exact" | "to" => filter.exact = Some(prefix(words.need()?)?),
            word => match RouteKind::read(word) {
                Some(kind) => filter.kind = Some(kind),
                None => filter.exact = Some(prefix(word)?),
            },
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
    if let Some(number) = filter.table
        && !filter.all
        && number != table::MAIN
        && number != table::LOCAL
        && !space.routes.contains_key(&number)
    {
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
        return Ok(Output::done(format!("{}\n", serde_json::Value::from(json))));
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
    let single = if let [hop] = route.hops.as_slice() { Some(hop) } else { None };
    if let Some(hop) = single {
        if let Some(via) = hop.via {
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
    if let Some(src) = route.src {
        text.push_str(&format!("src {src} "));
    }
    if route.metric != 0 {
        text.push_str(&format!("metric {} ", route.metric));
    }
    if let Some(hop) = single {
        text.push_str(&flags(net, at, hop));
    }
    if let Some(mtu) = route.mtu {
        text.push_str(&format!("mtu {mtu} "));
    }
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

fn as_json(net: &Network, at: At<'_>, route: &Route) -> serde_json::Value {
    let mut one = serde_json::json!({"dst": dst(route.dst), "flags": []});
    if route.kind != RouteKind::Unicast {
        one["type"] = route.kind.word().into();
    }
    if let Some(hop) = route.hops.first() {
        if let Some(via) = hop.via {
            one["gateway"] = via.to_string().into();
        }
        one["dev"] = net.space(at.id).link_name(hop.dev).into();
        let words: Vec<String> = flags(net, at, hop).split_whitespace().map(str::to_owned).collect();
        one["flags"] = words.into();
    }
    if route.proto != 3 {
        one["protocol"] = proto_name(route.proto).into();
    }
    if route.scope != 0 {
        one["scope"] = scope_name(route.scope).into();
    }
    if let Some(src) = route.src {
        one["prefsrc"] = src.to_string().into();
    }
    if route.metric != 0 {
        one["metric"] = route.metric.into();
    }
    if let Some(mtu) = route.mtu {
        one["metrics"] = serde_json::json!([{"mtu": mtu}]);
    }
    one
}

pub(super) fn get(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let mut words = Words::new(words);
    let mut ask = fib::Ask::to(Ipv4Addr::UNSPECIFIED);
    let mut from = None;
    while let Some(word) = words.take() {
        match word {
            "from" => from = Some(inet(words.need()?)?),
            "oif" | "dev" => ask.oif = Some(device(net, at, words.need()?)?),
            "iif" => ask.iif = Some(device(net, at, words.need()?)?),
            "mark" => ask.mark = words.number("invalid mark")?,
            "to" => ask.dst = inet(words.need()?)?,
            word => ask.dst = prefix(word)?.addr,
        }
    }
    ask.src = from;
    let space = net.space(at.id);
    let found = fib::lookup(net, at.id, &ask)
        .map_err(|errno| Output::failed(2, format!("RTNETLINK answers: {}", errno.text())))?;
    let local = found.kind == RouteKind::Local;
    let Some(hop) = found.hop else { return Ok(Output::default()) };
    let src =
        from.or(found.src).or_else(|| space.select_source(hop.dev, Some(hop.via.unwrap_or(ask.dst)), found.scope));
    let dev = if local { "lo" } else { space.link_name(hop.dev) };
    if at.style.json {
        let mut one = serde_json::json!({"dst": ask.dst.to_string(), "dev": dev, "flags": [], "uid": 0, "cache": []});
        if let Some(via) = hop.via {
            one["gateway"] = via.to_string().into();
        }
        if let Some(src) = src {
            one["prefsrc"] = src.to_string().into();
        }
        return Ok(Output::done(format!("[{one}]\n")));
    }
    let mut text = String::new();
    if local {
        text.push_str("local ");
    }
    if found.kind == RouteKind::Broadcast {
        text.push_str("broadcast ");
    }
    text.push_str(&format!("{} ", ask.dst));
    if let Some(from) = from {
        text.push_str(&format!("from {from} "));
    }
    if let Some(via) = hop.via {
        text.push_str(&format!("via {via} "));
    }
    text.push_str(&format!("dev {dev} "));
    if found.table != table::MAIN && !local {
        text.push_str(&format!("table {} ", table::name(found.table)));
    }
    if let Some(src) = src.filter(|_| from.is_none()) {
        text.push_str(&format!("src {src} "));
    }
    text.push_str("uid 0 \n    cache ");
    if local {
        text.push_str("<local> ");
    }
    if let Some(mtu) = space.paths.get(&ask.dst) {
        text.push_str(&format!("expires 600sec mtu {mtu} "));
    } else if let Some(mtu) = found.mtu {
        text.push_str(&format!("mtu {mtu} "));
    }
    text.push('\n');
    Ok(Output::done(text))
}
