//! What is told of a link before its addresses.

use super::super::sheet::Sheet;
use super::{At, details};
use crate::net::link::{Ipip, Kind, Link, tag_of};
use crate::net::network::{Network, SpaceId};

/// How much is told: the first line alone, what `ip addr` tells, or what `ip link` tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Line,
    Address,
    Link,
}

/// What stands behind the `@` of its name, where that has a name here.
pub(super) fn tied_to(net: &Network, id: SpaceId, link: &Link) -> Option<String> {
    let named = |index: u32| Some(net.space(id).link_name(index).to_owned());
    match link.kind {
        Kind::Veth { space, index } if space == id => named(index),
        Kind::Vlan { lower, .. } | Kind::Ipip(Ipip { lower: Some(lower), .. }) => named(lower),
        _ => None,
    }
}

/// The name, with what it is tied to.
pub(super) fn full_name(net: &Network, id: SpaceId, link: &Link) -> String {
    match (tied_to(net, id, link), &link.kind) {
        (Some(other), _) => format!("{}@{other}", link.name),
        (None, Kind::Veth { index, .. }) => format!("{}@if{index}", link.name),
        (None, Kind::Ipip(_)) => format!("{}@NONE", link.name),
        (None, _) => link.name.clone(),
    }
}

/// The words between the angle brackets.
pub(super) fn flags(net: &Network, id: SpaceId, link: &Link) -> Vec<&'static str> {
    let carrier = net.carrier(id, link.index);
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
        if link.multicast {
            flags.push("MULTICAST");
        }
    }
    if link.noarp {
        flags.push("NOARP");
    }
    if link.promisc {
        flags.push("PROMISC");
    }
    if link.allmulti {
        flags.push("ALLMULTI");
    }
    if link.up {
        flags.push("UP");
    }
    if link.up && carrier {
        flags.push("LOWER_UP");
    }
    if let Kind::Veth { space, index } = link.kind
        && space == id
        && net.space(space).links.get(&index).is_some_and(|peer| !peer.up)
    {
        flags.push("M-DOWN");
    }
    flags
}

/// The state of its operation.
pub(super) fn state(net: &Network, id: SpaceId, link: &Link) -> &'static str {
    match &link.kind {
        _ if !link.up => "DOWN",
        Kind::Loopback | Kind::Vxlan(_) | Kind::Ipip(_) | Kind::Ovs | Kind::Dummy | Kind::Ifb => "UNKNOWN",
        Kind::Unproven { .. } => "UNKNOWN",
        Kind::Veth { space, .. } if *space == id && !net.carrier(id, link.index) => "LOWERLAYERDOWN",
        _ if net.carrier(id, link.index) => "UP",
        _ => "DOWN",
    }
}

/// What every telling of a link begins with; `bridge link` goes on by itself.
pub(in crate::net::commands) fn start(net: &Network, id: SpaceId, link: &Link) -> Sheet {
    let mut sheet = Sheet::default();
    let flags = flags(net, id, link);
    sheet.say("ifindex", format!("{}: ", link.index), link.index);
    sheet.say("ifname", format!("{}: ", full_name(net, id, link)), link.name.clone());
    match (tied_to(net, id, link), &link.kind) {
        (Some(other), _) => sheet.note("link", other),
        (None, Kind::Veth { index, .. }) => sheet.note("link_index", *index),
        (None, Kind::Ipip(_)) => sheet.note("link", crate::json::Value::Null),
        (None, _) => {}
    }
    sheet.say("flags", format!("<{}> ", flags.join(",")), flags);
    sheet.say("mtu", format!("mtu {} ", link.mtu), link.mtu);
    sheet
}

/// What is said of a link before its addresses; `ip link` says more of its early program than `ip addr`.
pub(super) fn head(net: &Network, at: At<'_>, link: &Link, depth: Depth) -> Sheet {
    let alone = depth == Depth::Link;
    let mut sheet = start(net, at.id, link);
    if let Some((number, name)) = link.early() {
        let program = crate::json::json!({"id": number, "name": name, "tag": tag_of(number), "jited": 1});
        let text = if alone { "xdp ".to_owned() } else { format!("xdp/id:{number} ") };
        sheet.say(
            "xdp",
            text,
            crate::json::json!({"mode": 1, "prog": program, "attached": [{"mode": 1, "prog": program}]}),
        );
    }
    let qdisc = link.root_qdisc().map_or("noop", |qdisc| qdisc.kind);
    sheet.say("qdisc", format!("qdisc {qdisc} "), qdisc);
    if let Some(master) = link.master {
        let name = net.space(at.id).link_name(master);
        sheet.say("master", format!("master {name} "), name);
    }
    let state = state(net, at.id, link);
    sheet.say("operstate", format!("state {state} "), state);
    if alone {
        sheet.say("linkmode", "mode DEFAULT ", "DEFAULT");
    }
    let group = if link.group == 0 { "default".to_owned() } else { link.group.to_string() };
    sheet.say("group", format!("group {group} "), group.clone());
    if link.txqlen == 0 {
        sheet.write("\n");
    } else {
        sheet.say("txqlen", format!("qlen {}\n", link.txqlen), link.txqlen);
    }
    if depth != Depth::Line {
        hardware(&mut sheet, net, at, link, alone);
    }
    if let Some(alias) = link.alias.as_ref().filter(|_| alone) {
        sheet.say("ifalias", format!("    alias {alias}\n"), alias.clone());
    }
    if let Some((number, name)) = link.early().filter(|_| alone || at.style.details) {
        sheet.write(format!("    prog/xdp id {number} name {name} tag {} jited \n", tag_of(number)));
    }
    if !link.altnames.is_empty() {
        sheet.note("altnames", link.altnames.clone());
        link.altnames.iter().for_each(|name| sheet.write(format!("    altname {name}\n")));
    }
    sheet
}

/// The line of its addresses in Ethernet.
fn hardware(sheet: &mut Sheet, net: &Network, at: At<'_>, link: &Link, alone: bool) {
    sheet.say("link_type", format!("    link/{} ", family(link)), family(link));
    sheet.say("address", format!("{} ", link.hardware()), link.hardware());
    let far = if link.ipip().is_some_and(|it| it.remote.is_some()) { "peer" } else { "brd" };
    sheet.say("broadcast", format!("{far} {}", link.far_hardware()), link.far_hardware());
    if let Kind::Veth { space, .. } = link.kind
        && space != at.id
    {
        let other = &net.space(space).name;
        if other.is_empty() {
            sheet.say("link_netnsid", " link-netnsid 0", 0);
        } else {
            sheet.say("link_netns", format!(" link-netns {other}"), other.clone());
        }
    }
    if at.style.details {
        details::tell(sheet, net, at, link, alone);
    }
    sheet.write("\n");
}

/// The word for what its addresses are.
fn family(link: &Link) -> &'static str {
    match link.kind {
        Kind::Loopback => "loopback",
        Kind::Ipip(_) => "ipip",
        _ => "ether",
    }
}
