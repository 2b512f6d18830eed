//! What the agent pins into the kernel's file system and keeps in its folder: names alone, for they are what one looks at.

use super::super::host::Host;
use std::net::Ipv4Addr;

/// Where maps are pinned.
const MAPS: &str = "/sys/fs/bpf/tc/globals";
/// Where the links of programs are pinned.
const LINKS: &str = "/sys/fs/bpf/cilium";
/// The folder of what runs.
const RUN: &str = "/var/run/cilium";
/// Where the agent keeps what it must know after its next start.
const STATE: &str = "/var/run/cilium/state";

/// The maps of every agent.
const OF_ALL: [&str; 25] = [
    "auth_map",
    "call_policy",
    "calls_overlay_2",
    "ct4_global",
    "ct_any4_global",
    "egresscall_policy",
    "events",
    "ipcache_v2",
    "ipv4_frag_datagrams",
    "l2_responder_v4",
    "lb4_affinity",
    "lb4_backends_v3",
    "lb4_reverse_nat",
    "lb4_reverse_sk",
    "lb4_services_v2",
    "lb_affinity_match",
    "lxc",
    "metrics",
    "node_map_v2",
    "policystats",
    "ratelimit",
    "ratelimit_metrics",
    "runtime_config",
    "signals",
    "skip_lb4",
];

/// What else lies in its folder while it runs.
const FILES: [&str; 14] = [
    "deleteQueue/lockfile",
    "health.sock",
    "monitor1_2.sock",
    "shell.sock",
    "state/bpf_alignchecker.o",
    "state/bpf_overlay.o",
    "state/globals/node_config.h",
    "state/health-endpoint.pid",
    "state/local_allocator_state.json",
    "state/netdev_config.h",
    "state/nodes.json",
    "state/templates/5e8f0c2f6d1b7a9340c1d2e3f4a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7/bpf_host.o",
    "state/templates/5e8f0c2f6d1b7a9340c1d2e3f4a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7/bpf_lxc.o",
    "state/templates/5e8f0c2f6d1b7a9340c1d2e3f4a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7/ep_config.h",
];

/// The number of the endpoint with an address: the same for the same one.
pub(crate) fn number(address: Ipv4Addr) -> u32 {
    1 + address.to_string().bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 4000)
}

/// Where the link of a program at a device is pinned; a dot may not be in such a name.
pub(super) fn at_device(device: &str, program: &str) -> String {
    format!("{LINKS}/devices/{}/links/{program}", device.replace('.', "-"))
}

/// The device, as it is written there, and the program whose link is pinned at a path.
pub(crate) fn pinned(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix(LINKS)?.strip_prefix("/devices/")?.split_once("/links/")
}

/// What an agent has there when it has started.
pub(super) fn of_agent(host: &mut Host<'_>, router: Ipv4Addr) {
    for name in OF_ALL {
        host.machine.write(&format!("{MAPS}/cilium_{name}"), b"");
    }
    for name in FILES {
        host.machine.write(&format!("{RUN}/{name}"), b"");
    }
    // What plugins left word of while nobody was there is done now.
    let queue = format!("{RUN}/deleteQueue");
    for name in host.machine.names_in(&queue).iter().filter(|name| name.ends_with(".delete")) {
        host.machine.take_away(&format!("{queue}/{name}"));
    }
    // What an agent before it was told is kept beside.
    for (kind, end) in [("agent-runtime-config", "json"), ("viper-agent-config", "yaml")] {
        let (now, before) = (format!("{STATE}/{kind}.{end}"), format!("{STATE}/{kind}-1.{end}"));
        if host.machine.has(&now) {
            host.machine.put_elsewhere(&now, &before);
        }
        host.machine.write(&now, b"");
    }
    for folder in ["envoy/sockets", "netns", "cgroupv2"] {
        host.machine.put_folder(&format!("{RUN}/{folder}"), 0o755);
    }
    let own = number(router);
    for name in [format!("calls_hostns_{own:05}"), format!("policy_v2_{own:05}")] {
        host.machine.write(&format!("{MAPS}/cilium_{name}"), b"");
    }
    write_down(host, own);
}

/// The calls of the programs at a device.
pub(super) fn calls_of(host: &mut Host<'_>, device: &str) {
    let Some(index) = host.net.space(host.space()).named(device).map(|link| link.index) else { return };
    host.machine.write(&format!("{MAPS}/cilium_calls_netdev_{index:05}"), b"");
}

/// An endpoint comes.
pub(super) fn come(host: &mut Host<'_>, address: Ipv4Addr) {
    let own = number(address);
    for path in of_endpoint(own) {
        host.machine.write(&path, b"");
    }
    write_down(host, own);
}

/// An endpoint goes.
pub(super) fn go(host: &mut Host<'_>, address: Ipv4Addr) {
    let own = number(address);
    for path in of_endpoint(own) {
        host.machine.take_away(&path);
    }
    host.machine.take_away(&format!("{LINKS}/endpoints/{own}"));
    host.machine.take_away(&format!("{STATE}/{own}"));
}

fn of_endpoint(own: u32) -> [String; 3] {
    [
        format!("{LINKS}/endpoints/{own}/links/cil_from_container"),
        format!("{MAPS}/cilium_calls_{own:05}"),
        format!("{MAPS}/cilium_policy_v2_{own:05}"),
    ]
}

fn write_down(host: &mut Host<'_>, own: u32) {
    for name in ["ep_config.h", "ep_config.json", "template.txt"] {
        host.machine.write(&format!("{STATE}/{own}/{name}"), b"");
    }
}

/// Takes all maps away.
pub(super) fn forget(host: &mut Host<'_>) {
    for name in host.machine.names_in(MAPS).iter().filter(|name| name.starts_with("cilium_")) {
        host.machine.take_away(&format!("{MAPS}/{name}"));
    }
}
