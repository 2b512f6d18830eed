//! Services: the objects that say which address is whose. The addresses themselves the door gives.

use super::Law;
use crate::json::json;
use crate::world::{Again, Change, Key, Object, World};

/// The law.
pub(super) const LAW: Law = Law { name: "service", hears, acts };

const ADDRESSES: &str = "ipaddresses.networking.k8s.io";
fn hears(_: &World, change: &Change) -> Vec<Key> {
    let own = |service: &Object| service["spec"]["clusterIP"].as_str().unwrap_or_default().to_owned();
    let of = |one: &Option<std::sync::Arc<Object>>| one.as_deref().map(own);
    if change.key.kind != "services" || of(&change.before) == of(&change.after) {
        return Vec::new();
    }
    let mut keys = vec![change.key.clone()];
    if let Some(address) = of(&change.before) {
        keys.push(Key::new(ADDRESSES, "", &address));
    }
    keys
}

fn acts(world: &mut World, key: &Key) -> Again {
    if key.kind == ADDRESSES {
        let owner = world.at(key).map(|it| owner(it)).unwrap_or_default();
        let (namespace, name) = owner.split_once('/').unwrap_or_default();
        let service = world.get("services", namespace, name);
        if service.is_none_or(|service| service["spec"]["clusterIP"] != key.name()) {
            world.remove(key);
        }
        return Again::Never;
    }
    let Some(service) = world.at(key).cloned() else {
        return Again::Never;
    };
    let address = service["spec"]["clusterIP"].as_str().filter(|address| *address != "None" && !address.is_empty());
    if let Some(address) = address
        && world.get(ADDRESSES, "", address).is_none()
    {
        let object = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
            "metadata": {"name": address, "labels": {
                "ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
            }},
            "spec": {"parentRef": {
                "group": "", "resource": "services", "namespace": service.namespace(), "name": service.name(),
            }},
        });
        drop(world.create(ADDRESSES, Object::new(object)));
    }
    Again::Never
}

fn owner(address: &Object) -> String {
    let parent = &address["spec"]["parentRef"];
    format!("{}/{}", parent["namespace"].as_str().unwrap_or_default(), parent["name"].as_str().unwrap_or_default())
}
