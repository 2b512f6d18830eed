//! The scheduler: a node for each pod that has none, or the reason why there is none.

mod affinity;
mod fit;
mod refused;
mod score;
mod spread;
mod volumes;

use super::Law;
use super::kit::events::{Told, tell_action};
use crate::json::json;
use crate::world::{Again, Change, Key, Load, Object, World, list};
use fit::Wants;
use refused::Refused;
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "scheduler", hears, acts };

const BY: &str = "default-scheduler";
/// The made-up kind of the one key under which all waiting pods are tried again.
const AGAIN: &str = "waiting/again";
/// Up to so many nodes all are compared.
const FEW: usize = 100;
/// Of more nodes, the first so many that fit, beginning where the last search ended.
const ENOUGH: usize = 24;

fn hears(_: &World, change: &Change) -> Vec<Key> {
    let again = || vec![Key::new(AGAIN, "", "")];
    match change.key.kind.as_str() {
        "pods" => match &change.after {
            Some(pod) if is_waiting(pod) => match &change.before {
                // What the scheduler itself wrote about it, or what does not matter to it, is no reason to try again.
                Some(before)
                    if before.shares(pod, "spec") && before["metadata"]["labels"] == pod["metadata"]["labels"] =>
                {
                    Vec::new()
                }
                _ => vec![place(pod)],
            },
            None if takes_room(change.before.as_deref()) => again(),
            Some(_) if takes_room(change.before.as_deref()) && !takes_room(change.after.as_deref()) => again(),
            _ => Vec::new(),
        },
        "nodes" => match (&change.before, &change.after) {
            (None, Some(_)) => again(),
            (Some(before), Some(after))
                if !before.shares(after, "spec")
                    || before["metadata"]["labels"] != after["metadata"]["labels"]
                    || before["status"]["allocatable"] != after["status"]["allocatable"] =>
            {
                again()
            }
            _ => Vec::new(),
        },
        "persistentvolumeclaims" | "persistentvolumes" | "storageclasses.storage.k8s.io" => again(),
        _ => Vec::new(),
    }
}

/// Whether the pod waits for this scheduler.
fn is_waiting(pod: &Object) -> bool {
    let text = |field: &str| pod["spec"][field].as_str().unwrap_or_default();
    text("nodeName").is_empty()
        && matches!(text("schedulerName"), "" | BY)
        && !pod.is_going()
        && pod["spec"]["schedulingGates"].as_array().is_none_or(Vec::is_empty)
}

