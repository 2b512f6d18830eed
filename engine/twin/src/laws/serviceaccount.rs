//! Every namespace has an account `default` and the cluster's root certificate.

use super::Law;
use crate::json::{Value, json};
use crate::world::{Again, Change, Key, Object, World};

/// The law.
pub(super) const LAW: Law = Law { name: "serviceaccount", hears, acts };

const ROOT: &str = "kube-root-ca.crt";

fn hears(_: &World, change: &Change) -> Vec<Key> {
    let namespace = match change.key.kind.as_str() {
        "namespaces" if change.after.is_some() && change.before.is_none() => change.key.name(),
        "serviceaccounts" if change.key.name() == "default" && change.after.is_none() => change.key.namespace(),
        "configmaps" if change.key.name() == ROOT => change.key.namespace(),
        _ => return Vec::new(),
    };
    vec![Key::new("namespaces", "", namespace)]
}

fn acts(world: &mut World, key: &Key) -> Again {
    let name = key.name();
    if world.at(key).is_none_or(|namespace| namespace.is_going()) {
        return Again::Never;
    }
    if world.get("serviceaccounts", name, "default").is_none() {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name},
        });
        drop(world.create("serviceaccounts", Object::new(account)));
    }
    let root = root(world);
    let there = Key::new("configmaps", name, ROOT);
    if world.at(&there).is_some() {
        if !root.is_null() {
            drop(world.change(&there, |map| map["data"] = json!({"ca.crt": root})));
        }
        return Again::Never;
    }
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"ca.crt": root.as_str().unwrap_or_default()},
        "metadata": {"name": ROOT, "namespace": name, "annotations": {
            "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using \
                internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                guaranteed across distributions of Kubernetes clusters.",
        }},
    });
    drop(world.create("configmaps", Object::new(map)));
    Again::Never
}

/// The key of the object that holds the cluster's own certificate, which no door shows: the door that made it puts it there.
pub(crate) fn authority() -> Key {
    Key::new("catalogues.twin", "", "authority")
}

fn root(world: &World) -> Value {
    world.at(&authority()).map_or(Value::Null, |it| it["ca.crt"].clone())
}
