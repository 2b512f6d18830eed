//! The older form: one object for a service, addresses by their ports.

use super::{labels, ports, publishes_all, reference};
use crate::laws::kit::pods;
use crate::world::{Key, Object, World, map};
use serde_json::{Value, json};
use std::sync::Arc;

/// How many addresses one object holds at most.
const MOST: usize = 1000;
const TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// One set of ports with its addresses, ready and not.
type Group = (Vec<Value>, Vec<Value>, Vec<Value>);

pub(super) fn write(world: &mut World, service: &Object, behind: &[Arc<Object>]) {
    let mut groups: Vec<Group> = Vec::new();
    for pod in behind.iter().filter(|pod| publishes_all(service) || !pod.is_going()).take(MOST) {
        let ports = ports(service, pod);
        if ports.is_empty() && service["spec"]["ports"].as_array().is_some_and(|ports| !ports.is_empty()) {
            continue;
        }
        let place = groups.iter().position(|(one, _, _)| *one == ports).unwrap_or_else(|| {
            groups.push((ports, Vec::new(), Vec::new()));
            groups.len() - 1
        });
        let mut address = json!({
            "ip": pod["status"]["podIP"], "nodeName": pods::node(pod), "targetRef": reference(pod),
        });
        if let Some(name) = pod["spec"]["hostname"].as_str()
            && pod["spec"]["subdomain"] == service.name()
        {
            address["hostname"] = name.into();
        }
        let ready = publishes_all(service) || pods::is_ready(pod);
        let group = &mut groups[place];
        if ready { &mut group.1 } else { &mut group.2 }.push(address);
    }
    let subsets: Vec<Value> = groups.into_iter().map(subset).collect();
    let key = Key::new("endpoints", service.namespace(), service.name());
    let mut labels = labels(service);
    labels["endpoints.kubernetes.io/managed-by"] = "endpoint-controller".into();
    let now = world.now().text();
    if world.at(&key).is_none() {
        let mut made = json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": service.name(), "namespace": service.namespace(), "labels": labels, "annotations": {TIME: now},
            },
        });
        if !subsets.is_empty() {
            made["subsets"] = subsets.into();
        }
        drop(world.create("endpoints", Object::new(made)));
        return;
    }
    drop(world.change(&key, |endpoints| {
        let same = endpoints["subsets"].as_array().map(Vec::as_slice).unwrap_or_default() == subsets.as_slice();
        if same && endpoints["metadata"]["labels"] == labels {
            return;
        }
        endpoints["metadata"]["labels"] = labels;
        endpoints.set_annotation(TIME, &now);
        if subsets.is_empty() {
            map(endpoints).remove("subsets");
        } else {
            endpoints["subsets"] = subsets.into();
        }
    }));
}

fn subset((ports, mut ready, mut unready): Group) -> Value {
    let order = |one: &Value| (one["ip"].as_str().unwrap_or_default().to_owned(), one["targetRef"]["uid"].to_string());
    ready.sort_by_key(order);
    unready.sort_by_key(order);
    let mut subset = json!({});
    for (field, list) in [("addresses", ready), ("notReadyAddresses", unready), ("ports", ports)] {
        if !list.is_empty() {
            subset[field] = list.into();
        }
    }
    subset
}
