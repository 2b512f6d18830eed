//! `ip link show` and `ip addr show`: full, brief, in details and as JSON.

use super::super::words::Words;
use super::{At, Output, Told, tunnel};
use crate::net::link::{Address, Ipip, Kind, Link, tag_of};
use crate::net::network::Network;
use crate::net::prefix::Prefix;
use crate::net::route::scope_name;

#[derive(Default)]
struct Filter<'a> {
    dev: Option<&'a str>,
    master: Option<u32>,
    kind: Option<&'a str>,
    up: bool,
    to: Option<Prefix>,
    scope: Option<u8>,
}

fn filter<'a>(net: &Network, at: At<'_>, words: &'a [&'a str]) -> Told<Filter<'a>> {
    let mut words = Words::new(words);
    let mut filter = Filter::default();
    while let Some(word) = words.take() {
        match word {
            "dev" => filter.dev = Some(words.need()?),
            "up" => filter.up = true,
            "type" => filter.kind = Some(words.need()?),
            "to" => filter.to = Prefix::read(words.need()?),
            "scope" => filter.scope = crate::net::route::scope_read(words.need()?),
            "label" | "group" | "vrf" => drop(words.need()?),
            "primary" | "secondary" | "dynamic" | "permanent" | "-tentative" => {}
            "master" => {
                let name = words.need()?;
                let missing =
                    || Output::failed(255, format!("Error: argument \"{name}\" is wrong: Device does not exist\n\n"));
                filter.master = Some(net.space(at.id).index(name).ok_or_else(missing)?);
            }
            other => filter.dev = Some(other),
        }
    }
    if let Some(name) = filter.dev
        && net.space(at.id).named(name).is_none()
    {
        return Err(Output::failed(1, format!("Device \"{name}\" does not exist.")));
    }
    Ok(filter)
}

fn picked<'a>(net: &'a Network, at: At<'_>, filter: &Filter<'_>) -> Vec<&'a Link> {
    let fits = |link: &&Link| {
        filter.dev.is_none_or(|name| name == link.name)
            && filter.master.is_none_or(|master| link.master == Some(master))
            && filter.kind.is_none_or(|kind| kind == link.kind.word())
            && (!filter.up || link.up)
    };
    net.space(at.id).links.values().filter(fits).collect()
}

pub(super) fn links(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let filter = filter(net, at, words)?;
    let links = picked(net, at, &filter);
    if at.style.json {
        let all: Vec<_> = links.iter().map(|link| json(net, at, link)).collect();
        return Ok(Output::done(format!("{}\n", serde_json::Value::from(all))));
    }
    let mut text = String::new();
    for link in links {
        if at.style.brief {
            let line = format!(
                "{:<16} {:<14} {} <{}> ",
                full_name(net, at, link),
                state(net, at, link),
                link.hardware(),
                flags(net, at, link).join(",")
            );
            text.push_str(line.trim_end_matches('\n'));
            text.push('\n');
        } else if at.style.oneline {
            text.push_str(&head(net, at, link, true).trim_end_matches('\n').replace('\n', "\\"));
            text.push('\n');
        } else {
            text.push_str(&head(net, at, link, true));
        }
    }
    Ok(Output::done(text))
}

pub(super) fn addresses(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let filter = filter(net, at, words)?;
    let wanted = |address: &&Address| {
        at.style.family != 6
            && filter.to.is_none_or(|to| to.holds(address.local.addr))
            && filter.scope.is_none_or(|scope| address.scope == scope)
    };
    let narrow = at.style.family != 0 || filter.to.is_some() || filter.scope.is_some();
    let mut text = String::new();
    let mut all = Vec::new();
    for link in picked(net, at, &filter) {
        let shown: Vec<&Address> = link.addresses.iter().filter(wanted).collect();
        if narrow && shown.is_empty() {
            continue;
        }
        if at.style.json {
            let mut one = json(net, at, link);
            one["addr_info"] = shown.iter().map(|a| address_json(a)).collect::<Vec<_>>().into();
            all.push(one);
        } else if at.style.brief {
            text.push_str(&format!("{:<16} {:<14} ", full_name(net, at, link), state(net, at, link)));
            shown.iter().for_each(|a| text.push_str(&format!("{} ", place(a))));
            text.push('\n');
        } else if at.style.oneline {
            for a in shown {
                let line = address_lines(a).replace("\n       ", "\\       ");
                text.push_str(&format!("{}: {}    {}", link.index, link.name, line.trim_start()));
            }
        } else {
            text.push_str(&head(net, at, link, false));
            shown.iter().for_each(|a| text.push_str(&address_lines(a)));
        }
    }
    if at.style.json {
        return Ok(Output::done(format!("{}\n", serde_json::Value::from(all))));
    }
    Ok(Output::done(text))
}

