//! `tc`: queueing disciplines as names, and the programs that CNIs hang at links.

use super::{Call, Output};
use crate::net::link::{Kind, Seat};
use crate::net::network::Network;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let words: Vec<&str> = words.iter().copied().filter(|w| !w.starts_with('-')).collect();
    let dev = words.iter().position(|w| *w == "dev").and_then(|at| words.get(at + 1)).copied();
    let index = match dev {
        Some(name) => match net.space(id).index(name) {
            Some(index) => Some(index),
            None => return Output::failed(1, format!("Cannot find device \"{name}\"")),
        },
        None => None,
    };
    match words.as_slice() {
        ["qdisc" | "q", "show" | "ls" | "list", ..] | ["qdisc" | "q"] => qdiscs(net, id, index),
        ["qdisc" | "q", verb @ ("add" | "del" | "delete" | "replace"), ..] => {
            let Some(link) = index.and_then(|index| net.space_mut(id).links.get_mut(&index)) else {
                return Output::failed(255, "Command line is not complete. Try option \"help\"");
            };
            let name = if words.contains(&"clsact") {
                "clsact"
            } else if words.contains(&"ingress") {
                "ingress"
            } else {
                ""
            };
            if name.is_empty() {
                return Output::failed(1, "tc: only clsact and ingress are modelled");
            }
            let there = link.qdiscs.iter().any(|q| q == name);
            match (*verb, there) {
                ("add", true) => Output::failed(2, "Error: Exclusivity flag on, cannot modify."),
                ("add" | "replace", false) => {
                    link.qdiscs.push(name.to_owned());
                    Output::default()
                }
                ("del" | "delete", true) => {
                    link.qdiscs.retain(|q| q != name);
                    link.programs.retain(|(seat, _)| *seat == Seat::Xdp);
                    Output::default()
                }
                ("del" | "delete", false) => {
                    Output::failed(2, "Error: Cannot find specified qdisc on specified device.")
                }
                _ => Output::default(),
            }
        }
        ["filter" | "f", "show" | "ls" | "list", ..] => {
            let seat = if words.contains(&"egress") { Seat::Egress } else { Seat::Ingress };
            let Some(link) = index.and_then(|index| net.space(id).links.get(&index)) else {
                return Output::failed(1, "\"dev\" is required");
            };
            let mut text = String::new();
            for (_, program) in link.programs.iter().filter(|(at, _)| *at == seat) {
                let name = program.name();
                text.push_str("filter protocol all pref 1 bpf chain 0 \n");
                text.push_str(&format!(
                    "filter protocol all pref 1 bpf chain 0 handle 0x1 {name} direct-action not_in_hw \n"
                ));
            }
            Output::done(text)
        }
        ["filter" | "f", "del" | "delete", ..] => {
            let seat = if words.contains(&"egress") { Seat::Egress } else { Seat::Ingress };
            if let Some(link) = index.and_then(|index| net.space_mut(id).links.get_mut(&index)) {
                link.programs.retain(|(at, _)| *at != seat);
            }
            Output::default()
        }
        _ => Output::failed(1, "tc: only qdisc and filter are modelled"),
    }
}

fn qdiscs(net: &Network, id: crate::net::network::SpaceId, index: Option<u32>) -> Output {
    let mut text = String::new();
    for link in net.space(id).links.values().filter(|link| index.is_none_or(|index| index == link.index)) {
        if link.up {
            let own = if matches!(link.kind, Kind::Physical { .. }) { "fq_codel" } else { "noqueue" };
            text.push_str(&format!("qdisc {own} 0: dev {} root refcnt 2 \n", link.name));
        }
        for qdisc in &link.qdiscs {
            text.push_str(&format!("qdisc {qdisc} ffff: dev {} parent ffff:fff1 \n", link.name));
        }
    }
    Output::done(text)
}
