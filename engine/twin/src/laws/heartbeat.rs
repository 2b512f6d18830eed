//! What the kubelet says of its node: that it lives, and how it is.

use super::Law;
use super::kit::events::{Told, tell};
use super::kubelet;
use crate::json::{Value, json};
use crate::machines::Machine;
use crate::world::{Again, Change, Key, Object, World, list};

/// The law.
pub(super) const LAW: Law = Law { name: "heartbeat", hears, acts };

/// The namespace of the leases.
pub(super) const LEASES: &str = "kube-node-lease";
/// Seconds between two renewals of a lease.
const BEAT: i64 = 10;
/// Seconds between two words about how the node is.
const REPORT: i64 = 300;
/// While a node has this annotation its kubelet says that it is not ready; the annotation's text is the reason it gives.
const BROKEN: &str = "plane.test/broken";

fn hears(_: &World, change: &Change) -> Vec<Key> {
    if change.key.kind != "nodes" {
        return Vec::new();
    }
    match (&change.before, &change.after) {
        (_, None) => Vec::new(),
        (Some(before), Some(after))
            if before["metadata"]["annotations"] == after["metadata"]["annotations"]
                && before["status"]["conditions"] == after["status"]["conditions"] =>
        {
            Vec::new()
        }
        _ => vec![change.key.clone()],
    }
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(node) = world.at(key).cloned() else {
        return Again::Never;
    };
    if !kubelet::works(world, key.name()) {
        return Again::Never;
    }
    renew(world, &node);
    report(world, key, &node);
    Again::Idle(world.now().plus_seconds(BEAT))
}

fn renew(world: &mut World, node: &Object) {
    let key = Key::new("leases.coordination.k8s.io", LEASES, node.name());
    let now = world.now();
    if let Some(lease) = world.at(&key) {
        let last = lease["spec"]["renewTime"].as_str().and_then(crate::world::Moment::read);
        if last.is_none_or(|last| now.seconds_since(last) >= BEAT) {
            drop(world.change(&key, |lease| lease["spec"]["renewTime"] = now.micro().into()));
        }
        return;
    }
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": node.name(), "namespace": LEASES, "ownerReferences": [
            {"apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid()},
        ]},
        "spec": {"holderIdentity": node.name(), "leaseDurationSeconds": 40, "renewTime": now.micro()},
    });
    drop(world.create("leases.coordination.k8s.io", Object::new(lease)));
}

fn report(world: &mut World, key: &Key, node: &Object) {
    let now = world.now();
    let broken = node.annotation(BROKEN).map(|why| {
        if why.is_empty() || why == "true" { "container runtime network not ready".to_owned() } else { why.to_owned() }
    });
    let broken = broken.or_else(|| {
        let machine = world.machine(node.name())?;
        let there = crate::cni::chosen(machine, &crate::cni::Folders::of(machine)).is_some();
        (!there).then(|| {
            format!(
                "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network \
                 plugin returns error: {}",
                crate::cni::NOT_READY
            )
        })
    });
    let ready = match &broken {
        None => ("True", "KubeletReady", "kubelet is posting ready status"),
        Some(why) => ("False", "KubeletNotReady", why.as_str()),
    };
    let told = |machine: &Machine| (machine.boot_id.clone(), machine.kernel.release.clone(), machine.system());
    let machine = world.machine(node.name()).map(told);
    let before = node.condition("Ready").map(str::to_owned);
    let written = world.change(key, |node| {
        for (kind, (status, reason, message)) in [
            ("MemoryPressure", ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available")),
            ("DiskPressure", ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure")),
            ("PIDPressure", ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available")),
            ("Ready", ready),
        ] {
            // What someone else says of the node, that it has no room for instance, is left as it is.
            let held = kind != "Ready" && node.condition(kind) == Some("True");
            if !held {
                put(node, now, kind, status, reason, message);
            }
        }
        if let Some((boot, kernel, system)) = &machine {
            let info = &mut node["status"]["nodeInfo"];
            if info["bootID"] != boot.as_str() || info["kernelVersion"] != kernel.as_str() {
                info["bootID"] = boot.as_str().into();
                info["kernelVersion"] = kernel.as_str().into();
                info["osImage"] = system.as_str().into();
            }
        }
        if node["status"]["daemonEndpoints"].is_null() {
            node["status"]["daemonEndpoints"] = json!({"kubeletEndpoint": {"Port": 10250}});
        }
    });
    if written.is_ok() && before.as_deref() != Some(ready.0) {
        let reason = if broken.is_none() { "NodeReady" } else { "NodeNotReady" };
        let name = node.name();
        let about = Object::new(json!({"kind": "Node", "metadata": {"name": name, "uid": name}}));
        let told = Told { by: "kubelet", host: name, field: "", reason, warning: false };
        tell(world, &about, told, &format!("Node {name} status is now: {reason}"));
    }
}

/// Sets a condition with its heartbeat; the same again is said only every so often.
fn put(node: &mut Object, now: crate::world::Moment, kind: &str, status: &str, reason: &str, message: &str) {
    let had = node["status"]["conditions"].as_array().into_iter().flatten().find(|it| it["type"] == kind);
    let beat = had.and_then(|had| had["lastHeartbeatTime"].as_str()).and_then(crate::world::Moment::read);
    let same = had.is_some_and(|had| had["status"] == status && had["reason"] == reason && had["message"] == message);
    if same && beat.is_some_and(|beat| now.seconds_since(beat) < REPORT) {
        return;
    }
    node.set_condition(now, kind, status, reason, message);
    let conditions = list(&mut node["status"]["conditions"]);
    if let Some(condition) = conditions.iter_mut().find(|it: &&mut Value| it["type"] == kind) {
        condition["lastHeartbeatTime"] = now.text().into();
    }
}
