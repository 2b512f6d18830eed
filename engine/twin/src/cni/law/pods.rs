//! What becomes of a pod in its network: its ports are opened while it runs, and Cilium shows it as an endpoint.

use crate::cni::cilium;
use crate::json::{Value, json};
use crate::net::{SpaceId, Transport};
use crate::world::{Again, Key, Object, World};
use std::net::Ipv4Addr;

const ENDPOINTS: &str = "ciliumendpoints.cilium.io";

/// The network namespace of a pod: its own, or its machine's.
pub(crate) fn space_of(world: &World, pod: &Object) -> Option<SpaceId> {
    let node = pod["spec"]["nodeName"].as_str()?;
    let name = if pod["spec"]["hostNetwork"] == true { String::new() } else { format!("cni-{}", pod.uid()) };
    world.network().find(node, &name)
}

/// Looks at one pod.
pub(super) fn know(world: &mut World, key: &Key) -> Again {
    let key = Key::new("pods", key.namespace(), key.name());
    let Some(pod) = world.at(&key).cloned() else { return Again::Never };
    open_ports(world, &pod);
    show(world, &pod);
    Again::Never
}

fn open_ports(world: &mut World, pod: &Object) {
    let Some(space) = space_of(world, pod) else { return };
    let wanted = ports_of(pod);
    world.network_mut().serve(space, pod.uid(), &wanted);
}

/// The ports that the running containers of a pod listen on.
pub(crate) fn ports_of(pod: &Object) -> Vec<(Transport, u16)> {
    let statuses = pod["status"]["containerStatuses"].as_array().cloned().unwrap_or_default();
    let runs = |name: &Value| statuses.iter().any(|it| it["name"] == *name && it["state"]["running"].is_object());
    let mut wanted: Vec<(Transport, u16)> = Vec::new();
    for container in pod["spec"]["containers"].as_array().into_iter().flatten().filter(|it| runs(&it["name"])) {
        wanted.extend(told_to(container).into_iter().map(|port| (Transport::Tcp, port)));
        wanted.extend(by_itself(container));
        for port in container["ports"].as_array().into_iter().flatten() {
            let Some(number) = port["containerPort"].as_u64().and_then(|it| u16::try_from(it).ok()) else { continue };
            match port["protocol"].as_str().unwrap_or("TCP") {
                "TCP" => wanted.push((Transport::Tcp, number)),
                "UDP" => wanted.push((Transport::Udp, number)),
                _ => {}
            }
        }
    }
    wanted.sort_unstable_by_key(|(transport, port)| (*transport == Transport::Udp, *port));
    wanted.dedup();
    wanted
}

/// Where images listen, whether a pod says so or not.
const LISTEN: [(&str, u16); 8] = [
    ("httpd", 80),
    ("memcached", 11211),
    ("mysql", 3306),
    ("nginx", 80),
    ("postgres", 5432),
    ("redis", 6379),
    ("registry", 5000),
    ("whoami", 80),
];

/// Where the image of a container listens that is told nothing else; CoreDNS is told only where its file lies.
fn by_itself(container: &Value) -> Vec<(Transport, u16)> {
    let told = ["command", "args"].iter().any(|list| container[list].as_array().is_some_and(|words| !words.is_empty()));
    let image = container["image"].as_str().and_then(|image| image.rsplit('/').next()?.split([':', '@']).next());
    match image {
        Some("coredns") => vec![(Transport::Tcp, 53), (Transport::Udp, 53)],
        Some(name) if !told => {
            LISTEN.iter().filter(|(known, _)| *known == name).map(|(_, port)| (Transport::Tcp, *port)).collect()
        }
        _ => Vec::new(),
    }
}

/// The ports on which a container is told to listen by its command: `httpd -p 8080`, `nc -l -p 8080`.
fn told_to(container: &Value) -> Vec<u16> {
    let words = ["command", "args"].iter().flat_map(|list| container[list].as_array().into_iter().flatten());
    let text: Vec<&str> = words.filter_map(Value::as_str).flat_map(str::split_whitespace).collect();
    let servers = |word: &&str| matches!(word.rsplit('/').next(), Some("httpd" | "nc"));
    let mut found = Vec::new();
    for (at, _) in text.iter().enumerate().filter(|(_, word)| servers(word)) {
        let rest = text[at + 1..].iter().take_while(|word| !word.ends_with(';') && **word != "&&");
        let mut rest = rest.skip_while(|word| **word != "-p");
        found.extend(rest.nth(1).and_then(|port| port.trim_end_matches(';').parse::<u16>().ok()));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The address of a pod that its machine's Cilium carries.
fn carried(world: &World, pod: &Object) -> Option<Ipv4Addr> {
    let address: Ipv4Addr = pod["status"]["podIP"].as_str()?.parse().ok()?;
    let network = world.network();
    let host = network.find(pod["spec"]["nodeName"].as_str()?, "")?;
    network.space(host).maps.as_ref()?.endpoints.contains_key(&address).then_some(address)
}

fn show(world: &mut World, pod: &Object) {
    if pod["spec"]["hostNetwork"] == true || pod.is_going() {
        return;
    }
    let key = Key::new(ENDPOINTS, pod.namespace(), pod.name());
    let had = world.at(&key).map(|it| it["status"]["networking"]["addressing"][0]["ipv4"].clone());
    let Some(number) = carried(world, pod) else { return };
    let address = number.to_string();
    if had.as_ref().and_then(Value::as_str) == Some(address.as_str()) {
        return;
    }
    let labels = super::identity::labels(world, pod);
    let identity = super::identity::of(world, pod.namespace(), &labels);
    let host = world
        .get("nodes", "", pod["spec"]["nodeName"].as_str().unwrap_or_default())
        .and_then(|node| super::node::address(node))
        .map(|own| own.to_string());
    let status = json!({
        "encryption": {}, "external-identifiers": {"k8s-namespace": pod.namespace(), "k8s-pod-name": pod.name(),
            "pod-name": format!("{}/{}", pod.namespace(), pod.name())},
        "id": cilium::endpoint_number(number),
        "identity": {"id": identity, "labels": labels},
        "networking": {"addressing": [{"ipv4": address}], "node": host},
        "state": "ready",
    });
    if had.is_some() {
        drop(world.change_as(&key, "cilium-agent", "", |it| it["status"] = status));
        return;
    }
    let made = json!({
        "apiVersion": "cilium.io/v2", "kind": "CiliumEndpoint",
        "metadata": {"name": pod.name(), "namespace": pod.namespace(), "labels": pod["metadata"]["labels"],
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": pod.name(), "uid": pod.uid()}]},
        "status": status,
    });
    // A kind that is not there yet, or an endpoint of another: the next look sees to it.
    drop(world.create(ENDPOINTS, Object::new(made)));
}

/// Has the machine's Cilium forget endpoints whose pods are gone.
pub(super) fn forget_gone(world: &mut World, node: &str) {
    let kept: Vec<Ipv4Addr> =
        world.on_node(node).filter_map(|pod| pod["status"]["podIP"].as_str()?.parse().ok()).collect();
    world.on_host(node, |host| {
        let gone: Vec<String> = cilium::maps_of(host)
            .map(|maps| {
                let left = maps.endpoints.iter().filter(|(address, _)| !kept.contains(address));
                left.filter(|(_, it)| host.net.space(host.space()).named(&it.link).is_none())
                    .map(|(_, it)| it.link.clone())
                    .collect()
            })
            .unwrap_or_default();
        for link in gone {
            cilium::leave(host, &link);
        }
    });
}
