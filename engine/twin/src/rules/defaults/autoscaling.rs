//! Horizontal pod autoscalers.

use crate::json::{Value, json};

use super::{part, set, some};

pub(super) fn defaults(object: &mut Value) {
    let two = object["apiVersion"] == "autoscaling/v2";
    let Some(spec) = some(object, "spec") else { return };
    set(spec, "minReplicas", json!(1));
    if !two {
        return;
    }
    let resource = json!([{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]);
    set(spec, "metrics", resource);
    let Some(behavior) = some(spec, "behavior") else { return };
    rules(
        behavior,
        "scaleUp",
        json!({"stabilizationWindowSeconds": 0, "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]}),
    );
    rules(behavior, "scaleDown", json!({"policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}));
}

fn rules(behavior: &mut Value, way: &str, defaults: Value) {
    let Some(rules) = part(behavior, way) else { return };
    set(rules, "selectPolicy", json!("Max"));
    for (key, value) in defaults.as_object().into_iter().flatten() {
        set(rules, key, value.clone());
    }
}
