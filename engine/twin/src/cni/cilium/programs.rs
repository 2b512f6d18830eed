//! The programs of Cilium at the links of a machine, and what `bpftool` tells of them.

use super::super::host::Host;
use super::options::Options;
use super::pins;
use crate::machines::bpf::{Link, Program as Loaded};
use crate::net::{Duty, Program, Seat};
use std::sync::Arc;

/// Where those at the sockets are pinned.
const SOCKETS: &str = "/sys/fs/bpf/cilium/socketlb/links/cgroup";

/// Hangs the programs at a machine's links: its ways out, its own pair, its tunnel.
pub(super) fn attach(host: &mut Host<'_>, options: &Options, devices: &[String], tunnel: Option<&str>) {
    for device in devices {
        hang(host, device, Seat::Ingress, Program::Cilium(Duty::FromNetdev));
        if options.looks_at_what_leaves() {
            hang(host, device, Seat::Egress, Program::Cilium(Duty::ToNetdev));
        }
        pins::calls_of(host, device);
    }
    pins::calls_of(host, "cilium_net");
    hang(host, "cilium_host", Seat::Egress, Program::Cilium(Duty::FromHost));
    hang(host, "cilium_host", Seat::Ingress, Program::Named("cil_to_host".to_owned()));
    hang(host, "cilium_net", Seat::Ingress, Program::Named("cil_to_host".to_owned()));
    if let Some(tunnel) = tunnel {
        hang(host, tunnel, Seat::Ingress, Program::Cilium(Duty::FromOverlay));
        hang(host, tunnel, Seat::Egress, Program::Named("cil_to_overlay".to_owned()));
    }
    let bpf = Arc::make_mut(&mut host.machine.bpf);
    bpf.links.retain(|link| link.kind != "cgroup");
    host.machine.take_away(SOCKETS);
    if options.replaces_proxy() {
        hold_sockets(host);
    }
}

/// Notes the programs that turn connections at the sockets.
pub(crate) fn hold_sockets(host: &mut Host<'_>) {
    host.machine.write(&format!("{SOCKETS}/cil_sock4_connect"), b"");
    for name in ["cil_sock4_connect", "cil_sock4_sendmsg", "cil_sock4_recvmsg", "cil_sock4_getpeername"] {
        note(host, name, "cgroup_sock_addr", "cgroup", "/run/cilium/cgroupv2", name.trim_start_matches("cil_sock4_"));
    }
}

/// Hangs one program, and notes it where the kernel keeps such things.
pub(super) fn hang(host: &mut Host<'_>, link: &str, seat: Seat, program: Program) {
    let name = program.name().to_owned();
    let space = host.space();
    if host.net.hang(space, link, seat, program) {
        let way = if seat == Seat::Egress { "egress" } else { "ingress" };
        if seat == Seat::Xdp {
            let number = note(host, &name, "xdp", "xdp", link, "");
            host.net.number_early(space, link, number);
        } else {
            note(host, &name, "sched_cls", "tcx", link, way);
        }
        host.machine.write(&pins::at_device(link, &name), b"");
    }
}

/// Notes a program and where it hangs, if it is not known; gives its number.
fn note(host: &mut Host<'_>, name: &str, program: &str, kind: &str, place: &str, way: &str) -> u32 {
    let bpf = Arc::make_mut(&mut host.machine.bpf);
    if let Some(known) = bpf.links.iter().find(|link| link.place == place && link.way == way && link.kind == kind) {
        return known.program;
    }
    let next = |highest: Option<u32>| highest.unwrap_or(100) + 1;
    let id = next(bpf.programs.iter().map(|program| program.id).max());
    bpf.programs.push(Loaded { id, kind: program.to_owned(), name: name.to_owned() });
    let link = next(bpf.links.iter().map(|link| link.id).max());
    bpf.links.push(Link { id: link, program: id, kind: kind.to_owned(), place: place.to_owned(), way: way.to_owned() });
    id
}

/// Forgets the programs of links that are no more.
pub(super) fn sweep(host: &mut Host<'_>) {
    let space = host.net.space(host.space());
    let gone = |link: &Link| link.kind == "tcx" && space.named(&link.place).is_none();
    if host.machine.bpf.links.iter().any(gone) {
        let bpf = Arc::make_mut(&mut host.machine.bpf);
        bpf.links.retain(|link| !gone(link));
        let kept: Vec<u32> = bpf.links.iter().map(|link| link.program).collect();
        bpf.programs.retain(|program| kept.contains(&program.id) || !program.name.starts_with("cil_"));
    }
}
