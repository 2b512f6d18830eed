//! kube-vip: one address that is the control plane's, on a link of the one node that holds the lease.
//!
//! Whoever holds it has the address; whoever does not come back in time loses it to the next. A machine that is lost takes
//! its own copy along, and one that only lost the API takes it away itself.

use super::Law;
use crate::json::{Value, json};
use crate::world::{Again, Change, Key, Moment, Object, World};

/// The law.
pub(super) const LAW: Law = Law { name: "vip", hears, acts };

const LEASES: &str = "leases.coordination.k8s.io";
const NAMESPACE: &str = "kube-system";
const LEASE: &str = "plndr-cp-lock";
/// Seconds until it looks again.
const LOOK: i64 = 5;
/// How long the lease lasts, where the pods say nothing of it.
const LASTS: i64 = 15;

fn hears(_: &World, change: &Change) -> Vec<Key> {
    let pod = change.after.as_deref().or(change.before.as_deref());
    let one = change.key.kind == "pods" && pod.is_some_and(is_one);
    let ready = |pod: &Object| pod.condition("Ready") == Some("True");
    let changed = change.before.as_deref().map(ready) != change.after.as_deref().map(ready);
    if one && changed { vec![Key::new("vips.twin", "", "control-plane")] } else { Vec::new() }
}

fn container(pod: &Object) -> Option<&Value> {
    pod["spec"]["containers"].as_array()?.iter().find(|it| it["name"] == "kube-vip")
}

fn is_one(pod: &Object) -> bool {
    pod["spec"]["hostNetwork"] == true && container(pod).is_some()
}

fn env<'a>(pod: &'a Object, name: &str) -> Option<&'a str> {
    let env = container(pod)?["env"].as_array()?;
    env.iter().find(|it| it["name"] == name)?["value"].as_str()
}

fn address(pod: &Object) -> Option<&str> {
    env(pod, "address").or(env(pod, "vip_address"))
}

/// The address that wanders with the lease.
pub(crate) fn wandering(world: &World) -> Option<&str> {
    address(world.list("pods", NAMESPACE).find(|pod| is_one(pod))?)
}

/// The node of a pod that runs and can say so.
fn lives(world: &World, pod: &Object) -> Option<String> {
    let node = pod["spec"]["nodeName"].as_str()?;
    let up = world.machine(node).is_some_and(|machine| machine.has_runtime() && machine.has_plane());
    let works = up && pod.condition("Ready") == Some("True") && !pod.is_going();
    works.then(|| node.to_owned())
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(pod) = world.list("pods", NAMESPACE).find(|pod| is_one(pod)).cloned() else {
        return Again::Never;
    };
    let (Some(address), Some(link)) = (address(&pod), env(&pod, "vip_interface")) else {
        return Again::Never;
    };
    let lasts = env(&pod, "vip_leaseduration").and_then(|text| text.parse().ok()).unwrap_or(LASTS);
    let alive: Vec<String> =
        world.list("pods", NAMESPACE).filter(|pod| is_one(pod)).filter_map(|pod| lives(world, pod)).collect();
    let (held, last) = holder(world);
    let now = world.now();
    let next = Again::Idle(now.plus_seconds(LOOK));
    let next_one = match alive.iter().find(|node| **node == held) {
        Some(node) => Some(node.clone()),
        None if held.is_empty() || now.seconds_since(last) >= lasts => alive.first().cloned(),
        None => None,
    };
    let Some(node) = next_one else {
        // Somebody takes it when its time is over, and the clock goes there.
        return if alive.is_empty() { next } else { Again::At(last.plus_seconds(lasts)) };
    };
    write(world, &node, lasts, node != held);
    carry(world, key, &node, address, link);
    next
}

fn holder(world: &World) -> (String, Moment) {
    let Some(lease) = world.get(LEASES, NAMESPACE, LEASE) else { return (String::new(), Moment::default()) };
    let last = lease["spec"]["renewTime"].as_str().and_then(Moment::read).unwrap_or_default();
    (lease["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned(), last)
}

fn write(world: &mut World, node: &str, lasts: i64, taken: bool) {
    let (key, now) = (Key::new(LEASES, NAMESPACE, LEASE), world.now());
    if world.at(&key).is_none() {
        let made = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": LEASE, "namespace": NAMESPACE},
            "spec": {"holderIdentity": node, "leaseDurationSeconds": lasts, "leaseTransitions": 0,
                "acquireTime": now.micro(), "renewTime": now.micro()},
        });
        drop(world.create(LEASES, Object::new(made)));
        return;
    }
    drop(world.change_as(&key, "kube-vip", "", |lease| {
        if taken {
            let transitions = lease["spec"]["leaseTransitions"].as_i64().unwrap_or(0);
            lease["spec"]["leaseTransitions"] = (transitions + 1).into();
            lease["spec"]["acquireTime"] = now.micro().into();
            lease["spec"]["holderIdentity"] = node.into();
        }
        lease["spec"]["renewTime"] = now.micro().into();
    }));
}

/// The address is on the link of one node, and of no other that can still be told.
fn carry(world: &mut World, key: &Key, node: &str, address: &str, link: &str) {
    let Ok(own) = address.parse::<std::net::Ipv4Addr>() else { return };
    let has = |world: &World, name: &str| {
        world.network().find(name, "").is_some_and(|id| world.network().space(id).owns(own))
    };
    let names: Vec<String> = world.machines().map(|machine| machine.name.clone()).collect();
    let others = names.into_iter().filter(|name| name != node && has(world, name));
    let told = others.filter(|name| world.machine(name).is_some_and(crate::machines::Machine::is_up));
    for other in &told.collect::<Vec<String>>() {
        world.on_host(other, |host| host.try_all("", &[format!("ip addr del {address}/32 dev {link}")]));
    }
    if !has(world, node) {
        world.on_host(node, |host| host.try_all("", &[format!("ip addr add {address}/32 dev {link}")]));
        super::balancer::told(world, own);
    }
    world.remember(LAW.name, key, json!({"node": node}));
}
