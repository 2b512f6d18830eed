//! Amounts of resources: what they may be called, which are whole, and what containers may ask for.

use crate::json::Value;

use super::names;
use super::report::{Report, pairs};
use crate::rules::quantity::Quantity;

/// What is counted by number.
const COUNTED: [&str; 9] = [
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// What is counted by amount.
const MEASURED: [&str; 10] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "requests.storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

/// Whether the system itself knows it by this name.
pub(super) fn is_standard(name: &str) -> bool {
    let huge = is_huge(name.strip_prefix("requests.").unwrap_or(name));
    COUNTED.contains(&name) || MEASURED.contains(&name) || huge
}

fn is_huge(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// Whether it is somebody's own.
fn is_foreign(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.")
}

fn amount(value: &Value) -> Option<Quantity> {
    value.as_str().and_then(Quantity::read)
}

/// An amount is not below nothing, and whole where things are counted.
pub(super) fn value(report: &mut Report, at: &str, name: &str, value: &Value) {
    let Some(found) = amount(value) else { return };
    if found.is_negative() {
        report.invalid(at, value, "must be greater than or equal to 0");
    }
    if (COUNTED.contains(&name) || is_foreign(name)) && !found.is_whole() {
        report.invalid(at, value, "must be an integer");
    }
}

/// What a node has.
pub(super) fn capacity(report: &mut Report, status: &Value) {
    for side in ["capacity", "allocatable"] {
        for (name, amount) in pairs(status, side) {
            value(report, &format!("status.{side}.{name}"), name, amount);
        }
    }
}

/// The name of what a container asks for.
fn name_of(report: &mut Report, at: &str, name: &str) {
    let wrong = names::qualified(name);
    let odd = !wrong.is_empty();
    report.all(at, name, wrong);
    if name.contains('/') {
        return;
    }
    if !odd && !is_standard(name) {
        report.wrong(at, name, "must be a standard resource type or fully qualified");
    }
    if !["cpu", "memory", "ephemeral-storage"].contains(&name) && !is_huge(name) {
        report.wrong(at, name, "must be a standard resource for containers");
    }
}

/// What a container asks for, and how much it may have.
pub(super) fn container(report: &mut Report, resources: &Value, path: &str) {
    for side in ["limits", "requests"] {
        for (name, given) in pairs(resources, side) {
            let at = format!("{path}.{side}[{name}]");
            if side == "requests" {
                below_limit(report, resources, path, name);
            }
            name_of(report, &at, name);
            value(report, &at, name, given);
            let page = name.strip_prefix("hugepages-").and_then(Quantity::read);
            if let (Some(page), Some(found)) = (page, amount(given))
                && !found.is_multiple_of(&page)
            {
                let why = format!("{} is not positive integer multiple of {name}", found.write());
                report.invalid(&at, given, &why);
            }
        }
    }
    let has =
        |is: fn(&str) -> bool| ["limits", "requests"].iter().any(|side| pairs(resources, side).any(|it| is(it.0)));
    if has(is_huge) && !has(|name| ["cpu", "memory"].contains(&name)) {
        report.forbidden(path, "HugePages require cpu or memory");
    }
}

/// Nobody asks for more than there may be; of what cannot be shared, for exactly that.
fn below_limit(report: &mut Report, resources: &Value, path: &str, name: &str) {
    let shared = (!name.contains('/') || name.contains("kubernetes.io/")) && !is_huge(name);
    let given = &resources["requests"][name];
    let Some(found) = amount(given) else { return };
    let at = format!("{path}.requests");
    match amount(&resources["limits"][name]) {
        Some(limit) if !shared && found.compare(&limit).is_ne() => {
            report.invalid(&at, given, &format!("must be equal to {name} limit of {}", limit.write()));
        }
        Some(limit) if found.compare(&limit).is_gt() => {
            report.invalid(&at, given, &format!("must be less than or equal to {name} limit of {}", limit.write()));
        }
        None if !shared => {
            report.required(&format!("{path}.limits"), "Limit must be set for non overcommitable resources");
        }
        _ => {}
    }
}
