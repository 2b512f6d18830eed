//! Services.

use crate::json::Value;

use super::report::{Report, items, said, text};
use super::{container, meta, names};

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

pub(super) fn created(report: &mut Report, object: &Value) {
    let spec = &object["spec"];
    if no_address(report, spec) {
        return;
    }
    let kind = text(spec, "type");
    let headless = spec["clusterIP"] == "None";
    if !said(spec, "ports") && !headless && kind != "ExternalName" {
        report.required("spec.ports", "");
    }
    if headless && ["LoadBalancer", "NodePort"].contains(&kind) {
        report.wrong("spec.clusterIPs[0]", "None", &format!("may not be set to 'None' for {kind} services"));
    }
    if kind == "ExternalName" {
        for key in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"].into_iter().filter(|key| said(spec, key)) {
            report.forbidden(&format!("spec.{key}"), "may not be set for ExternalName services");
        }
        if said(spec, "clusterIP") && !said(spec, "clusterIPs") {
            report.forbidden("spec.clusterIPs", "may not be set for ExternalName services");
        }
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
    sticky(report, spec);
    for (path, one) in items(spec, "externalIPs", "spec") {
        let address = one.as_str().unwrap_or_default();
        let wrong = names::address(address);
        let wrong = if wrong.is_empty() { names::ordinary(address) } else { wrong };
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
    balancer(report, spec, kind);
    outside(report, spec, kind);
    report.one_of("spec.internalTrafficPolicy", &spec["internalTrafficPolicy"], &["Cluster", "Local"]);
    let near = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    report.one_of("spec.trafficDistribution", &spec["trafficDistribution"], &near);
}

/// Whether what should be its address is none: nothing else is looked at then.
fn no_address(report: &mut Report, spec: &Value) -> bool {
    let address = text(spec, "clusterIP");
    let wrong = if address == "None" { Vec::new() } else { names::address(address) };
    let no_address = !address.is_empty() && !wrong.is_empty();
    if no_address {
        report.all("spec.clusterIPs[0]", address, wrong);
    }
    no_address
}

/// How long a client stays with one pod.
fn sticky(report: &mut Report, spec: &Value) {
    let config = &spec["sessionAffinityConfig"];
    let path = "spec.sessionAffinityConfig";
    if spec["sessionAffinity"] == "None" && !config.is_null() {
        report.forbidden(path, "must not be set when session affinity is None");
    }
    let seconds = &config["clientIP"]["timeoutSeconds"];
    let fits = seconds.as_i64().is_none_or(|seconds| seconds > 0 && seconds <= 86400);
    if spec["sessionAffinity"] == "ClientIP" && !fits {
        let why = "must be greater than 0 and less than 86400";
        report.invalid(&format!("{path}.clientIP.timeoutSeconds"), seconds, why);
    }
}

/// What only services of the type LoadBalancer say.
fn balancer(report: &mut Report, spec: &Value, kind: &str) {
    const ONLY: &str = "may only be used when `type` is 'LoadBalancer'";
    if kind != "LoadBalancer" && !spec["allocateLoadBalancerNodePorts"].is_null() {
        report.forbidden("spec.allocateLoadBalancerNodePorts", ONLY);
    }
    let class = &spec["loadBalancerClass"];
    if let Some(name) = class.as_str() {
        if kind == "LoadBalancer" {
            report.all("spec.loadBalancerClass", name, names::qualified(name));
        } else {
            report.forbidden("spec.loadBalancerClass", ONLY);
        }
    }
}

/// How requests from outside find their way.
fn outside(report: &mut Report, spec: &Value, kind: &str) {
    let outer = ["NodePort", "LoadBalancer"].contains(&kind) || said(spec, "externalIPs");
    if said(spec, "externalTrafficPolicy") {
        if !outer {
            let why = "may only be set for externally-accessible services";
            report.invalid("spec.externalTrafficPolicy", &spec["externalTrafficPolicy"], why);
        } else {
            report.one_of("spec.externalTrafficPolicy", &spec["externalTrafficPolicy"], &["Cluster", "Local"]);
        }
    }
    let health = &spec["healthCheckNodePort"];
    let asked = kind == "LoadBalancer" && spec["externalTrafficPolicy"] == "Local";
    if !asked && health.as_i64().is_some_and(|port| port != 0) {
        let why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        report.invalid("spec.healthCheckNodePort", health, why);
    }
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
        if let Some(protocol) = port["appProtocol"].as_str() {
            report.all(&at("appProtocol"), protocol, names::qualified(protocol));
        }
    }
}

fn twice(report: &mut Report, spec: &Value) {
    let mut seen: Vec<(&Value, &Value)> = Vec::new();
    for (path, port) in items(spec, "ports", "spec") {
        let key = (&port["port"], &port["protocol"]);
        if seen.contains(&key) {
            let bare = crate::json::json!({"protocol": key.1, "port": key.0});
            let shown = crate::rules::inner::shown(&bare, "ServicePort");
            report.repeated(&path, &shown);
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
    let (new, old) = (&after["spec"], &before["spec"]);
    if no_address(report, new) {
        return;
    }
    let both = text(new, "type") != "ExternalName" && text(old, "type") != "ExternalName";
    for (key, list) in [("clusterIP", "clusterIPs"), ("ipFamilies", "ipFamilies")] {
        let first = |spec: &Value| if key == list { spec[key][0].clone() } else { spec[key].clone() };
        if both && said(old, key) && said(new, key) && first(new) != first(old) {
            report.invalid(&format!("spec.{list}[0]"), &new[list], "may not change once set");
        }
    }
    let class = "loadBalancerClass";
    if text(new, "type") == "LoadBalancer" && text(old, "type") == "LoadBalancer" && new[class] != old[class] {
        report.invalid(&format!("spec.{class}"), &new[class], "may not change once set");
    }
    if text(new, "type") != "LoadBalancer" && said(new, class) {
        report.forbidden(&format!("spec.{class}"), "may only be used when `type` is 'LoadBalancer'");
    }
    let asked = |spec: &Value| text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local";
    let health = "healthCheckNodePort";
    if asked(new) && asked(old) && new[health] != old[health] {
        report.forbidden(&format!("spec.{health}"), "field is immutable");
    }
    created(report, after);
}