fn place(address: &Address) -> String {
    match address.peer {
        Some(peer) => format!("{} peer {}/{}", address.local.addr, peer.addr, peer.len),
        None => format!("{}/{}", address.local.addr, address.local.len),
    }
}

fn address_lines(address: &Address) -> String {
    let mut text = format!("    inet {} ", place(address));
    if let Some(broadcast) = address.broadcast {
        text.push_str(&format!("brd {broadcast} "));
    }
    text.push_str(&format!("scope {} ", scope_name(address.scope)));
    if address.secondary {
        text.push_str("secondary ");
    }
    if address.noprefixroute {
        text.push_str("noprefixroute ");
    }
    format!("{text}{}\n       valid_lft forever preferred_lft forever\n", address.label)
}

fn address_json(address: &Address) -> serde_json::Value {
    let mut one = serde_json::json!({
        "family": "inet", "local": address.local.addr.to_string(), "prefixlen": address.local.len,
        "scope": scope_name(address.scope), "label": address.label,
        "valid_life_time": u32::MAX, "preferred_life_time": u32::MAX,
    });
    if let Some(broadcast) = address.broadcast {
        one["broadcast"] = broadcast.to_string().into();
    }
    if address.secondary {
        one["secondary"] = true.into();
    }
    one
}

/// The name, with what it is tied to.
fn full_name(net: &Network, at: At<'_>, link: &Link) -> String {
    match link.kind {
        Kind::Veth { space, index } if space == at.id => format!("{}@{}", link.name, net.space(space).link_name(index)),
        Kind::Veth { index, .. } => format!("{}@if{index}", link.name),
        Kind::Vlan { lower, .. } => format!("{}@{}", link.name, net.space(at.id).link_name(lower)),
        Kind::Ipip(Ipip { lower: Some(lower), .. }) => format!("{}@{}", link.name, net.space(at.id).link_name(lower)),
        Kind::Ipip(_) => format!("{}@NONE", link.name),
        _ => link.name.clone(),
    }
}

fn flags(net: &Network, at: At<'_>, link: &Link) -> Vec<&'static str> {
    let carrier = net.carrier(at.id, link.index);
    let mut flags = Vec::new();
    if link.up && !carrier {
        flags.push("NO-CARRIER");
    }
    if let Some(tunnel) = link.ipip() {
        if tunnel.remote.is_some() {
            flags.push("POINTOPOINT");
        }
    } else if link.is_loopback() {
        flags.push("LOOPBACK");
    } else {
        flags.push("BROADCAST");
        if !matches!(link.kind, Kind::Ifb | Kind::Dummy) {
            flags.push("MULTICAST");
        }
    }
    if link.noarp {
        flags.push("NOARP");
    }
    if link.promisc {
        flags.push("PROMISC");
    }
    if link.up {
        flags.push("UP");
    }
    if link.up && carrier {
        flags.push("LOWER_UP");
    }
    if let Kind::Veth { space, index } = link.kind
        && space == at.id
        && net.space(space).links.get(&index).is_some_and(|peer| !peer.up)
    {
        flags.push("M-DOWN");
    }
    flags
}

fn state(net: &Network, at: At<'_>, link: &Link) -> &'static str {
    match &link.kind {
        _ if !link.up => "DOWN",
        Kind::Loopback | Kind::Vxlan(_) | Kind::Ipip(_) | Kind::Ovs | Kind::Dummy | Kind::Ifb => "UNKNOWN",
        Kind::Unproven { .. } => "UNKNOWN",
        Kind::Veth { space, .. } if *space == at.id && !net.carrier(at.id, link.index) => "LOWERLAYERDOWN",
        _ if net.carrier(at.id, link.index) => "UP",
        _ => "DOWN",
    }
}

fn qdisc(link: &Link) -> &'static str {
    match link.kind {
        _ if !link.up => "noop",
        Kind::Physical { .. } => "fq_codel",
        _ => "noqueue",
    }
}

/// What is said of a link before its addresses; `ip link` says more of its early program than `ip addr`.
fn head(net: &Network, at: At<'_>, link: &Link, alone: bool) -> String {
    let space = net.space(at.id);
    let name = full_name(net, at, link);
    let mut text = format!("{}: {name}: <{}> mtu {} ", link.index, flags(net, at, link).join(","), link.mtu);
    match link.early() {
        Some(_) if alone => text.push_str("xdp "),
        Some((number, _)) => text.push_str(&format!("xdp/id:{number} ")),
        None => {}
    }
    text.push_str(&format!("qdisc {} ", qdisc(link)));
    if let Some(master) = link.master {
        text.push_str(&format!("master {} ", space.link_name(master)));
    }
    let mode = "mode DEFAULT ";
    text.push_str(&format!("state {} {mode}group default qlen {}\n", state(net, at, link), link.txqlen));
    let far = if link.ipip().is_some_and(|it| it.remote.is_some()) { "peer" } else { "brd" };
    text.push_str(&format!("    link/{} {} {far} {}", family(link), link.hardware(), link.far_hardware()));
    if let Kind::Veth { space: far, .. } = link.kind
        && far != at.id
    {
        let other = &net.space(far).name;
        let shown = if other.is_empty() { "link-netnsid 0".to_owned() } else { format!("link-netns {other}") };
        text.push_str(&format!(" {shown}"));
    }
    if at.style.details {
        text.push_str(&details(net, at, link));
    }
    text.push('\n');
    if let Some((number, name)) = link.early().filter(|_| alone || at.style.details) {
        text.push_str(&format!("    prog/xdp id {number} name {name} tag {} jited \n", tag_of(number)));
    }
    text
}

/// The word for what its addresses are.
fn family(link: &Link) -> &'static str {
    match link.kind {
        Kind::Loopback => "loopback",
        Kind::Ipip(_) => "ipip",
        _ => "ether",
    }
}

