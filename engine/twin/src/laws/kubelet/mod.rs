//! The kubelets: pods of nodes get their network, images and containers, become ready, crash, end.

mod address;
mod behaviour;
mod end;
pub(crate) mod hand;
pub(crate) mod images;
mod run;
mod status;
mod step;

pub(crate) use address::sandbox_of;

use super::Law;
use super::kit::events::{Told, tell};
use super::kit::pods;
use crate::json::Value;
use crate::machines::Machine;
use crate::world::{Again, Change, Key, Moment, Object, World};
use run::{Is, Run, Sort, containers, name};
use step::Container;

/// The law.
pub(super) const LAW: Law = Law { name: "kubelet", hears, acts };

/// A node with this annotation has a kubelet that says and does nothing.
const SILENT: &str = "plane.test/silent";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    match change.key.kind.as_str() {
        "pods" => match (&change.before, &change.after) {
            (_, None) => Vec::new(),
            (_, Some(after)) if pods::node(after).is_empty() => Vec::new(),
            // Its own words about a pod are no news to it; those of others about gates are.
            (Some(before), Some(after))
                if before.shares(after, "spec")
                    && before["metadata"]["deletionTimestamp"] == after["metadata"]["deletionTimestamp"]
                    && before["metadata"]["annotations"] == after["metadata"]["annotations"]
                    && (before.shares(after, "status") || after["spec"]["readinessGates"].is_null()) =>
            {
                Vec::new()
            }
            _ => vec![change.key.clone()],
        },
        "nodes" => {
            let silent = |node: &Object| node.annotation(SILENT).is_some();
            let was = change.before.as_deref().is_some_and(silent);
            match &change.after {
                Some(node) if was && !silent(node) => {
                    world.on_node(node.name()).map(|pod| Key::new("pods", pod.namespace(), pod.name())).collect()
                }
                _ => Vec::new(),
            }
        }
        // What a pod waits for may have come.
        "configmaps" | "secrets" if change.before.is_none() => {
            world.pending().filter(|pod| pod.namespace() == change.key.namespace()).cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the node's kubelet does its work.
pub(super) fn works(world: &World, node: &str) -> bool {
    let alive = world.machine(node).is_none_or(Machine::has_kubelet);
    alive && world.get("nodes", "", node).is_some_and(|node| node.annotation(SILENT).is_none())
}

/// A node's machine was booted: nothing of its pods is left but what the API knows. Their containers ended with the
/// machine and their networks are gone; what may be started again is started again.
pub(super) fn booted(world: &mut World, node: &str) {
    let now = world.now().0;
    let keys: Vec<Key> = world.on_node(node).map(|pod| Key::new("pods", pod.namespace(), pod.name())).collect();
    for key in keys {
        let Some(pod) = world.at(&key).cloned() else { continue };
        if pods::has_ended(&pod) {
            continue;
        }
        let Some(mut run) = recall(world, &key, &pod) else { continue };
        for cell in run.cells.values_mut() {
            match cell.is {
                Is::Runs { since } => cell.is = Is::Ended { at: now, since, code: step::LOST },
                Is::Pulling { .. } => cell.is = Is::New,
                _ => {}
            }
        }
        run.address = None;
        remember(world, &key, &run);
        world.wake(LAW.name, key);
    }
}

fn remember(world: &mut World, key: &Key, run: &Run) {
    // As text: there is one of these for every pod.
    world.remember(LAW.name, key, crate::json::to_string(run).map_or(Value::Null, Value::from));
}

fn recall(world: &World, key: &Key, pod: &Object) -> Option<Run> {
    let run = world.memory(LAW.name, key).as_str().and_then(|text| crate::json::from_str::<Run>(text).ok());
    run.filter(|run| run.uid == pod.uid()).or_else(|| Run::from_status(pod))
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(pod) = world.at(key).cloned() else {
        world.remember(LAW.name, key, Value::Null);
        return Again::Never;
    };
    let node = pods::node(&pod).to_owned();
    if node.is_empty() || !works(world, &node) {
        return Again::Never;
    }
    let known = recall(world, key, &pod);
    if pod.is_going() {
        let run = known.unwrap_or_else(|| Run::new(&pod, world.now()));
        return end::act(world, key, &pod, &node, run);
    }
    if pods::has_ended(&pod) {
        return Again::Never;
    }
    let is_new = known.is_none();
    let mut run = known.unwrap_or_else(|| Run::new(&pod, world.now()));
    let next = if is_new { begin(world, &pod, &mut run) } else { go_on(world, &pod, &node, &mut run) };
    let said = status::render(world, &pod, &node, &run);
    remember(world, key, &run);
    let ended = matches!(said.status["phase"].as_str(), Some("Succeeded" | "Failed"));
    drop(world.change_status(key, said.status));
    if ended {
        world.remember(LAW.name, key, Value::Null);
        return Again::Never;
    }
    let next = [next, said.next].into_iter().flatten().min();
    match next {
        None => Again::Never,
        // What fails again and again for ever is no reason to let the time jump.
        Some(at) if is_hopeless(&run) => Again::Idle(at),
        Some(at) => Again::At(at),
    }
}

fn is_hopeless(run: &Run) -> bool {
    let waits = |cell: &run::Cell| matches!(cell.is, Is::BackOff { .. } | Is::PullingBackOff { .. }) && cell.pauses > 5;
    run.held.is_some() || run.cells.values().any(waits)
}

/// A pod is taken on: its containers wait.
fn begin(world: &World, pod: &Object, run: &mut Run) -> Option<Moment> {
    for (spec, _) in containers(pod) {
        run.cells.insert(name(spec).to_owned(), run::Cell::default());
    }
    Some(world.now().plus_seconds(1))
}

/// Volumes, network, then the containers in their order.
fn go_on(world: &mut World, pod: &Object, node: &str, run: &mut Run) -> Option<Moment> {
    if run.address.is_none() {
        if let Some((volume, why)) = missing(world, pod) {
            if run.held.as_deref() != Some(&why) {
                let message = format!("MountVolume.SetUp failed for volume \"{volume}\" : {why}");
                let told = Told { by: "kubelet", host: node, field: "", reason: "FailedMount", warning: true };
                tell(world, pod, told, &message);
                run.held = Some(why);
            }
            return None;
        }
        match address::give(world, pod, node) {
            Ok(address) => run.address = address,
            Err(address::Trouble::NotReady) => {
                let why = format!(
                    "network is not ready: container runtime network not ready: NetworkReady=false \
                     reason:NetworkPluginNotReady message:Network plugin returns error: {}",
                    crate::cni::NOT_READY
                );
                let told = Told { by: "kubelet", host: node, field: "", reason: "NetworkNotReady", warning: true };
                tell(world, pod, told, &why);
                run.held = Some(why);
                return Some(world.now().plus_seconds(2));
            }
            Err(address::Trouble::Failed(why, after)) => {
                // What takes its time to fail is told when that is over.
                let from = run.failing.unwrap_or(world.now().0);
                let until = Moment(from).plus_seconds(after);
                if until > world.now() {
                    run.failing = Some(from);
                    return Some(until);
                }
                run.failing = None;
                run.held = Some(why.clone());
                let id: String = (0..4).map(|_| format!("{:016x}", world.chance().number())).collect();
                let message = format!(
                    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"{id}\": {why}"
                );
                let told =
                    Told { by: "kubelet", host: node, field: "", reason: "FailedCreatePodSandBox", warning: true };
                tell(world, pod, told, &message);
                return Some(world.now().plus_seconds(13));
            }
        }
        run.failing = None;
        run.held = None;
    }
    let mut next: Option<Moment> = None;
    for (spec, sort) in containers(pod) {
        let container = Container::new(world, pod, node, spec, sort);
        let mut cell = run.cells.remove(name(spec)).unwrap_or_default();
        let at = container.advance(world, &mut cell);
        next = [next, at].into_iter().flatten().min();
        let now = world.now().0;
        let passed = match (sort, &cell.is) {
            (Sort::Main, _) => true,
            (Sort::Init, Is::Ended { code, .. }) => *code == 0,
            (Sort::Beside, Is::Runs { since }) => container.ready_at(*since).0.is_some_and(|at| at <= now),
            _ => false,
        };
        let again = match (&cell.is, sort) {
            (Is::Runs { since }, Sort::Beside) if !passed => container.ready_at(*since).0.map(Moment),
            _ => None,
        };
        next = [next, again].into_iter().flatten().min();
        run.cells.insert(name(spec).to_owned(), cell);
        if !passed {
            break;
        }
    }
    next
}

/// The first volume whose source is not there, and the words for it.
fn missing(world: &World, pod: &Object) -> Option<(String, String)> {
    let namespace = pod.namespace();
    let lacks = |kind: &str, name: &Value, optional: &Value| {
        let name = name.as_str()?;
        let what = if kind == "secrets" { "secret" } else { "configmap" };
        let there = *optional == true || world.get(kind, namespace, name).is_some();
        (!there).then(|| format!("{what} \"{name}\" not found"))
    };
    pod["spec"]["volumes"].as_array()?.iter().find_map(|volume| {
        let (map, secret) = (&volume["configMap"], &volume["secret"]);
        let projected = volume["projected"]["sources"].as_array().into_iter().flatten().find_map(|source| {
            let (map, secret) = (&source["configMap"], &source["secret"]);
            lacks("configmaps", &map["name"], &map["optional"])
                .or_else(|| lacks("secrets", &secret["name"], &secret["optional"]))
        });
        let why = lacks("configmaps", &map["name"], &map["optional"])
            .or_else(|| lacks("secrets", &secret["secretName"], &secret["optional"]))
            .or(projected)?;
        Some((volume["name"].as_str().unwrap_or_default().to_owned(), why))
    })
}
