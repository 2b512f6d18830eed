//! Roles, budgets, leases, storage, network policies, ingresses, priorities: the kinds with few rules of their own.

use serde_json::Value;

use super::apps::{most, share};
use super::report::{Report, items, said, shown, text};
use super::selector::selector;
use super::{names, rest};
use crate::rules::quantity::Quantity;
use crate::shapes::Kind;

pub(super) fn created(report: &mut Report, object: &Value, kind: &Kind) {
    match kind.kind.as_str() {
        "PodDisruptionBudget" => budget(report, object),
        "Lease" => lease(report, &object["spec"]),
        "Role" | "ClusterRole" => role(report, object, kind.namespaced),
        "RoleBinding" | "ClusterRoleBinding" => binding(report, object, kind.namespaced),
        "PriorityClass" => priority(report, object),
        "StorageClass" => storage_class(report, object),
        "PersistentVolume" => volume(report, &object["spec"]),
        "PersistentVolumeClaim" => claim(report, &object["spec"]),
        "HorizontalPodAutoscaler" => autoscaler(report, &object["spec"]),
        "APIService" => service(report, object),
        _ => rest::created(report, object, kind),
    }
}

pub(super) fn changed(report: &mut Report, after: &Value, before: &Value, kind: &Kind) {
    match kind.kind.as_str() {
        "PriorityClass" => {
            if after["value"] != before["value"] {
                report.forbidden("value", "may not be changed in an update.");
            }
            if after["preemptionPolicy"] != before["preemptionPolicy"] {
                report.invalid("preemptionPolicy", &after["preemptionPolicy"], "field is immutable");
            }
            return;
        }
        "StorageClass" => {
            for key in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
                if after[key] != before[key] && ["reclaimPolicy", "volumeBindingMode"].contains(&key) {
                    report.invalid(key, &after[key], "field is immutable");
                } else if after[key] != before[key] {
                    report.forbidden(key, &format!("updates to {key} are forbidden."));
                }
            }
            return;
        }
        "PersistentVolumeClaim" => {
            claim(report, &after["spec"]);
            claim(report, &after["spec"]);
            claim_changed(report, after, before);
            return;
        }
        "PersistentVolume" => created(report, after, kind),
        "RoleBinding" | "ClusterRoleBinding" => {
            created(report, after, kind);
            created(report, after, kind);
            if after["roleRef"] != before["roleRef"] {
                let fields = [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")];
                report.raw("roleRef", &shown(&after["roleRef"], &fields), "cannot change roleRef");
            }
            return;
        }
        "CustomResourceDefinition" | "IngressClass" | "RuntimeClass" | "VolumeAttachment" => {
            rest::changed(report, after, before, kind);
            return;
        }
        _ => {}
    }
    created(report, after, kind);
}

fn budget(report: &mut Report, object: &Value) {
    let spec = &object["spec"];
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let fields = [
            ("MinAvailable", "minAvailable"),
            ("Selector", "selector"),
            ("MaxUnavailable", "maxUnavailable"),
            ("UnhealthyPodEvictionPolicy", "unhealthyPodEvictionPolicy"),
        ];
        report.raw("spec", &shown(spec, &fields), "minAvailable and maxUnavailable cannot be both set");
    }
    for key in ["minAvailable", "maxUnavailable"] {
        let path = format!("spec.{key}");
        share(report, &spec[key], &path);
        most(report, &spec[key], &path);
    }
    selector(report, &spec["selector"], "spec.selector");
    let known = ["AlwaysAllow", "IfHealthyBudget"];
    report.one_of("spec.unhealthyPodEvictionPolicy", &spec["unhealthyPodEvictionPolicy"], &known);
}

fn lease(report: &mut Report, spec: &Value) {
    let seconds = &spec["leaseDurationSeconds"];
    if seconds.as_i64().is_some_and(|seconds| seconds <= 0) {
        report.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
    }
    report.counts("spec.leaseTransitions", &spec["leaseTransitions"]);
}

