//! Endpoints and their slices: which pods are behind a service, and whether they may be sent to.

mod slices;
mod subsets;

use super::Law;
use super::kit::pods;
use crate::json::{Value, json};
use crate::world::{Again, Change, Deletion, Key, Object, World, record};
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "endpoints", hears, acts };

fn hears(world: &World, change: &Change) -> Vec<Key> {
    match change.key.kind.as_str() {
        "services" => vec![change.key.clone()],
        "endpointslices.discovery.k8s.io" if change.after.is_none() => {
            let service = change.object().label("kubernetes.io/service-name").unwrap_or_default();
            vec![Key::new("services", change.key.namespace(), service)]
        }
        "endpoints" if change.after.is_none() => vec![Key::new("services", change.key.namespace(), change.key.name())],
        "pods" if matters(change) => {
            let mut keys: Vec<Key> = Vec::new();
            let same = matches!((&change.before, &change.after), (Some(one), Some(other)) if one.is_one_with(other, "metadata"));
            let before = change.before.as_ref().filter(|_| !same);
            for pod in [before, change.after.as_ref()].into_iter().flatten() {
                let labels = &pod["metadata"]["labels"];
                let takes = |service: &Object| pods::has_labels(labels, &service["spec"]["selector"]);
                for (key, _) in world.choosing("services", change.key.namespace(), labels).filter(|(_, it)| takes(it)) {
                    if !keys.contains(key) {
                        keys.push(key.clone());
                    }
                }
            }
            keys
        }
        _ => Vec::new(),
    }
}

/// Whether the change of a pod could be seen by a service.
fn matters(change: &Change) -> bool {
    let address = |pod: &Object| pod["status"]["podIP"].is_string();
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            before["status"]["podIP"] != after["status"]["podIP"]
                || before["metadata"]["labels"] != after["metadata"]["labels"]
                || address(after)
                    && (before.condition("Ready") != after.condition("Ready")
                        || before.is_going() != after.is_going()
                        || pods::has_ended(before) != pods::has_ended(after))
        }
        (Some(one), None) | (None, Some(one)) => address(one),
        (None, None) => false,
    }
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(service) = world.at(key).cloned() else {
        let endpoints = Key::new("endpoints", key.namespace(), key.name());
        if world.at(&endpoints).is_some() {
            drop(world.delete(&endpoints, &Deletion::default()));
        }
        return Again::Never;
    };
    if service["spec"]["type"] == "ExternalName"
        || service["spec"]["selector"].as_object().is_none_or(|it| it.is_empty())
    {
        return Again::Never;
    }
    let behind: Vec<Arc<Object>> = world
        .pods_with(key.namespace(), &service["spec"]["selector"])
        .into_iter()
        .filter(|pod| pods::has_labels(&pod["metadata"]["labels"], &service["spec"]["selector"]))
        .filter(|pod| !pods::has_ended(pod) && pod["status"]["podIP"].is_string())
        .cloned()
        .collect();
    subsets::write(world, &service, &behind);
    slices::write(world, &service, &behind);
    Again::Never
}

fn publishes_all(service: &Object) -> bool {
    service["spec"]["publishNotReadyAddresses"] == true
}

/// The labels that the service's endpoints carry beside their own.
fn labels(service: &Object) -> Value {
    let mut labels = service["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    for own in
        ["endpointslice.kubernetes.io/managed-by", "kubernetes.io/service-name", "service.kubernetes.io/headless"]
    {
        labels.remove(own);
    }
    if service["spec"]["clusterIP"] == "None" {
        labels.insert("service.kubernetes.io/headless".to_owned(), "".into());
    }
    labels.into()
}

/// The ports of a pod for a service: those whose name the pod does not know are left out.
fn ports(service: &Object, pod: &Object) -> Vec<Value> {
    let mut ports = Vec::new();
    for port in service["spec"]["ports"].as_array().into_iter().flatten() {
        let target = &port["targetPort"];
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let number = match target.as_str() {
            Some(name) => name.parse::<i64>().ok().or_else(|| named(pod, name, protocol)),
            None => target.as_i64().filter(|number| *number > 0).or(port["port"].as_i64()),
        };
        let Some(number) = number else { continue };
        let mut made = json!({"port": number, "protocol": protocol});
        for field in ["name", "appProtocol"] {
            if let Some(text) = port[field].as_str().filter(|text| !text.is_empty()) {
                made[field] = text.into();
            }
        }
        ports.push(made);
    }
    ports
}

fn named(pod: &Object, name: &str, protocol: &str) -> Option<i64> {
    let each = |field: &str| pod["spec"][field].as_array().map(Vec::as_slice).unwrap_or_default();
    let beside = each("initContainers").iter().filter(|container| container["restartPolicy"] == "Always");
    let all = each("containers").iter().chain(beside);
    let mut ports = all.flat_map(|container| container["ports"].as_array().into_iter().flatten());
    let fits = |port: &&Value| port["name"] == name && port["protocol"].as_str().unwrap_or("TCP") == protocol;
    ports.find(fits)?["containerPort"].as_i64()
}

fn reference(pod: &Object) -> Value {
    record([
        ("kind", "Pod".into()),
        ("namespace", pod.namespace().into()),
        ("name", pod.name().into()),
        ("uid", pod.uid().into()),
    ])
}
