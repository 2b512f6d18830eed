//! The few kinds that are served in more than one version: from the version asked in to the stored one, and back.

use super::kinds::Served;
use crate::json::{Value, json};
use crate::world::{Object, World};

/// The object in the version it is asked in; none when it is stored so.
pub(crate) fn converted(object: &Object, served: &Served) -> Option<Object> {
    let asked = served.api_version();
    if object.is_of(&asked) {
        return None;
    }
    let mut made = object.plain();
    made["apiVersion"] = asked.as_str().into();
    match asked.as_str() {
        "events.k8s.io/v1" => event_to_new(&mut made),
        "autoscaling/v1" => scaler_to_old(&mut made),
        _ => {}
    }
    match &served.custom {
        None => made = crate::rules::settle(made, served.shape()),
        Some(version) => {
            let schema = &version["schema"]["openAPIV3Schema"];
            crate::rules::custom::prune(&mut made, schema);
            crate::rules::custom::default(&mut made, schema);
        }
    }
    let mut made = Object::new(made);
    made.share_managed(object);
    Some(made)
}

/// A value that came in, in the version it is stored in.
pub(crate) fn stored(world: &World, served: &Served, mut value: Value) -> Value {
    if served.is_custom() {
        return custom(world, served, value);
    }
    match value["apiVersion"].as_str() {
        Some("events.k8s.io/v1") => event_to_core(&mut value),
        Some("autoscaling/v1") if value["kind"] == "HorizontalPodAutoscaler" => scaler_to_new(&mut value),
        _ => {}
    }
    value
}

/// A custom object in the version that its definition stores, which keeps nothing that is not of that version.
fn custom(world: &World, served: &Served, mut value: Value) -> Value {
    let name = format!("{}.{}", served.plural, served.group);
    let definition = world.get("customresourcedefinitions.apiextensions.k8s.io", "", &name);
    let versions = definition.map(|one| &one["spec"]["versions"]).and_then(Value::as_array);
    if let Some(kept) = versions.into_iter().flatten().find(|one| one["storage"] == true)
        && let Some(version) = kept["name"].as_str().filter(|version| *version != served.version)
    {
        value["apiVersion"] = format!("{}/{version}", served.group).into();
        crate::rules::custom::prune(&mut value, &kept["schema"]["openAPIV3Schema"]);
    }
    value
}

fn rename(value: &mut Value, from: &str, to: &str) {
    if let Some(fields) = value.as_object_mut()
        && let Some(moved) = fields.remove(from)
    {
        fields.insert(to.to_owned(), moved);
    }
}

const EVENT: [(&str, &str); 6] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn event_to_new(object: &mut Value) {
    for (core, new) in EVENT {
        rename(object, core, new);
    }
    rename(object, "reportingComponent", "reportingController");
}

fn event_to_core(value: &mut Value) {
    for (core, new) in EVENT {
        rename(value, new, core);
    }
    rename(value, "reportingController", "reportingComponent");
    value["apiVersion"] = "v1".into();
}

fn scaler_to_old(object: &mut Value) {
    let cpu = |metrics: &Value, side: &str| {
        let mut metrics = metrics.as_array().into_iter().flatten();
        metrics
            .find(|metric| metric["resource"]["name"] == "cpu")
            .map(|metric| metric["resource"][side]["averageUtilization"].clone())
    };
    if let Some(target) = cpu(&object["spec"]["metrics"], "target") {
        object["spec"]["targetCPUUtilizationPercentage"] = target;
    }
    if let Some(spec) = object["spec"].as_object_mut() {
        spec.remove("metrics");
    }
    if let Some(now) = cpu(&object["status"]["currentMetrics"], "current") {
        object["status"]["currentCPUUtilizationPercentage"] = now;
    }
    if let Some(status) = object["status"].as_object_mut() {
        status.remove("currentMetrics");
        status.remove("conditions");
    }
}

fn scaler_to_new(value: &mut Value) {
    value["apiVersion"] = "autoscaling/v2".into();
    if let Some(target) = value["spec"].as_object_mut().and_then(|spec| spec.remove("targetCPUUtilizationPercentage")) {
        let target = json!({"type": "Utilization", "averageUtilization": target});
        value["spec"]["metrics"] = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
    }
}
