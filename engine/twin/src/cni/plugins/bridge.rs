//! The plugin `bridge`: a cable from a bridge of the machine into the pod.

use super::super::chain::{Failed, Task};
use super::super::host::Host;
use super::{digits, host_local};
use crate::json::Value;
use std::net::Ipv4Addr;

/// Gives a pod a cable to the bridge, an address and its routes.
///
/// # Errors
/// In the words of this plugin or of its IPAM.
pub(super) fn add(host: &mut Host<'_>, task: &Task<'_>) -> Result<Ipv4Addr, Failed> {
    wire(host, task, task.conf, task.network)
}

/// The same for a plugin that delegates to this one.
pub(super) fn wire(host: &mut Host<'_>, task: &Task<'_>, conf: &Value, network: &str) -> Result<Ipv4Addr, Failed> {
    let given = host_local::give(host, task, &conf["ipam"], network)?;
    let bridge = conf["bridge"].as_str().unwrap_or("cni0");
    let mtu = conf["mtu"].as_u64().filter(|mtu| *mtu > 0);
    let with_mtu = mtu.map(|mtu| format!(" mtu {mtu}")).unwrap_or_default();
    if !host.has_link(bridge) {
        host.run(&format!("ip link add {bridge}{with_mtu} type bridge")).map_err(failed)?;
    }
    host.run(&format!("ip link set {bridge} up")).map_err(failed)?;
    let end = format!("veth{}", digits(&[host.name(), &task.pod.sandbox], 8));
    let netns = task.netns;
    let made = format!("ip link add {end}{with_mtu} type veth peer name eth0 netns {netns}");
    host.run(&made).map_err(failed)?;
    if let Some(mtu) = mtu {
        host.run_in(netns, &format!("ip link set eth0 mtu {mtu}"), "").map_err(failed)?;
    }
    host.run(&format!("ip link set {end} master {bridge}")).map_err(failed)?;
    host.run(&format!("ip link set {end} up")).map_err(failed)?;
    if conf["hairpinMode"] == true {
        host.run(&format!("ip link set {end} type bridge_slave hairpin on")).map_err(failed)?;
    }
    let (address, len, gateway) = (given.address, given.range.len, given.gateway);
    let mut inside = vec![
        "ip link set eth0 up".to_owned(),
        format!("ip addr add {address}/{len} brd {} dev eth0", given.range.last()),
    ];
    for route in conf["ipam"]["routes"].as_array().into_iter().flatten().filter_map(|route| route["dst"].as_str()) {
        inside.push(format!("ip route add {route} via {gateway} dev eth0"));
    }
    if conf["isDefaultGateway"] == true {
        inside.push(format!("ip route add default via {gateway} dev eth0"));
    }
    host.try_all(netns, &inside);
    if conf["isGateway"] == true || conf["isDefaultGateway"] == true {
        host.try_all("", &[format!("ip addr add {gateway}/{len} brd {} dev {bridge}", given.range.last())]);
        host.try_all("", &["sysctl -w net.ipv4.ip_forward=1".to_owned()]);
    }
    Ok(address)
}

/// Takes the address back; the cable goes with the namespace.
pub(super) fn delete(host: &mut Host<'_>, task: &Task<'_>) {
    unwire(host, task, task.conf, task.network);
}

/// The same for a plugin that delegates to this one.
pub(super) fn unwire(host: &mut Host<'_>, task: &Task<'_>, conf: &Value, network: &str) {
    host_local::take(host, task, &conf["ipam"], network);
    let end = format!("veth{}", digits(&[host.name(), &task.pod.sandbox], 8));
    host.try_all("", &[format!("ip link del {end}")]);
}

fn failed(said: String) -> Failed {
    (format!("failed to create bridge: {said}"), 0)
}
