//! `ss`: who listens.

use super::{Call, Output};
use crate::net::network::Network;
use crate::net::socket::Transport;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let state = words.iter().skip_while(|word| **word != "state").nth(1).copied();
    if let Some(odd) = odd(words, state) {
        return Output::failed(255, odd);
    }
    let flags: String = words.iter().filter(|w| w.starts_with('-') && !w.starts_with("--")).map(|w| &w[1..]).collect();
    let has = |flag: char| flags.contains(flag);
    let listens = match state {
        None => has('l') || has('a') || words.contains(&"--listening") || words.contains(&"--all"),
        Some("listening" | "all" | "unconnected") => true,
        Some("established" | "connected" | "time-wait" | "syn-sent" | "close-wait") => false,
        Some(odd) => return Output::failed(255, format!("ss: wrong state name: {odd}")),
    };
    let (tcp, udp) = if has('t') || has('u') || words.contains(&"--tcp") || words.contains(&"--udp") {
        (has('t') || words.contains(&"--tcp"), has('u') || words.contains(&"--udp"))
    } else {
        (true, true)
    };
    let wanted =
        words.iter().filter_map(|word| word.rsplit_once(':').map(|(_, port)| port.parse::<u16>().ok())).flatten();
    let ports: Vec<u16> = wanted.collect();
    let mut lines: Vec<(&str, &str, String, String)> = Vec::new();
    let space = net.space(id);
    for listener in &space.listeners {
        let (word, state) = match listener.transport {
            Transport::Tcp => ("tcp", "LISTEN"),
            Transport::Udp => ("udp", "UNCONN"),
        };
        lines.push((word, state, format!("{}:{}", listener.addr, listener.port), listener.owner.clone()));
    }
    for link in net.all().flat_map(|(_, space)| space.links.values()).filter(|link| link.up) {
        if let Some(vxlan) = link.vxlan().filter(|vxlan| vxlan.home == id) {
            lines.push(("udp", "UNCONN", format!("0.0.0.0:{}", vxlan.port), String::new()));
            // One that is told its ends for each packet may be told those of either kind.
            if vxlan.external {
                lines.push(("udp", "UNCONN", format!("[::]:{}", vxlan.port), String::new()));
            }
        }
    }
    lines.sort_by_key(|line| line.0 == "tcp");
    lines.dedup();
    lines.retain(|(word, _, place, _)| {
        let port = place.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let shown = if *word == "tcp" { tcp } else { udp };
        listens && shown && (ports.is_empty() || port.is_some_and(|port| ports.contains(&port)))
    });
    // With one state alone nobody is told of it.
    let look = Look { heads: !has('H'), kind: tcp && udp, state: state.is_none(), process: has('p') };
    Output::done(table(&look, &lines))
}

/// What of the table is shown.
struct Look {
    heads: bool,
    kind: bool,
    state: bool,
    process: bool,
}

/// Columns as wide as what stands in them.
fn table(look: &Look, lines: &[(&str, &str, String, String)]) -> String {
    let mut rows: Vec<[String; 9]> = Vec::new();
    if look.heads {
        let heads =
            ["Netid", "State", "Recv-Q", "Send-Q", "Local Address:", "Port", "Peer Address:", "Port", "Process"];
        rows.push(heads.map(str::to_owned));
    }
    for (word, state, place, owner) in lines {
        let (addr, port) = place.rsplit_once(':').unwrap_or((place, ""));
        let peer = if addr.starts_with('[') { "[::]:" } else { "0.0.0.0:" };
        // How many may wait to be taken in, as each asks for.
        let queue = match (*word, owner.split('#').next().unwrap_or_default()) {
            ("udp", _) => "0",
            (_, "" | "nc") => "1",
            (_, "sshd") => "128",
            _ => "4096",
        };
        let process =
            if look.process && !owner.is_empty() { format!("users:({})", holder(owner)) } else { String::new() };
        let (queue, addr) = (format!("{queue:<6}"), format!("{addr}:"));
        let row = [*word, *state, "0     ", queue.as_str(), addr.as_str(), port, peer, "*", process.as_str()];
        rows.push(row.map(str::to_owned));
    }
    let widths: Vec<usize> = (0..9).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        for (at, cell) in row.iter().enumerate() {
            let width = widths[at];
            match at {
                0 if !look.kind => {}
                1 if !look.state => {}
                4 | 6 => text.push_str(&format!("{cell:>width$}")),
                7 | 8 => text.push_str(&format!("{cell:<width$}")),
                _ => text.push_str(&format!("{cell:<width$} ")),
            }
        }
        text.push('\n');
    }
    text
}

/// What is asked for and not known, in words.
fn odd(words: &[&str], state: Option<&str>) -> Option<String> {
    const LONG: [&str; 7] = ["--all", "--listening", "--numeric", "--tcp", "--udp", "--processes", "--no-header"];
    // Of connections nothing is known but who listens.
    const FILTER: [&str; 7] = ["sport", "dport", "=", "eq", "(", ")", "or"];
    for word in words.iter().filter(|word| word.starts_with('-')) {
        if word.starts_with("--") && !LONG.contains(word) {
            return Some(format!("ss: unrecognized option '{word}'"));
        }
        if !word.starts_with("--") && !word[1..].chars().all(|letter| "46HaeilmnptuxO".contains(letter)) {
            return Some(format!("ss: `{word}` is not modelled"));
        }
    }
    let plain = words.iter().filter(|word| !word.starts_with('-') && Some(**word) != state && **word != "state");
    let mut odd = plain.filter(|word| !word.contains(':') && !FILTER.contains(word));
    odd.next().map(|odd| format!("ss: the filter `{odd}` is not modelled"))
}

/// The owner as `ss -p` shows him; the number of his process stands behind his name.
fn holder(owner: &str) -> String {
    let (name, pid) = owner.split_once('#').unwrap_or((owner, "1"));
    format!("(\"{name}\",pid={pid},fd=3)")
}
