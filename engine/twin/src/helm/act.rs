//! What helm does with objects: makes them, changes what differs, takes away what is no more, waits until they are well.

use super::api::Api;
use super::time::Time;
use crate::json::{Map, Value, json};
use hyper::Method;
use std::time::Duration;

/// How often helm looks whether something is ready.
const LOOK: Duration = Duration::from_secs(2);
/// What goes before what; the rest goes last.
const ORDER: [&str; 17] = [
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Deployment",
];

/// Sorts objects as helm makes them.
pub(super) fn in_order(objects: &mut [Value]) {
    objects.sort_by_key(|one| ORDER.iter().position(|kind| one["kind"] == *kind).unwrap_or(ORDER.len()));
}

/// Whose an object is, and its name.
pub(super) struct Owner<'a> {
    pub(super) release: &'a str,
    pub(super) namespace: &'a str,
    /// Whether what belongs to nobody or to another is taken over.
    pub(super) takes: bool,
}

impl Owner<'_> {
    /// The object with the marks of its release.
    pub(super) fn marked(&self, object: &Value) -> Value {
        let mut object = object.clone();
        object["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm".into();
        object["metadata"]["annotations"]["meta.helm.sh/release-name"] = self.release.into();
        object["metadata"]["annotations"]["meta.helm.sh/release-namespace"] = self.namespace.into();
        object
    }

    fn owns(&self, live: &Value) -> Result<(), String> {
        let mark =
            |name: &str| live["metadata"]["annotations"][format!("meta.helm.sh/{name}")].as_str().unwrap_or_default();
        if self.takes || (mark("release-name") == self.release && mark("release-namespace") == self.namespace) {
            return Ok(());
        }
        let (kind, name) = (&live["kind"], &live["metadata"]["name"]);
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Err(format!(
            "Unable to continue with install: {} \"{}\" in namespace \"{}\" exists and cannot be imported into the current \
             release: invalid ownership metadata; annotation validation error: missing key \"meta.helm.sh/release-name\": must \
             be set to \"{}\"",
            word(kind),
            word(name),
            word(&live["metadata"]["namespace"]),
            self.release
        ))
    }
}

/// Makes objects what `new` says; `old` is what the release had before.
pub(super) async fn apply(api: &Api, owner: &Owner<'_>, old: &[Value], new: &[Value]) -> Result<(), String> {
    let same = |one: &Value, other: &Value| {
        one["kind"] == other["kind"]
            && one["apiVersion"] == other["apiVersion"]
            && one["metadata"]["name"] == other["metadata"]["name"]
    };
    for object in new {
        let object = owner.marked(object);
        let place = api.place(&object, owner.namespace).await?;
        let before = old.iter().find(|one| same(one, &object)).map(|one| owner.marked(one));
        let Some(live) = api.get(&place.own()).await? else {
            api.ask(&Method::POST, &format!("{}?fieldManager=helm", place.path), Some(&object)).await?.ok()?;
            continue;
        };
        if before.is_none() {
            owner.owns(&live)?;
        }
        let patch = patch(before.as_ref().unwrap_or(&Value::Null), &live, &object);
        if patch.as_object().is_some_and(|patch| !patch.is_empty()) {
            api.ask(&Method::PATCH, &format!("{}?fieldManager=helm", place.own()), Some(&patch)).await?.ok()?;
        }
    }
    for object in old.iter().filter(|one| !new.iter().any(|other| same(one, other))) {
        delete(api, owner.namespace, object).await?;
    }
    Ok(())
}

/// Deletes an object; one that is gone is gone.
pub(super) async fn delete(api: &Api, namespace: &str, object: &Value) -> Result<(), String> {
    // A kind that is not there any more has no objects.
    let Ok(place) = api.place(object, namespace).await else { return Ok(()) };
    let how = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"});
    let answer = api.ask(&Method::DELETE, &place.own(), Some(&how)).await?;
    if answer.code == 404 { Ok(()) } else { answer.ok().map(drop) }
}

/// What is to be changed of a live object, as a merge patch: what is not as `new` says, and what only `old` said.
fn patch(old: &Value, live: &Value, new: &Value) -> Value {
    let (empty, mut patch) = (Map::new(), Map::new());
    let fields = |value: &'_ Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    for (key, wanted) in fields(new) {
        let (was, is) = (&old[&key], &live[&key]);
        match (&wanted, is) {
            (Value::Object(_), Value::Object(_)) => {
                let inner = self::patch(was, is, &wanted);
                if inner.as_object().is_some_and(|inner| !inner.is_empty()) {
                    patch.insert(key, inner);
                }
            }
            _ if covers(is, &wanted) && (*was == wanted || !wanted.is_array()) => {}
            _ if wanted.is_null() => {}
            _ => drop(patch.insert(key, wanted)),
        }
    }
    for (key, _) in fields(old) {
        if new.get(&key).is_none_or(Value::is_null) && live.get(&key).is_some_and(|live| !live.is_null()) {
            patch.insert(key, Value::Null);
        }
    }
    Value::Object(patch)
}

