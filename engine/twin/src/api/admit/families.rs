//! The families of addresses that a service asks for, and those that the cluster has.

use super::services::cause;
use crate::json::Value;
use crate::world::{Cause, Object, Refusal, World};

const FAMILIES: [&str; 2] = ["IPv4", "IPv6"];
const POLICIES: [&str; 3] = ["PreferDualStack", "RequireDualStack", "SingleStack"];

/// Refuses families that do not exist, come twice, or are none of the cluster's.
///
/// # Failures
/// 422.
pub(super) fn check(world: &World, service: &Object) -> Result<(), Refusal> {
    let wrong = unknown(service);
    let wrong = if wrong.is_empty() { unlike(service) } else { wrong };
    let wrong = if wrong.is_empty() { absent(world, service) } else { wrong };
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::invalid("", "Service", service.name(), wrong)) }
}

fn families(service: &Object) -> &[Value] {
    service["spec"]["ipFamilies"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn unknown(service: &Object) -> Vec<Cause> {
    let mut wrong = Vec::new();
    let mut refuse = |field: String, value: &Value, known: &[&str]| {
        let known: Vec<String> = known.iter().map(|one| format!("{one:?}")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", known.join(", "));
        wrong.push(Cause::new("FieldValueNotSupported", &field, message));
    };
    for (index, family) in families(service).iter().enumerate() {
        if !FAMILIES.iter().any(|one| family == one) {
            refuse(format!("spec.ipFamilies[{index}]"), family, &FAMILIES);
        }
    }
    let policy = &service["spec"]["ipFamilyPolicy"];
    if !policy.is_null() && !POLICIES.iter().any(|one| policy == one) {
        refuse("spec.ipFamilyPolicy".to_owned(), policy, &POLICIES);
    }
    for (index, family) in families(service).iter().enumerate() {
        if families(service)[..index].contains(family) {
            let field = format!("spec.ipFamilies[{index}]");
            wrong.insert(0, Cause::new("FieldValueDuplicate", &field, format!("Duplicate value: {family}")));
        }
    }
    wrong
}

/// Addresses that are not of the family they stand for.
fn unlike(service: &Object) -> Vec<Cause> {
    let addresses = service["spec"]["clusterIPs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let pairs = addresses.iter().filter_map(Value::as_str).zip(families(service)).enumerate();
    let given = pairs.filter(|(_, (address, _))| *address != "None");
    let unlike = given.filter(|(_, (address, family))| address.contains(':') != (**family == "IPv6"));
    unlike
        .map(|(at, (address, family))| {
            let family = family.as_str().unwrap_or_default();
            let why =
                format!("Invalid value: {address:?}: expected an {family} value as indicated by `ipFamilies[{at}]`");
            cause(&format!("spec.clusterIPs[{at}]"), why)
        })
        .collect()
}

/// What the cluster has no addresses for. A headless service that chooses nothing needs none.
fn absent(world: &World, service: &Object) -> Vec<Cause> {
    let spec = &service["spec"];
    if spec["clusterIP"] == "None" && spec["selector"].as_object().is_none_or(crate::json::Map::is_empty) {
        return Vec::new();
    }
    let ranges = world.list("servicecidrs.networking.k8s.io", "").next().map(|one| one["spec"]["cidrs"].clone());
    let ranges: Vec<&str> = ranges.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect();
    let has = |wide: bool| ranges.iter().any(|range| range.contains(':') == wide) || ranges.is_empty() && !wide;
    let mut wrong = Vec::new();
    if spec["ipFamilyPolicy"] == "RequireDualStack" && !(has(false) && has(true)) {
        let why = "Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services";
        wrong.push(cause("spec.ipFamilyPolicy", why.to_owned()));
    }
    for (index, family) in families(service).iter().enumerate() {
        if !has(family == "IPv6") {
            let why = format!("Invalid value: {family}: not configured on this cluster");
            wrong.push(cause(&format!("spec.ipFamilies[{index}]"), why));
        }
    }
    wrong
}
