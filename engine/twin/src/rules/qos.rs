//! The class of a pod by what it requests and what it is limited to.

use crate::json::Value;

use super::quantity::Quantity;

/// `BestEffort`, `Guaranteed` or `Burstable`.
pub fn class(spec: &Value) -> &'static str {
    let containers =
        || ["initContainers", "containers"].into_iter().flat_map(|list| spec[list].as_array().into_iter().flatten());
    let amount = |value: &Value| {
        value.as_str().and_then(Quantity::read).filter(|amount| !amount.is_zero() && !amount.is_negative())
    };
    let zeroless =
        |resources: &Value, side: &str| ["cpu", "memory"].iter().any(|name| amount(&resources[side][*name]).is_some());
    let mut all = containers();
    if !all
        .any(|container| zeroless(&container["resources"], "requests") || zeroless(&container["resources"], "limits"))
    {
        return "BestEffort";
    }
    let guaranteed = |container: &Value| {
        ["cpu", "memory"].iter().all(|name| {
            let resources = &container["resources"];
            let limit = amount(&resources["limits"][*name]);
            let request = amount(&resources["requests"][*name]);
            match (limit, request) {
                (Some(limit), Some(request)) => limit.compare(&request).is_eq(),
                (Some(_), None) => true,
                _ => false,
            }
        })
    };
    if containers().all(guaranteed) { "Guaranteed" } else { "Burstable" }
}