/// Whether what is there says all that is wanted; it may say more, by its defaults.
fn covers(is: &Value, wanted: &Value) -> bool {
    match (is, wanted) {
        (Value::Object(is), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| wanted.is_null() || is.get(key).is_some_and(|is| covers(is, wanted)))
        }
        (Value::Array(is), Value::Array(wanted)) => {
            is.len() == wanted.len() && is.iter().zip(wanted).all(|(is, wanted)| covers(is, wanted))
        }
        (is, wanted) => is == wanted,
    }
}

/// Waits until objects are ready.
pub(super) async fn wait(
    api: &Api,
    time: &mut Time,
    namespace: &str,
    objects: &[Value],
    limit: Duration,
) -> Result<(), String> {
    let until = time.now().plus(limit);
    loop {
        let mut missing = None;
        for object in objects {
            if !["DaemonSet", "Deployment", "StatefulSet", "Pod", "Job"]
                .contains(&object["kind"].as_str().unwrap_or_default())
            {
                continue;
            }
            let place = api.place(object, namespace).await?;
            let live = api.get(&place.own()).await?;
            if !live.is_some_and(|live| is_ready(&live)) {
                missing = Some(place.name);
                break;
            }
        }
        let Some(missing) = missing else { return Ok(()) };
        if time.now() >= until {
            return Err(format!("resource not ready, name: {missing}: context deadline exceeded"));
        }
        time.rest(LOOK).await.map_err(|error| error.to_string())?;
    }
}

/// Waits until objects are gone.
pub(super) async fn wait_gone(
    api: &Api,
    time: &mut Time,
    namespace: &str,
    objects: &[Value],
    limit: Duration,
) -> Result<(), String> {
    let until = time.now().plus(limit);
    for object in objects {
        let Ok(place) = api.place(object, namespace).await else { continue };
        while api.get(&place.own()).await?.is_some() {
            if time.now() >= until {
                return Err("timed out waiting for the condition: context deadline exceeded".to_owned());
            }
            time.rest(LOOK).await.map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Whether an object is ready, as helm sees it.
fn is_ready(live: &Value) -> bool {
    let (spec, status) = (&live["spec"], &live["status"]);
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    if live["metadata"]["generation"].is_i64()
        && number(&status["observedGeneration"]) < number(&live["metadata"]["generation"])
    {
        return false;
    }
    match live["kind"].as_str().unwrap_or_default() {
        "Deployment" => {
            let wanted = spec["replicas"].as_i64().unwrap_or(1);
            let spare = share(&spec["strategy"]["rollingUpdate"]["maxUnavailable"], wanted);
            number(&status["readyReplicas"]) >= wanted - spare && number(&status["updatedReplicas"]) >= wanted
        }
        "StatefulSet" => {
            let wanted = spec["replicas"].as_i64().unwrap_or(1);
            number(&status["readyReplicas"]) >= wanted && number(&status["updatedReplicas"]) >= wanted
        }
        "DaemonSet" => {
            let wanted = number(&status["desiredNumberScheduled"]);
            let spare = share(&spec["updateStrategy"]["rollingUpdate"]["maxUnavailable"], wanted);
            let rolls = spec["updateStrategy"]["type"] != "OnDelete";
            number(&status["numberReady"]) >= wanted - spare
                && (!rolls || number(&status["updatedNumberScheduled"]) >= wanted)
        }
        "Job" => number(&status["succeeded"]) > 0,
        "Pod" => status["conditions"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|one| one["type"] == "Ready" && one["status"] == "True"),
        _ => true,
    }
}

/// How many of `all` a number or a part in a hundred is; rounded down, as for what may be missing.
fn share(value: &Value, all: i64) -> i64 {
    match value {
        Value::String(text) => text.trim_end_matches('%').parse::<i64>().map_or(0, |part| all * part / 100),
        value => value.as_i64().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_changed_and_what_only_the_old_said_goes() {
        let old = json!({"data": {"a": "1", "b": "2"}, "list": [1]});
        let live = json!({"data": {"a": "1", "b": "2", "theirs": "x"}, "list": [1], "more": true});
        let new = json!({"data": {"a": "3"}, "list": [1]});
        assert_eq!(patch(&old, &live, &new), json!({"data": {"a": "3", "b": null}}));
        assert_eq!(patch(&new, &live, &json!({"data": {"a": "1"}, "list": [1]})), json!({}));
    }

    #[test]
    fn what_was_defaulted_in_a_list_is_no_difference() {
        let new = json!({"containers": [{"name": "a"}]});
        let live = json!({"containers": [{"name": "a", "imagePullPolicy": "Always"}]});
        assert_eq!(patch(&new, &live, &new), json!({}));
    }

    #[test]
    fn a_rollout_is_ready_with_as_many_missing_as_may_be() {
        let set = |ready: i64, updated: i64| {
            json!({"kind": "DaemonSet", "spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}},
                "status": {"desiredNumberScheduled": 3, "numberReady": ready, "updatedNumberScheduled": updated}})
        };
        assert!(is_ready(&set(2, 3)) && !is_ready(&set(1, 3)) && !is_ready(&set(3, 2)));
    }
}
