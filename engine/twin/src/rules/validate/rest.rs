//! Network policies, ingresses, webhooks and custom definitions.

use serde_json::Value;

use super::report::{Report, items, said, shown, text};
use super::selector::selector;
use super::{container, names};
use crate::shapes::Kind;

pub(super) fn created(report: &mut Report, object: &Value, kind: &Kind) {
    match kind.kind.as_str() {
        "NetworkPolicy" => policy(report, &object["spec"]),
        "Ingress" => ingress(report, &object["spec"]),
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            for (index, webhook) in object["webhooks"].as_array().into_iter().flatten().enumerate() {
                self::webhook(report, webhook, &format!("webhooks[{index}]"));
            }
        }
        "IngressClass" => class(report, &object["spec"]),
        "RuntimeClass" => match text(object, "handler") {
            "" => report.required("handler", ""),
            name => report.all("handler", name, names::label(name)),
        },
        "VolumeAttachment" => attachment(report, &object["spec"]),
        "ValidatingAdmissionPolicy" => admission(report, &object["spec"]),
        "ValidatingAdmissionPolicyBinding" => {
            if !said(&object["spec"], "policyName") {
                report.required("spec.policyName", "");
            }
            if !said(&object["spec"], "validationActions") {
                report.required("spec.validationActions", "at least one validation action is required");
            }
            for (path, one) in items(&object["spec"], "validationActions", "spec") {
                report.one_of(&path, one, &["Audit", "Deny", "Warn"]);
            }
        }
        "CustomResourceDefinition" => definition(report, object, true),
        _ => {}
    }
}

const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

fn attachment(report: &mut Report, spec: &Value) {
    let attacher = text(spec, "attacher");
    if attacher.is_empty() {
        report.required("spec.attacher", "");
        report.required("spec.attacher", "");
    }
    report.all("spec.attacher", attacher, names::subdomain(&attacher.to_lowercase()));
    let node = text(spec, "nodeName");
    report.all("spec.nodeName", node, names::subdomain(node));
}

fn admission(report: &mut Report, spec: &Value) {
    for (path, rule) in items(&spec["matchConstraints"], "resourceRules", "spec.matchConstraints") {
        for (path, one) in items(rule, "operations", &path) {
            report.one_of(&path, one, &OPERATIONS);
        }
        for key in ["operations", "apiGroups", "apiVersions", "resources"] {
            if !said(rule, key) {
                report.required(&format!("{path}.{key}"), "");
            }
        }
        for (path, one) in items(rule, "apiVersions", &path) {
            if one == "" {
                report.required(&path, "");
            }
        }
    }
    for (path, one) in items(spec, "validations", "spec") {
        if text(one, "expression").trim().is_empty() {
            report.required(&format!("{path}.expression"), "expression is not specified");
        }
    }
}

fn class(report: &mut Report, spec: &Value) {
    let name = text(spec, "controller");
    let parts = name.split_once('/');
    if name.is_empty() || parts.is_none_or(|(domain, path)| domain.is_empty() || path.is_empty()) {
        report.wrong("spec.controller", name, "must be a domain-prefixed path (such as \"acme.io/foo\")");
    }
    let parameters = &spec["parameters"];
    if !parameters.is_object() {
        return;
    }
    let group = text(parameters, "apiGroup");
    if !group.is_empty() {
        report.all("spec.parameters.apiGroup", group, names::subdomain(group));
    }
    for key in ["kind", "name"] {
        let name = text(parameters, key);
        let at = format!("spec.parameters.{key}");
        match name {
            "" => report.required(&at, ""),
            _ => report.all(&at, name, names::segment(name)),
        }
    }
}

fn policy(report: &mut Report, spec: &Value) {
    selector(report, &spec["podSelector"], "spec.podSelector");
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (path, rule) in items(spec, direction, "spec") {
            for (path, port) in items(rule, "ports", &path) {
                report.one_of(&format!("{path}.protocol"), &port["protocol"], &["TCP", "UDP", "SCTP"]);
                if !port["port"].is_null() {
                    container::port(report, &port["port"], &format!("{path}.port"));
                }
            }
            for (path, peer) in items(rule, peers, &path) {
                self::peer(report, peer, &path);
            }
        }
    }
    for (path, kind) in items(spec, "policyTypes", "spec") {
        report.one_of(&path, kind, &["Ingress", "Egress"]);
    }
}

