//! Objects in a portrait: what somebody asked for, whole; of how they are, only what tells whether they are well.

use super::Fields;
use super::flat::flatten;
use crate::json::Value;
use crate::world::{Key, Object, World};
use std::collections::BTreeMap;

/// The kinds that are made of others, or tell only of what happened.
const DERIVED: [&str; 10] = [
    "ciliumendpoints.cilium.io",
    "ciliumidentities.cilium.io",
    "controllerrevisions.apps",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "events",
    "events.events.k8s.io",
    "ipaddresses.networking.k8s.io",
    "leases.coordination.k8s.io",
    "replicasets.apps",
];
/// What of `metadata` somebody asks for.
const METADATA: [&str; 3] = ["annotations", "finalizers", "labels"];
/// What of `status` tells whether something is well.
const STATUS: [&str; 6] = ["availableReplicas", "numberAvailable", "numberReady", "phase", "readyReplicas", "replicas"];
/// The conditions that tell whether something is well.
const CONDITIONS: [&str; 6] = ["Available", "Complete", "Established", "Failed", "NetworkUnavailable", "Ready"];
/// Annotations in which somebody counts or notes for themselves.
const NOTES: [&str; 6] = [
    "deprecated.daemonset.template.generation",
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
    "node.alpha.kubernetes.io/ttl",
    "projectcalico.org/VXLANTunnelMACAddr",
    "volumes.kubernetes.io/controller-managed-attach-detach",
];
/// Where flannel tells others the address of its link.
const VTEP: &str = "metadata.annotations[flannel.alpha.coreos.com/backend-data]";
/// Config maps that hold the authority of the door, which is made anew whenever a twin starts.
const OF_THE_DOOR: [&str; 2] = ["extension-apiserver-authentication", "kube-root-ca.crt"];
/// The secrets in which helm keeps its releases.
const RELEASE: &str = "helm.sh/release.v1";
/// The labels of a release that tell how it came about.
const OF_REVISIONS: [&str; 2] = ["labels.version", "labels[runbook.call]"];

/// Paints all objects.
pub(super) fn paint(world: &World, things: &mut BTreeMap<String, Fields>) {
    let kinds: Vec<String> = world.kinds().map(|kind| kind.as_str().to_owned()).collect();
    for kind in kinds.iter().filter(|kind| !DERIVED.contains(&kind.as_str()) && !kind.ends_with(".twin")) {
        for (key, object) in world.entries(kind.as_str(), "") {
            // Made for every custom kind by the server itself.
            if kind == "apiservices.apiregistration.k8s.io" && object["spec"]["service"].is_null() {
                continue;
            }
            if kind == "configmaps" && OF_THE_DOOR.contains(&key.name()) {
                continue;
            }
            match object.controller() {
                _ if kind == "secrets" && object["type"] == RELEASE => {
                    if let Some(name) = revision(world, &key, object) {
                        things.insert(name, fields(object));
                    }
                }
                Some(owner) if kind == "pods" => add_made(world, &key, object, (owner.kind(), owner.name()), things),
                _ => {
                    things.insert(named(&key), fields(object));
                }
            }
        }
    }
}

fn named(key: &Key) -> String {
    let slash = if key.namespace().is_empty() { "" } else { "/" };
    format!("{} {}{slash}{}", key.kind.as_str(), key.namespace(), key.name())
}

/// A revision of a release by its place among those that came about: what failed before another did not is history.
fn revision(world: &World, key: &Key, revision: &Object) -> Option<String> {
    let number = |one: &Object| one.label("version").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let name = revision.label("name").unwrap_or_default();
    let mine = number(revision);
    let others: Vec<_> = world
        .entries(key.kind.as_str(), key.namespace())
        .filter(|(_, one)| one["type"] == RELEASE && one.label("name") == Some(name))
        .map(|(_, one)| (number(one), one.label("status") == Some("failed")))
        .collect();
    let last = others.iter().map(|(number, _)| *number).max()?;
    if revision.label("status") == Some("failed") && mine < last {
        return None;
    }
    let place = others.iter().filter(|(number, failed)| *number < mine && !failed).count() + 1;
    Some(format!("release {}/{name} {place}", key.namespace()))
}

