//! From the pods of an old template to those of the new one: node by node.

use super::{ByNode, HASH, create, nodes, remove};
use crate::laws::kit::numbers::share;
use crate::laws::kit::pods;
use crate::world::{Object, World};
use std::sync::Arc;

fn surge(set: &Object, desired: i64) -> i64 {
    if set["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return 0;
    }
    share(&set["spec"]["updateStrategy"]["rollingUpdate"]["maxSurge"], desired, true)
}

fn is_available(set: &Object, pod: &Object, now: crate::world::Moment) -> bool {
    let min_ready = set["spec"]["minReadySeconds"].as_i64().unwrap_or(0);
    pods::available_at(pod, min_ready).is_some_and(|at| at <= now)
}

/// The pods of one node beyond the one it should have.
pub(super) fn too_many(set: &Object, hash: &str, live: &[&Arc<Object>]) -> Vec<Arc<Object>> {
    let mut staying: Vec<&Arc<Object>> = live.iter().filter(|pod| !pod.is_going()).copied().collect();
    if staying.len() < 2 {
        return Vec::new();
    }
    // With surge an old and a new pod may be side by side until the new one is ready.
    if surge(set, 100) > 0 {
        let new = staying.iter().find(|pod| pod.label(HASH) == Some(hash)).copied();
        let old: Vec<Arc<Object>> =
            staying.iter().filter(|pod| pod.label(HASH) != Some(hash)).map(|pod| (*pod).clone()).collect();
        if let Some(new) = new {
            return if pods::is_ready(new) { old } else { Vec::new() };
        }
    }
    staying.sort_by_key(|pod| (pods::node(pod).is_empty(), !pods::is_ready(pod), pod.created()));
    staying.into_iter().skip(1).cloned().collect()
}

/// One step: as many old pods end as may be missing, or as many new ones begin beside them.
pub(super) fn roll(world: &mut World, set: &Object, hash: &str, by_node: &ByNode) {
    let now = world.now();
    let nodes: Vec<String> = world
        .list("nodes", "")
        .filter(|node| nodes::place(set, node).may_run)
        .map(|node| node.name().to_owned())
        .collect();
    let desired = i64::try_from(nodes.len()).unwrap_or(i64::MAX);
    let rolling = &set["spec"]["updateStrategy"]["rollingUpdate"];
    let surge = surge(set, desired);
    let missing = share(&rolling["maxUnavailable"], desired, true);
    let missing = if missing == 0 && surge == 0 { 1 } else { missing };
    let (mut unavailable, mut beside, mut old, mut broken) = (0, 0, Vec::new(), Vec::new());
    for node in &nodes {
        let here = by_node.get(node).map(Vec::as_slice).unwrap_or_default();
        let live: Vec<&Arc<Object>> = here.iter().filter(|pod| !pods::has_ended(pod)).collect();
        let new = live.iter().find(|pod| pod.label(HASH) == Some(hash));
        let before = live.iter().find(|pod| pod.label(HASH) != Some(hash));
        let works = |pod: &Arc<Object>| is_available(set, pod, now) && !pod.is_going();
        match (new, before) {
            (Some(_), Some(_)) if surge > 0 => beside += 1,
            (Some(new), None) if !works(new) => unavailable += 1,
            (None, Some(before)) if before.is_going() => unavailable += 1,
            (None, Some(before)) if !works(before) => {
                unavailable += 1;
                broken.push((node.clone(), (*before).clone()));
            }
            (None, Some(before)) => old.push((node.clone(), (*before).clone())),
            (None, None) => unavailable += 1,
            _ => {}
        }
    }
    if surge > 0 {
        let room = usize::try_from((surge - beside).max(0)).unwrap_or(0);
        for (_, pod) in &broken {
            remove(world, set, pod);
        }
        for (node, _) in old.iter().take(room) {
            create(world, set, hash, node);
        }
        return;
    }
    for (_, pod) in &broken {
        remove(world, set, pod);
    }
    let room = usize::try_from((missing - unavailable).max(0)).unwrap_or(0);
    for (_, pod) in old.iter().take(room) {
        remove(world, set, pod);
    }
}
