//! The agent on one machine: what it makes when it starts, what it keeps in order, and what it leaves when it ends.

use super::super::host::Host;
use super::options::Options;
use super::{chains, conf, links, maps, pins, programs, speed};
use crate::net::maps::Endpoint;
use crate::net::{Duty, Prefix, Program, Seat};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// Where the plugin finds the agent.
pub(crate) const SOCKET: &str = "/var/run/cilium/cilium.sock";
/// Where the agent writes down what it must know after its next start. The plugin's part of it is read from here too.
const STATE: &str = "/var/run/cilium/state/agent-runtime-config.json";

/// The option of an agent whose programs cannot be compiled: it runs, and makes no endpoints.
pub(crate) const NOT_COMPILED: &str = "not-compiled";

/// An agent that runs, as it would tell of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agent {
    /// The machine's own address.
    pub(crate) node: String,
    /// Its ranges for pods, as its CiliumNode names them.
    pub(crate) ranges: Vec<String>,
    /// The address of `cilium_host`.
    pub(crate) router: String,
    /// The address of its health endpoint.
    pub(crate) health: String,
    /// What fits into a packet to a pod elsewhere.
    pub(crate) mtu: u32,
    /// What fits into a packet on the links of pods.
    pub(crate) device_mtu: u32,
    /// The links it took for its own.
    pub(crate) devices: Vec<String>,
    /// Why there is no tunnel, though there should be one.
    pub(crate) tunnel_trouble: Option<String>,
    /// Its options.
    pub(crate) options: std::collections::BTreeMap<String, String>,
}

/// Another machine, as its CiliumNode tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Its name.
    pub(crate) name: String,
    /// Its address.
    pub(crate) node: Ipv4Addr,
    /// Its ranges for pods.
    pub(crate) ranges: Vec<Prefix>,
    /// The address of its health endpoint.
    pub(crate) health: Option<Ipv4Addr>,
}

impl Agent {
    /// The agent that runs on a machine, if one does.
    pub(crate) fn of(host: &Host<'_>) -> Option<Agent> {
        if !host.machine.has(SOCKET) {
            return None;
        }
        crate::json::from_str(&host.machine.text(STATE)).ok()
    }

    /// Its options.
    pub(crate) fn options(&self) -> Options {
        Options(self.options.clone())
    }

    /// Its ranges.
    pub(crate) fn pools(&self) -> Vec<Prefix> {
        self.ranges.iter().filter_map(|range| Prefix::read(range)).collect()
    }

    fn keep(&self, host: &mut Host<'_>) {
        let text = crate::json::to_string(self).unwrap_or_default();
        host.machine.write(STATE, text.as_bytes());
    }
}