fn peer(report: &mut Report, peer: &Value, path: &str) {
    let mut found = 0;
    for key in ["podSelector", "namespaceSelector"] {
        if peer[key].is_object() {
            found += 1;
            selector(report, &peer[key], &format!("{path}.{key}"));
        }
    }
    let block = &peer["ipBlock"];
    if block.is_object() {
        match text(block, "cidr") {
            "" => report.required(&format!("{path}.ipBlock.cidr"), ""),
            range => report.all(&format!("{path}.ipBlock.cidr"), range, names::range(range)),
        }
        if found > 0 {
            report.forbidden(path, "may not specify both ipBlock and another peer");
        }
    } else if found == 0 {
        report.required(path, "must specify a peer");
    }
}

/// What is said of a host that begins with a star and is none.
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must \
                        consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character \
                        (e.g. '*.example.com', regex used for validation is \
                        '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn ingress(report: &mut Report, spec: &Value) {
    if !said(spec, "rules") && !spec["defaultBackend"].is_object() {
        report.raw("spec", "null", "either `defaultBackend` or `rules` must be specified");
    }
    for (path, rule) in items(spec, "rules", "spec") {
        let host = text(rule, "host");
        if host.parse::<std::net::IpAddr>().is_ok() {
            report.wrong(&format!("{path}.host"), host, "must be a DNS name, not an IP address");
        }
        if let Some(rest) = host.strip_prefix('*') {
            let fits = rest.strip_prefix('.').is_some_and(|rest| names::subdomain(rest).is_empty());
            if !fits {
                report.wrong(&format!("{path}.host"), host, WILDCARD);
            }
        }
        if rule["http"].is_object() && !said(&rule["http"], "paths") {
            report.required(&format!("{path}.http.paths"), "");
        }
        if !host.is_empty() && !host.starts_with('*') {
            report.all(&format!("{path}.host"), host, names::subdomain(host));
        }
        for (path, one) in items(&rule["http"], "paths", &format!("{path}.http")) {
            let known = ["Exact", "ImplementationSpecific", "Prefix"];
            let at = text(one, "path");
            match text(one, "pathType") {
                "" => {
                    report.required(&format!("{path}.pathType"), "pathType must be specified");
                    continue;
                }
                "Exact" | "Prefix" if !at.starts_with('/') => {
                    report.wrong(&format!("{path}.path"), at, "must be an absolute path");
                }
                _ => report.one_of(&format!("{path}.pathType"), &one["pathType"], &known),
            }
            backend(report, &one["backend"], &format!("{path}.backend"));
        }
    }
}

fn backend(report: &mut Report, backend: &Value, path: &str) {
    let service = &backend["service"];
    if !service.is_object() {
        return;
    }
    match text(service, "name") {
        "" => report.required(&format!("{path}.service.name"), ""),
        name => report.all(&format!("{path}.service.name"), name, names::old_label(name)),
    }
    if service["port"]["number"].is_null() && !said(&service["port"], "name") {
        report.required(path, "port name or number is required");
    }
}

fn webhook(report: &mut Report, webhook: &Value, path: &str) {
    let name = text(webhook, "name");
    if name.is_empty() {
        report.required(&format!("{path}.name"), "");
    } else if !names::subdomain(name).is_empty() {
        report.all(&format!("{path}.name"), name, names::subdomain(name));
    } else if name.split('.').count() < 3 {
        let why = "should be a domain with at least three segments separated by dots";
        report.wrong(&format!("{path}.name"), name, why);
    }
    report.one_of(&format!("{path}.failurePolicy"), &webhook["failurePolicy"], &["Fail", "Ignore"]);
    match &webhook["sideEffects"] {
        Value::Null => report.required(&format!("{path}.sideEffects"), "must specify one of None, NoneOnDryRun"),
        _ => report.one_of(&format!("{path}.sideEffects"), &webhook["sideEffects"], &["None", "NoneOnDryRun"]),
    }
    report.between(&format!("{path}.timeoutSeconds"), &webhook["timeoutSeconds"], 1, 30);
    let client = &webhook["clientConfig"];
    if said(client, "url") == client["service"].is_object() {
        report.required(&format!("{path}.clientConfig"), "exactly one of url or service is required");
    }
    // The server takes the one for the other.
    for (key, own) in [("namespace", "name"), ("name", "namespace")] {
        if client["service"].is_object() && !said(&client["service"], own) {
            report.required(&format!("{path}.clientConfig.service.{key}"), "");
        }
    }
    let known = |one: &Value| ["v1", "v1beta1"].iter().any(|version| one == *version);
    for (path, one) in items(webhook, "admissionReviewVersions", path) {
        let version = one.as_str().unwrap_or_default();
        report.all(&path, version, names::old_label(version));
    }
    if said(webhook, "admissionReviewVersions")
        && !webhook["admissionReviewVersions"].as_array().is_some_and(|all| all.iter().any(known))
    {
        let why = "must include at least one of v1, v1beta1";
        report.invalid(&format!("{path}.admissionReviewVersions"), &webhook["admissionReviewVersions"], why);
    }
    if !said(webhook, "admissionReviewVersions") {
        let why = "must specify one of v1, v1beta1";
        report.required(&format!("{path}.admissionReviewVersions"), why);
    }
}

