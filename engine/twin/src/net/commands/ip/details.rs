//! What `-d` tells of a link, and with it of the bridge it is a port of.

use super::super::sheet::Sheet;
use super::{At, tunnel};
use crate::net::link::{Bridge, Kind, Link, Mac, Port, Vxlan};
use crate::net::network::Network;

/// What stands behind the addresses in Ethernet.
pub(super) fn tell(sheet: &mut Sheet, net: &Network, at: At<'_>, link: &Link, alone: bool) {
    let port = u32::from(link.master.is_some());
    let (promiscuity, all) = (port + u32::from(link.promisc), port + u32::from(link.allmulti));
    sheet.say("promiscuity", format!(" promiscuity {promiscuity} "), promiscuity);
    sheet.say("allmulti", format!(" allmulti {all} "), all);
    let (least, most) = link.kind.mtus();
    sheet.say("min_mtu", format!("minmtu {least} "), least);
    sheet.say("max_mtu", format!("maxmtu {most} "), most);
    let mut info = Sheet::default();
    if !link.kind.word().is_empty() {
        let word = if link.ipip().is_some() { "\n    ".to_owned() } else { format!("\n    {} ", link.kind.word()) };
        info.say("info_kind", word, link.kind.word());
        match &link.kind {
            Kind::Bridge(bridge) => info.take_in("info_data", bridge_data(bridge, &bridge_id(link, bridge), link.up)),
            Kind::Vxlan(vxlan) => info.take_in("info_data", vxlan_data(net, at, vxlan)),
            Kind::Ipip(own) => {
                info.write(tunnel::detail(net, at, own));
                info.note("info_data", tunnel::json(own));
            }
            Kind::Vlan { id, .. } => {
                let mut data = Sheet::default();
                data.say("protocol", "protocol 802.1Q ", "802.1Q");
                data.say("id", format!("id {id} "), *id);
                data.say("flags", "<REORDER_HDR> ", vec!["REORDER_HDR"]);
                info.take_in("info_data", data);
            }
            _ => {}
        }
    }
    if link.master.is_some() {
        info.say("info_slave_kind", "\n    bridge_slave ", "bridge");
        info.take_in("info_slave_data", port_data(net, at, link));
    }
    sheet.take_in("linkinfo", info);
    if alone {
        sheet.say("inet6_addr_gen_mode", "addrgenmode eui64 ", "eui64");
    }
    let queues = if matches!(link.kind, Kind::Veth { .. }) { 2 } else { 1 };
    let segments = if link.vxlan().is_some_and(|vxlan| vxlan.lower.is_none()) { 65536 } else { 524_280 };
    let numbers = [
        ("num_tx_queues", "numtxqueues", queues),
        ("num_rx_queues", "numrxqueues", queues),
        ("gso_max_size", "gso_max_size", 65536),
        ("gso_max_segs", "gso_max_segs", 65535),
        ("tso_max_size", "tso_max_size", segments),
        ("tso_max_segs", "tso_max_segs", 65535),
        ("gro_max_size", "gro_max_size", 65536),
    ];
    for (key, word, number) in numbers {
        sheet.say(key, format!("{word} {number} "), number);
    }
}

/// The number a bridge goes by among bridges.
fn bridge_id(link: &Link, bridge: &Bridge) -> String {
    let octets = link.mac.0.map(|octet| format!("{octet:x}")).join(":");
    format!("{:04x}.{octets}", bridge.option("priority"))
}

/// What a bridge is set to.
fn bridge_data(bridge: &Bridge, own: &str, up: bool) -> Sheet {
    let mut sheet = Sheet::default();
    for (word, key, _) in Bridge::OPTIONS {
        let number = bridge.option(word);
        match *word {
            "group_fwd_mask" => {
                running(&mut sheet, own, up);
                sheet.say(key, format!("{word} {number:#x} ").replace(" 0x0 ", " 0 "), format!("{number:x}"));
                sheet.say("group_addr", "group_address 01:80:c2:00:00:00 ", "01:80:c2:00:00:00");
            }
            _ => sheet.say(key, format!("{word} {number} "), number),
        }
    }
    sheet
}

