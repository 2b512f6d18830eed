//! What the server warns of though it lets it through.

mod others;

use std::collections::BTreeSet;

use crate::json::Value;

use super::quantity::Quantity;
use crate::shapes::Kind;

/// The warnings that an object gets when it is created, or when its generation grew.
pub(super) fn warnings(object: &Value, before: Option<&Value>, kind: &Kind) -> Vec<String> {
    let mut all = Vec::new();
    let grown = before.is_none_or(|before| before["metadata"]["generation"] != object["metadata"]["generation"]);
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") if before.is_none() => {
            hostname(&mut all, object, "the Pod's hostname");
            annotations(&mut all, object);
            pod(&mut all, &object["spec"], "spec");
        }
        _ if kind.is_custom() => finalizers(&mut all, object, before),
        ("networking.k8s.io", "NetworkPolicy") => others::policy(&mut all, &object["spec"]),
        ("networking.k8s.io", "Ingress") if before.is_none() => others::ingress(&mut all, object),
        ("storage.k8s.io", "StorageClass") => others::storage_class(&mut all, object),
        ("", "ReplicationController") => {
            if before.is_none() {
                hostname(&mut all, object, "Pod names and hostnames");
            }
            if grown {
                pod(&mut all, &object["spec"]["template"]["spec"], "spec.template.spec");
            }
        }
        ("", "Service") => others::service(&mut all, object),
        ("", "ServiceAccount") => others::account(&mut all, object),
        ("", "PersistentVolume") => others::volume(&mut all, object),
        ("", "PersistentVolumeClaim") => others::claim(&mut all, object),
        ("apps", "ControllerRevision") => {}
        ("apps", _) | ("batch", "Job") if grown => {
            if before.is_none() && ["Deployment", "ReplicaSet", "Job"].contains(&kind.kind.as_str()) {
                hostname(&mut all, object, "Pod names and hostnames");
            }
            pod(&mut all, &object["spec"]["template"]["spec"], "spec.template.spec");
        }
        ("apiextensions.k8s.io", _) => {
            unread(&mut all, &object["spec"]["versions"], "spec.versions");
            formats(&mut all, object, before);
        }
        ("batch", "CronJob") if grown => {
            if before.is_none() {
                hostname(&mut all, object, "Pod names and hostnames");
            }
            let path = "spec.jobTemplate.spec.template.spec";
            pod(&mut all, &object["spec"]["jobTemplate"]["spec"]["template"]["spec"], path);
        }
        _ => {}
    }
    all
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    value[key].as_array().into_iter().flatten().enumerate()
}

/// The formats that nobody knows and that were not there before.
fn formats(all: &mut Vec<String>, object: &Value, before: Option<&Value>) {
    let old = before.map(named).unwrap_or_default();
    all.extend(named(object).difference(&old).map(|format| format!("unrecognized format {format:?}")));
}

fn named(definition: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for version in definition["spec"]["versions"].as_array().into_iter().flatten() {
        within(&version["schema"]["openAPIV3Schema"], &mut found);
    }
    found
}

fn within(schema: &Value, found: &mut BTreeSet<String>) {
    let format = schema["format"].as_str().unwrap_or_default();
    if !format.is_empty() && !super::validate::format::is_known(format) {
        found.insert(format.to_owned());
    }
    for key in ["items", "additionalProperties", "not"] {
        if schema[key].is_object() {
            within(&schema[key], found);
        }
    }
    let fields = schema["properties"].as_object().into_iter().flatten().map(|(_, schema)| schema);
    let listed = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|key| schema[key].as_array().into_iter().flatten());
    fields.chain(listed).for_each(|schema| within(schema, found));
}

/// The rules that cannot be judged here: a real server would, so it is said.
fn unread(all: &mut Vec<String>, value: &Value, path: &str) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let rules = inner.as_array().filter(|_| key == "x-kubernetes-validations");
                for rule in rules.into_iter().flatten().filter_map(|rule| rule["rule"].as_str()) {
                    if !super::rule::readable(rule) {
                        all.push(format!(
                            "{path}.{key}: this twin cannot judge the rule {rule:?} and lets everything pass"
                        ));
                    }
                }
                unread(all, inner, &format!("{path}.{key}"));
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| unread(all, item, &format!("{path}[{index}]")));
        }
        _ => {}
    }
}

/// A name that pods will bear should be one label.
fn hostname(all: &mut Vec<String>, object: &Value, of: &str) {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let mut wrong = Vec::new();
    if name.len() > 63 {
        wrong.push("must be no more than 63 characters");
    }
    if name.contains('.') {
        wrong.push("must not contain dots");
    }
    if !wrong.is_empty() {
        let why = "which can result in surprising behavior; a DNS label is recommended";
        all.push(format!("metadata.name: this is used in {of}, {why}: [{}]", wrong.join(" ")));
    }
}

fn annotations(all: &mut Vec<String>, object: &Value) {
    const OLD: [(&str, &str, &str); 2] = [
        ("scheduler.alpha.kubernetes.io/critical-pod", "v1.16", "priorityClassName"),
        ("seccomp.security.alpha.kubernetes.io/pod", "v1.27", "seccompProfile"),
    ];
    for (name, since, field) in OLD {
        if object["metadata"]["annotations"].get(name).is_some() {
            let why = format!("non-functional in {since}+; use the {field:?} field instead");
            all.push(format!("metadata.annotations[{name}]: {why}"));
        }
    }
}

