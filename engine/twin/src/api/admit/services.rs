//! Services: cluster addresses and node ports, given out and given back.

use super::families;
use crate::json::{Value, json};
use crate::world::{Cause, Object, Refusal, World, map};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// The range of cluster addresses when no `ServiceCIDR` says otherwise.
const RANGE: &str = "10.43.0.0/16";

pub(super) fn allocate(world: &mut World, before: Option<&Object>, service: &mut Object) -> Result<(), Refusal> {
    let kind = service["spec"]["type"].as_str().unwrap_or("ClusterIP").to_owned();
    if kind == "ExternalName" {
        if let Some(before) = before.filter(|before| before["spec"]["type"] != "ExternalName") {
            shed(service, before);
        }
        return Ok(());
    }
    if before.is_none() {
        agreeing(service)?;
    }
    families::check(world, service)?;
    addresses(world, before, service)?;
    if ["NodePort", "LoadBalancer"].contains(&kind.as_str()) {
        ports(world, before, service)?;
    }
    Ok(())
}

/// A service that becomes a mere name loses what it had as more, unless something else was asked for.
fn shed(service: &mut Object, before: &Object) {
    const SHED: [&str; 5] = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"];
    let spec = map(&mut service["spec"]);
    for field in SHED {
        if spec.get(field) == before["spec"].get(field) {
            spec.remove(field);
        }
    }
}

/// Whether the addresses that are asked for agree with the first of them.
fn agreeing(service: &Object) -> Result<(), Refusal> {
    let (first, all) = (service["spec"]["clusterIP"].as_str().unwrap_or_default(), &service["spec"]["clusterIPs"]);
    let given: Vec<&str> = crate::world::strings(all).collect();
    let whole = |why: &str| cause("spec.clusterIPs", format!("Invalid value: {all}: {why}"));
    let mut causes = Vec::new();
    if !given.is_empty() && first.is_empty() {
        causes.push(whole("must be empty when `clusterIP` is not specified"));
    } else if given.first().is_some_and(|given| *given != first) {
        causes.push(whole("first value must match `clusterIP`"));
    }
    if given.len() > 1 && given.contains(&"None") {
        causes.push(whole("'None' must be the first and only value"));
    }
    if causes.is_empty() {
        return Ok(());
    }
    for (at, address) in given.iter().enumerate().skip(1).filter(|(_, one)| one.parse::<IpAddr>().is_err()) {
        let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        causes.push(cause(&format!("spec.clusterIPs[{at}]"), format!("Invalid value: {address:?}: {why}")));
    }
    Err(Refusal::invalid("", "Service", service.name(), causes))
}

fn invalid(service: &Object, field: &str, message: String) -> Refusal {
    Refusal::invalid("", "Service", service.name(), vec![cause(field, message)])
}

fn addresses(world: &mut World, before: Option<&Object>, service: &mut Object) -> Result<(), Refusal> {
    let has = before.and_then(|before| before["spec"]["clusterIP"].as_str()).unwrap_or_default().to_owned();
    let asked = service["spec"]["clusterIP"].as_str().unwrap_or_default().to_owned();
    let (network, size) = range(world);
    let address = match (has.is_empty(), asked.as_str()) {
        (false, "") => has,
        (false, asked) if asked == has => has,
        // That it is none, or may not change, is said when the whole is looked at.
        (_, asked) if !["", "None"].contains(&asked) && asked.parse::<IpAddr>().is_err() => asked.to_owned(),
        (false, asked) if !before.is_some_and(|before| before["spec"]["type"] == "ExternalName") => asked.to_owned(),
        (_, "None") => "None".to_owned(),
        (_, "") => free(world, network, size),
        (_, asked) => {
            let inside = asked.parse::<Ipv4Addr>().is_ok_and(|one| (u32::from(one) & !(size - 1)) == network);
            let wrong = if !inside {
                Some(format!("failed to allocate IP {asked}: the provided network does not match the current range"))
            } else if world.is_service_address(asked) {
                Some(format!("failed to allocate IP {asked}: provided IP is already allocated"))
            } else {
                None
            };
            if let Some(why) = wrong {
                return Err(invalid(service, "spec.clusterIPs", format!("Invalid value: [\"{asked}\"]: {why}")));
            }
            asked.to_owned()
        }
    };
    let spec = map(&mut service["spec"]);
    spec.insert("clusterIP".to_owned(), address.as_str().into());
    spec.insert("clusterIPs".to_owned(), json!([address]));
    // A headless service that chooses nothing may have addresses of both families.
    let both =
        address == "None" && spec.get("selector").and_then(Value::as_object).is_none_or(crate::json::Map::is_empty);
    if spec.get("ipFamilies").is_none_or(Value::is_null) {
        spec.insert("ipFamilies".to_owned(), if both { json!(["IPv4", "IPv6"]) } else { json!(["IPv4"]) });
    }
    if spec.get("ipFamilyPolicy").is_none_or(Value::is_null) {
        spec.insert("ipFamilyPolicy".to_owned(), if both { "RequireDualStack" } else { "SingleStack" }.into());
    }
    Ok(())
}

