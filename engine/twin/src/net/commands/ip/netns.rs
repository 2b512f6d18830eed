//! `ip netns`: add, delete, list and exec.

use super::super::words::expand;
use super::{At, Output, Told};
use crate::net::network::Network;

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let machine = at.call.machine;
    let (command, rest) = words.split_first().map_or(("list", words), |(first, rest)| (*first, rest));
    const COMMANDS: [&str; 12] =
        ["list", "show", "lst", "add", "delete", "exec", "identify", "pids", "list-id", "attach", "set", "monitor"];
    match expand(command, &COMMANDS) {
        Some("list" | "show" | "lst") => {
            let names: Vec<String> = net.named(machine).map(str::to_owned).collect();
            if at.style.json {
                let all: Vec<_> = names.iter().map(|n| crate::json::json!({"name": n})).collect();
                return Ok(Output::done(format!("{}\n", crate::json::Value::from(all))));
            }
            Ok(Output::done(names.iter().rev().map(|name| format!("{name}\n")).collect()))
        }
        Some("add") => {
            let Some(name) = rest.first() else { return Err(Output::failed(255, "No netns name specified")) };
            if net.add_namespace(machine, name) {
                return Ok(Output::default());
            }
            Err(Output::failed(1, format!("Cannot create namespace file \"/run/netns/{name}\": File exists")))
        }
        Some("delete") => {
            if at.style.all {
                let names: Vec<String> = net.named(machine).map(str::to_owned).collect();
                for name in &names {
                    net.delete_namespace(machine, name);
                }
                return Ok(Output::default());
            }
            let Some(name) = rest.first() else { return Err(Output::failed(255, "No netns name specified")) };
            if net.delete_namespace(machine, name) {
                return Ok(Output::default());
            }
            let said = format!("Cannot remove namespace file \"/run/netns/{name}\": No such file or directory");
            Err(Output::failed(1, said))
        }
        Some("exec") => {
            let Some((name, argv)) = rest.split_first() else {
                return Err(Output::failed(255, "No netns name specified"));
            };
            if argv.is_empty() {
                return Err(Output::failed(255, "No command specified"));
            }
            if net.find(machine, name).is_none() {
                return Err(cannot_open(name));
            }
            let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
            if !super::super::knows(argv[0].rsplit('/').next().unwrap_or_default()) {
                return Err(Output::failed(1, format!("exec of \"{}\" failed: No such file or directory", argv[0])));
            }
            Ok(super::super::run(net, machine, name, &argv, at.call.stdin, at.call.now))
        }
        Some("identify" | "pids") => Ok(Output::default()),
        Some(known) => Ok(super::super::words::beyond("ip", &format!("netns {known}"))),
        _ => Err(Output::failed(255, format!("Command \"{command}\" is unknown, try \"ip netns help\"."))),
    }
}

pub(super) fn cannot_open(name: &str) -> Output {
    Output::failed(255, format!("Cannot open network namespace \"{name}\": No such file or directory"))
}
