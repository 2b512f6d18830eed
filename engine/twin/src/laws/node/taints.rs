//! The taints that follow from what is said of a node.

use crate::json::{Value, json};
use crate::world::{Key, Object, World, map};

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The taints a node should have because of its conditions, and all that could be so.
fn wanted(node: &Object) -> Vec<(&'static str, &'static str)> {
    let is = |kind: &str, status: &str| node.condition(kind) == Some(status);
    let mut wanted = Vec::new();
    for (holds, key, effect) in [
        (is("Ready", "False"), NOT_READY, "NoSchedule"),
        (is("Ready", "Unknown"), UNREACHABLE, "NoSchedule"),
        (is("MemoryPressure", "True"), "node.kubernetes.io/memory-pressure", "NoSchedule"),
        (is("DiskPressure", "True"), "node.kubernetes.io/disk-pressure", "NoSchedule"),
        (is("PIDPressure", "True"), "node.kubernetes.io/pid-pressure", "NoSchedule"),
        (is("NetworkUnavailable", "True"), "node.kubernetes.io/network-unavailable", "NoSchedule"),
        (node["spec"]["unschedulable"] == true, "node.kubernetes.io/unschedulable", "NoSchedule"),
        (is("Ready", "False"), NOT_READY, "NoExecute"),
        (is("Ready", "Unknown"), UNREACHABLE, "NoExecute"),
    ] {
        if holds {
            wanted.push((key, effect));
        }
    }
    wanted
}

fn is_ours(taint: &Value) -> bool {
    let key = taint["key"].as_str().unwrap_or_default();
    match taint["effect"].as_str() {
        Some("NoSchedule") => [
            NOT_READY,
            UNREACHABLE,
            "node.kubernetes.io/memory-pressure",
            "node.kubernetes.io/disk-pressure",
            "node.kubernetes.io/pid-pressure",
            "node.kubernetes.io/network-unavailable",
            "node.kubernetes.io/unschedulable",
        ]
        .contains(&key),
        Some("NoExecute") => [NOT_READY, UNREACHABLE].contains(&key),
        _ => false,
    }
}

/// Brings the node's taints into line.
pub(super) fn write(world: &mut World, key: &Key) {
    let now = world.now().text();
    drop(world.change(key, |node| {
        let wanted = wanted(node);
        let had = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
        let fits = |taint: &Value, (key, effect): &(&str, &str)| taint["key"] == *key && taint["effect"] == *effect;
        let mut taints: Vec<Value> =
            had.iter().filter(|taint| !is_ours(taint) || wanted.iter().any(|one| fits(taint, one))).cloned().collect();
        for one in &wanted {
            if !taints.iter().any(|taint| fits(taint, one)) {
                taints.push(json!({"key": one.0, "effect": one.1, "timeAdded": now}));
            }
        }
        if taints == had {
            return;
        }
        if taints.is_empty() {
            map(&mut node["spec"]).remove("taints");
        } else {
            node["spec"]["taints"] = taints.into();
        }
    }));
}
