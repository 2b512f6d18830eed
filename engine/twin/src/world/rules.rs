//! What the world must know of kinds to keep their metadata right: which count their generation, which go with grace.

use super::{Kind, Object};

/// The built-in kinds whose `generation` counts the changes of what is wanted.
const COUNTED: [&str; 26] = [
    "apiservices.apiregistration.k8s.io",
    "certificatesigningrequests.certificates.k8s.io",
    "cronjobs.batch",
    "csidrivers.storage.k8s.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "daemonsets.apps",
    "deployments.apps",
    "endpointslices.discovery.k8s.io",
    "flowschemas.flowcontrol.apiserver.k8s.io",
    "horizontalpodautoscalers.autoscaling",
    "ingressclasses.networking.k8s.io",
    "ingresses.networking.k8s.io",
    "jobs.batch",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "networkpolicies.networking.k8s.io",
    "poddisruptionbudgets.policy",
    "pods",
    "podtemplates",
    "priorityclasses.scheduling.k8s.io",
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
    "replicasets.apps",
    "replicationcontrollers",
    "statefulsets.apps",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
];

/// The built-in kinds that take part of the above but not of all of it.
const UNCOUNTED: [&str; 3] = [
    "apiservices.apiregistration.k8s.io",
    "certificatesigningrequests.certificates.k8s.io",
    "horizontalpodautoscalers.autoscaling",
];

/// Whether objects of the kind count their generation: the kinds above, and every kind defined by a resource definition.
pub(super) fn counts(kind: &Kind) -> bool {
    if UNCOUNTED.contains(&kind.as_str()) {
        return false;
    }
    COUNTED.binary_search(&kind.as_str()).is_ok() || !built_in(kind)
}

/// Whether the kind's group is one of the server's own.
pub(crate) fn built_in(kind: &Kind) -> bool {
    let group = kind.group();
    let own = ["", "apps", "autoscaling", "batch", "extensions", "policy"];
    own.contains(&group) || own_of_kubernetes(group)
}

fn own_of_kubernetes(group: &str) -> bool {
    let groups = [
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "apiserverinternal",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
        "storagemigration",
    ];
    group.strip_suffix(".k8s.io").is_some_and(|rest| groups.contains(&rest))
}

/// The seconds of grace a kind's objects have by themselves; none for kinds that go at once.
pub(super) fn grace(kind: &Kind, object: &Object, asked: Option<i64>) -> Option<i64> {
    if *kind != "pods" {
        return None;
    }
    let phase = object["status"]["phase"].as_str().unwrap_or_default();
    let unscheduled = object["spec"]["nodeName"].as_str().unwrap_or_default().is_empty();
    if unscheduled || phase == "Succeeded" || phase == "Failed" {
        return Some(0);
    }
    let wanted = asked.or_else(|| object["spec"]["terminationGracePeriodSeconds"].as_i64()).unwrap_or(30);
    Some(if wanted < 0 { 1 } else { wanted })
}

/// Whether the kind's dependents stay behind when nothing is said.
pub(super) fn orphans_by_default(kind: &Kind) -> bool {
    *kind == "jobs.batch" || *kind == "replicationcontrollers"
}