/// What a bridge knows of its fellows, which are none, and of its clocks, which are not followed.
fn running(sheet: &mut Sheet, own: &str, up: bool) {
    sheet.say("bridge_id", format!("bridge_id {own} "), own);
    sheet.say("root_id", format!("designated_root {own} "), own);
    for word in ["root_port", "root_path_cost", "topology_change", "topology_change_detected"] {
        sheet.say(word, format!("{word} 0 "), 0);
    }
    for word in ["hello_timer", "tcn_timer", "topology_change_timer", "gc_timer"] {
        let seconds = if word == "gc_timer" && up { 300.0 } else { 0.0 };
        sheet.say(word, format!("{word} {seconds:7.2} "), seconds);
    }
}

fn vxlan_data(net: &Network, at: At<'_>, vxlan: &Vxlan) -> Sheet {
    let mut sheet = Sheet::default();
    if vxlan.external {
        sheet.say("external", "external ", true);
    }
    if !(vxlan.external && vxlan.geneve) {
        sheet.say("id", format!("id {} ", vxlan.vni), vxlan.vni);
    }
    let remotes = vxlan.fdb.get(&Mac::ZERO).into_iter().flatten();
    if let Some(remote) = remotes.filter(|remote| remote.noted == "default").map(|remote| remote.addr).next() {
        sheet.say("remote", format!("remote {remote} "), remote.to_string());
    }
    if let Some(local) = vxlan.local {
        sheet.say("local", format!("local {local} "), local.to_string());
    }
    if let Some(lower) = vxlan.lower {
        let name = net.space(at.id).link_name(lower);
        sheet.say("link", format!("dev {name} "), name);
    }
    if !vxlan.geneve {
        sheet.say("port_range", "srcport 0 0 ", crate::json::json!({"low": 0, "high": 0}));
        sheet.say("port", format!("dstport {} ", vxlan.port), vxlan.port);
        sheet.say("learning", if vxlan.learning { "" } else { "nolearning " }, vxlan.learning);
    }
    if vxlan.tos != 0 {
        sheet.say("tos", format!("tos {:#x} ", vxlan.tos), format!("{:#x}", vxlan.tos));
    }
    let life = if vxlan.ttl == 0 { "auto".to_owned() } else { vxlan.ttl.to_string() };
    sheet.say("ttl", format!("ttl {life} "), vxlan.ttl);
    if let Some(word) = vxlan.df {
        sheet.say("df", format!("df {word} "), word);
    }
    let sums: [(&str, &str, bool); 3] = if vxlan.geneve {
        sheet.say("port", format!("dstport {} ", vxlan.port), vxlan.port);
        [
            ("udp_csum", "udpcsum ", true),
            ("udp_zero_csum6_tx", "noudp6zerocsumtx ", false),
            ("udp_zero_csum6_rx", "udp6zerocsumrx ", true),
        ]
    } else {
        sheet.say("ageing", format!("ageing {} ", vxlan.ageing), vxlan.ageing);
        [
            ("udp_csum", "udpcsum ", true),
            ("udp_zero_csum6_tx", "noudp6zerocsumtx ", false),
            ("udp_zero_csum6_rx", "noudp6zerocsumrx ", false),
        ]
    };
    sums.into_iter().for_each(|(key, text, on)| sheet.say(key, text, on));
    sheet
}

/// The state of a port, as the bridge has it.
pub(in crate::net::commands) fn port_state(
    net: &Network,
    at: crate::net::network::SpaceId,
    link: &Link,
) -> &'static str {
    let bridge = link.master.and_then(|master| net.space(at).links.get(&master));
    let runs = link.up && net.carrier(at, link.index) && bridge.is_some_and(|bridge| bridge.up);
    if runs { Port::STATES[usize::from(link.port.state)] } else { "disabled" }
}

/// One word of a port that is on or off.
fn switch(sheet: &mut Sheet, key: &str, word: &str, on: bool) {
    sheet.say(key, format!("{word} {} ", if on { "on" } else { "off" }), on);
}

