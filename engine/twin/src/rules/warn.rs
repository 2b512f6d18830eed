//! What the server warns of though it lets it through.

use serde_json::Value;

use super::quantity::Quantity;
use crate::shapes::Kind;

/// The warnings that an object gets when it is created, or when its generation grew.
pub(super) fn warnings(object: &Value, before: Option<&Value>, kind: &Kind) -> Vec<String> {
    let mut all = Vec::new();
    let grown = before.is_none_or(|before| before["metadata"]["generation"] != object["metadata"]["generation"]);
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") if before.is_none() => pod(&mut all, &object["spec"], "spec"),
        ("apps", "ControllerRevision") => {}
        ("apps", _) | ("batch", "Job") if grown => {
            pod(&mut all, &object["spec"]["template"]["spec"], "spec.template.spec");
        }
        ("apiextensions.k8s.io", _) => unread(&mut all, &object["spec"]["versions"], "spec.versions"),
        ("batch", "CronJob") if grown => {
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

const OLD_LABELS: [(&str, &str, &str); 4] = [
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
    for (owner, container) in items(spec, "containers") {
        for (index, port) in items(container, "ports") {
            let at = format!("{path}.containers[{owner}].ports[{index}]");
            let same = |other: &Value, keys: &[&str]| keys.iter().all(|key| other[*key] == port[*key]);
            let number = ["containerPort", "protocol", "hostPort", "hostIP"];
            if let Some((_, other, _)) = seen.iter().find(|(_, _, other)| same(other, &number)) {
                all.push(format!("{at}: duplicate port definition with {other}"));
            }
            let named = port["name"].as_str().is_some_and(|name| !name.is_empty());
            let elsewhere = |of: &&(usize, String, &Value)| of.0 != owner && same(of.2, &["name"]);
            if let Some((_, other, _)) = seen.iter().find(elsewhere).filter(|_| named) {
                let then = "services and probes that select ports by name will use";
                all.push(format!("{at}: duplicate port name {} with {other}, {then} {other}", port["name"]));
            }
            seen.push((owner, at, port));
        }
    }
}
