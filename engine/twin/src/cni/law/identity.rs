//! Who is who for Cilium: the labels by which it tells pods apart, the number of each set of them, and what an agent
//! knows of all addresses.

use super::node::address;
use crate::cni::cilium::{Known, Shown, endpoint_number};
use crate::json::{Text, Value, json};
use crate::net::Prefix;
use crate::world::{Object, World};
use std::net::Ipv4Addr;

const IDENTITIES: &str = "ciliumidentities.cilium.io";
const ENDPOINTS: &str = "ciliumendpoints.cilium.io";
const NODES: &str = "ciliumnodes.cilium.io";

/// Labels that tell nothing of who somebody is, by their beginnings.
const IGNORED: [&str; 13] = [
    "annotation.",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/",
    "beta.kubernetes.io",
    "controller-revision-hash",
    "controller-uid",
    "etcd_node",
    "io.kubernetes",
    "job-name",
    "k8s.io",
    "kubernetes.io",
    "pod-template-",
    "statefulset.kubernetes.io/pod-name",
];

/// Numbers below are reserved.
const FIRST: u32 = 256;
const LAST: u32 = 65535;
const HOST: u32 = 1;
const WORLD: u32 = 2;
const UNMANAGED: u32 = 3;
const HEALTH: u32 = 4;
const REMOTE: u32 = 6;
/// The first of those that an agent gives to ranges by itself.
const LOCAL: u32 = 16_777_217;

fn told(labels: &Value) -> impl Iterator<Item = (&Text, &str)> {
    let all = labels.as_object().into_iter().flatten();
    all.filter(|(key, _)| !IGNORED.iter().any(|start| key.starts_with(start)))
        .map(|(key, value)| (key, value.as_str().unwrap_or_default()))
}

/// The labels of a pod that make its identity.
pub(super) fn labels(world: &World, pod: &Object) -> Vec<String> {
    let mut all: Vec<String> =
        told(&pod["metadata"]["labels"]).map(|(key, value)| format!("k8s:{key}={value}")).collect();
    let space = world.get("namespaces", "", pod.namespace());
    for (key, value) in space.iter().flat_map(|it| it["metadata"]["labels"].as_object()).flatten() {
        let value = value.as_str().unwrap_or_default();
        all.push(format!("k8s:io.cilium.k8s.namespace.labels.{key}={value}"));
    }
    let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or("default");
    all.push("k8s:io.cilium.k8s.policy.cluster=default".to_owned());
    all.push(format!("k8s:io.cilium.k8s.policy.serviceaccount={account}"));
    all.push(format!("k8s:io.kubernetes.pod.namespace={}", pod.namespace()));
    all.sort();
    all
}

/// The number of a set of labels; its object is made where it is not there.
pub(super) fn of(world: &mut World, namespace: &str, labels: &[String]) -> u32 {
    let held: crate::json::Map =
        labels.iter().filter_map(|label| label.split_once('=')).map(|(key, value)| (key.to_owned(), value)).collect();
    let start = crate::cni::number(&[&labels.join(",")]);
    let mut number = FIRST + start % (LAST - FIRST);
    while let Some(known) = world.get(IDENTITIES, "", &number.to_string()) {
        if known["security-labels"].as_object() == Some(&held) {
            return number;
        }
        number = FIRST + (number + 1 - FIRST) % (LAST - FIRST);
    }
    // A kind that is not there yet: the next pod sees to it.
    drop(world.create(
        IDENTITIES,
        Object::new(json!({
            "apiVersion": "cilium.io/v2", "kind": "CiliumIdentity",
            "metadata": {"name": number.to_string(), "labels": {"io.kubernetes.pod.namespace": namespace}},
            "security-labels": held,
        })),
    ));
    number
}

