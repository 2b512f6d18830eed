//! The claims of the pods of a stateful set: made from templates, kept when the pod goes.

use super::BY;
use crate::json::{Value, json};
use crate::laws::kit::events::{Told, tell};
use crate::world::{Object, World, list};

fn templates(set: &Object) -> impl Iterator<Item = &Value> {
    set["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten()
}

fn named(template: &Value) -> &str {
    template["metadata"]["name"].as_str().unwrap_or_default()
}

/// Gives the pod the volumes of its claims.
pub(super) fn mount(set: &Object, pod: &mut Object, name: &str) {
    let volumes: Vec<Value> = templates(set)
        .map(|template| {
            let claim = format!("{}-{name}", named(template));
            json!({"name": named(template), "persistentVolumeClaim": {"claimName": claim}})
        })
        .collect();
    if volumes.is_empty() {
        return;
    }
    let all = list(&mut pod["spec"]["volumes"]);
    all.retain(|volume| volumes.iter().all(|one| one["name"] != volume["name"]));
    let mut volumes = volumes;
    volumes.append(all);
    *all = volumes;
}

/// Creates the claims of a pod that are not there.
pub(super) fn create(world: &mut World, set: &Object, name: &str) -> Result<(), String> {
    for template in templates(set) {
        let claim = format!("{}-{name}", named(template));
        if world.get("persistentvolumeclaims", set.namespace(), &claim).is_some() {
            continue;
        }
        let mut object = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": claim, "namespace": set.namespace(), "labels": set["spec"]["selector"]["matchLabels"],
                "finalizers": ["kubernetes.io/pvc-protection"],
            },
            "spec": template["spec"], "status": {"phase": "Pending"},
        });
        for field in ["labels", "annotations"] {
            for (key, value) in template["metadata"][field].as_object().into_iter().flatten() {
                object["metadata"][field][key] = value.clone();
            }
        }
        match world.create("persistentvolumeclaims", Object::new(object)) {
            Ok(_) => {
                let message = format!("create Claim {claim} Pod {name} in StatefulSet {} success", set.name());
                tell(world, set, Told::normal(BY, "SuccessfulCreate"), &message);
            }
            Err(refusal) => {
                let message = format!(
                    "create Claim {claim} for Pod {name} in StatefulSet {} failed error: {}",
                    set.name(),
                    refusal.message
                );
                tell(world, set, Told::warning(BY, "FailedCreate"), &message);
                return Err(refusal.message);
            }
        }
    }
    Ok(())
}
