//! What a service keeps when it changes, and what it loses with its type.

use crate::json::{Value, json};

use super::strategy::put;

/// Whether a service may be reached from outside.
pub(super) fn reachable(spec: &Value) -> bool {
    let outer = ["NodePort", "LoadBalancer"].iter().any(|kind| spec["type"] == *kind);
    outer || (spec["type"] == "ClusterIP" && spec["externalIPs"].as_array().is_some_and(|all| !all.is_empty()))
}

/// A service keeps what was allocated for it, and loses what its type no longer has.
pub(super) fn kept(object: &mut Value, before: &Value) {
    if object["spec"]["type"] != "LoadBalancer" && before["spec"]["type"] == "LoadBalancer" {
        object["status"]["loadBalancer"] = json!({});
    }
    let (spec, before) = (&mut object["spec"], &before["spec"]);
    let named = |spec: &Value| spec["type"] == "ExternalName";
    if !named(spec) && !named(before) && spec["clusterIP"].as_str().is_none_or(str::is_empty) {
        for key in ["clusterIP", "clusterIPs"] {
            put(spec, key, before.get(key).cloned());
        }
    }
    if !named(spec) && !named(before) {
        for key in ["ipFamilies", "ipFamilyPolicy"] {
            if spec[key].is_null() {
                put(spec, key, before.get(key).cloned());
            }
        }
    }
    ports(spec, before);
    let asked = |spec: &Value| spec["type"] == "LoadBalancer" && spec["externalTrafficPolicy"] == "Local";
    let (health, number) = ("healthCheckNodePort", |spec: &Value| spec["healthCheckNodePort"].as_u64().unwrap_or(0));
    if asked(before) && asked(spec) && number(spec) == 0 {
        put(spec, health, before.get(health).cloned());
    }
    if asked(before) && !asked(spec) && number(spec) == number(before) {
        put(spec, health, None);
    }
    let allocate = "allocateLoadBalancerNodePorts";
    let balances = |spec: &Value| spec["type"] == "LoadBalancer";
    if balances(before) && !balances(spec) && spec[allocate] == before[allocate] {
        put(spec, allocate, None);
    }
    let class = "loadBalancerClass";
    if balances(before) && !balances(spec) && spec[class] == before[class] {
        put(spec, class, None);
    }
    if reachable(before) && !reachable(spec) && spec["externalTrafficPolicy"] == before["externalTrafficPolicy"] {
        put(spec, "externalTrafficPolicy", None);
    }
}

/// A port keeps its port of the nodes; one that is asked for nowhere any more is given back.
fn ports(spec: &mut Value, before: &Value) {
    let outer = |spec: &Value| ["NodePort", "LoadBalancer"].iter().any(|kind| spec["type"] == *kind);
    let old = before["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let number = |port: &Value| port["nodePort"].as_u64().unwrap_or(0);
    let had = |port: &Value| number(port) == 0 || old.iter().any(|other| number(other) == number(port));
    let same = spec["ports"].as_array().is_none_or(|new| new.iter().all(had));
    let (both, left) = (outer(spec) && outer(before), outer(before) && !outer(spec) && same);
    for port in spec["ports"].as_array_mut().into_iter().flatten().filter(|port| port.is_object()) {
        let same = |other: &&Value| other["port"] == port["port"] && other["protocol"] == port["protocol"];
        if left {
            put(port, "nodePort", None);
        } else if both
            && port["nodePort"].is_null()
            && let Some(number) = old.iter().find(same).and_then(|other| other.get("nodePort")).cloned()
        {
            port["nodePort"] = number;
        }
    }
}
