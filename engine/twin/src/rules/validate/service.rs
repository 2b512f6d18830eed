//! Services and endpoints.

use serde_json::Value;

use super::report::{Report, items, said, text};
use super::{container, meta, names};

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

pub(super) fn created(report: &mut Report, object: &Value) {
    let spec = &object["spec"];
    let kind = text(spec, "type");
    let headless = spec["clusterIP"] == "None";
    if !said(spec, "ports") && !headless && kind != "ExternalName" {
        report.required("spec.ports", "");
    }
    if kind == "ExternalName" {
        let name = text(spec, "externalName");
        if name.is_empty() {
            report.required("spec.externalName", "");
        } else {
            report.all("spec.externalName", name, names::subdomain(name.strip_suffix('.').unwrap_or(name)));
        }
    }
    ports(report, spec);
    meta::labels(report, spec, "spec.selector", "selector");
    report.one_of("spec.sessionAffinity", &spec["sessionAffinity"], &["ClientIP", "None"]);
    let address = text(spec, "clusterIP");
    if !address.is_empty() && address != "None" {
        report.all("spec.clusterIPs[0]", address, names::address(address));
    }
    for (path, one) in items(spec, "externalIPs", "spec") {
        let address = one.as_str().unwrap_or_default();
        let wrong = names::address(address);
        if wrong.is_empty() && address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()) {
            report.wrong(&path, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
        }
        report.all(&path, address, wrong);
    }
    report.one_of("spec.type", &spec["type"], &TYPES);
    for (index, port) in spec["ports"].as_array().into_iter().flatten().enumerate() {
        if kind == "ClusterIP" && port["nodePort"].as_i64().is_some_and(|port| port != 0) {
            report.forbidden(&format!("spec.ports[{index}].nodePort"), "may not be used when `type` is 'ClusterIP'");
        }
    }
    twice(report, spec);
    ranges(report, spec, kind);
    let outer = ["NodePort", "LoadBalancer"].contains(&kind) || said(spec, "externalIPs");
    if said(spec, "externalTrafficPolicy") {
        if !outer {
            let why = "may only be set for externally-accessible services";
            report.invalid("spec.externalTrafficPolicy", &spec["externalTrafficPolicy"], why);
        } else {
            report.one_of("spec.externalTrafficPolicy", &spec["externalTrafficPolicy"], &["Cluster", "Local"]);
        }
    }
    report.one_of("spec.internalTrafficPolicy", &spec["internalTrafficPolicy"], &["Cluster", "Local"]);
}

fn ports(report: &mut Report, spec: &Value) {
    let mut seen: Vec<&str> = Vec::new();
    let several = spec["ports"].as_array().is_some_and(|ports| ports.len() > 1);
    for (path, port) in items(spec, "ports", "spec") {
        let at = |key: &str| format!("{path}.{key}");
        let name = text(port, "name");
        if name.is_empty() {
            if several {
                report.required(&at("name"), "");
            }
        } else {
            let wrong = names::label(name);
            if !wrong.is_empty() {
                report.all(&at("name"), name, wrong);
            } else if seen.contains(&name) {
                report.duplicate(&at("name"), &port["name"]);
            } else {
                seen.push(name);
            }
        }
        report.between(&at("port"), &port["port"], 1, 65535);
        report.one_of(&at("protocol"), &port["protocol"], &["SCTP", "TCP", "UDP"]);
        container::port(report, &port["targetPort"], &at("targetPort"));
    }
}

fn twice(report: &mut Report, spec: &Value) {
    let mut seen: Vec<(&Value, &Value)> = Vec::new();
    for (path, port) in items(spec, "ports", "spec") {
        let key = (&port["port"], &port["protocol"]);
        if seen.contains(&key) {
            let shown = format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                key.1, key.0
            );
            report.causes.push(crate::rules::Cause {
                reason: "FieldValueDuplicate",
                message: format!("Duplicate value: {shown}"),
                field: path,
            });
        }
        seen.push(key);
    }
}

fn ranges(report: &mut Report, spec: &Value, kind: &str) {
    let path = "spec.LoadBalancerSourceRanges";
    if !said(spec, "loadBalancerSourceRanges") {
        return;
    }
    if kind != "LoadBalancer" {
        report.forbidden(path, "may only be used when `type` is 'LoadBalancer'");
    }
    for (index, range) in spec["loadBalancerSourceRanges"].as_array().into_iter().flatten().enumerate() {
        let range = range.as_str().unwrap_or_default();
        report.all(&format!("{path}[{index}]"), range, names::range(range));
    }
}

pub(super) fn changed(report: &mut Report, after: &Value, before: &Value) {
    created(report, after);
    let (new, old) = (&after["spec"], &before["spec"]);
    let both = text(new, "type") != "ExternalName" && text(old, "type") != "ExternalName";
    if both && said(old, "clusterIP") && new["clusterIP"] != old["clusterIP"] {
        report.invalid("spec.clusterIPs[0]", &new["clusterIPs"], "may not change once set");
    }
}

/// Endpoints, the old ones.
pub(super) fn endpoints(report: &mut Report, object: &Value) {
    for (index, subset) in object["subsets"].as_array().into_iter().flatten().enumerate() {
        let path = format!("subsets[{index}]");
        if !said(subset, "addresses") && !said(subset, "notReadyAddresses") {
            report.required(&path, "must specify `addresses` or `notReadyAddresses`");
        }
        for key in ["addresses", "notReadyAddresses"] {
            for (path, one) in items(subset, key, &path) {
                let ip = text(one, "ip");
                let wrong = names::address(ip);
                let bad = !wrong.is_empty();
                report.all(&format!("{path}.ip"), ip, wrong);
                if bad {
                    report.wrong(&format!("{path}.ip"), ip, "must be a valid IP address");
                }
            }
        }
        for (path, port) in items(subset, "ports", &path) {
            report.between(&format!("{path}.port"), &port["port"], 1, 65535);
        }
    }
}

/// Endpoint slices.
pub(super) fn slice(report: &mut Report, object: &Value) {
    match text(object, "addressType") {
        "" => report.required("addressType", ""),
        _ => report.one_of("addressType", &object["addressType"], &["FQDN", "IPv4", "IPv6"]),
    }
    for (index, endpoint) in object["endpoints"].as_array().into_iter().flatten().enumerate() {
        if !said(endpoint, "addresses") {
            report.required(&format!("endpoints[{index}].addresses"), "must contain at least 1 address");
        }
        let numbers = ["IPv4", "IPv6"].iter().any(|kind| object["addressType"] == *kind);
        for (path, one) in items(endpoint, "addresses", &format!("endpoints[{index}]")).filter(|_| numbers) {
            let address = one.as_str().unwrap_or_default();
            report.all(&path, address, names::address(address));
        }
    }
}
