//! Longhorn's volumes: how healthy one is follows from its replicas, their nodes, and the ways between them.
//!
//! A replica works while its node is ready and the instance manager there is reached from the one of the volume's own node,
//! over the network of pods. One that failed is built anew when it is reached again, and takes a while; where its node
//! stays away for long another node gets a new one.

use super::Law;
use crate::json::{Value, json};
use crate::net::{Outcome, Probe, Transport};
use crate::world::{Again, Change, Key, Moment, Object, World};

/// The law.
pub(super) const LAW: Law = Law { name: "longhorn", hears, acts };

const VOLUMES: &str = "volumes.longhorn.io";
const REPLICAS: &str = "replicas.longhorn.io";
const NODES: &str = "nodes.longhorn.io";
/// The port by which instance managers reach each other.
const PORT: u16 = 8500;
/// Seconds until it looks again whether replicas are reached.
const LOOK: i64 = 15;
/// Seconds that building a replica anew takes.
const REBUILD: i64 = 45;
/// Seconds after which another node gets a replica: `replica-replenishment-wait-interval`.
const WAIT: i64 = 600;

fn hears(world: &World, change: &Change) -> Vec<Key> {
    let kind = change.key.kind.as_str();
    let object = change.after.as_deref().or(change.before.as_deref());
    match kind {
        VOLUMES | NODES => vec![change.key.clone()],
        REPLICAS => {
            let volume = object.and_then(|it| it["spec"]["volumeName"].as_str()).unwrap_or_default();
            vec![Key::new(VOLUMES, change.key.namespace(), volume)]
        }
        "nodes" | "pods" if world.count(VOLUMES) > 0 => {
            let ready = |it: &Object| it.condition("Ready").map(str::to_owned);
            let manager = kind == "nodes" || object.is_some_and(manages);
            if !manager || change.before.as_deref().map(ready) == change.after.as_deref().map(ready) {
                return Vec::new();
            }
            let keys = [VOLUMES, NODES].into_iter().flat_map(|kind| world.entries(kind, "").map(|(key, _)| key));
            keys.collect()
        }
        _ => Vec::new(),
    }
}

fn manages(pod: &Object) -> bool {
    pod.label("longhorn.io/component") == Some("instance-manager")
}

fn acts(world: &mut World, key: &Key) -> Again {
    match key.kind.as_str() {
        NODES => node(world, key),
        _ => volume(world, key),
    }
}

/// What it says of a node.
fn node(world: &mut World, key: &Key) -> Again {
    let known = world.get("nodes", "", key.name()).map(|node| node.condition("Ready") == Some("True"));
    let (status, reason) = match known {
        Some(true) => ("True", ""),
        Some(false) => ("False", "KubernetesNodeNotReady"),
        None => ("False", "KubernetesNodeGone"),
    };
    let now = world.now();
    if world.at(key).is_some_and(|node| node.condition("Ready") != Some(status)) {
        let said = if reason.is_empty() {
            String::new()
        } else {
            format!("Kubernetes node {} is gone or not ready", key.name())
        };
        drop(
            world.change_as(key, "longhorn-manager", "status", |it| {
                it.set_condition(now, "Ready", status, reason, &said)
            }),
        );
    }
    Again::Never
}

/// What becomes of one replica.
struct Replica {
    key: Key,
    node: String,
    runs: bool,
}

fn volume(world: &mut World, key: &Key) -> Again {
    let Some(volume) = world.at(key).cloned() else { return Again::Never };
    let own = volume["spec"]["nodeID"].as_str().unwrap_or_default().to_owned();
    let now = world.now();
    let mut known = world.memory(LAW.name, key).clone();
    let keys: Vec<(Key, String)> = world
        .entries(REPLICAS, key.namespace())
        .filter(|(_, it)| it["spec"]["volumeName"] == key.name() && !it.is_going())
        .map(|(key, it)| (key, it["spec"]["nodeID"].as_str().unwrap_or_default().to_owned()))
        .collect();
    let engine = works(world, &own, &own);
    let mut replicas = Vec::new();
    for (replica, node) in keys {
        let reached = engine && works(world, &own, &node);
        let told = &mut known[replica.name()];
        let runs = look(told, reached, now);
        tell(world, &replica, runs, told["failed"].as_i64());
        replicas.push(Replica { key: replica, node, runs });
    }
    if engine {
        replenish(world, &volume, &replicas, &mut known);
    }
    let builds = known.as_object().into_iter().flatten().any(|(_, told)| told["rebuilds"].is_number());
    world.remember(LAW.name, key, known);
    let running = replicas.iter().filter(|it| it.runs).count() as u64;
    let (state, robustness) = match (own.is_empty(), engine) {
        (true, _) => ("detached", "unknown"),
        (_, false) => ("attached", "unknown"),
        _ if running == 0 => ("attached", "faulted"),
        _ if running < volume["spec"]["numberOfReplicas"].as_u64().unwrap_or(3) => ("attached", "degraded"),
        _ => ("attached", "healthy"),
    };
    let before = &volume["status"];
    if before["state"] != state || before["robustness"] != robustness || before["currentNodeID"] != own.as_str() {
        drop(world.change_as(key, "longhorn-manager", "status", |it| {
            it["status"]["state"] = state.into();
            it["status"]["robustness"] = robustness.into();
            it["status"]["currentNodeID"] = own.as_str().into();
        }));
    }
    let next = now.plus_seconds(LOOK);
    // What is built comes to its end; what is looked at again and again does not.
    if builds { Again::At(next) } else { Again::Idle(next) }
}

