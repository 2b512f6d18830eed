//! Warnings of kinds that are no pods and make none.

use std::net::IpAddr;

use crate::json::Value;

use super::{OLD_LABELS, items};
use crate::rules::quantity::Quantity;

pub(super) fn service(all: &mut Vec<String>, object: &Value) {
    let spec = &object["spec"];
    if spec["clusterIP"] == "None" && spec["sessionAffinity"] != "None" {
        all.push("spec.SessionAffinity is ignored for headless services".to_owned());
    }
    if spec["clusterIP"] == "None" && spec["externalIPs"].as_array().is_some_and(|all| !all.is_empty()) {
        all.push("spec.externalIPs is ignored for headless services".to_owned());
    }
    if spec["type"] != "ExternalName" && spec["externalName"].as_str().is_some_and(|name| !name.is_empty()) {
        all.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
}

pub(super) fn account(all: &mut Vec<String>, object: &Value) {
    let name = "kubernetes.io/enforce-mountable-secrets";
    if object["metadata"]["annotations"].get(name).is_some() {
        let why = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";
        all.push(format!("metadata.annotations[{name}]: {why}"));
    }
}

pub(super) fn volume(all: &mut Vec<String>, object: &Value) {
    if object["spec"]["persistentVolumeReclaimPolicy"] == "Recycle" {
        let why = "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
        all.push(format!("spec.persistentVolumeReclaimPolicy: {why}"));
    }
}

pub(super) fn claim(all: &mut Vec<String>, object: &Value) {
    let amount = &object["spec"]["resources"]["requests"]["storage"];
    if amount.as_str().and_then(Quantity::read).is_some_and(|amount| !amount.is_whole()) {
        all.push(format!(
            "spec.resources.requests[storage]: fractional byte value {amount} is invalid, must be an integer"
        ));
    }
}

pub(super) fn ingress(all: &mut Vec<String>, object: &Value) {
    let name = "kubernetes.io/ingress.class";
    if object["metadata"]["annotations"].get(name).is_some() {
        all.push(format!("annotation {name:?} is deprecated, please use 'spec.ingressClassName' instead"));
    }
}

pub(super) fn storage_class(all: &mut Vec<String>, object: &Value) {
    for (index, topology) in items(object, "allowedTopologies") {
        for (place, one) in items(topology, "matchLabelExpressions") {
            if let Some((_, since, new)) = OLD_LABELS.iter().find(|(old, ..)| one["key"] == *old) {
                let at = format!("allowedTopologies[{index}].matchLabelExpressions[{place}].key");
                all.push(format!("{at}: deprecated since {since}; use {new:?} instead"));
            }
        }
    }
}

pub(super) fn policy(all: &mut Vec<String>, spec: &Value) {
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in items(spec, direction) {
            for (place, peer) in items(rule, peers) {
                let range = peer["ipBlock"]["cidr"].as_str().unwrap_or_default();
                if let Some(why) = ambiguous(range) {
                    all.push(format!("spec.{direction}[{index}].{peers}[{place}].ipBlock.cidr: {why}"));
                }
            }
        }
    }
}

/// Why a range may mean two things: it has bits beyond its length.
fn ambiguous(range: &str) -> Option<String> {
    let (start, length) = range.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    let (network, most) = match start.parse().ok()? {
        IpAddr::V4(address) => {
            let kept = u32::MAX.checked_shl(32_u32.checked_sub(length)?).unwrap_or(0);
            (IpAddr::from((u32::from(address) & kept).to_be_bytes()), 32)
        }
        IpAddr::V6(address) => {
            let kept = u128::MAX.checked_shl(128_u32.checked_sub(length)?).unwrap_or(0);
            (IpAddr::from((u128::from(address) & kept).to_be_bytes()), 128)
        }
    };
    let means = format!("should be \"{network}/{length}\" or \"{start}/{most}\"?");
    (network.to_string() != start).then(|| format!("CIDR value {range:?} is ambiguous in this context ({means})"))
}
