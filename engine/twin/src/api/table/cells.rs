//! Which cell of which kind is computed where.

use super::super::kinds::Served;
use super::words::{NONE, containers, selector};
use super::{age, network, others, pods, storage, workloads};
use crate::json::Value;
use crate::world::{Moment, Object};

/// What stands in a column of a built-in kind.
pub(super) fn cell(served: &Served, column: &str, object: &Object, now: Moment) -> Value {
    match column {
        "Name" => return object.name().into(),
        "Age" => return age::since(now, &object["metadata"]["creationTimestamp"]).into(),
        "Created At" => return object["metadata"]["creationTimestamp"].clone(),
        _ => {}
    }
    let template = &object["spec"]["template"]["spec"];
    match (column, served.plural.as_str()) {
        ("Containers", "cronjobs") => {
            containers(&object["spec"]["jobTemplate"]["spec"]["template"]["spec"], "name").into()
        }
        ("Images", "cronjobs") => {
            containers(&object["spec"]["jobTemplate"]["spec"]["template"]["spec"], "image").into()
        }
        ("Containers", "podtemplates") => containers(&object["template"]["spec"], "name").into(),
        ("Images", "podtemplates") => containers(&object["template"]["spec"], "image").into(),
        ("Containers", _) => containers(template, "name").into(),
        ("Images", _) => containers(template, "image").into(),
        ("Selector", "cronjobs") => selector(&object["spec"]["jobTemplate"]["spec"]["selector"]).into(),
        ("Selector", "jobs") if object["spec"]["selector"].is_null() => NONE.into(),
        ("Selector", _) => selector(&object["spec"]["selector"]).into(),
        (_, "pods") => pods::cell(column, object, now),
        (
            _,
            "deployments"
            | "replicasets"
            | "daemonsets"
            | "statefulsets"
            | "replicationcontrollers"
            | "jobs"
            | "cronjobs",
        ) => workloads::cell(&served.plural, column, object, now),
        (
            _,
            "services" | "endpoints" | "endpointslices" | "ingresses" | "ingressclasses" | "networkpolicies"
            | "ipaddresses" | "servicecidrs",
        ) => network::cell(&served.plural, column, object),
        (
            _,
            "persistentvolumeclaims"
            | "persistentvolumes"
            | "storageclasses"
            | "csidrivers"
            | "csinodes"
            | "volumeattachments",
        ) => storage::cell(&served.plural, column, object),
        _ => others::cell(&served.plural, column, object, now),
    }
}
