//! The addresses of pods. This one function is the seam for networks: until there are some, every node hands out its range.

use crate::world::{Key, Object, World};
use std::net::Ipv4Addr;

/// The address of a node.
pub(super) fn of_node(world: &World, node: &str) -> Option<String> {
    world.get("nodes", "", node)?.internal_ip().map(str::to_owned)
}

/// Why a pod has no network yet.
pub(super) enum Trouble {
    /// The runtime of the machine has none: nothing was tried.
    NotReady,
    /// The runtime could not make it, in these words, after so many seconds.
    Failed(String, i64),
}

/// Gives a pod its address, or says why its network cannot be made.
///
/// # Failures
/// The words the runtime gives, for the event `FailedCreatePodSandBox`.
pub(super) fn give(world: &mut World, pod: &Object, node: &str) -> Result<Option<String>, Trouble> {
    if pod["spec"]["hostNetwork"] == true {
        return Ok(of_node(world, node));
    }
    if world.machine(node).is_some() {
        return born(world, pod, node);
    }
    by_range(world, node).map_err(|said| Trouble::Failed(said, 0))
}

/// What a pod is to the runtime of its machine, in this boot of it.
fn sandbox(world: &World, pod: &Object, node: &str) -> crate::cni::Pod {
    let boot = world.machine(node).map(|machine| machine.boot_id.clone()).unwrap_or_default();
    let sandbox = crate::cni::digits(&[pod.uid(), &boot], 64);
    crate::cni::Pod {
        namespace: pod.namespace().to_owned(),
        name: pod.name().to_owned(),
        uid: pod.uid().to_owned(),
        sandbox,
    }
}

fn key_of(pod: &Object) -> Key {
    Key::new("sandboxes", pod.namespace(), pod.name())
}

fn born(world: &mut World, pod: &Object, node: &str) -> Result<Option<String>, Trouble> {
    gone(world, pod, node);
    let made = sandbox(world, pod, node);
    let given = world.on_host(node, |host| crate::cni::add(host, &made));
    match given {
        Some(Ok(address)) => {
            let what = crate::json::json!({"sandbox": made.sandbox, "uid": made.uid});
            world.remember(super::LAW.name, &key_of(pod), what);
            Ok(Some(address.to_string()))
        }
        Some(Err(crate::cni::Trouble::NotReady)) | None => Err(Trouble::NotReady),
        Some(Err(crate::cni::Trouble::Failed { said, after })) => Err(Trouble::Failed(said, after)),
    }
}

/// Takes a pod's network away, by the plugins of now.
pub(super) fn gone(world: &mut World, pod: &Object, node: &str) {
    let known = world.memory(super::LAW.name, &key_of(pod));
    let Some(sandbox) = known["sandbox"].as_str().map(str::to_owned) else { return };
    let mut old = self::sandbox(world, pod, node);
    old.sandbox = sandbox;
    world.on_host(node, |host| crate::cni::delete(host, &old));
    world.remember(super::LAW.name, &key_of(pod), crate::json::Value::Null);
}

/// The id of the sandbox in which the plugins made a pod's network; none where they made none.
pub(crate) fn sandbox_of(world: &World, pod: &Object) -> Option<String> {
    world.memory(super::LAW.name, &key_of(pod))["sandbox"].as_str().map(str::to_owned)
}

/// An address of the node's range, where the world has no machine for the node.
fn by_range(world: &mut World, node: &str) -> Result<Option<String>, String> {
    let range = world.get("nodes", "", node).and_then(|node| node["spec"]["podCIDR"].as_str()).map(str::to_owned);
    let Some((first, size)) = range.as_deref().and_then(range_of) else {
        return Err("plugin type=\"twin\" failed (add): no podCIDR assigned to the node".to_owned());
    };
    let key = Key::new("addresses", "", node);
    let last = u32::try_from(world.memory(super::LAW.name, &key).as_u64().unwrap_or(1)).unwrap_or(1);
    // The first address is the bridge's own, the last is for broadcasts.
    let usable = size.saturating_sub(3).max(1);
    for step in 0..usable {
        let place = 2 + (last.saturating_sub(1) + step) % usable;
        let address = Ipv4Addr::from(first.wrapping_add(place)).to_string();
        if !world.is_addressed(&address) {
            world.remember(super::LAW.name, &key, place.into());
            return Ok(Some(address));
        }
    }
    let range = range.unwrap_or_default();
    Err(format!(
        "plugin type=\"twin\" failed (add): failed to allocate for range 0: no IP addresses available in range set: {range}"
    ))
}

/// The first address of a range and how many there are.
fn range_of(range: &str) -> Option<(u32, u32)> {
    let (address, bits) = range.split_once('/')?;
    let (address, bits): (Ipv4Addr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    let free = 32_u32.checked_sub(bits)?;
    let size = 1_u32.checked_shl(free).unwrap_or(u32::MAX);
    Some((u32::from(address) & !size.wrapping_sub(1), size))
}
