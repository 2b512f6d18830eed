//! The ends of a world's connections: pods, nodes, services, the cluster's DNS, and what is outside.

use crate::net::{Network, SpaceId, Transport};
use crate::world::{Object, World};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// What an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A pod, or several that nothing tells apart.
    Pod,
    /// A node.
    Node,
    /// A service.
    Service,
    /// The cluster's DNS.
    Dns,
    /// A machine that is no node.
    Outside,
}

/// One end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Its name: `pod n1/default/web`, `node n1`, `service default/web:80`.
    pub id: String,
    /// What it is.
    pub sort: Sort,
    /// Its address.
    pub address: Ipv4Addr,
    /// The port that is asked for; none for an echo.
    pub port: Option<(Transport, u16)>,
    /// How many it stands for.
    pub count: usize,
    pub(super) space: SpaceId,
}

pub(super) struct Ends {
    pub(super) from: Vec<End>,
    pub(super) to: Vec<End>,
}

/// What is asked of an end.
pub(super) struct Targets;

type Target = (Ipv4Addr, Option<(Transport, u16)>);

impl Targets {
    pub(super) fn of(end: &End) -> Vec<Target> {
        match end.sort {
            Sort::Node | Sort::Outside => vec![(end.address, None)],
            Sort::Pod => vec![(end.address, end.port)],
            Sort::Service | Sort::Dns => vec![(end.address, end.port)],
        }
    }
}

/// The ends of a world, each list by name.
pub(super) fn of(world: &World) -> Ends {
    let network = world.network();
    let mut from = pods(world, network);
    let mut nodes = Vec::new();
    for node in world.list("nodes", "") {
        let Some(space) = network.find(node.name(), "") else { continue };
        let addresses = node["status"]["addresses"].as_array().into_iter().flatten();
        let own = addresses.filter(|it| it["type"] == "InternalIP").find_map(|it| it["address"].as_str()?.parse().ok());
        let Some(address) = own else { continue };
        nodes.push(End { id: format!("node {}", node.name()), sort: Sort::Node, address, port: None, count: 1, space });
    }
    from.extend(nodes);
    let mut to = from.clone();
    for service in crate::cni::law::services(world).into_iter().filter(|it| !it.backends.is_empty()) {
        let port = Some((service.transport, service.port));
        let dns = service.name.starts_with("kube-system/kube-dns:dns") && service.transport == Transport::Udp;
        let (sort, word) = if dns { (Sort::Dns, "dns") } else { (Sort::Service, "service") };
        let kind = if service.transport == Transport::Udp { "/udp" } else { "" };
        let id = format!("{word} {}{kind}", service.name);
        to.push(End { id, sort, address: service.front, port, count: 1, space: SpaceId(0) });
    }
    let outside = |name: &&str| *name != crate::world::OPERATOR && world.get("nodes", "", name).is_none();
    for name in network.machines().filter(outside) {
        let Some(space) = network.find(name, "") else { continue };
        let Some(address) = network.first_address(space) else { continue };
        to.push(End { id: format!("outside {name}"), sort: Sort::Outside, address, port: None, count: 1, space });
    }
    from.sort_by(|one, other| one.id.cmp(&other.id));
    to.sort_by(|one, other| one.id.cmp(&other.id));
    Ends { from, to }
}

/// One pod for all those of a node that nothing tells apart: the same sort of cable, the same ports, the same gates.
fn pods(world: &World, network: &Network) -> Vec<End> {
    let mut found: BTreeMap<(String, String), End> = BTreeMap::new();
    for pod in world.list("pods", "") {
        let runs = pod["status"]["phase"] == "Running" && !pod.is_going() && pod["spec"]["hostNetwork"] != true;
        let Some(address) = pod["status"]["podIP"].as_str().and_then(|ip| ip.parse::<Ipv4Addr>().ok()) else {
            continue;
        };
        let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
        let Some(space) = crate::cni::law::space_of(world, pod).filter(|_| runs) else { continue };
        let port = port_of(pod);
        let alike = network.likeness(node, space, address, port);
        let id = format!("pod {node}/{}/{}", pod.namespace(), pod.name());
        let end = End { id, sort: Sort::Pod, address, port, count: 1, space };
        found.entry((node.to_owned(), alike)).and_modify(|had| had.count += 1).or_insert(end);
    }
    found.into_values().collect()
}

fn port_of(pod: &Object) -> Option<(Transport, u16)> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let ports = containers.flat_map(|it| it["ports"].as_array().into_iter().flatten());
    let tcp = |port: &&serde_json::Value| port["protocol"].as_str().unwrap_or("TCP") == "TCP";
    let number = ports.filter(tcp).find_map(|port| u16::try_from(port["containerPort"].as_u64()?).ok())?;
    Some((Transport::Tcp, number))
}