fn details(net: &Network, at: At<'_>, link: &Link) -> String {
    let promisc = format!(" promiscuity {} ", u8::from(link.promisc));
    let more = match &link.kind {
        Kind::Vxlan(vxlan) => {
            let kind = link.kind.word();
            let mut text = if vxlan.external {
                format!("\n    {kind} external ")
            } else {
                format!("\n    {kind} id {} ", vxlan.vni)
            };
            for (_, remotes) in vxlan.fdb.iter().filter(|(mac, _)| **mac == crate::net::link::Mac::ZERO) {
                for remote in remotes.iter().filter(|r| r.noted == "default") {
                    text.push_str(&format!("remote {} ", remote.addr));
                }
            }
            if let Some(local) = vxlan.local {
                text.push_str(&format!("local {local} "));
            }
            if let Some(lower) = vxlan.lower {
                text.push_str(&format!("dev {} ", net.space(at.id).link_name(lower)));
            }
            if vxlan.geneve {
                return format!(
                    "{promisc}{text}ttl auto dstport {} udpcsum noudp6zerocsumtx udp6zerocsumrx ",
                    vxlan.port
                );
            }
            text.push_str(&format!("srcport 0 0 dstport {} ", vxlan.port));
            if !vxlan.learning {
                text.push_str("nolearning ");
            }
            text.push_str("ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx ");
            text
        }
        Kind::Loopback | Kind::Physical { .. } => String::new(),
        Kind::Ipip(tunnel) => format!("\n    {}", tunnel::detail(net, at, tunnel)),
        kind => format!("\n    {} ", kind.word()),
    };
    format!("{promisc}{more}")
}

fn json(net: &Network, at: At<'_>, link: &Link) -> serde_json::Value {
    let mut one = serde_json::json!({
        "ifindex": link.index, "ifname": link.name, "flags": flags(net, at, link), "mtu": link.mtu, "qdisc": qdisc(link),
        "operstate": state(net, at, link), "group": "default", "txqlen": link.txqlen, "linkmode": "DEFAULT",
        "link_type": family(link), "address": link.hardware(), "broadcast": link.far_hardware(),
    });
    if let Kind::Ipip(own) = &link.kind {
        one["link"] = own.lower.map(|lower| net.space(at.id).link_name(lower)).into();
    }
    if let Some((number, name)) = link.early() {
        let program = serde_json::json!({"id": number, "name": name, "tag": tag_of(number), "jited": 1});
        one["xdp"] = serde_json::json!({"mode": 1, "prog": program, "attached": [{"mode": 1, "prog": program}]});
    }
    if let Some(master) = link.master {
        one["master"] = net.space(at.id).link_name(master).into();
    }
    if at.style.details && !link.kind.word().is_empty() {
        one["linkinfo"] = serde_json::json!({"info_kind": link.kind.word()});
        if let Kind::Vxlan(vxlan) = &link.kind {
            let mut data =
                serde_json::json!({"port": vxlan.port, "learning": vxlan.learning, "external": vxlan.external});
            if !vxlan.external {
                data["id"] = vxlan.vni.into();
            }
            if let Some(local) = vxlan.local {
                data["local"] = local.to_string().into();
            }
            one["linkinfo"]["info_data"] = data;
        }
        if let Kind::Ipip(own) = &link.kind {
            one["linkinfo"]["info_data"] = tunnel::json(own);
        }
    }
    one
}
