//! `ovs-vsctl` and `ovs-dpctl`, as far as people use them to see what Antrea has made and to take it away.
//!
//! The one asks the database, which is there while Antrea's container of Open vSwitch runs; the other asks the kernel.

use super::super::cilium::Said;
use super::super::host::Host;
use super::super::plugins::digits;
use super::database::{Database, FOLDER};
use crate::net::Link;
use crate::net::switch::DATAPATH;
use crate::net::switch_off;

/// Runs one of them with these words; `None` for what the twin does not know.
pub(crate) fn run(host: &mut Host<'_>, program: &str, words: &[&str]) -> Option<Said> {
    if program == "ovs-dpctl" { of_kernel(host, words) } else { of_database(host, words) }
}

fn done(out: String) -> Option<Said> {
    Some((out, String::new(), 0))
}

fn failed(program: &str, said: &str) -> Option<Said> {
    Some((String::new(), format!("{program}: {said}\n"), 1))
}

fn of_database(host: &mut Host<'_>, words: &[&str]) -> Option<Said> {
    let (may_be_gone, words) = match words.split_first() {
        Some((&"--if-exists", rest)) => (true, rest),
        _ => (false, words),
    };
    if !matches!(words, ["show" | "list-br"] | ["list-ports" | "del-br", _]) || (may_be_gone && words[0] != "del-br") {
        return None;
    }
    let socket = format!("{FOLDER}/db.sock");
    if !host.machine.has(&socket) {
        let said = "unix:/var/run/openvswitch/db.sock: database connection failed (No such file or directory)";
        return failed("ovs-vsctl", said);
    }
    let known = Database::of(host);
    match words {
        ["show"] => done(shown(host, &known)),
        ["list-br"] => done(known.bridge.iter().map(|name| format!("{name}\n")).collect()),
        [_, name] if known.bridge.as_deref() != Some(*name) => {
            if may_be_gone {
                done(String::new())
            } else {
                failed("ovs-vsctl", &format!("no bridge named {name}"))
            }
        }
        ["list-ports", _] => {
            let gateway = host.net.space(host.space()).switch.as_ref().map(|switch| switch.gateway.clone());
            let mut all: Vec<String> = known.ports.values().map(|(link, _)| link.clone()).collect();
            all.extend(gateway.into_iter().chain(["antrea-tun0".to_owned()]));
            all.sort();
            done(all.iter().map(|name| format!("{name}\n")).collect())
        }
        _ => {
            Database::change(host, |it| *it = Database::default());
            let space = host.space();
            // It was the only bridge of the datapath, which goes with it.
            switch_off(host.net, space);
            done(String::new())
        }
    }
}

fn shown(host: &Host<'_>, known: &Database) -> String {
    let id = digits(&[host.name(), "ovs"], 32);
    let mut text = format!("{}-{}-{}-{}-{}\n", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]);
    let switch = host.net.space(host.space()).switch.as_deref();
    if let Some(bridge) = &known.bridge {
        text.push_str(&format!("    Bridge {bridge}\n        datapath_type: system\n"));
        let port = |name: &str, more: &str| format!("        Port {name}\n            Interface {name}\n{more}");
        let internal = "                type: internal\n";
        for (link, _) in known.ports.values() {
            text.push_str(&port(link, ""));
        }
        if let Some(switch) = switch {
            let kind = if switch.tunnel.geneve { "geneve" } else { "vxlan" };
            text.push_str(&port(&switch.gateway, internal));
            let more = format!("                type: {kind}\n                options: {{key=flow, remote_ip=flow}}\n");
            text.push_str(&port("antrea-tun0", &more));
        }
        text.push_str(&port(bridge, internal));
    }
    text
}

fn of_kernel(host: &mut Host<'_>, words: &[&str]) -> Option<Said> {
    let space = host.space();
    let there = host.has_link(DATAPATH);
    let is_it = |name: &str| name.trim_start_matches("system@") == DATAPATH;
    match words {
        ["dump-dps"] => done(if there { format!("system@{DATAPATH}\n") } else { String::new() }),
        ["show"] if !there => done(String::new()),
        ["show"] => {
            let all = host.net.space(space);
            let datapath = all.index(DATAPATH);
            let on_it = |link: &&Link| link.driver() == "openvswitch" || link.master == datapath;
            let of = |link: &Link| match link.driver() {
                "openvswitch" => " (internal)".to_owned(),
                "veth" => String::new(),
                tunnel => format!(" ({tunnel})"),
            };
            let ports = all.links.values().filter(on_it).enumerate();
            let lines = ports.map(|(number, link)| format!("  port {number}: {}{}\n", link.name, of(link)));
            done(format!("system@{DATAPATH}:\n{}", lines.collect::<String>()))
        }
        ["del-dp"] | ["del-dp", _] => {
            let name = words.get(1).copied().unwrap_or(DATAPATH);
            if !there || !is_it(name) {
                return failed("ovs-dpctl", &format!("opening datapath {name} failed (No such device)"));
            }
            switch_off(host.net, space);
            done(String::new())
        }
        _ => None,
    }
}
