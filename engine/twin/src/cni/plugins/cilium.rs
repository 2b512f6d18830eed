//! The plugin `cilium-cni`: asks the agent for all it needs, and can do nothing without it.

use super::super::chain::{Failed, Task};
use super::super::cilium::{Agent, NOT_COMPILED, join, leave, maps_of};
use super::super::host::Host;
use super::digits;
use crate::net::maps::Endpoint;
use crate::net::{Duty, Program, Seat};
use std::net::Ipv4Addr;

/// How long it looks for the agent.
const PATIENCE: i64 = 30;

const NO_PROGRAM: &str = "unable to create endpoint: [PUT /endpoint/{id}][500] putEndpointIdFailed \"failed to compile \
     bpf_lxc.o: exit status 1\"";

const NO_AGENT: &str = "unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds \
     timeout: Get \"http://localhost/v1/config\": dial unix /var/run/cilium/cilium.sock: connect: no such file or \
     directory\nIs the agent running?";

/// Gives a pod its cable, its address and its place in the maps.
///
/// # Errors
/// In the plugin's words, 30 seconds later where there is no agent.
pub(super) fn add(host: &mut Host<'_>, task: &Task<'_>) -> Result<Ipv4Addr, Failed> {
    let Some(agent) = Agent::of(host) else { return Err((NO_AGENT.to_owned(), PATIENCE)) };
    if agent.options().is(NOT_COMPILED) {
        return Err((NO_PROGRAM.to_owned(), 5));
    }
    let Some(address) = free(host, &agent, task) else {
        let said =
            "unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure \"no more IPs available\"";
        return Err((said.to_owned(), 0));
    };
    let (link, netns) = (link_of(task), task.netns);
    let (router, mtu) = (&agent.router, agent.device_mtu);
    host.run(&format!("ip link add {link} mtu {mtu} type veth peer name eth0 mtu {mtu} netns {netns}"))
        .map_err(|said| (format!("unable to set up link on host side: {said}"), 0))?;
    host.try_all("", &[format!("sysctl -w net.ipv4.conf.{link}.rp_filter=0"), format!("ip link set {link} up")]);
    host.try_all(
        netns,
        &[
            "ip link set eth0 up".to_owned(),
            format!("ip addr add {address}/32 dev eth0"),
            format!("ip route add {router} dev eth0 scope link"),
            format!("ip route add default via {router} dev eth0 mtu {}", agent.mtu),
        ],
    );
    let space = host.space();
    host.net.hang(space, &link, Seat::Ingress, Program::Cilium(Duty::FromContainer));
    let mac = host.mac_within(netns, "eth0");
    host.machine.write("/var/run/cilium/cilium-cni.log", b"");
    join(host, address, Endpoint { link, mac, ingress: None, egress: None });
    Ok(address)
}

fn link_of(task: &Task<'_>) -> String {
    format!("lxc{}", digits(&[&task.pod.sandbox, "eth0"], 12))
}

/// The next free address of the agent's ranges: it gives them at random, here by the sandbox.
fn free(host: &Host<'_>, agent: &Agent, task: &Task<'_>) -> Option<Ipv4Addr> {
    let taken = |addr: &Ipv4Addr| {
        let text = addr.to_string();
        text == agent.router
            || text == agent.health
            || maps_of(host).is_some_and(|maps| maps.endpoints.contains_key(addr))
    };
    agent.pools().into_iter().find_map(|range| {
        let first = u32::from(range.network().addr);
        let count = u32::from(range.last()).saturating_sub(first).saturating_sub(1);
        let start = super::number(&[&task.pod.sandbox]);
        (0..count).map(|step| Ipv4Addr::from(first + 1 + start.wrapping_add(step) % count)).find(|addr| !taken(addr))
    })
}

/// Takes a pod out of the maps. Without an agent it waits in vain, and leaves word for the next one.
///
/// # Errors
/// Never: what it cannot do now it leaves for later.
pub(super) fn delete(host: &mut Host<'_>, task: &Task<'_>) -> Result<(), Failed> {
    let link = link_of(task);
    if Agent::of(host).is_some() {
        leave(host, &link);
    } else {
        let word = format!("/var/run/cilium/deleteQueue/{}.delete", digits(&[&task.pod.sandbox], 16));
        host.machine.write(&word, task.pod.sandbox.as_bytes());
    }
    host.try_all("", &[format!("ip link del {link}")]);
    Ok(())
}