/// What may not be changed of the kinds of this file.
pub(super) fn changed(report: &mut Report, after: &Value, before: &Value, kind: &Kind) {
    match kind.kind.as_str() {
        "CustomResourceDefinition" => {
            definition(report, after, false);
            let versions = after["spec"]["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
            for (index, stored) in after["status"]["storedVersions"].as_array().into_iter().flatten().enumerate() {
                if !versions.iter().any(|version| version["name"] == *stored) {
                    let name = stored.as_str().unwrap_or_default();
                    let why = format!(
                        "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
                    );
                    report.invalid(&format!("status.storedVersions[{index}]"), stored, &why);
                }
            }
            for key in ["group", "scope"] {
                if after["spec"][key] != before["spec"][key] {
                    report.invalid(&format!("spec.{key}"), &after["spec"][key], "field is immutable");
                }
            }
            for key in ["plural", "kind"] {
                let value = &after["spec"]["names"][key];
                if *value != before["spec"]["names"][key] {
                    report.invalid(&format!("spec.names.{key}"), value, "field is immutable");
                }
            }
            return;
        }
        "IngressClass" if after["spec"]["controller"] != before["spec"]["controller"] => {
            report.invalid("spec.controller", &after["spec"]["controller"], "field is immutable");
        }
        _ => {}
    }
    created(report, after, kind);
    match kind.kind.as_str() {
        "RuntimeClass" if after["handler"] != before["handler"] => {
            report.invalid("handler", &after["handler"], "field is immutable");
        }
        "VolumeAttachment" if after["spec"] != before["spec"] => {
            created(report, after, kind);
            let spec = &after["spec"];
            let source = shown(
                &spec["source"],
                &[("PersistentVolumeName", "persistentVolumeName"), ("InlineVolumeSpec", "inlineVolumeSpec")],
            );
            let all =
                format!("{{\"Attacher\":{},\"Source\":{source},\"NodeName\":{}}}", spec["attacher"], spec["nodeName"]);
            report.raw("spec", &all, "field is immutable");
        }
        _ => {}
    }
}

fn definition(report: &mut Report, object: &Value, new: bool) {
    let spec = &object["spec"];
    let name = text(&object["metadata"], "name");
    let (group, plural) = (text(spec, "group"), text(&spec["names"], "plural"));
    if new && name != format!("{plural}.{group}") {
        report.wrong("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
    }
    if !group.contains('.') {
        report.wrong("spec.group", group, "should be a domain with at least one dot");
    }
    report.one_of("spec.scope", &spec["scope"], &["Cluster", "Namespaced"]);
    let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let shown = if new { Value::from(versions) } else { spec["versions"].clone() };
    let stored = versions.iter().filter(|version| version["storage"] == true).count();
    if stored != 1 {
        report.invalid("spec.versions", &shown, "must have exactly one version marked as storage version");
    }
    for (index, version) in versions.iter().enumerate() {
        let at = format!("spec.versions[{index}].schema.openAPIV3Schema");
        let schema = &version["schema"]["openAPIV3Schema"];
        if !schema.is_object() {
            report.required(&at, "");
        } else if versions.len() == 1 {
            structural(report, schema, "spec.validation.openAPIV3Schema");
        } else {
            structural(report, schema, &at);
        }
    }
    report.all("spec.names.plural", plural, names::old_label(plural));
    let kept = object["status"]["storedVersions"].as_array().is_some_and(|all| !all.is_empty());
    if !kept {
        report.raw("status.storedVersions", "null", "must have at least one stored version");
    }
}

/// Whether every part of a schema says what type it is.
fn structural(report: &mut Report, schema: &Value, path: &str) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        structural(report, inner, &format!("{path}.properties[{name}]"));
    }
    if schema["items"].is_object() {
        structural(report, &schema["items"], &format!("{path}.items"));
    }
    if schema["additionalProperties"].is_object() {
        structural(report, &schema["additionalProperties"], &format!("{path}.additionalProperties"));
    }
    let free = schema["x-kubernetes-int-or-string"] == true || schema["x-kubernetes-preserve-unknown-fields"] == true;
    if !said(schema, "type") && !free {
        let root = path.ends_with("openAPIV3Schema");
        let why = if root { "must not be empty at the root" } else { "must not be empty for specified object fields" };
        report.required(&format!("{path}.type"), why);
    }
}