/// What the agent of a machine knows by the API.
pub(crate) fn known(world: &World, node: &str) -> Known {
    let mut known = Known::default();
    let own = world.get("nodes", "", node).and_then(|it| address(it));
    for other in world.list(NODES, "") {
        of_machine(&mut known, other, other.name() == node);
    }
    for endpoint in world.list(ENDPOINTS, "") {
        let status = &endpoint["status"];
        let Some(at) = ip(&status["networking"]["addressing"][0]["ipv4"]) else { continue };
        let home = ip(&status["networking"]["node"]);
        let identity = status["identity"]["id"].as_u64().and_then(|it| u32::try_from(it).ok()).unwrap_or(WORLD);
        known.addresses.push((Prefix::new(at, 32), identity, home.filter(|_| home != own)));
        if home == own {
            let list = status["identity"]["labels"].as_array().into_iter().flatten();
            let labels = list.filter_map(|it| it.as_str().map(str::to_owned)).collect();
            known.endpoints.push(Shown {
                number: endpoint_number(at),
                identity,
                labels,
                address: Some(at),
                host: false,
            });
        }
    }
    if let Some(machine) = world.get("nodes", "", node) {
        let at_node = &mut known.endpoints.iter_mut().find(|it| it.host);
        if let Some(one) = at_node {
            one.labels.extend(told(&machine["metadata"]["labels"]).map(|(key, value)| match value {
                "" => format!("k8s:{key}"),
                value => format!("k8s:{key}={value}"),
            }));
            one.labels.sort();
        }
    }
    // Pods that somebody else carries are strangers, and whoever serves the API from outside is a range of its own.
    for pod in world.on_node(node).filter(|pod| pod["spec"]["hostNetwork"] != true && !pod.is_going()) {
        let Some(at) = ip(&pod["status"]["podIP"]) else { continue };
        if !known.addresses.iter().any(|(range, ..)| range.addr == at) {
            known.addresses.push((Prefix::new(at, 32), UNMANAGED, None));
        }
    }
    let servers = super::services(world).into_iter().find(|it| it.name == "default/kubernetes:https");
    for (at, _) in servers.map(|it| it.backends).unwrap_or_default() {
        if !known.addresses.iter().any(|(range, ..)| range.addr == at) {
            known.addresses.push((Prefix::new(at, 32), LOCAL, None));
        }
    }
    known.addresses.push((Prefix::ALL, WORLD, None));
    known.endpoints.sort_by_key(|it| it.number);
    known
}

fn of_machine(known: &mut Known, machine: &Object, here: bool) {
    let list = machine["spec"]["addresses"].as_array().into_iter().flatten();
    let of = |kind: &str| list.clone().find(|it| it["type"] == kind).and_then(|it| ip(&it["ip"]));
    let (outer, inner, health) = (of("InternalIP"), of("CiliumInternalIP"), ip(&machine["spec"]["health"]["ipv4"]));
    let range = machine["spec"]["ipam"]["podCIDRs"][0].as_str().unwrap_or_default().to_owned();
    let shown = outer.map(|it| it.to_string()).unwrap_or_default();
    known.nodes.push((machine.name().to_owned(), shown, range));
    let identity = if here { HOST } else { REMOTE };
    let home = outer.filter(|_| !here);
    let mut add = |at: Option<Ipv4Addr>, identity: u32, home: Option<Ipv4Addr>| {
        known.addresses.extend(at.map(|at| (Prefix::new(at, 32), identity, home)));
    };
    add(outer, identity, None);
    add(inner, identity, home);
    add(health, HEALTH, home);
    if here {
        let one = |at: Ipv4Addr, identity, name: &str, address, host| Shown {
            number: endpoint_number(at),
            identity,
            labels: vec![format!("reserved:{name}")],
            address,
            host,
        };
        known.endpoints.extend(health.map(|at| one(at, HEALTH, "health", Some(at), false)));
        known.endpoints.extend(inner.map(|at| one(at, HOST, "host", None, true)));
    }
}

fn ip(value: &Value) -> Option<Ipv4Addr> {
    value.as_str()?.parse().ok()
}
