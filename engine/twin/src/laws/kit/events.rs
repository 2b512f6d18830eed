//! Events: what laws tell about objects. The same thing told again counts up, as the recorders of the real parts do.

use crate::json::{Value, json};
use crate::world::{Key, Object, World};
use serde::Serialize;
use std::hash::{DefaultHasher, Hash, Hasher};

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
    let key = place(about, &[told.by, told.host, told.field, told.reason, message]);
    let now = world.now();
    if world.at(&key).is_some() {
        let counted = world.change(&key, |event| {
            event["count"] = (event["count"].as_i64().unwrap_or(1) + 1).into();
            event["lastTimestamp"] = now.text().into();
        });
        drop(counted);
        return;
    }
    let at = now.text();
    let event = Event {
        count: Some(1),
        first_timestamp: Some(&at),
        last_timestamp: Some(&at),
        reporting_instance: told.host,
        source: Source { component: told.by, host: told.host },
        ..Event::new(about, told, message)
    };
    keep(world, key, &event);
}

/// Tells something in the newer form, as the scheduler does.
pub(in crate::laws) fn tell_action(world: &mut World, about: &Object, told: Told<'_>, action: &str, message: &str) {
    let key = place(about, &[told.by, told.reason, message]);
    let now = world.now();
    if world.at(&key).is_some() {
        let counted = world.change(&key, |event| {
            let count = event["series"]["count"].as_i64().unwrap_or(1) + 1;
            event["series"] = json!({"count": count, "lastObservedTime": now.micro()});
        });
        drop(counted);
        return;
    }
    let (at, instance) = (now.micro(), format!("{}-{}", told.by, told.host));
    let event = Event {
        action: Some(action),
        event_time: Some(&at),
        reporting_instance: &instance,
        ..Event::new(about, Told { field: "", ..told }, message)
    };
    keep(world, key, &event);
}

/// Keeps a new event. One that may not be kept, in a namespace that ends, is lost, as real ones are.
fn keep(world: &mut World, key: Key, event: &Event<'_>) {
    if let Ok(rest) = crate::json::to_string(event) {
        drop(world.create_event(key, rest));
    }
}

/// An event as it is written, but for its metadata: there are more of them than of anything else, and hardly anybody
/// reads one.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
    event_time: Option<&'a str>,
    first_timestamp: Option<&'a str>,
    involved_object: Involved<'a>,
    last_timestamp: Option<&'a str>,
    message: &'a str,
    reason: &'a str,
    reporting_component: &'a str,
    reporting_instance: &'a str,
    source: Source<'a>,
    r#type: &'a str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Involved<'a> {
    // A kubelet speaks of its node by name alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<&'a Value>,
    #[serde(skip_serializing_if = "str::is_empty")]
    field_path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a Value>,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    resource_version: &'a str,
    uid: &'a str,
}

#[derive(Default, Serialize)]
struct Source<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    component: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    host: &'a str,
}

impl<'a> Event<'a> {
    fn new(about: &'a Object, told: Told<'a>, message: &'a str) -> Self {
        let involved_object = Involved {
            api_version: about.get("apiVersion"),
            field_path: told.field,
            kind: about.get("kind"),
            name: about.name(),
            namespace: about.namespace(),
            resource_version: about.version(),
            uid: about.uid(),
        };
        let r#type = if told.warning { "Warning" } else { "Normal" };
        Self { involved_object, message, reason: told.reason, reporting_component: told.by, r#type, ..Self::default() }
    }
}

/// The event's name: the object's and sixteen digits that are the same for the same words.
fn place(about: &Object, words: &[&str]) -> Key {
    let mut hash = DefaultHasher::new();
    about.uid().hash(&mut hash);
    words.hash(&mut hash);
    let digits = hash.finish();
    let namespace = if about.namespace().is_empty() { "default" } else { about.namespace() };
    Key::new("events", namespace, &format!("{}.{digits:016x}", about.name()))
}
