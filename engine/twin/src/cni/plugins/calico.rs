//! The plugin `calico` with its IPAM: a cable whose other end answers for everything, and a route to the pod.

use super::super::calico::State;
use super::super::calico::state::NODENAME;
use super::super::chain::{Failed, Task};
use super::super::host::Host;
use super::{digits, host_local};
use crate::json::json;
use crate::net::Prefix;
use std::net::Ipv4Addr;

/// Gives a pod its cable and its address.
///
/// # Errors
/// In the plugin's words.
pub(super) fn add(host: &mut Host<'_>, task: &Task<'_>) -> Result<Ipv4Addr, Failed> {
    if !host.machine.has(NODENAME) {
        let said = format!(
            "stat {NODENAME}: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/"
        );
        return Err((said, 0));
    }
    let kubeconfig = format!("{}/calico-kubeconfig", task.folders.conf);
    if !host.machine.has(&kubeconfig) {
        return Err((
            format!("error loading config file \"{kubeconfig}\": open {kubeconfig}: no such file or directory"),
            0,
        ));
    }
    let Some(state) = State::of(host) else {
        return Err(("error getting ClusterInformation: connection is unauthorized: Unauthorized".to_owned(), 0));
    };
    let by_host = task.conf["ipam"]["type"] == "host-local";
    let found = if by_host {
        Some(host_local::give(host, task, &json!({"subnet": state.block}), task.network)?.address)
    } else {
        free(host, &state)
    };
    let Some(address) = found else {
        let said = "failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled";
        return Err((said.to_owned(), 0));
    };
    let (link, netns) = (link_of(task), task.netns);
    host.run(&format!("ip link add {link} mtu {0} type veth peer name eth0 netns {netns}", state.mtu))
        .map_err(|said| (format!("error adding host side veth: {said}"), 0))?;
    host.try_all(
        "",
        &[
            format!("ip link set {link} address ee:ee:ee:ee:ee:ee"),
            format!("sysctl -w net.ipv4.conf.{link}.proxy_arp=1"),
            format!("sysctl -w net.ipv4.conf.{link}.forwarding=1"),
            format!("ip link set {link} up"),
            format!("ip route replace {address} dev {link} scope link"),
        ],
    );
    host.try_all(
        netns,
        &[
            format!("ip link set eth0 mtu {} up", state.mtu),
            format!("ip addr add {address}/32 dev eth0"),
            "ip route add 169.254.1.1 dev eth0 scope link".to_owned(),
            "ip route add default via 169.254.1.1 dev eth0".to_owned(),
        ],
    );
    Ok(address)
}

/// The machine's end of the cable of a pod.
pub(crate) fn cable(namespace: &str, name: &str) -> String {
    format!("cali{}", digits(&[namespace, name], 11))
}

fn link_of(task: &Task<'_>) -> String {
    cable(&task.pod.namespace, &task.pod.name)
}

/// The next address of the machine's block: those that a route of a pod's leads to are taken.
fn free(host: &mut Host<'_>, state: &State) -> Option<Ipv4Addr> {
    let block = Prefix::read(&state.block)?.network();
    let shown = host.run("ip route show scope link").unwrap_or_default();
    let taken: Vec<Ipv4Addr> = shown.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
    let first = u32::from(block.addr);
    let count = u32::from(block.last()) - first + 1;
    let tunnel = state.tunnel.as_ref().and_then(|text| text.parse().ok());
    (0..count).map(|step| Ipv4Addr::from(first + step)).find(|it| Some(*it) != tunnel && !taken.contains(it))
}

/// Takes a pod's cable and route away.
pub(super) fn delete(host: &mut Host<'_>, task: &Task<'_>) {
    host.try_all("", &[format!("ip link del {}", link_of(task))]);
    if task.conf["ipam"]["type"] == "host-local" {
        host_local::take(host, task, &task.conf["ipam"], task.network);
    }
}