fn finalizers(all: &mut Vec<String>, object: &Value, before: Option<&Value>) {
    let list = |of: &Value| of["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    let old = before.map(list).unwrap_or_default();
    for one in list(object).iter().filter(|one| !old.contains(one)) {
        let name = one.as_str().unwrap_or_default();
        if !name.contains('/') && !["orphan", "foregroundDeletion"].contains(&name) {
            let why =
                "prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers";
            all.push(format!("metadata.finalizers: {name:?}: {why}"));
        }
    }
}

/// Labels of nodes that have newer names.
pub(super) const OLD_LABELS: [(&str, &str, &str); 4] = [
    ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "v1.17", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "v1.17", "topology.kubernetes.io/zone"),
];

fn pod(all: &mut Vec<String>, spec: &Value, path: &str) {
    for (old, since, new) in OLD_LABELS {
        if spec["nodeSelector"].get(old).is_some() {
            all.push(format!("{path}.nodeSelector[{old}]: deprecated since {since}; use {new:?} instead"));
        }
    }
    for term in spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let path = format!(
            "{path}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{}]",
            term.0
        );
        for (index, one) in items(term.1, "matchExpressions") {
            if let Some((old, since, new)) = OLD_LABELS.iter().find(|(old, ..)| one["key"] == *old) {
                all.push(format!(
                    "{path}.matchExpressions[{index}].key: {old} is deprecated since {since}; use {new:?} instead"
                ));
            }
        }
    }
    twice(all, spec, path);
    for (index, spread) in items(spec, "topologySpreadConstraints") {
        if spread["labelSelector"].is_null() {
            let why = "a null labelSelector results in matching no pod";
            all.push(format!("{path}.topologySpreadConstraints[{index}].labelSelector: {why}"));
        }
    }
    for list in ["initContainers", "containers"] {
        for (index, container) in items(spec, list) {
            self::container(all, container, &format!("{path}.{list}[{index}]"));
        }
    }
    ports(all, spec, path);
    if spec["terminationGracePeriodSeconds"].as_i64().is_some_and(|seconds| seconds < 0) {
        let why = "must be >= 0; negative values are invalid and will be treated as 1";
        all.push(format!("{path}.terminationGracePeriodSeconds: {why}"));
    }
}

/// Names that are there twice, or not at all.
fn twice(all: &mut Vec<String>, spec: &Value, path: &str) {
    let mut empty = Vec::new();
    for (list, key) in [("hostAliases", "ip"), ("imagePullSecrets", "name")] {
        let mut seen: Vec<&Value> = Vec::new();
        for (index, one) in items(spec, list) {
            let value = &one[key];
            let at = format!("{path}.{list}[{index}].{key}");
            if value.as_str().is_none_or(str::is_empty) {
                empty.push(format!("{at}: invalid empty {key} \"\""));
            } else if seen.contains(&value) {
                all.push(format!("{at}: duplicate {key} {value}"));
            }
            seen.push(value);
        }
    }
    all.extend(empty);
    for (index, volume) in items(spec, "volumes") {
        if volume["gitRepo"].is_object() {
            all.push(format!(
                "{path}.volumes[{index}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+"
            ));
        }
    }
}

fn container(all: &mut Vec<String>, container: &Value, path: &str) {
    for side in ["limits", "requests"] {
        for name in ["memory", "ephemeral-storage"] {
            let amount = &container["resources"][side][name];
            let fractional = amount.as_str().and_then(Quantity::read).is_some_and(|amount| !amount.is_whole());
            if fractional {
                let at = format!("{path}.resources.{side}[{name}]");
                all.push(format!("{at}: fractional byte value {amount} is invalid, must be an integer"));
            }
        }
    }
    let mut seen: Vec<&Value> = Vec::new();
    for (index, variable) in items(container, "env") {
        let name = &variable["name"];
        if seen.contains(&name) {
            all.push(format!(
                "{path}.env[{index}]: hides previous definition of {name}, which may be dropped when using apply"
            ));
        }
        seen.push(name);
    }
}

fn ports(all: &mut Vec<String>, spec: &Value, path: &str) {
    let mut seen: Vec<(usize, String, &Value)> = Vec::new();
    let mut names = Vec::new();
    for (owner, container) in items(spec, "containers") {
        for (index, port) in items(container, "ports") {
            let at = format!("{path}.containers[{owner}].ports[{index}]");
            let same = |other: &Value, keys: &[&str]| keys.iter().all(|key| other[*key] == port[*key]);
            let number = ["containerPort", "protocol", "hostPort", "hostIP"];
            for (_, other, _) in seen.iter().filter(|(_, _, other)| same(other, &number)) {
                all.push(format!("{at}: duplicate port definition with {other}"));
            }
            let named = port["name"].as_str().is_some_and(|name| !name.is_empty());
            let elsewhere = |of: &&(usize, String, &Value)| of.0 != owner && same(of.2, &["name"]);
            if let Some((_, other, _)) = seen.iter().find(elsewhere).filter(|_| named) {
                let then = "services and probes that select ports by name will use";
                names.push(format!("{at}: duplicate port name {} with {other}, {then} {other}", port["name"]));
            }
            seen.push((owner, at, port));
        }
    }
    all.extend(names);
}
