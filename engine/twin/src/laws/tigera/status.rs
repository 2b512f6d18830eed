//! How Calico goes, in the words of a `TigeraStatus` and of its Installation.

use super::{MANAGER, STATUSES};
use crate::json::json;
use crate::world::{Key, Object, World};
use std::sync::Arc;

/// The parts that are told of.
pub(super) const NAMES: [&str; 3] = ["calico", "ippools", "apiserver"];
/// What of Calico itself is looked at.
pub(super) const CALICO: [(&str, &str); 4] = [
    ("daemonsets.apps", "calico-node"),
    ("daemonsets.apps", "csi-node-driver"),
    ("deployments.apps", "calico-typha"),
    ("deployments.apps", "calico-kube-controllers"),
];
const ALL: (&str, &str) = ("AllObjectsAvailable", "All Objects Available");

/// What ails a pod, where it can no longer be waited for.
pub(super) fn trouble(pod: &Object) -> Option<String> {
    let name = || format!("{}/{}", pod.namespace(), pod.name());
    if pod["status"]["phase"] == "Failed" {
        return Some(format!("Pod {} has failed", name()));
    }
    let containers = |field: &str| pod["status"][field].as_array().map(Vec::as_slice).unwrap_or_default();
    containers("initContainerStatuses").iter().chain(containers("containerStatuses")).find_map(|one| {
        let container = one["name"].as_str().unwrap_or_default();
        match one["state"]["waiting"]["reason"].as_str() {
            Some("CrashLoopBackOff") => Some(format!("Pod {} has crash looping container: {container}", name())),
            Some("ImagePullBackOff" | "ErrImagePull") => {
                Some(format!("Pod {} failed to pull container image for: {container}", name()))
            }
            _ if one["state"]["terminated"]["reason"] == "Error" => {
                Some(format!("Pod {} has terminated container: {container}", name()))
            }
            _ => None,
        }
    })
}

fn waits(kind: &str, object: &Object) -> Option<String> {
    let number = |field: &str| object["status"][field].as_i64().unwrap_or(0);
    let place = format!("{}/{}", object.namespace(), object.name());
    if kind == "daemonsets.apps" {
        let (wanted, new, missing) =
            (number("desiredNumberScheduled"), number("updatedNumberScheduled"), number("numberUnavailable"));
        return if new < wanted {
            Some(format!("DaemonSet {place:?} update is rolling out ({new} out of {wanted} updated)"))
        } else if missing > 0 {
            Some(format!("DaemonSet {place:?} is not available (awaiting {missing} nodes)"))
        } else if number("numberAvailable") == 0 && wanted != 0 {
            Some(format!("DaemonSet {place:?} is not yet scheduled on any nodes"))
        } else {
            None
        };
    }
    let missing = number("unavailableReplicas");
    if missing > 0 {
        Some(format!("Deployment {place:?} is not available (awaiting {missing} replicas)"))
    } else if number("availableReplicas") == 0 {
        Some(format!("Deployment {place:?} is not yet scheduled on any nodes"))
    } else {
        None
    }
}

/// Tells of a part by what it runs.
pub(super) fn tell(world: &mut World, name: &str, namespace: &str, parts: &[(&str, &str)]) {
    let found: Vec<(&str, Arc<Object>)> =
        parts.iter().filter_map(|(kind, name)| Some((*kind, world.get(kind, namespace, name)?.clone()))).collect();
    let failing: Vec<String> = found
        .iter()
        .filter_map(|(_, own)| {
            let pods = world.pods_with(namespace, &own["spec"]["selector"]["matchLabels"]);
            pods.iter().find_map(|pod| trouble(pod))
        })
        .collect();
    let waiting: Vec<String> = found.iter().filter_map(|(kind, own)| waits(kind, own)).collect();
    let (degraded, progressing) = (!failing.is_empty(), failing.is_empty() && !waiting.is_empty());
    let whole = found.len() == parts.len();
    set(
        world,
        name,
        [
            ("Available", whole && !degraded && !progressing, "Unknown", ""),
            ("Progressing", progressing, "ResourceNotReady", &waiting.join("\n")),
            ("Degraded", degraded, "PodFailure", &failing.join("\n")),
        ],
    );
}

/// Tells that nothing is wrong with a part.
pub(super) fn fine(world: &mut World, name: &str) {
    set(world, name, [("Available", true, "", ""), ("Progressing", false, "", ""), ("Degraded", false, "", "")]);
}

/// Tells that the operator itself can go no further with a part.
pub(super) fn degrade(world: &mut World, name: &str, reason: &str, said: &str) {
    let no = ("Unknown", "");
    set(
        world,
        name,
        [("Available", false, no.0, no.1), ("Progressing", false, no.0, no.1), ("Degraded", true, reason, said)],
    );
}

/// Sets the three conditions of a part: each with what is said where it is not as it should be.
fn set(world: &mut World, name: &str, conditions: [(&str, bool, &str, &str); 3]) {
    let key = Key::new(STATUSES, "", name);
    if world.at(&key).is_none() {
        let made = json!({"apiVersion": "operator.tigera.io/v1", "kind": "TigeraStatus", "metadata": {"name": name}, "spec": {}});
        drop(world.create(STATUSES, Object::new(made)));
    }
    let now = world.now();
    let whole = conditions[0].1;
    drop(world.change_as(&key, MANAGER, "status", |it| {
        for (kind, is, reason, said) in conditions {
            let good = if kind == "Available" { is } else { !is && whole };
            let (reason, said) = if good { ALL } else { (reason, said) };
            it.set_condition(now, kind, if is { "True" } else { "False" }, reason, said);
        }
    }));
}

/// Has the Installation say what the status of Calico says.
pub(super) fn mirror(world: &mut World, key: &Key, version: Option<&str>) {
    let Some(told) = world.get(STATUSES, "", "calico").cloned() else { return };
    let now = world.now();
    drop(world.change_as(key, MANAGER, "status", |it| {
        for one in told["status"]["conditions"].as_array().into_iter().flatten() {
            let text = |field: &str| one[field].as_str().unwrap_or_default();
            let kind = if text("type") == "Available" { "Ready" } else { text("type") };
            it.set_condition(now, kind, text("status"), text("reason"), text("message"));
        }
        if let Some(version) = version {
            it["status"]["variant"] = "Calico".into();
            it["status"]["calicoVersion"] = version.into();
            it["status"]["computed"] = it["spec"].clone();
        }
    }));
}
