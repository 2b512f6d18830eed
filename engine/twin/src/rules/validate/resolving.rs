//! How a pod finds names: its name servers and the hosts it knows.

use crate::json::Value;

use super::names;
use super::report::{Report, items, said, text};

/// Whether the name servers and what is searched may be.
pub(super) fn dns(report: &mut Report, spec: &Value, path: &str) {
    let config = &spec["dnsConfig"];
    let at = |key: &str| format!("{path}.dnsConfig.{key}");
    if spec["dnsPolicy"] == "None" {
        if !config.is_object() {
            report.required(&format!("{path}.dnsConfig"), "must provide `dnsConfig` when `dnsPolicy` is None");
            return;
        }
        if !said(config, "nameservers") {
            let why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            report.required(&at("nameservers"), why);
            return;
        }
    }
    for (key, most, what) in [("nameservers", 3, "nameservers"), ("searches", 32, "search paths")] {
        if config[key].as_array().is_some_and(|all| all.len() > most) {
            report.invalid(&at(key), &config[key], &format!("must not have more than {most} {what}"));
        }
        for (path, one) in items(config, key, &format!("{path}.dnsConfig")) {
            let one = one.as_str().unwrap_or_default();
            match key {
                "nameservers" => report.all(&path, one, names::address(one)),
                _ if one == "." => {}
                _ => {
                    let one = one.strip_suffix('.').unwrap_or(one);
                    report.all(&path, one, names::loose_subdomain(one));
                }
            }
        }
    }
    for (path, _) in items(config, "options", &format!("{path}.dnsConfig")).filter(|(_, one)| !said(one, "name")) {
        report.required(&path, "must not be empty");
    }
}

/// Whether the hosts a pod knows may be.
pub(super) fn hosts(report: &mut Report, spec: &Value, path: &str) {
    for (path, alias) in items(spec, "hostAliases", path) {
        let ip = text(alias, "ip");
        report.all(&format!("{path}.ip"), ip, names::address(ip));
        for (path, one) in items(alias, "hostnames", &path) {
            let name = one.as_str().unwrap_or_default();
            report.all(&path, name, names::subdomain(name));
        }
    }
}
