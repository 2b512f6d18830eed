//! Tigera's operator, as far as its end matters: an `Installation` that is deleted goes only when everything it installed
//! is gone, and it is the operator that takes that away. Without an operator the Installation stays for ever.

use super::Law;
use crate::world::{Again, Change, Deletion, Key, Object, World};
use serde_json::{Value, json};

/// The law.
pub(super) const LAW: Law = Law { name: "tigera", hears, acts };

const INSTALLATIONS: &str = "installations.operator.tigera.io";
/// Where everything lives that it installs.
const NAMESPACE: &str = "calico-system";
/// What holds an Installation until its operator has cleaned up.
const FINALIZERS: [&str; 2] = ["operator.tigera.io/installation-controller", "tigera.io/operator-cleanup"];

fn hears(world: &World, change: &Change) -> Vec<Key> {
    let object = change.after.as_deref().or(change.before.as_deref());
    let all = || world.entries(INSTALLATIONS, "").map(|(key, _)| key).collect();
    match change.key.kind.as_str() {
        INSTALLATIONS => vec![change.key.clone()],
        "pods" => {
            let ready = |it: &Object| it.condition("Ready") == Some("True");
            let own = object.is_some_and(|pod| is_operator(pod) || pod.namespace() == NAMESPACE);
            let changed = change.before.as_deref().map(ready) != change.after.as_deref().map(ready);
            if own && changed { all() } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

fn is_operator(pod: &Object) -> bool {
    pod.namespace() == "tigera-operator" && pod.label("k8s-app") == Some("tigera-operator")
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(own) = world.at(key).cloned() else { return Again::Never };
    let works =
        world.list("pods", "tigera-operator").any(|pod| is_operator(pod) && pod.condition("Ready") == Some("True"));
    if !works {
        return Again::Never;
    }
    let (now, held) = (world.now(), own.finalizers().any(|one| FINALIZERS.contains(&one)));
    if !own.is_going() {
        if !held {
            drop(world.change_as(key, "operator", "", |it| it["metadata"]["finalizers"] = json!(FINALIZERS)));
        }
        if own.condition("Ready") != Some("True") {
            drop(world.change_as(key, "operator", "status", |it| {
                it.set_condition(now, "Ready", "True", "AllObjectsAvailable", "All Objects Available");
            }));
        }
        return Again::Never;
    }
    for kind in ["daemonsets.apps", "deployments.apps"] {
        let keys: Vec<Key> =
            world.entries(kind, NAMESPACE).filter(|(_, it)| !it.is_going()).map(|(key, _)| key).collect();
        for key in keys {
            drop(world.delete(&key, &Deletion::default()));
        }
    }
    if held && world.list("pods", NAMESPACE).next().is_none() {
        let rest: Vec<Value> = own.finalizers().filter(|one| !FINALIZERS.contains(one)).map(Into::into).collect();
        drop(world.change_as(key, "operator", "", |it| it["metadata"]["finalizers"] = json!(rest)));
    }
    Again::Never
}