/// What lasts of an object.
fn fields(object: &Object) -> Fields {
    let mut fields = Fields::new();
    let release = object["type"] == RELEASE;
    for (key, value) in object.fields() {
        match key {
            "apiVersion" | "kind" | "status" => {}
            // What is in it is packed, with the time it was made; its labels tell the rest.
            "data" if release => {}
            "metadata" => metadata(value, &mut fields),
            "data" | "stringData" => content(key, value, &mut fields),
            _ => flatten(key, value, &mut fields),
        }
    }
    if object.is_going() {
        fields.insert("metadata.deletionTimestamp".to_owned(), "(a time)".to_owned());
    }
    wellness(&object["status"], &mut fields);
    if release {
        // The number, and the call that made it, are other ones after a try that failed.
        fields.retain(|path, _| !OF_REVISIONS.iter().any(|label| path.ends_with(label)));
    }
    fields
}

fn metadata(value: &Value, to: &mut Fields) {
    for name in METADATA {
        if !value[name].is_null() {
            flatten(&format!("metadata.{name}"), &value[name], to);
        }
    }
    // A link that is made anew, as with every boot, has another address.
    if let Some(backend) = to.get_mut(VTEP)
        && let Some((before, after)) = backend.split_once("\"VtepMAC\":\"")
        && let Some((_, after)) = after.split_once('"')
    {
        *backend = format!("{before}\"VtepMAC\":\"(an address)\"{after}");
    }
    to.retain(|path, _| {
        !NOTES.iter().any(|note| path.ends_with(&format!("[{note}]"))) && !path.ends_with(".modifiedAt")
    });
}

/// What a file in an object holds: a long text as its size and its digest, for people compare no pages.
fn content(key: &str, value: &Value, to: &mut Fields) {
    const SHORT: usize = 2000;
    for (name, value) in value.as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        if text.len() <= SHORT {
            to.insert(format!("{key}[{name}]"), text.to_owned());
        } else {
            to.insert(format!("{key}[{name}]"), super::digest(text.as_bytes()));
        }
    }
}

fn wellness(status: &Value, to: &mut Fields) {
    for name in STATUS {
        if !status[name].is_null() {
            flatten(&format!("status.{name}"), &status[name], to);
        }
    }
    for condition in status["conditions"].as_array().into_iter().flatten() {
        let kind = condition["type"].as_str().unwrap_or_default();
        if CONDITIONS.contains(&kind) {
            let status = condition["status"].as_str().unwrap_or_default();
            to.insert(format!("status.{kind}"), status.to_owned());
        }
    }
}

/// A pod that somebody makes again when it is gone: its name does not last, and where it runs only where that is asked
/// for.
fn add_made(world: &World, key: &Key, pod: &Object, owner: (&str, &str), things: &mut BTreeMap<String, Fields>) {
    let (kind, name) = owner;
    let above = (kind == "ReplicaSet").then(|| world.get("replicasets.apps", key.namespace(), name)).flatten();
    let of = above.and_then(|set| set.controller().map(|owner| format!("{} {}", owner.kind(), owner.name())));
    let of = of.unwrap_or_else(|| format!("{kind} {name}"));
    let (kind, name) = of.split_once(' ').unwrap_or(("", &of));
    let fields = things.entry(format!("pods of {kind} {}/{name}", key.namespace())).or_default();
    let state = match (pod.is_going(), pod.condition("Ready"), pod["status"]["phase"].as_str()) {
        (true, ..) => "leaving",
        (_, Some("True"), _) => "ready",
        (_, _, Some("Succeeded")) => "completed",
        (_, _, Some("Failed")) => "failed",
        _ => "not ready",
    };
    let place = if kind == "DaemonSet" { pod["spec"]["nodeName"].as_str() } else { None };
    let field = place.map_or_else(|| state.to_owned(), |node| format!("{state} on {node}"));
    let count = fields.entry(field).or_insert_with(|| "0".to_owned());
    *count = (count.parse::<u64>().unwrap_or(0) + 1).to_string();
}