fn role(report: &mut Report, object: &Value, namespaced: bool) {
    for (index, rule) in object["rules"].as_array().into_iter().flatten().enumerate() {
        let at = |key: &str| format!("rules[{index}].{key}");
        if !said(rule, "verbs") {
            report.required(&at("verbs"), "verbs must contain at least one value");
        }
        if said(rule, "nonResourceURLs") {
            if namespaced {
                let why = "namespaced rules cannot apply to non-resource URLs";
                report.invalid(&at("nonResourceURLs"), &rule["nonResourceURLs"], why);
            }
            continue;
        }
        if !said(rule, "apiGroups") {
            report.required(&at("apiGroups"), "resource rules must supply at least one api group");
        }
        if !said(rule, "resources") {
            report.required(&at("resources"), "resource rules must supply at least one resource");
        }
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";

fn binding(report: &mut Report, object: &Value, namespaced: bool) {
    let role = &object["roleRef"];
    report.one_of("roleRef.apiGroup", &role["apiGroup"], &[RBAC]);
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    report.one_of("roleRef.kind", &role["kind"], kinds);
    match text(role, "name") {
        "" => report.required("roleRef.name", ""),
        name => report.all("roleRef.name", name, names::segment(name)),
    }
    for (index, subject) in object["subjects"].as_array().into_iter().flatten().enumerate() {
        let at = |key: &str| format!("subjects[{index}].{key}");
        let name = text(subject, "name");
        if name.is_empty() {
            report.required(&at("name"), "");
        }
        match text(subject, "kind") {
            "ServiceAccount" => {
                if !name.is_empty() {
                    report.all(&at("name"), name, names::subdomain(name));
                }
                if !said(subject, "namespace") && !namespaced {
                    report.required(&at("namespace"), "");
                }
            }
            "User" | "Group" => report.one_of(&at("apiGroup"), &subject["apiGroup"], &[RBAC]),
            _ => report.unsupported(&at("kind"), &subject["kind"], &["ServiceAccount", "User", "Group"]),
        }
    }
}

fn priority(report: &mut Report, object: &Value) {
    const MOST: i64 = 1_000_000_000;
    let name = text(&object["metadata"], "name");
    if name.starts_with("system-") && !["system-node-critical", "system-cluster-critical"].contains(&name) {
        let why = format!(
            "priority class names with 'system-' prefix are reserved for system use only. error: {name} is not a known system priority class"
        );
        report.forbidden("metadata.name", &why);
    } else if !name.starts_with("system-") && object["value"].as_i64().is_some_and(|value| value > MOST) {
        report.forbidden("value", &format!("maximum allowed value of a user defined priority is {MOST}"));
    }
    report.one_of("preemptionPolicy", &object["preemptionPolicy"], &["PreemptLowerPriority", "Never"]);
}

fn storage_class(report: &mut Report, object: &Value) {
    match text(object, "provisioner") {
        "" => report.required("provisioner", ""),
        name => report.all("provisioner", name, names::qualified(&name.to_lowercase())),
    }
    report.one_of("reclaimPolicy", &object["reclaimPolicy"], &["Delete", "Retain"]);
    report.one_of("volumeBindingMode", &object["volumeBindingMode"], &["Immediate", "WaitForFirstConsumer"]);
}

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const POLICIES: [&str; 3] = ["Delete", "Recycle", "Retain"];
const OWN: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

fn modes(report: &mut Report, spec: &Value) {
    for (_, mode) in items(spec, "accessModes", "spec") {
        report.one_of("spec.accessModes", mode, &MODES);
    }
}

fn volume(report: &mut Report, spec: &Value) {
    if !said(spec, "accessModes") {
        report.required("spec.accessModes", "");
    }
    modes(report, spec);
    let capacity = &spec["capacity"];
    if capacity.as_object().is_none_or(serde_json::Map::is_empty) {
        report.required("spec.capacity", "");
    }
    if capacity.get("storage").is_none() || capacity.as_object().is_some_and(|all| all.len() > 1) {
        report.unsupported("spec.capacity", capacity, &["storage"]);
    }
    report.one_of("spec.persistentVolumeReclaimPolicy", &spec["persistentVolumeReclaimPolicy"], &POLICIES);
    let sources = pairs_of(spec).filter(|key| !OWN.contains(&key.as_str())).count();
    if sources == 0 {
        report.required("spec", "must specify a volume type");
    }
    if spec["hostPath"].is_object() && !said(&spec["hostPath"], "path") {
        report.required("spec.hostPath.path", "");
    }
    report.one_of("spec.volumeMode", &spec["volumeMode"], &["Block", "Filesystem"]);
}

fn pairs_of(object: &Value) -> impl Iterator<Item = &String> {
    object.as_object().into_iter().flatten().map(|(key, _)| key)
}

fn claim(report: &mut Report, spec: &Value) {
    if !said(spec, "accessModes") {
        report.required("spec.accessModes", "at least 1 access mode is required");
    }
    selector(report, &spec["selector"], "spec.selector");
    modes(report, spec);
    let storage = &spec["resources"]["requests"]["storage"];
    match storage.as_str().and_then(Quantity::read) {
        None => report.required("spec.resources[storage]", ""),
        Some(amount) if amount.is_negative() || amount.is_zero() => {
            report.invalid("spec.resources[storage]", storage, "must be greater than zero");
        }
        Some(_) => {}
    }
    let class = text(spec, "storageClassName");
    if !class.is_empty() {
        report.all("spec.storageClassName", class, names::subdomain(class));
    }
}

/// What may not be changed of a claim.
const FIXED: &str =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n";

fn claim_changed(report: &mut Report, after: &Value, before: &Value) {
    let bound = before["status"]["phase"] == "Bound";
    let bare = |object: &Value| {
        let mut spec = object["spec"].clone();
        if let Value::Object(fields) = &mut spec {
            if bound {
                fields.remove("resources");
            }
            if before["spec"]["volumeName"].is_null() {
                fields.remove("volumeName");
            }
        }
        spec
    };
    if bare(after) != bare(before) {
        report.forbidden("spec", FIXED);
    }
}

fn autoscaler(report: &mut Report, spec: &Value) {
    if spec["minReplicas"].as_i64().is_some_and(|least| least < 1) {
        report.invalid("spec.minReplicas", &spec["minReplicas"], "must be greater than or equal to 1");
    }
    let most = spec["maxReplicas"].as_i64().unwrap_or_default();
    if most < 1 {
        report.invalid("spec.maxReplicas", &spec["maxReplicas"], "must be greater than 0");
    }
    if spec["minReplicas"].as_i64().is_some_and(|least| least > most) {
        report.invalid("spec.maxReplicas", &spec["maxReplicas"], "must be greater than or equal to `minReplicas`");
    }
    for key in ["kind", "name"] {
        if !said(&spec["scaleTargetRef"], key) {
            report.required(&format!("spec.scaleTargetRef.{key}"), "");
        }
    }
    for key in ["kind", "name"] {
        let name = text(&spec["scaleTargetRef"], key);
        report.all(&format!("spec.scaleTargetRef.{key}"), name, names::segment(name));
    }
    let version = text(&spec["scaleTargetRef"], "apiVersion");
    if !version.contains('/') {
        report.wrong("spec.scaleTargetRef.apiVersion", version, "apiVersion must specify API group");
    }
    for way in ["scaleUp", "scaleDown"] {
        let window = &spec["behavior"][way]["stabilizationWindowSeconds"];
        if window.as_i64().is_some_and(|window| window < 0) {
            let path = format!("spec.behavior.{way}.stabilizationWindowSeconds");
            report.invalid(&path, window, "must be greater than or equal to zero");
        }
    }
    if spec["minReplicas"] == 0 {
        let why = "must specify at least one Object or External metric to support scaling to zero replicas";
        report.forbidden("spec.metrics", why);
    }
}

fn service(report: &mut Report, object: &Value) {
    let spec = &object["spec"];
    let name = text(&object["metadata"], "name");
    let wanted = format!("{}.{}", text(spec, "version"), text(spec, "group"));
    if name != wanted && names::segment(name).is_empty() {
        let why = format!("must be `spec.version+\".\"+spec.group`: {wanted:?}");
        report.wrong("metadata.name", name, &why);
    }
    if !said(spec, "group") && text(spec, "version") != "v1" {
        report.required("spec.group", "only v1 may have an empty group and it better be legacy kube");
    }
    if said(spec, "group") {
        report.all("spec.group", text(spec, "group"), names::subdomain(text(spec, "group")));
    }
    report.all("spec.version", text(spec, "version"), names::old_label(text(spec, "version")));
    for (key, most) in [("groupPriorityMinimum", 20000), ("versionPriority", 1000)] {
        if spec[key].as_i64().is_none_or(|number| number <= 0 || number > most) {
            report.invalid(&format!("spec.{key}"), &spec[key], &format!("must be positive and less than {most}"));
        }
    }
}