/// The agent starts, with the options of this moment and the ranges of its CiliumNode.
///
/// # Errors
/// What it ends with, as its log says it.
pub(crate) fn start(
    host: &mut Host<'_>,
    options: &Options,
    node: Ipv4Addr,
    ranges: &[Prefix],
) -> Result<Agent, String> {
    if let Some(fault) = options.fault() {
        return Err(fault);
    }
    let Some(range) = ranges.first() else { return Err("required IPv4 PodCIDR not available".to_owned()) };
    let devices = links::devices(host, options);
    if devices.is_empty() && options.replaces_proxy() {
        return Err("unable to determine direct routing device. Use --direct-routing-device to specify it".to_owned());
    }
    speed::attach(host, options, &devices)?;
    let base = links::base_mtu(host, options);
    let within = |addr: &Ipv4Addr| ranges.iter().any(|range| range.holds(*addr));
    let router = host.address_of("cilium_host").filter(within).unwrap_or_else(|| pick(host, *range, "router"));
    links::pair(host, router, base);
    let made = links::tunnel(host, options, base);
    let (tunnel, tunnel_trouble) = match made {
        Ok(tunnel) => (tunnel, None),
        Err(said) => (options.tunnel().map(|protocol| format!("cilium_{protocol}")), Some(said)),
    };
    pins::of_agent(host, router);
    maps::open(host, router, tunnel.clone(), options.replaces_proxy());
    programs::attach(host, options, &devices, tunnel.as_deref());
    chains::ensure(host, options, ranges, router);
    let everywhere = "net.ipv4.conf.all.rp_filter = 0";
    let file = format!(
        "# Disable rp_filter on Cilium interfaces since it may cause mangled packets to be dropped\n-net.ipv4.conf.lxc*.rp_filter = 0\n-net.ipv4.conf.cilium_*.rp_filter = 0\n# The kernel uses max(conf.all, conf.{{dev}}) as its value, so we need to set .all. to 0 as well.\n{everywhere}\n"
    );
    host.machine.write("/etc/sysctl.d/99-zzz-override_cilium.conf", file.as_bytes());
    host.try_all(
        "",
        &["sysctl -w net.ipv4.conf.all.rp_filter=0".to_owned(), "sysctl -w net.ipv4.ip_forward=1".to_owned()],
    );
    host.machine.write(SOCKET, b"");
    host.machine.write("/var/run/cilium/cilium.pid", b"1");
    let had = maps::of(host).and_then(|maps| {
        let own = maps.endpoints.iter().find(|(address, it)| it.link == "lxc_health" && within(address));
        own.map(|(address, _)| *address)
    });
    let health = had.unwrap_or_else(|| pick(host, *range, "health"));
    let agent = Agent {
        node: node.to_string(),
        ranges: ranges.iter().map(Prefix::to_string).collect(),
        router: router.to_string(),
        health: health.to_string(),
        mtu: links::route_mtu(host, options),
        device_mtu: base,
        devices,
        tunnel_trouble,
        options: options.0.clone(),
    };
    agent.keep(host);
    health_endpoint(host, &agent);
    keep_conf(host);
    Ok(agent)
}

/// The endpoint by which agents see whether they reach each other.
fn health_endpoint(host: &mut Host<'_>, agent: &Agent) {
    const NETNS: &str = "cilium-health";
    let Ok(address) = agent.health.parse::<Ipv4Addr>() else { return };
    let (machine, router) = (host.name().to_owned(), &agent.router);
    if host.net.add_namespace(&machine, NETNS) {
        let mtu = agent.device_mtu;
        let made = [
            format!("ip link add lxc_health mtu {mtu} type veth peer name cilium mtu {mtu} netns cilium-health"),
            "sysctl -w net.ipv4.conf.lxc_health.rp_filter=0".to_owned(),
            "ip link set lxc_health up".to_owned(),
        ];
        host.try_all("", &made);
        host.try_all(
            NETNS,
            &[
                "ip link set lo up".to_owned(),
                "ip link set cilium up".to_owned(),
                format!("ip addr add {address}/32 dev cilium"),
                format!("ip route add {router} dev cilium scope link"),
                format!("ip route add default via {router} dev cilium mtu {}", agent.mtu),
            ],
        );
    }
    let space = host.space();
    host.net.hang(space, "lxc_health", Seat::Ingress, Program::Cilium(Duty::FromContainer));
    let mac = host.mac_within(NETNS, "cilium");
    maps::join(host, address, Endpoint { link: "lxc_health".to_owned(), mac, ingress: None, egress: None });
}

/// An address of a range that is not the first, the last, or one that a pod has; the same one every time.
fn pick(host: &Host<'_>, range: Prefix, what: &str) -> Ipv4Addr {
    let count = u32::from(range.last()).saturating_sub(u32::from(range.network().addr)).saturating_sub(1).max(1);
    let start = crate::cni::plugins::number(&[host.name(), what]);
    let first = u32::from(range.network().addr);
    let free =
        |addr: &Ipv4Addr| maps::of(host).is_none_or(|maps| !maps.endpoints.contains_key(addr) && maps.router != *addr);
    let mut all = (0..count).map(|step| Ipv4Addr::from(first + 1 + start.wrapping_add(step) % count));
    all.find(free).unwrap_or(Ipv4Addr::from(first + 1))
}

