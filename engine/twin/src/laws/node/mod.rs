//! The life of nodes: their ranges and labels, what is said of those that say nothing, and the taints that follow.

mod evict;
mod taints;

use super::Law;
use super::heartbeat::LEASES;
use super::kit::events::{Told, tell};
use super::kit::pods;
use super::kubelet;
use crate::json::{Value, json};
use crate::world::{Again, Change, Deletion, Key, Moment, Object, World, list, pod_range};
use std::collections::BTreeSet;

/// The law.
pub(super) const LAW: Law = Law { name: "node", hears, acts };

/// Seconds after which a node that says nothing is no longer believed to live.
const GRACE: i64 = 50;
/// Seconds after which the pods of a node that is gone are removed.
const QUARANTINE: i64 = 40;
const BY: &str = "node-controller";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    match change.key.kind.as_str() {
        "nodes" => match (&change.before, &change.after) {
            (Some(before), Some(after))
                if before["spec"] == after["spec"]
                    && before["metadata"]["annotations"] == after["metadata"]["annotations"]
                    && before["metadata"]["labels"] == after["metadata"]["labels"]
                    && before["status"]["conditions"] == after["status"]["conditions"] =>
            {
                Vec::new()
            }
            _ => vec![change.key.clone()],
        },
        // A pod that comes to a tainted node may have to go again.
        "pods" => match (&change.before, &change.after) {
            (before, Some(after)) => {
                let node = pods::node(after);
                let moved = before.as_ref().is_none_or(|before| pods::node(before) != node);
                if !moved || node.is_empty() {
                    return Vec::new();
                }
                match world.get("nodes", "", node) {
                    Some(it) if evict::drives_out(it) => vec![Key::new("nodes", "", node)],
                    None => vec![Key::new("nodes", "", node)],
                    Some(_) => Vec::new(),
                }
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(node) = world.at(key).cloned() else {
        return mourn(world, key);
    };
    world.remember(LAW.name, key, Value::Null);
    adopt(world, key, &node);
    let silent = silent(world, key, &node);
    taints::write(world, key);
    let leaving = evict::act(world, key);
    [silent, leaving].into_iter().flatten().min().map_or(Again::Never, Again::At)
}

/// A node that is gone: after a while its pods are, too.
fn mourn(world: &mut World, key: &Key) -> Again {
    let left: Vec<Key> = world.on_node(key.name()).map(|pod| Key::new("pods", pod.namespace(), pod.name())).collect();
    if left.is_empty() {
        world.remember(LAW.name, key, Value::Null);
        return Again::Never;
    }
    let now = world.now();
    let since = world.memory(LAW.name, key).as_i64();
    let until = Moment(since.unwrap_or(now.0)).plus_seconds(QUARANTINE);
    if since.is_none() {
        world.remember(LAW.name, key, now.0.into());
    }
    if until > now {
        return Again::At(until);
    }
    for pod in left {
        drop(world.change(&pod, |pod| {
            if !pods::has_ended(pod) {
                pod["status"]["phase"] = "Failed".into();
                pod.set_condition(now, "DisruptionTarget", "True", "DeletionByPodGC", "PodGC: node no longer exists");
            }
        }));
        drop(world.delete(&pod, &Deletion { grace: Some(0), ..Deletion::default() }));
    }
    Again::Never
}

/// What a new node is given: its range of addresses, an annotation, the older names of its labels.
fn adopt(world: &mut World, key: &Key, node: &Object) {
    let denied = node.annotation("plane.test/no-range") == Some("true");
    let lacks = !denied && node["spec"]["podCIDR"].as_str().is_none_or(str::is_empty);
    let range = if lacks { free_range(world) } else { None };
    let is_new = node.annotation("node.alpha.kubernetes.io/ttl").is_none();
    drop(world.change(key, |node| {
        if let Some(range) = &range {
            node["spec"]["podCIDR"] = range.as_str().into();
        }
        if let Some(range) = node["spec"]["podCIDR"].as_str().map(str::to_owned)
            && node["spec"]["podCIDRs"].is_null()
        {
            node["spec"]["podCIDRs"] = json!([range]);
        }
        if is_new {
            node.set_annotation("node.alpha.kubernetes.io/ttl", "0");
        }
        for name in ["os", "arch"] {
            if let Some(value) = node.label(&format!("kubernetes.io/{name}")).map(str::to_owned) {
                node.set_label(&format!("beta.kubernetes.io/{name}"), &value);
            }
        }
    }));
    if is_new {
        let name = node.name();
        let message = format!("Node {name} event: Registered Node {name} in Controller");
        tell(world, node, Told::normal(BY, "RegisteredNode"), &message);
    }
}

/// The first range that no node has.
fn free_range(world: &World) -> Option<String> {
    let taken: BTreeSet<&str> = world.list("nodes", "").filter_map(|node| node["spec"]["podCIDR"].as_str()).collect();
    (0..=taken.len()).map(pod_range).find(|range| !taken.contains(range.as_str()))
}

/// A node whose kubelet says nothing for too long is unknown; says when that will be.
fn silent(world: &mut World, key: &Key, node: &Object) -> Option<Moment> {
    if kubelet::works(world, key.name()) || node.condition("Ready") == Some("Unknown") {
        return None;
    }
    let lease = world.get("leases.coordination.k8s.io", LEASES, key.name());
    let last = lease.and_then(|lease| lease["spec"]["renewTime"].as_str()).and_then(Moment::read);
    let until = last.unwrap_or_else(|| node.created()).plus_seconds(GRACE);
    let now = world.now();
    if until > now {
        return Some(until);
    }
    let was_ready = node.condition("Ready") == Some("True");
    drop(world.change(key, |node| {
        for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
            let known = node.condition(kind).is_some();
            let (reason, message) = if known {
                ("NodeStatusUnknown", "Kubelet stopped posting node status.")
            } else {
                ("NodeStatusNeverUpdated", "Kubelet never posted node status.")
            };
            node.set_condition(now, kind, "Unknown", reason, message);
        }
    }));
    if was_ready {
        let name = node.name();
        tell(world, node, Told::normal(BY, "NodeNotReady"), &format!("Node {name} status is now: NodeNotReady"));
    }
    doubt_pods(world, key.name());
    None
}

/// The pods of a node that is not heard of are not taken to be ready.
fn doubt_pods(world: &mut World, node: &str) {
    let ready: Vec<Key> = world
        .on_node(node)
        .filter(|pod| pods::is_ready(pod))
        .map(|pod| Key::new("pods", pod.namespace(), pod.name()))
        .collect();
    let now = world.now();
    for key in ready {
        let changed = world.change(&key, |pod| {
            let generation = pod.generation();
            for condition in list(&mut pod["status"]["conditions"]).iter_mut().filter(|it| it["type"] == "Ready") {
                condition["status"] = "False".into();
                condition["lastTransitionTime"] = now.text().into();
                condition["observedGeneration"] = generation.into();
            }
        });
        if let Ok(pod) = changed {
            tell(world, &pod, Told::warning(BY, "NodeNotReady"), "Node is not ready");
        }
    }
}
