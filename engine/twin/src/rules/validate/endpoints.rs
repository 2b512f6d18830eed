//! Where the pods of services are: endpoints, and slices of them.

use crate::json::Value;

use super::report::{Report, items, said, text};
use super::{meta, names};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// Endpoints, the old ones.
pub(super) fn endpoints(report: &mut Report, object: &Value) {
    for (index, subset) in object["subsets"].as_array().into_iter().flatten().enumerate() {
        let path = format!("subsets[{index}]");
        if !said(subset, "addresses") && !said(subset, "notReadyAddresses") {
            report.required(&path, "must specify `addresses` or `notReadyAddresses`");
        }
        for key in ["addresses", "notReadyAddresses"] {
            for (path, one) in items(subset, key, &path) {
                address(report, one, &path);
            }
        }
        let several = subset["ports"].as_array().is_some_and(|ports| ports.len() > 1);
        for (path, port) in items(subset, "ports", &path) {
            let at = |key: &str| format!("{path}.{key}");
            match text(port, "name") {
                "" if several => report.required(&at("name"), ""),
                "" => {}
                name => report.all(&at("name"), name, names::label(name)),
            }
            report.between(&at("port"), &port["port"], 1, 65535);
            self::port(report, port, &path);
        }
    }
}

fn address(report: &mut Report, one: &Value, path: &str) {
    let ip = text(one, "ip");
    report.all(&format!("{path}.ip"), ip, names::address(ip));
    place(report, one, path);
    report.all(&format!("{path}.ip"), ip, names::ordinary(ip));
}

/// The host and the node of an address.
fn place(report: &mut Report, one: &Value, path: &str) {
    let checks: [(&str, fn(&str) -> Vec<String>); 2] = [("nodeName", names::subdomain), ("hostname", names::label)];
    for (key, check) in checks {
        if one[key].is_string() && (key == "nodeName" || said(one, key)) {
            report.all(&format!("{path}.{key}"), text(one, key), check(text(one, key)));
        }
    }
}

fn port(report: &mut Report, port: &Value, path: &str) {
    report.one_of(&format!("{path}.protocol"), &port["protocol"], &PROTOCOLS);
    if let Some(protocol) = port["appProtocol"].as_str() {
        report.all(&format!("{path}.appProtocol"), protocol, names::qualified(protocol));
    }
}

/// Endpoint slices.
pub(super) fn slice(report: &mut Report, object: &Value, before: Option<&Value>) {
    // Addresses that were good once are good still.
    let old = before.and_then(|before| before["endpoints"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let had = |one: &Value| old.iter().any(|old| old["addresses"].as_array().is_some_and(|all| all.contains(one)));
    match text(object, "addressType") {
        "" => report.required("addressType", ""),
        _ => report.one_of("addressType", &object["addressType"], &["FQDN", "IPv4", "IPv6"]),
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in object["ports"].as_array().into_iter().flatten().enumerate() {
        let (path, name) = (format!("ports[{index}]"), text(port, "name"));
        if !name.is_empty() {
            report.all(&format!("{path}.name"), name, names::label(name));
        }
        if seen.contains(&name) {
            report.duplicate(&format!("{path}.name"), &Value::from(name));
        }
        seen.push(name);
        self::port(report, port, &path);
    }
    for (index, endpoint) in object["endpoints"].as_array().into_iter().flatten().enumerate() {
        let path = format!("endpoints[{index}]");
        if !said(endpoint, "addresses") {
            report.required(&format!("{path}.addresses"), "must contain at least 1 address");
        }
        for (at, one) in items(endpoint, "addresses", &path).filter(|(_, one)| !had(one)) {
            sliced(report, one.as_str().unwrap_or_default(), text(object, "addressType"), &path, &at);
        }
        meta::labels(report, endpoint, &format!("{path}.deprecatedTopology"), "deprecatedTopology");
        place(report, endpoint, &path);
    }
}

fn sliced(report: &mut Report, address: &str, kind: &str, path: &str, at: &str) {
    if kind == "FQDN" {
        report.all(at, address, names::subdomain(address.strip_suffix('.').unwrap_or(address)));
    }
    if !["IPv4", "IPv6"].contains(&kind) {
        return;
    }
    let wrong = names::address(address);
    if !wrong.is_empty() {
        report.all(at, address, wrong);
        return;
    }
    if address.contains(':') != (kind == "IPv6") {
        report.wrong(&format!("{path}.addresses"), address, &format!("must be an {kind} address"));
    }
    report.all(at, address, names::ordinary(address));
}