/// Keeps the configuration for pods as the options say: written, and alone where it is to be.
pub(crate) fn keep_conf(host: &mut Host<'_>) {
    let Some(agent) = Agent::of(host) else { return };
    let options = agent.options();
    if let Some(file) = options.writes_conf() {
        conf::write(host, &file);
        if options.is_exclusive() {
            conf::put_others_away(host, &file);
        }
    }
}

/// Makes the ways to the other machines as they are to be; gives those that cannot be made so, as the log says it.
pub(crate) fn sync(host: &mut Host<'_>, peers: &[Peer]) -> Vec<String> {
    let mut far = Vec::new();
    let Some(mut agent) = Agent::of(host) else { return far };
    let options = agent.options();
    if agent.tunnel_trouble.is_some()
        && let Ok(tunnel) = links::tunnel(host, &options, links::base_mtu(host, &options))
    {
        programs::attach(host, &options, &agent.devices, tunnel.as_deref());
        agent.tunnel_trouble = None;
    }
    let own = agent.pools();
    let Ok(router) = agent.router.parse::<Ipv4Addr>() else { return far };
    let mtu = links::route_mtu(host, &options);
    let others: Vec<Prefix> = peers.iter().flat_map(|peer| peer.ranges.iter().copied()).collect();
    if options.tunnel().is_some() {
        links::routes(host, router, &own, &others, agent.mtu);
        let all = peers.iter().flat_map(|peer| peer.ranges.iter().map(|range| (*range, peer.node))).collect();
        maps::elsewhere(host, all);
    } else {
        links::routes(host, router, &own, &[], mtu);
        if options.is("auto-direct-node-routes") {
            let (near, others) = links::neighbours(host, peers);
            far = others;
            let of = |peer: &&Peer| {
                let way = |range: &Prefix| format!("ip route replace {range} via {} proto kernel", peer.node);
                peer.ranges.iter().map(way).collect::<Vec<_>>()
            };
            let lines: Vec<String> = near.iter().flat_map(of).collect();
            host.try_all("", &lines);
        }
        maps::elsewhere(host, Vec::new());
    }
    // The links follow the machine's ways out by themselves, and so does what pods are told; what the machine's routes
    // say waits for the next start.
    let base = links::base_mtu(host, &options);
    if base != agent.device_mtu {
        links::resize(host, base);
        agent.device_mtu = base;
    }
    if mtu != agent.mtu {
        let pods: Vec<String> = host
            .net
            .named(host.name())
            .filter(|name| host.net.find(host.name(), name).is_some_and(|space| is_own(host, space)))
            .map(str::to_owned)
            .collect();
        for pod in pods {
            drop(host.run_in(&pod, &format!("ip link set eth0 mtu {base}"), ""));
            drop(host.run_in(&pod, &format!("ip route replace default via {router} dev eth0 mtu {mtu}"), ""));
        }
    }
    programs::sweep(host);
    agent.keep(host);
    far
}

fn is_own(host: &Host<'_>, space: crate::net::SpaceId) -> bool {
    let addresses = host.net.space(space).named("eth0").map(|link| link.addresses.clone()).unwrap_or_default();
    addresses.iter().any(|address| maps::of(host).is_some_and(|maps| maps.endpoints.contains_key(&address.local.addr)))
}

/// The agent ends. Everything stays but itself: its programs go on by their maps, the links and chains stay, and so does
/// the configuration, unless its values say that it takes that along.
pub(crate) fn stop(host: &mut Host<'_>, takes_conf: bool) {
    let agent = Agent::of(host);
    host.machine.take_away(SOCKET);
    host.machine.take_away("/var/run/cilium/cilium.pid");
    if takes_conf && let Some(file) = agent.and_then(|agent| agent.options().writes_conf()) {
        let folder = crate::cni::conf::Folders::of(host.machine).conf;
        host.machine.take_away(&format!("{folder}/{file}"));
    }
}
