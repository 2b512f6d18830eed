//! What is said of a link behind its kind: `ip link add … type KIND …`, and `ip link set … type KIND …`.

use super::super::words::{Words, beyond, number, wrong};
use super::link_add::{self, Wanted};
use super::{At, Output, Told, link_vxlan, refused, tunnel};
use crate::net::errno::{Errno, Refused};
use crate::net::link::{Bridge, Kind, Port};
use crate::net::network::Network;

/// A kind that was read.
pub(super) struct Made<'a> {
    pub(super) kind: Kind,
    /// The other end of a cable.
    pub(super) far: Option<Wanted<'a>>,
    /// What is said although all is well.
    pub(super) said: &'static str,
}

/// Reads the words of a kind.
pub(super) fn read<'a>(net: &Network, at: At<'_>, wanted: &Wanted<'a>) -> Told<Made<'a>> {
    let plain = |kind: Kind| Ok(Made { kind, far: None, said: "" });
    match wanted.kind {
        "bridge" => {
            let mut bridge = Bridge::default();
            set_bridge(&mut bridge, &mut Words::new(wanted.words))?;
            plain(Kind::Bridge(bridge))
        }
        "dummy" => plain(Kind::Dummy),
        "ifb" => plain(Kind::Ifb),
        "veth" => {
            let far = match wanted.words.split_first() {
                None => Wanted::default(),
                Some((&"peer", rest)) => link_add::read(net, at, rest)?,
                Some((other, _)) => return Err(unknown("veth", "command", other)),
            };
            Ok(Made { kind: Kind::Dummy, far: Some(far), said: "" })
        }
        "vxlan" | "geneve" => {
            let (tunnel, said) = link_vxlan::read(net, at, wanted.kind, wanted.words)?;
            Ok(Made { kind: Kind::Vxlan(tunnel), far: None, said })
        }
        "vlan" => vlan(wanted).map(|kind| Made { kind, far: None, said: "" }),
        "ipip" => plain(Kind::Ipip(tunnel::read(net, at, wanted.words)?)),
        "wireguard" | "gre" | "sit" | "ip6tnl" | "macvlan" | "vrf" | "bond" | "ipvlan" => {
            let words = wanted.words.iter().map(|w| (*w).to_owned()).collect();
            plain(Kind::Unproven { kind: wanted.kind.to_owned(), words })
        }
        _ => Err(refused(&Refused::said(Errno::NotSupported, "Unknown device type"))),
    }
}

/// What iproute2 says of a word of a kind that it does not know, before it tells those it knows.
pub(super) fn unknown(kind: &str, what: &str, word: &str) -> Output {
    Output::failed(1, format!("{kind}: unknown {what} \"{word}\"?\nUsage: ... {kind}"))
}

fn vlan(wanted: &Wanted<'_>) -> Told<Kind> {
    let mut words = Words::new(wanted.words);
    let mut id = None;
    while let Some(word) = words.take() {
        match word {
            "id" => {
                let word = words.need()?;
                id = Some(word.parse::<u16>().map_err(|_| wrong("id is invalid", word))?);
            }
            "protocol" if words.peek().is_some_and(|it| it.eq_ignore_ascii_case("802.1q")) => drop(words.take()),
            "reorder_hdr" if words.peek() == Some("on") => drop(words.take()),
            "protocol" | "reorder_hdr" | "gvrp" | "mvrp" | "loose_binding" | "bridge_binding" | "ingress-qos-map"
            | "egress-qos-map" => return Err(beyond("ip", word)),
            other => return Err(unknown("vlan", "command", other)),
        }
    }
    match (wanted.lower, id.filter(|id| *id < 4095)) {
        (Some(lower), Some(id)) => Ok(Kind::Vlan { lower, id }),
        _ => Err(Output::failed(2, "RTNETLINK answers: Invalid argument")),
    }
}

/// Words of a bridge that would change where packets go in a way the model does not follow.
const BEYOND: [&str; 12] = [
    "vlan_filtering",
    "vlan_protocol",
    "vlan_default_pvid",
    "vlan_stats_enabled",
    "vlan_stats_per_port",
    "group_fwd_mask",
    "group_address",
    "no_linklocal_learn",
    "mcast_vlan_snooping",
    "mcast_querier",
    "mcast_router",
    "fdb_flush",
];

