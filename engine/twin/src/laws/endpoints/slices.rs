//! The newer form: slices of a hundred endpoints at most, changed as little as can be.

use super::{labels, ports, publishes_all, reference};
use crate::json::{Value, json};
use crate::laws::kit::pods;
use crate::world::{Deletion, Key, Object, World, record};
use std::collections::BTreeMap;
use std::sync::Arc;

const PLURAL: &str = "endpointslices.discovery.k8s.io";
const BY: &str = "endpointslice-controller.k8s.io";
const MANAGED: &str = "endpointslice.kubernetes.io/managed-by";
const TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// How many endpoints one slice holds at most.
const MOST: usize = 100;

/// The endpoints of one set of ports, by the pod's uid.
type Group = (Vec<Value>, BTreeMap<String, Value>);

pub(super) fn write(world: &mut World, service: &Object, behind: &[Arc<Object>]) {
    let mut groups: Vec<Group> = Vec::new();
    for pod in behind {
        let ports = named(ports(service, pod));
        let place = groups.iter().position(|(one, _)| *one == ports).unwrap_or_else(|| {
            groups.push((ports, BTreeMap::new()));
            groups.len() - 1
        });
        groups[place].1.insert(pod.uid().to_owned(), endpoint(world, service, pod));
    }
    let mine: Vec<(Key, Arc<Object>)> = world
        .owned(service.uid())
        .filter(|(key, slice)| key.kind == PLURAL && slice.label(MANAGED) == Some(BY))
        .map(|(key, slice)| (key.clone(), slice.clone()))
        .collect();
    if groups.is_empty() {
        placeholder(world, service, &mine);
        return;
    }
    let mut used: Vec<&Key> = Vec::new();
    for (ports, mut wanted) in groups {
        let fits = |slice: &Object| slice["ports"].as_array() == Some(&ports);
        let mut filled: Vec<(&Key, Vec<Value>)> = Vec::new();
        for (key, slice) in mine.iter().filter(|(_, slice)| fits(slice)) {
            let had = slice["endpoints"].as_array().into_iter().flatten();
            let kept = had.filter_map(|one| wanted.remove(one["targetRef"]["uid"].as_str()?)).collect();
            filled.push((key, kept));
        }
        // What has no place takes over an empty slice before a new one is made.
        if filled.is_empty()
            && let Some((key, _)) = mine.iter().find(|(key, slice)| slice["ports"].is_null() && !used.contains(&key))
        {
            filled.push((key, Vec::new()));
        }
        let mut rest: Vec<Value> = wanted.into_values().collect();
        rest.sort_by(|one, other| one["targetRef"]["name"].as_str().cmp(&other["targetRef"]["name"].as_str()));
        let mut rest = rest.into_iter();
        for (_, endpoints) in &mut filled {
            let room = MOST.saturating_sub(endpoints.len());
            endpoints.extend(rest.by_ref().take(room));
        }
        for (key, endpoints) in filled {
            if !endpoints.is_empty() {
                used.push(key);
                put(world, service, key, endpoints.into(), ports.clone().into());
            }
        }
        let rest: Vec<Value> = rest.collect();
        for part in rest.chunks(MOST) {
            make(world, service, part.to_vec().into(), ports.clone().into());
        }
    }
    for (key, _) in mine.iter().filter(|(key, _)| !used.contains(&key)) {
        drop(world.delete(key, &Deletion::default()));
    }
}

/// A service with nothing behind it has one empty slice.
fn placeholder(world: &mut World, service: &Object, mine: &[(Key, Arc<Object>)]) {
    match mine.split_first() {
        None => make(world, service, Value::Null, Value::Null),
        Some(((first, _), rest)) => {
            put(world, service, first, Value::Null, Value::Null);
            for (key, _) in rest {
                drop(world.delete(key, &Deletion::default()));
            }
        }
    }
}

/// Slices always name their ports, if only by nothing.
fn named(mut ports: Vec<Value>) -> Vec<Value> {
    for port in &mut ports {
        if port["name"].is_null() {
            port["name"] = "".into();
        }
    }
    ports
}

fn endpoint(world: &World, service: &Object, pod: &Object) -> Value {
    let serving = pods::is_ready(pod);
    let ready = publishes_all(service) || serving && !pod.is_going();
    let conditions = [("ready", ready.into()), ("serving", serving.into()), ("terminating", pod.is_going().into())];
    let mut endpoint = record([
        ("addresses", vec![pod["status"]["podIP"].clone()].into()),
        ("conditions", record(conditions)),
        ("nodeName", pods::node(pod).into()),
        ("targetRef", reference(pod)),
    ]);
    let zone = world.get("nodes", "", pods::node(pod)).and_then(|node| node.label("topology.kubernetes.io/zone"));
    if let Some(zone) = zone {
        endpoint["zone"] = zone.into();
    }
    if let Some(name) = pod["spec"]["hostname"].as_str()
        && pod["spec"]["subdomain"] == service.name()
    {
        endpoint["hostname"] = name.into();
    }
    endpoint
}

fn all_labels(service: &Object) -> Value {
    let mut labels = labels(service);
    labels[MANAGED] = BY.into();
    labels["kubernetes.io/service-name"] = service.name().into();
    labels
}

fn put(world: &mut World, service: &Object, key: &Key, endpoints: Value, ports: Value) {
    let (labels, now) = (all_labels(service), world.now().text());
    drop(world.change(key, |slice| {
        if slice["endpoints"] == endpoints && slice["ports"] == ports && slice["metadata"]["labels"] == labels {
            return;
        }
        slice["endpoints"] = endpoints;
        slice["ports"] = ports;
        slice["metadata"]["labels"] = labels;
        slice.set_annotation(TIME, &now);
    }));
}

fn make(world: &mut World, service: &Object, endpoints: Value, ports: Value) {
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {
            "generateName": format!("{}-", service.name()), "namespace": service.namespace(),
            "labels": all_labels(service), "annotations": {TIME: world.now().text()},
            "ownerReferences": [service.as_controller()],
        },
        "endpoints": endpoints, "ports": ports,
    });
    drop(world.create(PLURAL, Object::new(slice)));
}
