//! `bpftool`: programs, links, and what hangs on interfaces.

use std::sync::Arc;

use super::call::{Call, Done};
use super::{Command, once};
use crate::machines::bpf::Link;

pub(super) const COMMANDS: &[Command] = &[once("bpftool", "/usr/sbin", run)];

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn run(call: &mut Call<'_, '_>) -> Done {
    let mut words = call.args.clone();
    let json = words.iter().any(|word| word == "-j" || word == "--json" || word == "-jp" || word == "-p");
    words.retain(|word| !word.starts_with('-'));
    if call.sys.me().cred.uid != 0 {
        return call.fail_line(255, "Error: can't get next program: Operation not permitted");
    }
    let bpf = call.sys.machine.bpf.clone();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["prog", "show" | "list"] | ["prog"] if !json => {
            for program in &bpf.programs {
                call.line(&format!(
                    "{}: {}  name {}  tag {}  gpl",
                    program.id,
                    program.kind,
                    program.name,
                    crate::net::tag_of(program.id)
                ));
                call.line("\tloaded_at 2025-10-09T08:53:20+0000  uid 0");
            }
            Ok(0)
        }
        ["prog", "show" | "list"] | ["prog"] => {
            let all: Vec<crate::json::Value> =
                bpf.programs.iter().map(|p| crate::json::json!({"id": p.id, "type": p.kind, "name": p.name})).collect();
            call.line(&crate::json::Value::from(all).to_string());
            Ok(0)
        }
        ["link", "show" | "list"] | ["link"] => {
            let links: Vec<&Link> = bpf.links.iter().filter(|link| link.id > 0).collect();
            if json {
                let all: Vec<crate::json::Value> = links
                    .iter()
                    .map(|l| crate::json::json!({"id": l.id, "type": l.kind, "prog_id": l.program, "devname": l.place, "attach_type": attach(l)}))
                    .collect();
                call.line(&crate::json::Value::from(all).to_string());
                return Ok(0);
            }
            for link in links {
                call.line(&format!("{}: {}  prog {}", link.id, link.kind, link.program));
                call.line(&format!("\tifindex {}  attach_type {}", link.place, attach(link)));
            }
            Ok(0)
        }
        ["link", "detach", "id", id] => {
            let Ok(id) = id.parse::<u32>() else {
                return call.fail_line(255, &format!("Error: can't parse {id} as id"));
            };
            let Some(link) = bpf.links.iter().find(|link| link.id == id && id != 0).cloned() else {
                return call.fail_line(255, &format!("Error: get link by id ({id}): No such file or directory"));
            };
            detach(call, &link);
            Ok(0)
        }
        ["net", "show" | "list", rest @ ..] | ["net", rest @ ..] if !json => {
            let device = rest.windows(2).find(|two| two[0] == "dev").map(|two| two[1]);
            let here: Vec<&Link> =
                bpf.links.iter().filter(|link| device.is_none_or(|device| device == link.place)).collect();
            call.line("xdp:");
            for link in here.iter().filter(|link| link.kind == "xdp") {
                call.line(&format!("{}(2) driver id {}", link.place, link.program));
            }
            call.line("\ntc:");
            for link in here.iter().filter(|link| link.kind == "tcx" || link.kind == "tc") {
                let name = bpf.name_of(link);
                let number = if link.id > 0 { format!(" link_id {}", link.id) } else { String::new() };
                call.line(&format!(
                    "{}(2) {}/{} {name} prog_id {}{number}",
                    link.place, link.kind, link.way, link.program
                ));
            }
            call.line("\nflow_dissector:\n\nnetfilter:\n");
            Ok(0)
        }
        ["net", "show" | "list"] | ["net"] => {
            let of = |kind: &'static str| bpf.links.iter().filter(move |link| link.kind == kind);
            let early: Vec<crate::json::Value> = of("xdp")
                .map(|link| crate::json::json!({"devname": link.place, "ifindex": 2, "mode": "driver", "id": link.program}))
                .collect();
            let others: Vec<crate::json::Value> = of("tcx")
                .map(|link| {
                    crate::json::json!({"devname": link.place, "ifindex": 2, "kind": format!("tcx/{}", link.way),
                        "name": bpf.name_of(link), "prog_id": link.program, "prog_flags": [], "link_id": link.id})
                })
                .collect();
            let all = crate::json::json!([{"xdp": early, "tc": others, "flow_dissector": [], "netfilter": []}]);
            call.line(&all.to_string());
            Ok(0)
        }
        ["version"] => {
            call.line("bpftool v7.5.0\nusing libbpf v1.5\nfeatures: llvm, skeletons");
            Ok(0)
        }
        other => call.unknown(&format!("`{}`", other.join(" "))),
    }
}

/// A pin is taken away: what it alone held at a link lets go.
pub(super) fn unpinned(call: &mut Call<'_, '_>, path: &str) {
    let Some((device, name)) = crate::cni::cilium::pinned(path) else { return };
    let bpf = call.sys.machine.bpf.clone();
    let own = |link: &&Link| link.place.replace('.', "-") == device && bpf.name_of(link) == name;
    for link in bpf.links.iter().filter(own) {
        detach(call, link);
    }
}

/// Takes a program from where it hangs.
fn detach(call: &mut Call<'_, '_>, link: &Link) {
    let bpf = Arc::make_mut(&mut call.sys.machine.bpf);
    bpf.links.retain(|other| other.id != link.id || other.program != link.program);
    let Some(at) = bpf.programs.iter().position(|program| program.id == link.program) else { return };
    let name = bpf.programs.remove(at).name;
    let (machine, _) = call.sys.machine.place_of(None);
    if let Some(network) = call.sys.machine.network_mut()
        && let Some(space) = network.find(&machine, "")
    {
        network.unhang(space, &link.place, &name);
    }
}

fn attach(link: &Link) -> String {
    if link.way.is_empty() { link.kind.clone() } else { format!("{}_{}", link.kind, link.way) }
}
