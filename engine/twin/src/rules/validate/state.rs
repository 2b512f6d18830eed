//! What may not be said of how a pod is.

use crate::json::Value;

use super::names;
use super::report::{Report, items, text};
use crate::rules::inner;

/// Whether the state of a pod may become this one.
pub(super) fn changed(report: &mut Report, after: &Value, before: &Value) {
    let (new, old) = (&after["status"], &before["status"]);
    conditions(report, new);
    let next = text(new, "nominatedNodeName");
    if next != text(old, "nominatedNodeName") && !next.is_empty() {
        report.all("status.nominatedNodeName", next, names::subdomain(next));
        if !text(&before["spec"], "nodeName").is_empty() {
            let why = "may not be set on pods that are already bound to a node";
            report.forbidden("status.nominatedNodeName", why);
        }
    }
    unsigned(report, new, "status");
    if new["qosClass"] != old["qosClass"] && !old["qosClass"].is_null() {
        report.invalid("status.qosClass", &new["qosClass"], "field is immutable");
    }
    for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
        ended(report, new, before, list);
    }
    addresses(report, new, old, "podIPs");
    hosts(report, new);
    addresses(report, new, old, "hostIPs");
}

fn unsigned(report: &mut Report, of: &Value, path: &str) {
    if of["observedGeneration"].as_i64().is_some_and(|number| number < 0) {
        let why = "must be a non-negative integer";
        report.invalid(&format!("{path}.observedGeneration"), &of["observedGeneration"], why);
    }
}

fn conditions(report: &mut Report, status: &Value) {
    for (path, one) in items(status, "conditions", "status") {
        unsigned(report, one, &path);
        let name = text(one, "type");
        if !["PodScheduled", "Ready", "Initialized"].contains(&name) {
            report.all(&format!("{path}.Type"), name, names::qualified(name));
        }
    }
}

/// What has ended for good does not come back.
fn ended(report: &mut Report, new: &Value, before: &Value, list: &str) {
    let (spec, joined) = (&before["spec"], list.starts_with("eph"));
    let policy = text(spec, "restartPolicy");
    if policy == "Always" && !joined {
        return;
    }
    for (path, old) in items(&before["status"], list, "status") {
        let end = &old["state"]["terminated"];
        let failed = end["exitCode"].as_i64().unwrap_or_default() != 0;
        let beside = || {
            let mut all = spec["initContainers"].as_array().into_iter().flatten();
            list.starts_with("init") && all.any(|one| one["name"] == old["name"] && one["restartPolicy"] == "Always")
        };
        if end.is_null() || (failed && policy == "OnFailure" && !joined) || beside() {
            continue;
        }
        let runs = |one: &Value| one["name"] == old["name"] && one["state"]["terminated"].is_null();
        if new[list].as_array().is_some_and(|all| all.iter().any(runs)) {
            report.forbidden(&format!("{path}.state"), "may not be transitioned to non-terminated state");
        }
    }
}

fn hosts(report: &mut Report, new: &Value) {
    if let Some(first) = new["hostIPs"].get(0)
        && first["ip"] != new["hostIP"]
    {
        report.invalid("status.hostIPs[0].ip", &first["ip"], "must be equal to `hostIP`");
    }
}

/// Addresses are addresses, and one of each family.
fn addresses(report: &mut Report, new: &Value, old: &Value, list: &str) {
    let all: Vec<(String, &str)> = items(new, list, "status").map(|(path, one)| (path, text(one, "ip"))).collect();
    let had = |ip: &str| items(old, list, "status").any(|(_, one)| one["ip"] == ip);
    for (path, ip) in all.iter().filter(|(_, ip)| !had(ip)) {
        report.all(path, ip, names::address(ip));
    }
    let sixth = |ip: &str| ip.contains(':');
    let both = all.len() == 2 && sixth(all[0].1) != sixth(all[1].1);
    if all.len() > 1 && !both {
        let each: Vec<String> = items(new, list, "status").map(|(_, one)| inner::shown(one, "PodIP")).collect();
        let why = "may specify no more than one IP for each IP family";
        report.raw(&format!("status.{list}"), &format!("[{}]", each.join(",")), why);
    }
}
