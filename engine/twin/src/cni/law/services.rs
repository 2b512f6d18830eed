//! Services and what is behind them, written into the chains of every kube-proxy and the maps of every Cilium.

use super::agents::{self, Sort};
use super::antrea;
use crate::cni::cilium::Fronts;
use crate::cni::{cilium, proxy};
use crate::json::Value;
use crate::net::{Prefix, Transport};
use crate::world::{Again, Object, World};
use std::net::Ipv4Addr;

/// A service's port, with what is behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Service {
    /// `namespace/name:port`, as the comments of chains name it.
    pub(crate) name: String,
    /// Its address.
    pub(crate) front: Ipv4Addr,
    /// Its port.
    pub(crate) port: u16,
    /// TCP or UDP.
    pub(crate) transport: Transport,
    /// The addresses it has been given for those outside.
    pub(crate) outer: Vec<Ipv4Addr>,
    /// The port of every node, where it has one.
    pub(crate) node_port: Option<u16>,
    /// The ready ones behind it.
    pub(crate) backends: Vec<(Ipv4Addr, u16)>,
}

/// All services with an address of their own.
pub(crate) fn all(world: &World) -> Vec<Service> {
    let mut found = Vec::new();
    for service in world.list("services", "") {
        let Some(front) = service["spec"]["clusterIP"].as_str().and_then(|ip| ip.parse().ok()) else { continue };
        for port in service["spec"]["ports"].as_array().into_iter().flatten() {
            let number = |value: &Value| value.as_u64().and_then(|it| u16::try_from(it).ok());
            let transport = match port["protocol"].as_str().unwrap_or("TCP") {
                "UDP" => Transport::Udp,
                "TCP" => Transport::Tcp,
                _ => continue,
            };
            let Some(own) = number(&port["port"]) else { continue };
            let word = port["name"].as_str().unwrap_or_default();
            let colon = if word.is_empty() { "" } else { ":" };
            found.push(Service {
                name: format!("{}/{}{colon}{word}", service.namespace(), service.name()),
                front,
                port: own,
                transport,
                outer: outer(service),
                node_port: number(&port["nodePort"]),
                backends: backends(world, service.namespace(), service.name(), word),
            });
        }
    }
    found
}

fn outer(service: &Object) -> Vec<Ipv4Addr> {
    let ingress = service["status"]["loadBalancer"]["ingress"].as_array().into_iter().flatten();
    ingress.filter_map(|it| it["ip"].as_str()?.parse().ok()).collect()
}

fn backends(world: &World, namespace: &str, service: &str, port: &str) -> Vec<(Ipv4Addr, u16)> {
    let mut found = Vec::new();
    let own =
        |slice: &&std::sync::Arc<crate::world::Object>| slice.label("kubernetes.io/service-name") == Some(service);
    for slice in world.list("endpointslices.discovery.k8s.io", namespace).filter(own) {
        let ports = slice["ports"].as_array().into_iter().flatten();
        let Some(number) = ports
            .filter(|it| it["name"].as_str().unwrap_or_default() == port)
            .find_map(|it| it["port"].as_u64().and_then(|number| u16::try_from(number).ok()))
        else {
            continue;
        };
        for endpoint in slice["endpoints"].as_array().into_iter().flatten() {
            if endpoint["conditions"]["ready"] == false {
                continue;
            }
            let addresses = endpoint["addresses"].as_array().into_iter().flatten();
            found.extend(addresses.filter_map(|it| it.as_str()?.parse().ok()).map(|it: Ipv4Addr| (it, number)));
        }
    }
    found.sort_unstable();
    found
}

/// Tells everybody who carries services what they are now.
pub(super) fn tell(world: &mut World) -> Again {
    let services = all(world);
    for node in agents::working(world, Sort::Proxy) {
        write_chains(world, &node, &services);
    }
    for node in agents::working(world, Sort::Antrea) {
        write_flows(world, &node, &services);
    }
    let (fronts, ports) = (as_maps(&services), ports_of_nodes(world, &services));
    for node in agents::working(world, Sort::Cilium) {
        world.on_host(&node, |host| cilium::remember(host, &fronts, &ports));
    }
    Again::Never
}

/// Tells one machine's proxy.
pub(super) fn tell_one(world: &mut World, node: &str) {
    let services = all(world);
    write_chains(world, node, &services);
}

fn write_chains(world: &mut World, node: &str, services: &[Service]) {
    let pods = range_of_pods(world, node);
    world.on_host(node, |host| proxy::sync(host, services, pods));
}

/// The range of pods that the proxy of a machine was told: by its configuration, or by the server it is part of.
fn range_of_pods(world: &World, node: &str) -> Option<Prefix> {
    let told = world.get("configmaps", "kube-system", "kube-proxy");
    let told = told.and_then(|map| map["data"]["config.conf"].as_str());
    let own = |text: &str| Some(text.lines().find_map(|line| line.trim().strip_prefix("clusterCIDR:"))?.to_owned());
    let range = told.map_or_else(|| super::k3s::range_of_pods(world, node), own)?;
    Prefix::read(range.trim().trim_matches('"'))
}

/// Tells the bridge of one machine.
pub(super) fn serve_antrea(world: &mut World, node: &str) {
    let services = all(world);
    write_flows(world, node, &services);
}

/// Pods ask for services by their own addresses and by those given outside; ports of nodes are for kube-proxy.
fn write_flows(world: &mut World, node: &str, services: &[Service]) {
    let fronts = if antrea::carries_services(world, node) { as_maps(services) } else { Fronts::new() };
    world.on_host(node, |host| crate::cni::antrea::serve(host, &fronts));
}

fn as_maps(services: &[Service]) -> Fronts {
    let fronts = |it: &Service| it.outer.iter().copied().chain([it.front]).collect::<Vec<_>>();
    let of = |it: &Service| {
        fronts(it).into_iter().map(|front| ((front, it.port, it.transport), it.backends.clone())).collect::<Vec<_>>()
    };
    services.iter().flat_map(of).collect()
}

/// The services that every node has a port for, at every node's address.
fn ports_of_nodes(world: &World, services: &[Service]) -> Fronts {
    let nodes: Vec<Ipv4Addr> = world.list("nodes", "").filter_map(|node| super::node::address(node)).collect();
    let mut fronts = Fronts::new();
    for (service, port) in services.iter().filter_map(|it| Some((it, it.node_port?))) {
        fronts.extend(nodes.iter().map(|node| ((*node, port, service.transport), service.backends.clone())));
    }
    fronts
}
