//! When an object that is going may be gone, and the kinds that have a way of their own.

use super::object::{list, strings};
use super::{Key, Object};
use crate::json::json;

/// Whether nothing holds back an object that is going.
pub(super) fn may_go(key: &Key, object: &Object) -> bool {
    object.is_going()
        && object.finalizers().next().is_none()
        && object["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0
        && !held_by_kind(key, object)
}

/// Whether the kind itself holds its objects back: a namespace until it is empty.
pub(super) fn held_by_kind(key: &Key, object: &Object) -> bool {
    (key.kind == "namespaces" && strings(&object["spec"]["finalizers"]).next().is_some())
        || is_definition(key) && !object.is_going()
}

/// What a kind does to an object that begins to go.
pub(super) fn begin(key: &Key, object: &mut Object) {
    if key.kind == "namespaces" {
        object["status"]["phase"] = "Terminating".into();
    }
    if is_definition(key) {
        let finalizers = list(&mut object["metadata"]["finalizers"]);
        finalizers.push("customresourcecleanup.apiextensions.k8s.io".into());
        object["metadata"].as_object_mut().expect("it has one").remove("deletionGracePeriodSeconds");
        let since = object["metadata"]["deletionTimestamp"].clone();
        list(&mut object["status"]["conditions"]).push(json!({
            "type": "Terminating", "status": "True", "lastTransitionTime": since, "reason": "InstanceDeletionPending",
            "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        }));
    }
    if key.kind == "namespaces" {
        object["metadata"].as_object_mut().expect("it has one").remove("deletionGracePeriodSeconds");
    }
}

fn is_definition(key: &Key) -> bool {
    key.kind == "customresourcedefinitions.apiextensions.k8s.io"
}
