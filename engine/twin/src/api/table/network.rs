//! The cells of services and their kin.

use super::words::{NONE, UNSET, items, number, or, plain, selector};
use crate::json::Value;
use crate::world::Object;

pub(super) fn cell(plural: &str, column: &str, object: &Object) -> Value {
    let spec = &object["spec"];
    match (plural, column) {
        ("services", "Type") => or(&spec["type"], "").into(),
        ("services", "Cluster-IP") => or(&spec["clusterIP"], NONE).into(),
        ("services", "External-IP") => external(object).into(),
        ("services", "Port(s)") => ports(object).into(),
        ("endpoints", "Endpoints") => endpoints(object).into(),
        ("endpointslices", "AddressType") => or(&object["addressType"], "").into(),
        ("endpointslices", "Ports") => slice_ports(object).into(),
        ("endpointslices", "Endpoints") => slice_endpoints(object).into(),
        ("ingresses", "Class") => or(&spec["ingressClassName"], NONE).into(),
        ("ingresses", "Hosts") => hosts(object).into(),
        ("ingresses", "Address") => balancer(&object["status"]["loadBalancer"]["ingress"]).into(),
        ("ingresses", "Ports") => if items(&spec["tls"]).is_empty() { "80" } else { "80, 443" }.into(),
        ("ingressclasses", "Controller") => or(&spec["controller"], "").into(),
        ("ingressclasses", "Parameters") => parameters(&spec["parameters"]).into(),
        ("networkpolicies", _) => selector(&spec["podSelector"]).into(),
        ("ipaddresses", _) => parent(&spec["parentRef"]).into(),
        ("servicecidrs", _) => {
            items(&spec["cidrs"]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",").into()
        }
        _ => Value::Null,
    }
}

fn balancer(ingress: &Value) -> String {
    let of = |one: &Value| or(&one["ip"], or(&one["hostname"], "")).to_owned();
    items(ingress).iter().map(of).filter(|one| !one.is_empty()).collect::<Vec<_>>().join(",")
}

fn external(service: &Object) -> String {
    let spec = &service["spec"];
    let given = items(&spec["externalIPs"]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
    match spec["type"].as_str() {
        Some("ExternalName") => or(&spec["externalName"], "").to_owned(),
        Some("LoadBalancer") => {
            let from = balancer(&service["status"]["loadBalancer"]["ingress"]);
            match (from.is_empty(), given.is_empty()) {
                (true, true) => "<pending>".to_owned(),
                (true, false) => given,
                (false, true) => from,
                (false, false) => format!("{from},{given}"),
            }
        }
        _ if given.is_empty() => NONE.to_owned(),
        _ => given,
    }
}

fn ports(service: &Object) -> String {
    let one = |port: &Value| {
        let protocol = or(&port["protocol"], "TCP");
        match number(&port["nodePort"]) {
            0 => format!("{}/{protocol}", number(&port["port"])),
            node => format!("{}:{node}/{protocol}", number(&port["port"])),
        }
    };
    let all: Vec<String> = items(&service["spec"]["ports"]).iter().map(one).collect();
    if all.is_empty() { NONE.to_owned() } else { all.join(",") }
}

/// At most three of a list, and how many more.
fn some(all: &[String], empty: &str) -> String {
    match all {
        [] => empty.to_owned(),
        all if all.len() > 3 => format!("{} + {} more...", all[..3].join(","), all.len() - 3),
        all => all.join(","),
    }
}

fn endpoints(object: &Object) -> String {
    let mut all = Vec::new();
    for subset in items(&object["subsets"]) {
        let ports = items(&subset["ports"]);
        for address in items(&subset["addresses"]) {
            let ip = or(&address["ip"], "");
            if ports.is_empty() {
                all.push(ip.to_owned());
            }
            all.extend(ports.iter().map(|port| format!("{ip}:{}", number(&port["port"]))));
        }
    }
    some(&all, NONE)
}

fn slice_ports(object: &Object) -> String {
    let all: Vec<String> = items(&object["ports"])
        .iter()
        .map(|port| match (port["name"].as_str().unwrap_or_default(), port["port"].as_i64()) {
            ("", None) => UNSET.to_owned(),
            (name, None) => name.to_owned(),
            (_, Some(number)) => number.to_string(),
        })
        .collect();
    some(&all, UNSET)
}

fn slice_endpoints(object: &Object) -> String {
    let addresses = items(&object["endpoints"]).iter().flat_map(|one| items(&one["addresses"]));
    let all: Vec<String> = addresses.filter_map(Value::as_str).map(str::to_owned).collect();
    some(&all, UNSET)
}

fn hosts(ingress: &Object) -> String {
    let hosts = items(&ingress["spec"]["rules"]).iter().map(|rule| or(&rule["host"], "").to_owned());
    let all: Vec<String> = hosts.filter(|host| !host.is_empty()).collect();
    some(&all, "*")
}

fn parameters(parameters: &Value) -> String {
    if parameters.is_null() {
        return NONE.to_owned();
    }
    let group = or(&parameters["apiGroup"], "");
    let kind =
        if group.is_empty() { plain(&parameters["kind"]) } else { format!("{}.{group}", plain(&parameters["kind"])) };
    format!("{kind}/{}", plain(&parameters["name"]))
}

fn parent(parent: &Value) -> String {
    if parent.is_null() {
        return NONE.to_owned();
    }
    let pieces = ["group", "resource", "namespace", "name"].map(|field| plain(&parent[field]));
    let [group, resource, namespace, name] = pieces;
    let kind = if group.is_empty() { resource } else { format!("{resource}.{group}") };
    if namespace.is_empty() { format!("{kind}/{name}") } else { format!("{kind}/{namespace}/{name}") }
}