/// Whether the instance manager of one node reaches that of another, or its own works at all.
fn works(world: &World, from: &str, to: &str) -> bool {
    let ready = |node: &str| world.get("nodes", "", node).is_some_and(|it| it.condition("Ready") == Some("True"));
    let manager = |node: &str| world.on_node(node).find(|pod| manages(pod) && pod.condition("Ready") == Some("True"));
    let (Some(one), Some(other)) = (manager(from), manager(to)) else { return false };
    if !ready(from) || !ready(to) {
        return false;
    }
    let address = other["status"]["podIP"].as_str().and_then(|ip| ip.parse().ok());
    let (Some(space), Some(address)) = (crate::cni::law::space_of(world, one), address) else { return from == to };
    let probe = Probe::port(space, address, Transport::Tcp, PORT);
    from == to || world.network().clone().probe(&probe, world.now().0 / 1000).outcome == Outcome::Reached
}

/// Whether a replica runs, by what is known of it: it failed, and was reached again since.
fn look(told: &mut Value, reached: bool, now: Moment) -> bool {
    if !reached {
        if told["failed"].is_null() {
            told["failed"] = now.0.into();
        }
        told["rebuilds"] = Value::Null;
        return false;
    }
    // What was never seen to work begins so.
    if told["began"].is_null() || told["failed"].is_null() {
        *told = json!({"began": now.0});
        return true;
    }
    if told["rebuilds"].is_null() {
        told["rebuilds"] = now.0.into();
    }
    let since = Moment(told["rebuilds"].as_i64().unwrap_or(now.0));
    if now.seconds_since(since) < REBUILD {
        return false;
    }
    *told = json!({"began": now.0});
    true
}

fn tell(world: &mut World, key: &Key, runs: bool, failed: Option<i64>) {
    let state = if runs { "running" } else { "stopped" };
    let at = if runs { String::new() } else { failed.map(|at| Moment(at).text()).unwrap_or_default() };
    let Some(replica) = world.at(key) else { return };
    if replica["status"]["currentState"] != state {
        drop(world.change_as(key, "longhorn-manager", "status", |it| it["status"]["currentState"] = state.into()));
        drop(world.change_as(key, "longhorn-manager", "", |it| it["spec"]["failedAt"] = at.into()));
    }
}

/// Gives another node a replica where one has been away for long.
fn replenish(world: &mut World, volume: &Object, replicas: &[Replica], known: &mut Value) {
    let now = world.now();
    let late = |it: &&Replica| {
        let failed = known[it.key.name()]["failed"].as_i64();
        !it.runs && failed.is_some_and(|at| now.seconds_since(Moment(at)) >= WAIT) && !works(world, &it.node, &it.node)
    };
    let Some(lost) = replicas.iter().find(late) else { return };
    let free = |node: &&std::sync::Arc<Object>| {
        node["spec"]["allowScheduling"] != false
            && node.condition("Ready") == Some("True")
            && replicas.iter().all(|it| it.node != node.name())
    };
    let Some(node) = world.list(NODES, volume.namespace()).find(free).map(|it| it.name().to_owned()) else { return };
    let name = format!("{}-r-{}", volume.name(), crate::cni::digits(&[volume.name(), &node, &now.text()], 8));
    let made = json!({
        "apiVersion": "longhorn.io/v1beta2", "kind": "Replica",
        "metadata": {"name": name, "namespace": volume.namespace(), "labels": {"longhornvolume": volume.name()}},
        "spec": {"volumeName": volume.name(), "nodeID": node, "desireState": "running", "volumeSize": volume["spec"]["size"]},
    });
    // It has everything to learn.
    known[&name] = json!({"began": now.0, "failed": now.0, "rebuilds": now.0});
    if let Some(told) = known.as_object_mut() {
        told.remove(lost.key.name());
    }
    world.remove(&lost.key);
    drop(world.create(REPLICAS, Object::new(made)));
}
