//! Services: their addresses and ports, and the objects that say which address is whose.

use super::Law;
use crate::world::{Again, Cause, Change, Key, Object, Refusal, World, list};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// The law.
pub(super) const LAW: Law = Law { name: "service", hears, acts };

const ADDRESSES: &str = "ipaddresses.networking.k8s.io";
/// The range of services' addresses.
const RANGE: (Ipv4Addr, u32) = (Ipv4Addr::new(10, 43, 0, 0), 1 << 16);
/// The range of nodes' ports.
const PORTS: std::ops::Range<i64> = 30000..32768;

/// Gives a new or changed service its addresses and ports: what the server does before it keeps it.
///
/// # Failures
/// `Invalid`, when an address or a port that is asked for is another's.
pub(crate) fn complete(world: &mut World, service: &mut Object) -> Result<(), Refusal> {
    let sort = service["spec"]["type"].as_str().unwrap_or("ClusterIP").to_owned();
    if sort == "ExternalName" {
        return Ok(());
    }
    let asked = service["spec"]["clusterIP"].as_str().unwrap_or_default().to_owned();
    let own = format!("{}/{}", service.namespace(), service.name());
    let address = match asked.as_str() {
        "" => free_address(world),
        "None" => asked,
        _ if world.get(ADDRESSES, "", &asked).is_some_and(|it| owner(it) != own) => {
            let message = format!(
                "Invalid value: [\"{asked}\"]: failed to allocate IP {asked}: provided IP is already allocated"
            );
            let cause = Cause::new("FieldValueInvalid", "spec.clusterIPs", message);
            return Err(Refusal::invalid("", "Service", service.name(), vec![cause]));
        }
        _ => asked,
    };
    let spec = &mut service["spec"];
    spec["clusterIP"] = address.as_str().into();
    spec["clusterIPs"] = json!([address]);
    for (field, value) in [
        ("type", json!(sort)),
        ("sessionAffinity", json!("None")),
        ("internalTrafficPolicy", json!("Cluster")),
        ("ipFamilies", json!(["IPv4"])),
        ("ipFamilyPolicy", json!("SingleStack")),
    ] {
        if spec[field].is_null() {
            spec[field] = value;
        }
    }
    if sort == "NodePort" || sort == "LoadBalancer" {
        if service["spec"]["externalTrafficPolicy"].is_null() {
            service["spec"]["externalTrafficPolicy"] = "Cluster".into();
        }
        give_ports(world, service, &own)?;
    }
    if sort == "LoadBalancer" && service["spec"]["allocateLoadBalancerNodePorts"].is_null() {
        service["spec"]["allocateLoadBalancerNodePorts"] = true.into();
    }
    Ok(())
}

fn give_ports(world: &mut World, service: &mut Object, own: &str) -> Result<(), Refusal> {
    let mut taken: BTreeSet<(String, i64)> = BTreeSet::new();
    for other in world.list("services", "").filter(|other| format!("{}/{}", other.namespace(), other.name()) != own) {
        taken.extend(node_ports(other));
    }
    let name = service.name().to_owned();
    let lets = service["spec"]["allocateLoadBalancerNodePorts"] != false;
    let mut given = Vec::new();
    for (place, port) in service["spec"]["ports"].as_array().into_iter().flatten().enumerate() {
        let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
        let asked = port["nodePort"].as_i64().unwrap_or(0);
        if asked != 0 && taken.contains(&(protocol.clone(), asked)) {
            let field = format!("spec.ports[{place}].nodePort");
            let message = format!("Invalid value: {asked}: provided port is already allocated");
            let cause = Cause::new("FieldValueInvalid", field, message);
            return Err(Refusal::invalid("", "Service", &name, vec![cause]));
        }
        let mut number = asked;
        while number == 0 && lets {
            let width = u64::try_from(PORTS.end - PORTS.start).unwrap_or(1);
            let one = PORTS.start + i64::try_from(world.chance().below(width)).unwrap_or(0);
            if !taken.contains(&(protocol.clone(), one)) {
                number = one;
            } else if taken.len() as u64 >= width {
                break;
            }
        }
        taken.insert((protocol, number));
        given.push(number);
    }
    for (port, number) in list(&mut service["spec"]["ports"]).iter_mut().zip(given) {
        if number > 0 {
            port["nodePort"] = number.into();
        }
    }
    Ok(())
}

fn node_ports(service: &Object) -> Vec<(String, i64)> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let number = |port: &Value| port["nodePort"].as_i64().filter(|number| *number > 0);
    ports
        .filter_map(|port| number(port).map(|it| (port["protocol"].as_str().unwrap_or("TCP").to_owned(), it)))
        .collect()
}

fn free_address(world: &mut World) -> String {
    // The lower part of the range is left for those who ask for an address.
    let (first, size) = (u32::from(RANGE.0), u64::from(RANGE.1 - 258));
    loop {
        let place = u32::try_from(world.chance().below(size)).unwrap_or(0) + 257;
        let address = Ipv4Addr::from(first + place).to_string();
        if world.get(ADDRESSES, "", &address).is_none() || world.count(ADDRESSES) as u64 >= size {
            return address;
        }
    }
}

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
    if service["spec"]["clusterIP"].is_null() && service["spec"]["type"] != "ExternalName" {
        // One that no door has completed: of a scene or of another law.
        let mut whole = (*service).clone();
        if complete(world, &mut whole).is_ok() {
            drop(world.change(key, |it| *it = whole));
        }
        return Again::Never;
    }
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
