//! API services: one by itself for every version a definition adds, and the word whether each can be reached.

use super::Law;
use crate::json::json;
use crate::world::{Again, Change, Key, Object, World};
use std::collections::BTreeSet;

/// The law of API services.
pub(super) const LAW: Law = Law { name: "apiservice", hears, acts };

const KIND: &str = "apiservices.apiregistration.k8s.io";
const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
const AUTOMATIC: &str = "kube-aggregator.kubernetes.io/automanaged";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    match change.key.kind.as_str() {
        KIND => vec![change.key.clone()],
        DEFINITIONS => {
            let both = [change.before.as_deref(), change.after.as_deref()];
            let names: BTreeSet<String> = both.into_iter().flatten().flat_map(names).collect();
            names.iter().map(|name| Key::new(KIND, "", name)).collect()
        }
        "services" => {
            let of = |one: &&std::sync::Arc<Object>| {
                let service = &one["spec"]["service"];
                service["name"] == change.key.name() && service["namespace"] == change.key.namespace()
            };
            world.list(KIND, "").filter(of).map(|one| Key::new(KIND, "", one.name())).collect()
        }
        "endpointslices.discovery.k8s.io" => {
            let both = [change.before.as_deref(), change.after.as_deref()];
            let name = both.into_iter().flatten().find_map(|one| one.label("kubernetes.io/service-name"));
            let of = |one: &&std::sync::Arc<Object>| {
                let service = &one["spec"]["service"];
                service["namespace"] == change.key.namespace() && service["name"].as_str() == name && name.is_some()
            };
            world.list(KIND, "").filter(of).map(|one| Key::new(KIND, "", one.name())).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether anybody behind a service is ready.
fn has_ready(world: &World, namespace: &str, name: &str) -> bool {
    let own = |one: &&std::sync::Arc<Object>| one.label("kubernetes.io/service-name") == Some(name);
    let mut ends = world
        .list("endpointslices.discovery.k8s.io", namespace)
        .filter(own)
        .flat_map(|one| one["endpoints"].as_array().into_iter().flatten());
    ends.any(|end| end["conditions"]["ready"] == true)
}

/// The API services a definition has a part in.
fn names(definition: &Object) -> Vec<String> {
    let group = definition["spec"]["group"].as_str().unwrap_or_default();
    let versions = definition["spec"]["versions"].as_array();
    let served = versions.into_iter().flatten().filter_map(|one| one["name"].as_str());
    served.map(|version| format!("{version}.{group}")).collect()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let (version, group) = key.name().split_once('.').unwrap_or((key.name(), ""));
    let (version, group) = (version.to_owned(), group.to_owned());
    let served = world.shapes().all().any(|kind| kind.is_custom() && kind.group == group && kind.version == version);
    match world.at(key).cloned() {
        None if served => {
            let object = json!({
                "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
                "metadata": {"name": key.name(), "labels": {AUTOMATIC: "true"}},
                "spec": {"group": group, "version": version, "groupPriorityMinimum": 1000, "versionPriority": 100},
                "status": {},
            });
            // Somebody made one of that name in the meantime: then it is theirs.
            drop(world.create(KIND, Object::new(object)));
        }
        Some(object) if object.label(AUTOMATIC) == Some("true") && !served => {
            world.remove(key);
        }
        Some(object) => judge(world, key, &object),
        None => {}
    }
    Again::Never
}

/// Says whether it can be reached: a local one always, one behind a service as far as the service is there.
fn judge(world: &mut World, key: &Key, object: &Object) {
    let service = &object["spec"]["service"];
    let now = world.now();
    let (status, reason, message) = if service.is_null() {
        ("True", "Local", "Local APIServices are always available".to_owned())
    } else {
        let text = |field: &str| service[field].as_str().unwrap_or_default();
        let (name, namespace) = (text("name"), text("namespace"));
        match world.get("services", namespace, name) {
            None => ("False", "ServiceNotFound", format!("service/{name} in \"{namespace}\" is not present")),
            Some(_) if has_ready(world, namespace, name) => ("True", "Passed", "all checks passed".to_owned()),
            Some(_) => {
                let said =
                    format!("endpoints for service/{name} in \"{namespace}\" have no addresses with port name \"\"");
                ("False", "MissingEndpoints", said)
            }
        }
    };
    // It is gone when somebody was quicker.
    drop(world.change(key, |one| one.set_condition(now, "Available", status, reason, &message)));
}
