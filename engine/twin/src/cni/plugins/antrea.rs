//! The plugin `antrea`: asks the agent for all it needs, and can do nothing without it.

use super::super::antrea::{self, SOCKET};
use super::super::chain::{Failed, Task};
use super::super::host::Host;
use super::{digits, host_local};
use crate::json::{Value, json};
use std::net::Ipv4Addr;

/// Where the agent's own folder of given addresses is on the machine.
const LEASES: &str = "/var/run/antrea/cni/networks";

fn nobody() -> Failed {
    let said = format!(
        "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix {SOCKET}: connect: no such file or directory\""
    );
    (said, 0)
}

/// Gives a pod its cable to the bridge, its address and its gateway.
///
/// # Errors
/// In the plugin's words.
pub(super) fn add(host: &mut Host<'_>, task: &Task<'_>) -> Result<Ipv4Addr, Failed> {
    if !host.machine.has(SOCKET) {
        return Err(nobody());
    }
    let Some(switch) = host.net.space(host.space()).switch.clone() else {
        return Err(("failed to configure interface: failed to add OVS port: br-int: no such bridge".to_owned(), 0));
    };
    let mtu = host.mtu_of(&switch.gateway).unwrap_or(1450);
    let given = host_local::give(host, task, &ipam(task, &switch.range.to_string()), task.network)?;
    let (link, netns) = (link_of(task), task.netns);
    host.run(&format!("ip link add {link} mtu {mtu} type veth peer name eth0 netns {netns}"))
        .map_err(|said| (format!("failed to create veth devices: {said}"), 0))?;
    host.try_all("", &[format!("ip link set {link} up")]);
    host.try_all(
        netns,
        &[
            format!("ip link set eth0 mtu {mtu} up"),
            format!("ip addr add {}/{} brd {} dev eth0", given.address, given.range.len, given.range.last()),
            format!("ip route add default via {} dev eth0", given.gateway),
        ],
    );
    let mac = host.mac_within(netns, "eth0");
    antrea::join(host, given.address, &link, mac);
    Ok(given.address)
}

fn ipam(task: &Task<'_>, range: &str) -> Value {
    let kind = task.conf["ipam"]["type"].as_str().unwrap_or("host-local");
    json!({"type": kind, "ranges": [[{"subnet": range}]], "dataDir": LEASES})
}

/// The machine's end of the cable: as much of the pod's name as fits, and digits of it.
fn link_of(task: &Task<'_>) -> String {
    let start: String = task.pod.name.chars().take(8).collect();
    format!("{start}-{}", digits(&[&task.pod.namespace, &task.pod.name, &task.pod.sandbox], 6))
}

/// Takes a pod from the bridge.
///
/// # Errors
/// Without an agent, in the plugin's words: then its port and its address stay given.
pub(super) fn delete(host: &mut Host<'_>, task: &Task<'_>) -> Result<(), Failed> {
    if !host.machine.has(SOCKET) {
        return Err(nobody());
    }
    let link = link_of(task);
    host_local::take(host, task, &ipam(task, ""), task.network);
    antrea::leave(host, &link);
    host.try_all("", &[format!("ip link del {link}")]);
    Ok(())
}
