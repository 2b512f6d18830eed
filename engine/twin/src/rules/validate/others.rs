//! Roles, budgets, leases, storage, network policies, ingresses, priorities: the kinds with few rules of their own.

use crate::json::Value;

use super::apps::{most, share};
use super::report::{Report, items, said, text};
use super::selector::selector;
use super::{autoscaler, names, rest, storage};
use crate::rules::inner;
use crate::shapes::Kind;

pub(super) fn created(report: &mut Report, object: &Value, kind: &Kind) {
    match kind.kind.as_str() {
        "PodDisruptionBudget" => budget(report, object),
        "Lease" => lease(report, &object["spec"]),
        "Role" | "ClusterRole" => role(report, object, kind.namespaced),
        "RoleBinding" | "ClusterRoleBinding" => binding(report, object, kind.namespaced),
        "PriorityClass" => priority(report, object),
        "StorageClass" | "PersistentVolume" | "PersistentVolumeClaim" => storage::created(report, object, &kind.kind),
        "HorizontalPodAutoscaler" => autoscaler::autoscaler(report, &object["spec"]),
        "APIService" => service(report, object),
        "Event" => super::event::created(report, object, true),
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
        "StorageClass" | "PersistentVolumeClaim" | "PersistentVolume" => {
            storage::changed(report, after, before, &kind.kind);
            return;
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            created(report, after, kind);
            created(report, after, kind);
            if after["roleRef"] != before["roleRef"] {
                report.raw("roleRef", &inner::shown(&after["roleRef"], "RoleRef"), "cannot change roleRef");
            }
            return;
        }
        "Event" => {
            super::event::changed(report, after, before);
            return;
        }
        // The server looks at them twice.
        "NetworkPolicy" | "Role" | "ClusterRole" => created(report, after, kind),
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
        report.raw(
            "spec",
            &inner::shown(spec, "PodDisruptionBudgetSpec"),
            "minAvailable and maxUnavailable cannot be both set",
        );
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
            if ["apiGroups", "resources", "resourceNames"].iter().any(|key| said(rule, key)) {
                let why = "rules cannot apply to both regular resources and non-resource URLs";
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
    let path = "aggregationRule.clusterRoleSelectors";
    if object["aggregationRule"].is_object() && !said(&object["aggregationRule"], "clusterRoleSelectors") {
        report.required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
    }
    for (path, one) in items(&object["aggregationRule"], "clusterRoleSelectors", "aggregationRule") {
        let before = report.causes.len();
        selector(report, one, &path);
        if report.causes.len() > before {
            report.raw(&path, "null", "invalid label selector.");
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
    if !spec["service"].is_object() && spec["insecureSkipTLSVerify"] == true {
        let why = "local APIServices may not have insecureSkipTLSVerify";
        report.invalid("spec.insecureSkipTLSVerify", &spec["insecureSkipTLSVerify"], why);
    }
    let local = &spec["service"];
    if local.is_object() {
        for key in ["namespace", "name"].into_iter().filter(|key| !said(local, key)) {
            report.required(&format!("spec.service.{key}"), "");
        }
        if local["port"].as_i64().is_some_and(|port| !(1..=65535).contains(&port)) {
            let why = "port is not valid: must be between 1 and 65535, inclusive";
            report.invalid("spec.service.port", &local["port"], why);
        }
    }
    if spec["insecureSkipTLSVerify"] == true && said(spec, "caBundle") {
        let why = "may not be true if caBundle is present";
        report.invalid("spec.insecureSkipTLSVerify", &spec["insecureSkipTLSVerify"], why);
    }
}
