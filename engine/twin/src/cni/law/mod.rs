//! The law of the networks: agents start and end with their containers, machines learn of each other, pods are known.
//!
//! One look is at one machine: which agents run there, what they do about it, and what they must know of the others.

mod agents;
mod antrea;
mod bgp;
mod calico;
mod cilium;
mod flannel;
mod identity;
mod k3s;
mod needs;
mod node;
mod operator;
mod pods;
mod policies;
mod services;
mod unmanaged;

use crate::json::Value;
use crate::laws::Law;
use crate::world::{Again, Change, Key, Object, World};

pub(crate) use agents::{Verdict, verdict};
pub(crate) use cilium::peers as cilium_peers;
pub(crate) use cilium::working as cilium_works_on;
pub(crate) use identity::known as cilium_known;
pub(crate) use k3s::disables as k3s_disables;
pub(crate) use pods::{ports_of, space_of};
pub(crate) use services::{Service, all as services};

/// The law.
pub(crate) const LAW: Law = Law { name: "network", hears, acts };

/// A machine with its agents.
pub(crate) const HOST: &str = "hosts.twin";
/// What all services are, for all who carry them.
const SERVICES: &str = "services.twin";
/// What Cilium's operator does.
const OPERATOR: &str = "operators.twin";
/// Who may speak to whom.
const POLICIES: &str = "policies.twin";
/// A pod's ports, and its place among Cilium's objects.
const POD: &str = "pods.twin";

fn key(kind: &str, name: &str) -> Key {
    Key::new(kind, "", name)
}

fn hears(world: &World, change: &Change) -> Vec<Key> {
    if world.machines().next().is_none() {
        return Vec::new();
    }
    match change.key.kind.as_str() {
        "pods" => of_pod(change),
        "nodes" => of_node(world, change),
        "ciliumnodes.cilium.io" => {
            let told = |object: &Object| object["spec"].clone();
            if change.before.as_deref().map(told) == change.after.as_deref().map(told) {
                return Vec::new();
            }
            let mut keys = everybody(world);
            keys.push(key(OPERATOR, "cilium"));
            keys
        }
        "ipamblocks.crd.projectcalico.org" | "ippools.crd.projectcalico.org" => everybody(world),
        "services" | "endpointslices.discovery.k8s.io" => vec![key(SERVICES, "all")],
        "networkpolicies.networking.k8s.io"
        | "ciliumnetworkpolicies.cilium.io"
        | "ciliumclusterwidenetworkpolicies.cilium.io"
        | "namespaces" => vec![key(POLICIES, "all")],
        "customresourcedefinitions.apiextensions.k8s.io"
            if change.key.name().ends_with(".cilium.io") || change.key.name().ends_with(".crd.projectcalico.org") =>
        {
            let mut keys = everybody(world);
            keys.push(key(OPERATOR, "cilium"));
            keys
        }
        _ => Vec::new(),
    }
}

fn everybody(world: &World) -> Vec<Key> {
    world.machines().map(|machine| key(HOST, &machine.name)).collect()
}

fn of_pod(change: &Change) -> Vec<Key> {
    let seen = |pod: &Object| {
        let status = &pod["status"];
        (status["containerStatuses"].clone(), status["initContainerStatuses"].clone(), status["podIP"].clone())
    };
    let (before, after) = (change.before.as_deref().map(seen), change.after.as_deref().map(seen));
    let Some(pod) = change.after.as_deref().or(change.before.as_deref()) else { return Vec::new() };
    let labels = |pod: &Object| pod["metadata"]["labels"].clone();
    let relabelled = change.before.as_deref().map(labels) != change.after.as_deref().map(labels);
    let mut keys = Vec::new();
    if before != after {
        keys.push(Key::new(POD, change.key.namespace(), change.key.name()));
        if agents::is_one(pod) {
            keys.push(key(HOST, pod["spec"]["nodeName"].as_str().unwrap_or_default()));
        }
        if operator::is_one(pod) {
            keys.push(key(OPERATOR, "cilium"));
        }
    }
    let address = |pod: &Object| pod["status"]["podIP"].clone();
    if relabelled || change.before.as_deref().map(address) != change.after.as_deref().map(address) {
        keys.push(key(POLICIES, "all"));
    }
    keys
}

fn of_node(world: &World, change: &Change) -> Vec<Key> {
    let seen = |node: &Object| {
        let own = node["metadata"]["annotations"].as_object().map(|all| {
            all.iter()
                .filter(|(name, _)| name.contains("flannel"))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect::<Vec<_>>()
        });
        (node["spec"]["podCIDR"].clone(), node["status"]["addresses"].clone(), own, calico::told(node))
    };
    let before = change.before.as_deref().map(seen);
    let after = change.after.as_deref().map(seen);
    if before != after {
        let mut keys = everybody(world);
        keys.push(key(OPERATOR, "cilium"));
        return keys;
    }
    let told = |node: &Object| (node["status"]["nodeInfo"]["bootID"].clone(), node["spec"]["taints"].clone());
    if change.before.as_deref().map(told) != change.after.as_deref().map(told) {
        return vec![key(HOST, change.key.name()), key(OPERATOR, "cilium")];
    }
    Vec::new()
}

fn acts(world: &mut World, key: &Key) -> Again {
    match key.kind.as_str() {
        HOST => agents::tend(world, key.name()),
        SERVICES => services::tell(world),
        OPERATOR => operator::act(world),
        POLICIES => policies::tell(world),
        POD => pods::know(world, key),
        _ => Again::Never,
    }
}

/// What the law remembers of something.
fn memory<'a>(world: &'a World, kind: &str, name: &str) -> &'a Value {
    world.memory(LAW.name, &key(kind, name))
}

/// Remembers something.
fn remember(world: &mut World, kind: &str, name: &str, what: Value) {
    world.remember(LAW.name, &key(kind, name), what);
}
