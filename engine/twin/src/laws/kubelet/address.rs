//! The addresses of pods. This one function is the seam for networks: until there are some, every node hands out its range.

use crate::world::{Key, Object, World};
use std::net::Ipv4Addr;

/// The address of a node.
pub(super) fn of_node(world: &World, node: &str) -> Option<String> {
    let addresses = world.get("nodes", "", node)?["status"]["addresses"].as_array()?;
    let internal = addresses.iter().find(|address| address["type"] == "InternalIP")?;
    internal["address"].as_str().map(str::to_owned)
}

/// Gives a pod its address, or says why its network cannot be made.
///
/// # Failures
/// The words the runtime gives, for the event `FailedCreatePodSandBox`.
pub(super) fn give(world: &mut World, pod: &Object, node: &str) -> Result<Option<String>, String> {
    if pod["spec"]["hostNetwork"] == true {
        return Ok(of_node(world, node));
    }
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
