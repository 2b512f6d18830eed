//! Network policies, ingresses and their classes.

use crate::json::Value;

use super::report::{Report, items, said, text};
use super::selector::selector;
use super::{container, names};

pub(super) fn policy(report: &mut Report, spec: &Value) {
    selector(report, &spec["podSelector"], "spec.podSelector");
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (path, rule) in items(spec, direction, "spec") {
            for (path, one) in items(rule, "ports", &path) {
                port(report, one, &path);
            }
            for (path, peer) in items(rule, peers, &path) {
                self::peer(report, peer, &path);
            }
        }
    }
    if spec["policyTypes"].as_array().is_some_and(|all| all.len() > 2) {
        report.invalid("spec.policyTypes", &spec["policyTypes"], "may not specify more than two policyTypes");
        return;
    }
    for (path, kind) in items(spec, "policyTypes", "spec") {
        report.one_of(&path, kind, &["Ingress", "Egress"]);
    }
}

fn port(report: &mut Report, one: &Value, path: &str) {
    report.one_of(&format!("{path}.protocol"), &one["protocol"], &["TCP", "UDP", "SCTP"]);
    let (port, end, at) = (&one["port"], &one["endPort"], format!("{path}.endPort"));
    match port {
        Value::Null if !end.is_null() => report.invalid(&at, end, "may not be specified when `port` is not specified"),
        Value::Null => {}
        Value::String(_) => {
            if !end.is_null() {
                report.invalid(&at, end, "may not be specified when `port` is non-numeric");
            }
            container::port(report, port, &format!("{path}.port"));
        }
        _ => {
            container::port(report, port, &format!("{path}.port"));
            if end.as_i64().zip(port.as_i64()).is_some_and(|(end, port)| end < port) {
                // The server shows the first port here.
                report.invalid(&at, port, "must be greater than or equal to `port`");
            }
            report.between(&at, end, 1, 65535);
        }
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
    if peer["ipBlock"].is_object() {
        block(report, &peer["ipBlock"], &format!("{path}.ipBlock"));
        if found > 0 {
            report.forbidden(path, "may not specify both ipBlock and another peer");
        }
    } else if found == 0 {
        report.required(path, "must specify a peer");
    }
}

fn block(report: &mut Report, block: &Value, path: &str) {
    let range = text(block, "cidr");
    if range.is_empty() {
        report.required(&format!("{path}.cidr"), "");
        return;
    }
    let wrong = names::range(range);
    if !wrong.is_empty() {
        report.all(&format!("{path}.cidr"), range, wrong);
        return;
    }
    for (path, one) in items(block, "except", path) {
        let inner = one.as_str().unwrap_or_default();
        let wrong = names::range(inner);
        if wrong.is_empty() && !names::within(inner, range) {
            report.wrong(&path, inner, "must be a strict subset of `cidr`");
        }
        report.all(&path, inner, wrong);
    }
}

/// What is said of a host that begins with a star and is none.
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must \
                        consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character \
                        (e.g. '*.example.com', regex used for validation is \
                        '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn host(report: &mut Report, host: &str, path: &str) {
    if host.contains('*') {
        let rest = host.strip_prefix("*.").unwrap_or_default();
        if !names::subdomain(rest).is_empty() {
            report.wrong(path, host, WILDCARD);
        }
    } else {
        report.all(path, host, names::subdomain(host));
    }
}

pub(super) fn ingress(report: &mut Report, spec: &Value) {
    if !said(spec, "rules") && !spec["defaultBackend"].is_object() {
        report.raw("spec", "null", "either `defaultBackend` or `rules` must be specified");
    }
    if spec["defaultBackend"].is_object() {
        backend(report, &spec["defaultBackend"], "spec.defaultBackend");
    }
    for (path, rule) in items(spec, "rules", "spec") {
        let name = text(rule, "host");
        if name.parse::<std::net::IpAddr>().is_ok() {
            report.wrong(&format!("{path}.host"), name, "must be a DNS name, not an IP address");
        }
        if name.contains('*') {
            host(report, name, &format!("{path}.host"));
        }
        if rule["http"].is_object() && !said(&rule["http"], "paths") {
            report.required(&format!("{path}.http.paths"), "");
        }
        if !name.is_empty() && !name.contains('*') {
            host(report, name, &format!("{path}.host"));
        }
        for (path, one) in items(&rule["http"], "paths", &format!("{path}.http")) {
            self::path(report, one, &path);
        }
    }
    for (path, one) in items(spec, "tls", "spec") {
        for (path, name) in items(one, "hosts", &path) {
            host(report, name.as_str().unwrap_or_default(), &path);
        }
        let secret = text(one, "secretName");
        if !secret.is_empty() {
            report.all(&format!("{path}.secretName"), secret, names::subdomain(secret));
        }
    }
    if spec["ingressClassName"].is_string() {
        let class = text(spec, "ingressClassName");
        report.all("spec.ingressClassName", class, names::subdomain(class));
    }
}

fn path(report: &mut Report, one: &Value, path: &str) {
    let (to, at) = (text(one, "path"), format!("{path}.path"));
    match text(one, "pathType") {
        "" => {
            report.required(&format!("{path}.pathType"), "pathType must be specified");
            return;
        }
        "Exact" | "Prefix" => {
            if !to.starts_with('/') {
                report.wrong(&at, to, "must be an absolute path");
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"].iter().filter(|part| to.contains(**part)) {
                report.wrong(&at, to, &format!("must not contain '{part}'"));
            }
            for end in ["/..", "/."].iter().filter(|end| to.ends_with(**end)) {
                report.wrong(&at, to, &format!("cannot end with '{end}'"));
            }
        }
        "ImplementationSpecific" if !to.is_empty() && !to.starts_with('/') => {
            report.wrong(&at, to, "must be an absolute path");
        }
        _ => {
            let known = ["Exact", "ImplementationSpecific", "Prefix"];
            report.one_of(&format!("{path}.pathType"), &one["pathType"], &known);
        }
    }
    backend(report, &one["backend"], &format!("{path}.backend"));
}

fn backend(report: &mut Report, backend: &Value, path: &str) {
    let (service, resource) = (&backend["service"], &backend["resource"]);
    match (service.is_object(), resource.is_object()) {
        (true, true) => return report.wrong(path, "", "cannot set both resource and service backends"),
        (false, false) => return report.wrong(path, "", "resource or service backend is required"),
        (false, true) => {
            for key in ["kind", "name"] {
                let at = format!("{path}.resource.{key}");
                match text(resource, key) {
                    "" => report.required(&at, ""),
                    name => report.all(&at, name, names::segment(name)),
                }
            }
            return;
        }
        (true, false) => {}
    }
    match text(service, "name") {
        "" => report.required(&format!("{path}.service.name"), ""),
        name => report.all(&format!("{path}.service.name"), name, names::old_label(name)),
    }
    let (port, at) = (&service["port"], format!("{path}.service.port"));
    match (said(port, "name"), port["number"].as_i64().is_some_and(|number| number != 0)) {
        (true, true) => report.wrong(path, "", "cannot set both port name & port number"),
        (true, false) => container::port(report, &port["name"], &format!("{at}.name")),
        (false, true) => container::port(report, &port["number"], &format!("{at}.number")),
        (false, false) => report.required(path, "port name or number is required"),
    }
}

pub(super) fn class(report: &mut Report, spec: &Value) {
    let name = text(spec, "controller");
    let parts = name.split_once('/');
    if name.is_empty() {
        report.required("spec.controller", "");
    } else if parts.is_none_or(|(domain, path)| domain.is_empty() || path.is_empty()) {
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
    let space = text(parameters, "namespace");
    match text(parameters, "scope") {
        "" => report.required("spec.parameters.scope", ""),
        "Cluster" if !parameters["namespace"].is_null() => {
            report.forbidden("spec.parameters.namespace", "`parameters.scope` is set to 'Cluster'");
        }
        "Namespace" if space.is_empty() => {
            report.required("spec.parameters.namespace", "`parameters.scope` is set to 'Namespace'");
        }
        "Namespace" => report.all("spec.parameters.namespace", space, names::label(space)),
        _ => report.one_of("spec.parameters.scope", &parameters["scope"], &["Cluster", "Namespace"]),
    }
}
