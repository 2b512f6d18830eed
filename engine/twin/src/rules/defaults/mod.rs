//! What the server puts into an object where nothing was said: one file for each group of kinds.
//!
//! Promises: what is there is never changed. What is set here is what the real server's code sets; its OpenAPI does not tell.

mod admission;
mod apps;
mod autoscaling;
mod batch;
mod core;
mod network;
mod pod;
mod rbac;
mod storage;

use crate::json::{Map, Value, json};

use crate::shapes::Kind;

/// Sets the defaults of a built-in kind.
pub fn defaults(object: &mut Value, kind: &Kind) {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => pod::pod(object),
        ("", "PodTemplate") => pod::template(object, "template"),
        ("", "PersistentVolume" | "PersistentVolumeClaim") => storage::core(object, &kind.kind),
        ("", name) => core::defaults(object, name),
        ("apps", name) => apps::defaults(object, name),
        ("autoscaling", _) => autoscaling::defaults(object),
        ("batch", name) => batch::defaults(object, name),
        ("storage.k8s.io", name) => storage::defaults(object, name),
        ("networking.k8s.io" | "discovery.k8s.io", name) => network::defaults(object, name),
        ("rbac.authorization.k8s.io", name) => rbac::defaults(object, name),
        ("admissionregistration.k8s.io", name) => admission::defaults(object, name),
        ("apiextensions.k8s.io", _) => admission::definition(object),
        ("apiregistration.k8s.io", _) => admission::service(object),
        ("scheduling.k8s.io", "PriorityClass") => set(object, "preemptionPolicy", json!("PreemptLowerPriority")),
        _ => {}
    }
}

/// Sets a field where it is absent, if that is an object at all.
fn set(object: &mut Value, key: &str, default: Value) {
    if let Value::Object(fields) = object {
        let there = fields.entry(key).or_insert(Value::Null);
        if there.is_null() {
            *there = default;
        }
    }
}

/// A field that is an object, made where it is absent.
fn part<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    set(object, key, Value::Object(Map::new()));
    some(object, key)
}

/// The items of a list field.
fn each<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

/// A field that is an object, if it is there.
fn some<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    object.get_mut(key).filter(|value| value.is_object())
}
