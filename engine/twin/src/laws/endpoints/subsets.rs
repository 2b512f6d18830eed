//! The older form: one object for a service, addresses by their ports.

use super::{labels, ports, publishes_all, reference};
use crate::json::{Value, json};
use crate::laws::kit::pods;
use crate::world::{Key, Object, World, record};
use std::sync::Arc;

/// How many addresses one object holds at most.
const MOST: usize = 1000;
const TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// The addresses of one port or of several, ready and not.
#[derive(Clone, Debug, Default, PartialEq)]
struct Behind {
    ready: Vec<Value>,
    unready: Vec<Value>,
}

pub(super) fn write(world: &mut World, service: &Object, behind: &[Arc<Object>]) {
    // By port first: pods may differ in what a named port is; then the ports with the same addresses together.
    let mut by_port: Vec<(Option<Value>, Behind)> = Vec::new();
    for pod in behind.iter().filter(|pod| publishes_all(service) || !pod.is_going()).take(MOST) {
        let ports = ports(service, pod);
        let portless = service["spec"]["ports"].as_array().is_none_or(Vec::is_empty);
        let ports: Vec<Option<Value>> = if portless { vec![None] } else { ports.into_iter().map(Some).collect() };
        for port in ports {
            let place = by_port.iter().position(|(one, _)| *one == port).unwrap_or_else(|| {
                by_port.push((port, Behind::default()));
                by_port.len() - 1
            });
            let ready = publishes_all(service) || pods::is_ready(pod);
            let behind = &mut by_port[place].1;
            if ready { &mut behind.ready } else { &mut behind.unready }.push(address(service, pod));
        }
    }
    let mut groups: Vec<(Vec<Value>, Behind)> = Vec::new();
    for (port, behind) in by_port {
        match groups.iter_mut().find(|(_, one)| *one == behind) {
            Some((ports, _)) => ports.extend(port),
            None => groups.push((port.into_iter().collect(), behind)),
        }
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
        endpoints.set("subsets", (!subsets.is_empty()).then(|| subsets.into()));
    }));
}

fn address(service: &Object, pod: &Object) -> Value {
    let mut address = record([
        ("ip", pod["status"]["podIP"].clone()),
        ("nodeName", pods::node(pod).into()),
        ("targetRef", reference(pod)),
    ]);
    if let Some(name) = pod["spec"]["hostname"].as_str()
        && pod["spec"]["subdomain"] == service.name()
    {
        address["hostname"] = name.into();
    }
    address
}

/// Where an address comes in the order of them.
fn place(address: &Value) -> (&str, &str) {
    (address["ip"].as_str().unwrap_or_default(), address["targetRef"]["uid"].as_str().unwrap_or_default())
}

fn subset((ports, mut behind): (Vec<Value>, Behind)) -> Value {
    behind.ready.sort_by(|one, other| place(one).cmp(&place(other)));
    behind.unready.sort_by(|one, other| place(one).cmp(&place(other)));
    let mut subset = json!({});
    for (field, list) in [("addresses", behind.ready), ("notReadyAddresses", behind.unready), ("ports", ports)] {
        if !list.is_empty() {
            subset[field] = list.into();
        }
    }
    subset
}
