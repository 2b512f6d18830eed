//! The ends of a world's connections: pods, nodes, services, the cluster's DNS, and what is outside.

use crate::net::{Network, Space, SpaceId, Transport};
use crate::world::{Object, World};
use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

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

impl End {
    /// Whether what is asked of the one is what is asked of the other, however many they stand for.
    pub(super) fn is_asked_as(&self, other: &End) -> bool {
        let what = |end: &End| (end.sort, end.address, end.port, end.space);
        self.id == other.id && what(self) == what(other)
    }
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

/// The ends of a world, each list by name; what is known of its pods already is not found out again.
pub(super) fn of(world: &World, before: &Known) -> (Ends, Known) {
    let network = world.network();
    let (mut from, known) = pods(world, before);
    let mut nodes = Vec::new();
    for node in world.list("nodes", "") {
        let Some(space) = network.find(node.name(), "") else { continue };
        let Some(address) = node.internal_ip().and_then(|own| own.parse().ok()) else { continue };
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
    (Ends { from, to }, known)
}

/// What was found out about pods, in the order of their list, and all that tells some of them from others.
#[derive(Debug, Default)]
pub(super) struct Known {
    seen: Vec<Arc<Seen>>,
    alike: HashSet<Arc<str>>,
}

/// A pod, the namespaces it was seen in, and what tells it from others.
#[derive(Debug)]
struct Seen {
    pod: Arc<Object>,
    node: String,
    host: Option<(SpaceId, Arc<Space>)>,
    own: Option<Arc<Space>>,
    /// Whether there were policies, which tell pods apart by what they are called.
    policed: bool,
    /// None for what is no end. What the pod has in common with others is one and the same text for all of them.
    end: Option<(Arc<str>, End)>,
}

impl Seen {
    fn of(world: &World, pod: &Arc<Object>, policed: bool, shared: &mut HashSet<Arc<str>>) -> Seen {
        let network = world.network();
        let node = pod["spec"]["nodeName"].as_str().unwrap_or_default().to_owned();
        let at = |id: SpaceId| network.space_at(id).cloned();
        let space = crate::cni::law::space_of(world, pod);
        let runs = pod["status"]["phase"] == "Running" && !pod.is_going() && pod["spec"]["hostNetwork"] != true;
        let address = pod["status"]["podIP"].as_str().and_then(|ip| ip.parse::<Ipv4Addr>().ok());
        let end = address.zip(space.filter(|_| runs)).map(|(address, space)| {
            let port = port_of(pod);
            let mut alike = format!("{node} {}", network.likeness(&node, space, address, port));
            if policed {
                alike.push_str(&called(pod));
            }
            let id = format!("pod {node}/{}/{}", pod.namespace(), pod.name());
            let text = shared.get(alike.as_str()).cloned().unwrap_or_else(|| {
                let text: Arc<str> = alike.into();
                shared.insert(Arc::clone(&text));
                text
            });
            (text, End { id, sort: Sort::Pod, address, port, count: 1, space })
        });
        let host = network.find(&node, "").and_then(|id| Some((id, at(id)?)));
        Seen { pod: pod.clone(), node, host, own: space.and_then(at), policed, end }
    }

    /// Whether the same would be found out again. A namespace that is there is the one it was: ids are never used twice.
    fn holds(&self, network: &Network) -> bool {
        let same = |one: Option<&Arc<Space>>, other: Option<&Arc<Space>>| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        let Some((_, end)) = &self.end else { return false };
        same(network.space_at(end.space), self.own.as_ref())
            && match &self.host {
                Some((id, host)) => same(network.space_at(*id), Some(host)),
                None => network.find(&self.node, "").is_none(),
            }
    }
}

/// Objects that choose pods by where they are and what they are called, and say who may speak to them.
const POLICIES: [&str; 5] = [
    "networkpolicies.networking.k8s.io",
    "ciliumnetworkpolicies.cilium.io",
    "ciliumclusterwidenetworkpolicies.cilium.io",
    "networkpolicies.crd.projectcalico.org",
    "globalnetworkpolicies.crd.projectcalico.org",
];

/// What policies choose a pod by, but for what is each pod's own.
fn called(pod: &Object) -> String {
    let labels = pod["metadata"]["labels"].as_object().into_iter().flatten();
    let shared = labels.filter(|(name, _)| !name.ends_with("-hash") && !name.ends_with("/pod-name"));
    let labels: Vec<String> = shared.map(|(name, value)| format!("{name}={value}")).collect();
    format!(" {} {}", pod.namespace(), labels.join(","))
}

/// One pod for all those of a node that nothing tells apart: the same sort of cable, the same ports, the same gates.
fn pods(world: &World, before: &Known) -> (Vec<End>, Known) {
    let network = world.network();
    let policed = POLICIES.iter().any(|kind| world.list(kind, "").next().is_some());
    let mut shared = before.alike.clone();
    // Mostly the list is what it was, and the next of it is the next that was seen.
    let places: LazyCell<HashMap<usize, usize>, _> = LazyCell::new(|| {
        let place = |(place, seen): (usize, &Arc<Seen>)| (Arc::as_ptr(&seen.pod).addr(), place);
        before.seen.iter().enumerate().map(place).collect()
    });
    let mut next = 0;
    let mut seen = Vec::with_capacity(before.seen.len());
    for pod in world.list("pods", "") {
        let is_next = before.seen.get(next).is_some_and(|had| Arc::ptr_eq(&had.pod, pod));
        let place = if is_next { Some(next) } else { places.get(&Arc::as_ptr(pod).addr()).copied() };
        next = place.unwrap_or(next) + 1;
        let had = place.map(|place| &before.seen[place]).filter(|had| had.policed == policed && had.holds(network));
        seen.push(had.cloned().unwrap_or_else(|| Arc::new(Seen::of(world, pod, policed, &mut shared))));
    }
    let mut found: HashMap<usize, (&Arc<str>, End)> = HashMap::new();
    for (alike, end) in seen.iter().filter_map(|seen| seen.end.as_ref()) {
        let had = found.entry(alike.as_ptr().addr());
        had.and_modify(|(_, had)| had.count += 1).or_insert_with(|| (alike, end.clone()));
    }
    let (alike, ends) = found.into_values().map(|(alike, end)| (Arc::clone(alike), end)).unzip();
    (ends, Known { seen, alike })
}

fn port_of(pod: &Object) -> Option<(Transport, u16)> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let ports = containers.flat_map(|it| it["ports"].as_array().into_iter().flatten());
    let tcp = |port: &&crate::json::Value| port["protocol"].as_str().unwrap_or("TCP") == "TCP";
    let number = ports.filter(tcp).find_map(|port| u16::try_from(port["containerPort"].as_u64()?).ok())?;
    Some((Transport::Tcp, number))
}