fn set_bridge(bridge: &mut Bridge, words: &mut Words<'_>) -> Told<()> {
    while let Some(word) = words.take() {
        let known = Bridge::OPTIONS.iter().find(|(name, ..)| *name == word);
        if known.is_none() && !BEYOND.contains(&word) {
            return Err(unknown("bridge", "command", word));
        }
        let said = if word == "fdb_flush" { "" } else { words.need()? };
        let Some((name, _, first)) = known else { return Err(beyond("ip", word)) };
        let value = number(said).ok_or_else(|| wrong(&format!("invalid {name}"), said))?;
        if value != *first && BEYOND.contains(&word) {
            return Err(beyond("ip", word));
        }
        bridge.options.insert(name, value);
    }
    Ok(())
}

/// One word of `bridge link set`, or of `ip link set … type bridge_slave`; false when it is none.
pub(in crate::net::commands) fn set_port(
    port: &mut Port,
    program: &str,
    word: &str,
    words: &mut Words<'_>,
) -> Told<bool> {
    const SWITCHES: [(&str, bool); 13] = [
        ("hairpin", false),
        ("isolated", false),
        ("learning", true),
        ("flood", true),
        ("bcast_flood", true),
        ("mcast_flood", true),
        ("guard", false),
        ("root_block", false),
        ("fastleave", false),
        ("mcast_to_unicast", false),
        ("neigh_suppress", false),
        ("vlan_tunnel", false),
        ("locked", false),
    ];
    if let Some((_, first)) = SWITCHES.iter().find(|(name, _)| *name == word) {
        let on = match words.need()? {
            "on" => true,
            "off" => false,
            other => {
                let said = format!("Error: argument of \"{word}\" must be one of \"off\", \"on\", not \"{other}\"");
                return Err(Output::failed(if program == "bridge" { 234 } else { 1 }, said));
            }
        };
        match word {
            "hairpin" => port.hairpin = on,
            "isolated" => port.isolated = on,
            "learning" => port.learning = on,
            "flood" => port.flood = on,
            "bcast_flood" => port.broadcast = on,
            _ if on == *first => {}
            _ => return Err(beyond(program, word)),
        }
        return Ok(true);
    }
    match word {
        "cost" => port.cost = words.number("invalid cost")?,
        "priority" => port.priority = words.number("invalid priority")?,
        "state" => {
            let said = words.need()?;
            let place = Port::STATES.iter().position(|state| state.eq_ignore_ascii_case(said));
            let number = place.or_else(|| said.parse().ok()).filter(|number| *number < Port::STATES.len());
            port.state = number
                .and_then(|number| u8::try_from(number).ok())
                .ok_or_else(|| Output::failed(255, "Error: invalid STP port state"))?;
        }
        "proxy_arp" | "proxy_arp_wifi" | "mcast_router" | "mcast_fast_leave" | "group_fwd_mask" | "backup_port"
        | "nobackup_port" | "learning_sync" | "hwmode" | "fdb_flush" => return Err(beyond(program, word)),
        _ => return Ok(false),
    }
    Ok(true)
}

/// `ip link set … type KIND …`.
pub(super) fn change(net: &mut Network, at: At<'_>, index: u32, words: &[&str]) -> Told<()> {
    let mut words = Words::new(words);
    let kind = words.need()?;
    let Some(mut link) = net.space(at.id).links.get(&index).cloned() else { return Ok(()) };
    let other = || refused(&Errno::NotSupported.into());
    match kind {
        "bridge_slave" => {
            while let Some(word) = words.take() {
                if !set_port(&mut link.port, "ip", word, &mut words)? {
                    return Err(unknown("bridge_slave", "option", word));
                }
            }
            if link.master.is_none() {
                return Err(other());
            }
        }
        "bridge" => {
            let mut bridge = link.bridge().cloned().unwrap_or_default();
            set_bridge(&mut bridge, &mut words)?;
            match &mut link.kind {
                Kind::Bridge(old) => *old = bridge,
                _ => return Err(other()),
            }
        }
        "vxlan" | "geneve" => match &mut link.kind {
            Kind::Vxlan(old) if kind == (if old.geneve { "geneve" } else { "vxlan" }) => {
                link_vxlan::change(net, at, old, words.rest())?;
            }
            _ => return Err(other()),
        },
        _ if words.peek().is_none() => {}
        _ if kind == link.kind.word() => return Err(beyond("ip", kind)),
        _ => return Err(other()),
    }
    net.space_mut(at.id).links.insert(index, link);
    Ok(())
}