fn takes_room(pod: Option<&Object>) -> bool {
    pod.is_some_and(|pod| {
        pod["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty())
            && !matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
    })
}

/// A pod's place in the queue: the higher its priority, the earlier.
fn place(pod: &Object) -> Key {
    let priority = pod["spec"]["priority"].as_i64().unwrap_or(0);
    let turned = i64::from(i32::MAX) - priority;
    Key::new(format!("waiting/{turned:010}").as_str(), pod.namespace(), pod.name())
}

fn acts(world: &mut World, key: &Key) -> Again {
    if key.kind == AGAIN {
        let mut waiting: Vec<Key> = world.on_node("").filter(|pod| is_waiting(pod)).map(|pod| place(pod)).collect();
        waiting.sort();
        for place in waiting {
            schedule(world, &place);
        }
    } else {
        schedule(world, key);
    }
    Again::Never
}

fn schedule(world: &mut World, place: &Key) {
    let key = Key::new("pods", place.namespace(), place.name());
    let Some(pod) = world.at(&key).filter(|pod| is_waiting(pod)).cloned() else {
        return;
    };
    match find(world, &key, &pod) {
        Ok(node) => {
            if volumes::are_ready(world, &pod, &node) {
                bind(world, &key, &pod, &node);
            }
        }
        Err(refused) => refuse(world, &key, &pod, &refused),
    }
}

/// The best node for a pod, or why there is none.
fn find(world: &mut World, key: &Key, pod: &Object) -> Result<String, Refused> {
    let claims = volumes::Claims::of(world, pod).map_err(Refused::whole)?;
    let wants = Wants::of(world, pod);
    let near = affinity::Near::of(world, pod);
    let spread = spread::Spread::of(world, pod, &wants);
    let mut refused = Refused::default();
    let next = Key::new("waiting/next", "", "");
    let start = world.memory(LAW.name, &next).as_str().unwrap_or_default().to_owned();
    refused.total = world.count("nodes");
    let (mut fitting, mut seen): (Vec<Spot<'_>>, Option<&str>) = (Vec::new(), None);
    let nodes: Box<dyn Iterator<Item = &Arc<Object>>> = match wants.only() {
        Some(name) => Box::new(world.get("nodes", "", name).into_iter()),
        None => Box::new(world.around("nodes", &start)),
    };
    for node in nodes {
        seen = Some(node.name());
        let spot = Spot::of(world, node);
        let no = fit::check(world, &wants, &spot)
            .or_else(|| claims.check(node))
            .or_else(|| spread.check(node))
            .or_else(|| near.check(node));
        match no {
            None => fitting.push(spot),
            Some(no) => refused.add(no),
        }
        if fitting.len() >= if refused.total > FEW { ENOUGH } else { FEW } {
            break;
        }
    }
    if fitting.is_empty() {
        refused.rest_by_name(wants.only().is_some());
        return Err(refused);
    }
    // What comes right after the last one looked at.
    let moved = seen.map(|name| format!("{name}\u{0}"));
    let mut best = score::best(world, pod, &wants, &near, &fitting);
    let chosen = if best.len() > 1 {
        let place = usize::try_from(world.chance().below(best.len() as u64)).unwrap_or(0);
        best.swap_remove(place)
    } else {
        best.pop().unwrap_or_default()
    };
    if wants.only().is_none() {
        world.remember(LAW.name, &next, moved.into());
    }
    if world.at(key).is_some() { Ok(chosen) } else { Err(Refused::default()) }
}

fn bind(world: &mut World, key: &Key, pod: &Object, node: &str) {
    let now = world.now();
    let bound = world.change(key, |pod| {
        pod["spec"]["nodeName"] = node.into();
        let conditions = list(&mut pod["status"]["conditions"]);
        conditions.retain(|condition| condition["type"] != "PodScheduled");
        conditions.push(json!({
            "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now.text(),
        }));
    });
    if bound.is_ok() {
        let message = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
        tell_action(world, pod, told(false, "Scheduled"), "Binding", &message);
    }
}

fn told(warning: bool, reason: &str) -> Told<'_> {
    Told { by: BY, host: "control-plane", field: "", reason, warning }
}

fn refuse(world: &mut World, key: &Key, pod: &Object, refused: &Refused) {
    let message = refused.message();
    let condition =
        pod["status"]["conditions"].as_array().into_iter().flatten().find(|it| it["type"] == "PodScheduled");
    if condition.is_some_and(|it| it["message"] == message.as_str()) {
        return;
    }
    tell_action(world, pod, told(true, "FailedScheduling"), "Scheduling", &message);
    let (now, generation) = (world.now(), pod.generation());
    drop(world.change(key, |pod| {
        let conditions = list(&mut pod["status"]["conditions"]);
        let since = conditions
            .iter()
            .find(|it| it["type"] == "PodScheduled" && it["status"] == "False")
            .map_or_else(|| now.text().into(), |it| it["lastTransitionTime"].clone());
        conditions.retain(|it| it["type"] != "PodScheduled");
        conditions.push(json!({
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
            "lastProbeTime": null, "lastTransitionTime": since, "observedGeneration": generation,
        }));
    }));
}

/// A node, what it has and what is left of that.
#[derive(Clone, Copy)]
struct Spot<'a> {
    node: &'a Object,
    has: Load,
    left: Load,
}

impl<'a> Spot<'a> {
    fn of(world: &World, node: &'a Object) -> Self {
        let has = world.room(node.name());
        Self { node, has, left: has.minus(world.load(node.name())) }
    }
}
