//! Events: what laws tell about objects. The same thing told again counts up, as the recorders of the real parts do.

use crate::world::{Key, Object, World, map};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Who tells, with which reason and in which words.
#[derive(Clone, Copy, Debug)]
pub(in crate::laws) struct Told<'a> {
    /// The part that tells: `replicaset-controller`.
    pub(in crate::laws) by: &'a str,
    /// The node it is on, for kubelets.
    pub(in crate::laws) host: &'a str,
    /// The part of the object, such as `spec.containers{web}`.
    pub(in crate::laws) field: &'a str,
    /// The reason, one word.
    pub(in crate::laws) reason: &'a str,
    /// Whether it is a warning.
    pub(in crate::laws) warning: bool,
}

impl<'a> Told<'a> {
    /// Something ordinary.
    pub(in crate::laws) fn normal(by: &'a str, reason: &'a str) -> Self {
        Self { by, host: "", field: "", reason, warning: false }
    }

    /// A warning.
    pub(in crate::laws) fn warning(by: &'a str, reason: &'a str) -> Self {
        Self { warning: true, ..Self::normal(by, reason) }
    }
}

/// Tells something about an object.
pub(in crate::laws) fn tell(world: &mut World, about: &Object, told: Told<'_>, message: &str) {
    let (key, namespace) = place(about, &[told.by, told.host, told.field, told.reason, message]);
    let now = world.now();
    if world.at(&key).is_some() {
        let counted = world.change(&key, |event| {
            event["count"] = (event["count"].as_i64().unwrap_or(1) + 1).into();
            event["lastTimestamp"] = now.text().into();
        });
        drop(counted);
        return;
    }
    let mut involved = involved(about);
    if !told.field.is_empty() {
        involved["fieldPath"] = told.field.into();
    }
    let mut source = json!({"component": told.by});
    if !told.host.is_empty() {
        source["host"] = told.host.into();
    }
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": key.name(), "namespace": namespace},
        "involvedObject": involved, "reason": told.reason, "message": message, "source": source,
        "firstTimestamp": now.text(), "lastTimestamp": now.text(), "count": 1,
        "type": if told.warning { "Warning" } else { "Normal" }, "eventTime": null,
        "reportingComponent": told.by, "reportingInstance": told.host,
    });
    // An event that may not be kept, in a namespace that ends, is lost, as real ones are.
    drop(world.create("events", Object::new(event)));
}

/// Tells something in the newer form, as the scheduler does.
pub(in crate::laws) fn tell_action(world: &mut World, about: &Object, told: Told<'_>, action: &str, message: &str) {
    let (key, namespace) = place(about, &[told.by, told.reason, message]);
    let now = world.now();
    if world.at(&key).is_some() {
        let counted = world.change(&key, |event| {
            let count = event["series"]["count"].as_i64().unwrap_or(1) + 1;
            event["series"] = json!({"count": count, "lastObservedTime": now.micro()});
        });
        drop(counted);
        return;
    }
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": key.name(), "namespace": namespace},
        "involvedObject": involved(about), "reason": told.reason, "message": message, "source": {}, "action": action,
        "firstTimestamp": null, "lastTimestamp": null, "eventTime": now.micro(),
        "type": if told.warning { "Warning" } else { "Normal" },
        "reportingComponent": told.by, "reportingInstance": format!("{}-{}", told.by, told.host),
    });
    drop(world.create("events", Object::new(event)));
}

fn involved(about: &Object) -> serde_json::Value {
    let mut involved = json!({
        "kind": about["kind"], "name": about.name(), "uid": about.uid(), "apiVersion": about["apiVersion"],
        "resourceVersion": about.version(),
    });
    if !about.namespace().is_empty() {
        involved["namespace"] = about.namespace().into();
    }
    // A kubelet speaks of its node by name alone.
    map(&mut involved).retain(|_, value| !value.is_null());
    involved
}

/// The event's name: the object's and sixteen digits that are the same for the same words.
fn place<'a>(about: &'a Object, words: &[&str]) -> (Key, &'a str) {
    let mut hash = Sha256::new();
    hash.update(about.uid());
    for word in words {
        hash.update([0]);
        hash.update(word);
    }
    let digest = hash.finalize();
    let digits = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let namespace = if about.namespace().is_empty() { "default" } else { about.namespace() };
    (Key::new("events", namespace, &format!("{}.{digits:016x}", about.name())), namespace)
}
