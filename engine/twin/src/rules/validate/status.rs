//! What may not be said of how objects are.

use crate::json::Value;

use super::report::{Report, items, text};
use super::{names, resources};
use crate::rules::inner;
use crate::shapes::Kind;

/// What is counted in the status of a kind, and what of it is never more than the replicas.
struct Counts(&'static str, &'static [&'static str], &'static [&'static str]);

const COUNTS: [Counts; 5] = [
    Counts(
        "Deployment",
        &[
            "observedGeneration",
            "replicas",
            "updatedReplicas",
            "readyReplicas",
            "availableReplicas",
            "unavailableReplicas",
        ],
        &["updatedReplicas", "readyReplicas", "availableReplicas"],
    ),
    Counts(
        "StatefulSet",
        &["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
        &["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
    ),
    Counts(
        "ReplicaSet",
        &["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
        &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
    ),
    Counts(
        "DaemonSet",
        &[
            "currentNumberScheduled",
            "numberMisscheduled",
            "desiredNumberScheduled",
            "numberReady",
            "observedGeneration",
            "updatedNumberScheduled",
            "numberAvailable",
            "numberUnavailable",
        ],
        &[],
    ),
    Counts("PodDisruptionBudget", &["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"], &[]),
];

pub(super) fn changed(report: &mut Report, object: &Value, before: &Value, kind: &Kind) {
    let status = &object["status"];
    match kind.kind.as_str() {
        "Pod" => super::state::changed(report, object, before),
        "Namespace" => phase(report, object),
        "Node" => node(report, status),
        "Service" | "Ingress" => balanced(report, &status["loadBalancer"]),
        _ => {}
    }
    if ["Deployment", "StatefulSet", "DaemonSet"].contains(&kind.kind.as_str()) {
        let count = |object: &Value| object["status"]["collisionCount"].as_i64();
        let (new, old) = (count(object), count(before));
        let dropped = new.is_none() && kind.kind == "DaemonSet";
        if new < old && !dropped {
            report.invalid("status.collisionCount", &Value::from(new.unwrap_or(0)), "cannot be decremented");
        }
    }
    let Some(Counts(_, counted, bounded)) = COUNTS.iter().find(|one| one.0 == kind.kind) else { return };
    for key in *counted {
        report.counts(&format!("status.{key}"), &status[*key]);
    }
    let number = |key: &str| status[key].as_i64().unwrap_or_default();
    for key in bounded.iter().filter(|key| number(key) > number("replicas")) {
        let found = Value::from(number(key));
        report.invalid(&format!("status.{key}"), &found, "cannot be greater than status.replicas");
    }
    if !bounded.is_empty() && number("availableReplicas") > number("readyReplicas") {
        let found = Value::from(number("availableReplicas"));
        let why = if kind.kind == "Deployment" {
            "cannot be greater than readyReplicas"
        } else {
            "cannot be greater than status.readyReplicas"
        };
        report.invalid("status.availableReplicas", &found, why);
    }
}

/// Where something outside answers for a service or an ingress.
fn balanced(report: &mut Report, balancer: &Value) {
    for (path, one) in items(balancer, "ingress", "status.loadBalancer") {
        let (ip, name) = (text(one, "ip"), text(one, "hostname"));
        if !ip.is_empty() {
            report.all(&format!("{path}.ip"), ip, names::address(ip));
        }
        if !name.is_empty() {
            report.all(&format!("{path}.hostname"), name, names::subdomain(name));
            if name.parse::<std::net::IpAddr>().is_ok() {
                report.wrong(&format!("{path}.hostname"), name, "must be a DNS name, not an IP address");
            }
        }
    }
}

/// A namespace is on its way out exactly if it was deleted.
fn phase(report: &mut Report, object: &Value) {
    let (phase, going) = (&object["status"]["phase"], !object["metadata"]["deletionTimestamp"].is_null());
    let (wanted, when) = if going { ("Terminating", "not empty") } else { ("Active", "empty") };
    if *phase != wanted {
        let why = format!("may only be '{wanted}' if `deletionTimestamp` is {when}");
        report.invalid("status.Phase", phase, &why);
    }
}

/// What a node has, and where it is reached.
fn node(report: &mut Report, status: &Value) {
    resources::capacity(report, status);
    let all: Vec<(String, &Value)> = items(status, "addresses", "status").collect();
    for (at, (path, one)) in all.iter().enumerate() {
        if all[..at].iter().any(|(_, other)| other == one) {
            report.repeated(path, &inner::shown(one, "NodeAddress"));
        }
    }
}