/// How a bridge treats a port, as both `ip` and `bridge` begin to tell it.
pub(in crate::net::commands) fn port_start(
    sheet: &mut Sheet,
    net: &Network,
    at: crate::net::network::SpaceId,
    link: &Link,
) {
    let state = port_state(net, at, link);
    sheet.say("state", format!("state {state} "), state);
    sheet.say("priority", format!("priority {} ", link.port.priority), link.port.priority);
    sheet.say("cost", format!("cost {} ", link.port.cost), link.port.cost);
}

/// How `bridge -d link` goes on.
pub(in crate::net::commands) fn port_rest(sheet: &mut Sheet, port: &Port) {
    let first = [("hairpin", port.hairpin), ("guard", false), ("root_block", false), ("fastleave", false)];
    let then =
        [("learning", port.learning), ("flood", port.flood), ("mcast_flood", true), ("bcast_flood", port.broadcast)];
    first.into_iter().chain(then).for_each(|(word, on)| switch(sheet, word, word, on));
    sheet.say("mcast_router", "mcast_router 1 ", 1);
    let last = [("neigh_suppress", false), ("vlan_tunnel", false), ("isolated", port.isolated), ("locked", false)];
    let all = [("mcast_to_unicast", false)].into_iter().chain(last);
    all.for_each(|(word, on)| switch(sheet, word, word, on));
}

fn port_data(net: &Network, at: At<'_>, link: &Link) -> Sheet {
    let mut sheet = Sheet::default();
    port_start(&mut sheet, net, at.id, link);
    let port = &link.port;
    let first = [("hairpin", port.hairpin), ("guard", false), ("root_block", false), ("fastleave", false)];
    let then = [("learning", port.learning), ("flood", port.flood)];
    first.into_iter().chain(then).for_each(|(word, on)| switch(&mut sheet, word, word, on));
    let master = link.master.and_then(|master| net.space(at.id).links.get(&master));
    let number = 1
        + (0u32..)
            .zip(net.space(at.id).ports(link.master.unwrap_or(0)))
            .find(|(_, port)| port.index == link.index)
            .map_or(0, |(place, _)| place);
    let id = (port.priority << 10) + number;
    let own = master.and_then(|it| it.bridge().map(|bridge| bridge_id(it, bridge))).unwrap_or_default();
    sheet.say("id", format!("port_id {id:#x} "), format!("{id:#x}"));
    sheet.say("no", format!("port_no {number:#x} "), format!("{number:#x}"));
    sheet.say("designated_port", format!("designated_port {id} "), id);
    sheet.say("designated_cost", "designated_cost 0 ", 0);
    sheet.say("bridge_id", format!("designated_bridge {own} "), own.clone());
    sheet.say("root_id", format!("designated_root {own} "), own);
    for word in ["hold_timer", "message_age_timer", "forward_delay_timer"] {
        sheet.say(word, format!("{word} {:7.2} ", 0.0), 0.0);
    }
    sheet.say("topology_change_ack", "topology_change_ack 0 ", 0);
    sheet.say("config_pending", "config_pending 0 ", 0);
    switch(&mut sheet, "proxy_arp", "proxy_arp", false);
    switch(&mut sheet, "proxy_arp_wifi", "proxy_arp_wifi", false);
    sheet.say("multicast_router", "mcast_router 1 mcast_fast_leave off ", 1);
    switch(&mut sheet, "mcast_flood", "mcast_flood", true);
    switch(&mut sheet, "bcast_flood", "bcast_flood", port.broadcast);
    switch(&mut sheet, "mcast_to_unicast", "mcast_to_unicast", false);
    switch(&mut sheet, "neigh_suppress", "neigh_suppress", false);
    sheet.say("group_fwd_mask", "group_fwd_mask 0 ", "0");
    sheet.say("group_fwd_mask_str", "group_fwd_mask_str 0x0 ", "0x0");
    switch(&mut sheet, "vlan_tunnel", "vlan_tunnel", false);
    switch(&mut sheet, "isolated", "isolated", port.isolated);
    switch(&mut sheet, "locked", "locked", false);
    sheet
}
