//! `cilium-health status`: which machines and which of their health endpoints this one reaches.

use super::super::host::Host;
use super::agent::{Agent, Peer};
use super::command::Said;
use crate::net::{Outcome, Probe};
use std::net::Ipv4Addr;

/// What it says; it ends well whatever it has found.
pub(super) fn status(host: &mut Host<'_>, peers: &[Peer]) -> Said {
    let Some(agent) = Agent::of(host) else {
        let said = "Error: Cannot get status: Get \"http://localhost/v1beta/status\": dial unix /var/run/cilium/health.sock: connect: no such file or directory\n";
        return (String::new(), said.to_owned(), 1);
    };
    let at = crate::world::Moment::seconds(host.now / 1000).text();
    let mut text = format!("Probe time:   {at}\nNodes:\n");
    let own = agent.node.parse().ok();
    let here = told(host, "Host", own) + &told(host, "Endpoint", agent.health.parse().ok());
    text.push_str(&format!("  {} (localhost):\n{here}", host.machine.name));
    for peer in peers {
        text.push_str(&format!("  {}:\n{}", peer.name, told(host, "Host", Some(peer.node))));
        text.push_str(&told(host, "Endpoint", peer.health));
    }
    (text, String::new(), 0)
}

fn told(host: &mut Host<'_>, what: &str, to: Option<Ipv4Addr>) -> String {
    let Some(to) = to else { return String::new() };
    let space = host.space();
    let reached = host.net.probe(&Probe::ping(space, to), host.now).outcome == Outcome::Reached;
    let (stack, agent) = if reached {
        ("OK, RTT=185.2µs", "OK, RTT=241.7µs")
    } else {
        ("Connection timed out", "Get \"http://%:4240/hello\": context deadline exceeded")
    };
    let agent = agent.replace('%', &to.to_string());
    format!("    {what} connectivity to {to}:\n      ICMP to stack:   {stack}\n      HTTP to agent:   {agent}\n")
}
