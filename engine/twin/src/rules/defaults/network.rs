//! Network policies, ingress classes, endpoint slices.

use crate::json::{Value, json};

use super::{each, set, some};

pub(super) fn defaults(object: &mut Value, kind: &str) {
    match kind {
        "NetworkPolicy" => policy(object),
        "IngressClass" => {
            if let Some(parameters) = some(object, "spec").and_then(|spec| some(spec, "parameters")) {
                set(parameters, "scope", json!("Cluster"));
            }
        }
        "EndpointSlice" => {
            for port in each(object, "ports") {
                set(port, "name", json!(""));
                set(port, "protocol", json!("TCP"));
            }
        }
        _ => {}
    }
}

fn policy(object: &mut Value) {
    let Some(spec) = some(object, "spec") else { return };
    for direction in ["ingress", "egress"] {
        for rule in each(spec, direction) {
            for port in each(rule, "ports") {
                set(port, "protocol", json!("TCP"));
            }
        }
    }
    let leaves = spec["egress"].as_array().is_some_and(|rules| !rules.is_empty());
    set(spec, "policyTypes", if leaves { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) });
}