/// The network of cluster addresses and how many there are.
fn range(world: &World) -> (u32, u32) {
    let found = world.list("servicecidrs.networking.k8s.io", "").next();
    let text = found.and_then(|one| one["spec"]["cidrs"][0].as_str()).unwrap_or(RANGE);
    let (address, bits) = text.split_once('/').unwrap_or(("10.43.0.0", "16"));
    let bits: u32 = bits.parse().unwrap_or(16).clamp(1, 30);
    let size = 1 << (32 - bits);
    (u32::from(address.parse().unwrap_or(Ipv4Addr::new(10, 43, 0, 0))) & !(size - 1), size)
}

/// A free address, from the upper part of the range as the server does it.
fn free(world: &mut World, network: u32, size: u32) -> String {
    let low = (size / 16).clamp(16, 256).min(size / 2);
    loop {
        let choice = u32::try_from(world.chance().below(u64::from(size - low - 1))).unwrap_or(0);
        let address = Ipv4Addr::from(network + low + choice).to_string();
        if !world.is_service_address(&address) || world.count("services") as u64 >= u64::from(size - low - 1) {
            return address;
        }
    }
}

/// Whether a service is asked how it is at a port of its own on every node.
fn is_asked(service: &Object) -> bool {
    service["spec"]["type"] == "LoadBalancer" && service["spec"]["externalTrafficPolicy"] == "Local"
}

/// The ports of nodes that a service has.
fn held(service: &Object) -> impl Iterator<Item = u64> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports.map(|port| &port["nodePort"]).chain([&service["spec"]["healthCheckNodePort"]]).filter_map(Value::as_u64)
}

fn ports(world: &mut World, before: Option<&Object>, service: &mut Object) -> Result<(), Refusal> {
    let own = service.uid().to_owned();
    let others = world.list("services", "").filter(|one| one.uid() != own);
    let mut taken: BTreeSet<u64> = others.flat_map(|one| held(one).collect::<Vec<_>>()).collect();
    let had: BTreeSet<u64> = before.into_iter().flat_map(held).collect();
    let wants = service["spec"]["allocateLoadBalancerNodePorts"].as_bool().unwrap_or(true);
    let mut list = service["spec"]["ports"].as_array().cloned().unwrap_or_default();
    let mut given: Vec<(String, u64)> = Vec::new();
    for (at, port) in list.iter_mut().enumerate() {
        let number = match port["nodePort"].as_u64().filter(|number| *number != 0) {
            None if !wants => continue,
            None => free_port(world, &taken),
            Some(number) => {
                // The same number for another protocol is no other port.
                let own = had.contains(&number) || given.iter().any(|(_, other)| *other == number);
                if let Some(why) = refusal(number, &taken).filter(|_| !own) {
                    return Err(invalid(
                        service,
                        &format!("spec.ports[{at}].nodePort"),
                        format!("Invalid value: {number}: {why}"),
                    ));
                }
                number
            }
        };
        let one = (port["protocol"].as_str().unwrap_or("TCP").to_owned(), number);
        if given.contains(&one) {
            return Err(Refusal::new(500, "", format!("duplicate nodePort: {{{} {number}}}", one.0)));
        }
        given.push(one);
        taken.insert(number);
        port["nodePort"] = number.into();
    }
    service["spec"]["ports"] = list.into();
    if is_asked(service) && !before.is_some_and(is_asked) {
        let number = match service["spec"]["healthCheckNodePort"].as_u64().filter(|number| *number != 0) {
            None => free_port(world, &taken),
            Some(number) => {
                if let Some(why) = refusal(number, &taken) {
                    let why = format!("failed to allocate requested HealthCheck NodePort {number}: {why}");
                    return Err(Refusal::new(500, "InternalError", format!("Internal error occurred: {why}")));
                }
                number
            }
        };
        service["spec"]["healthCheckNodePort"] = number.into();
    }
    Ok(())
}

/// Why a port of the nodes is not given out.
fn refusal(number: u64, taken: &BTreeSet<u64>) -> Option<&'static str> {
    if !(30000..=32767).contains(&number) {
        return Some("provided port is not in the valid range. The range of valid ports is 30000-32767");
    }
    taken.contains(&number).then_some("provided port is already allocated")
}

fn free_port(world: &mut World, taken: &BTreeSet<u64>) -> u64 {
    loop {
        let number = 30000 + world.chance().below(2768);
        if !taken.contains(&number) || taken.len() >= 2768 {
            return number;
        }
    }
}

pub(super) fn cause(field: &str, message: String) -> Cause {
    Cause::new("FieldValueInvalid", field, message)
}
