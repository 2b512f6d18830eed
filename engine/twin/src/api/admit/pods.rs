//! New pods: the service account and its token, the priority, the tolerations every pod has.

use crate::world::{Cause, Object, Refusal, World, list, map};
use serde_json::{Value, json};

pub(super) fn create(world: &mut World, pod: &mut Object) -> Result<(), Refusal> {
    priority(world, pod)?;
    let mirror = pod.annotation("kubernetes.io/config.mirror").is_some();
    if !mirror {
        account(world, pod)?;
    }
    tolerations(pod);
    Ok(())
}

fn forbidden(pod: &Object, why: &str) -> Refusal {
    Refusal::forbidden(&"pods".into(), pod.name(), why)
}

fn priority(world: &World, pod: &mut Object) -> Result<(), Refusal> {
    const CLASSES: &str = "priorityclasses.scheduling.k8s.io";
    let name = pod["spec"]["priorityClassName"].as_str().unwrap_or_default().to_owned();
    let class = if name.is_empty() {
        world.list(CLASSES, "").find(|class| class["globalDefault"] == true).cloned()
    } else {
        let Some(class) = world.get(CLASSES, "", &name) else {
            return Err(forbidden(pod, &format!("no PriorityClass with name {name} was found")));
        };
        Some(class.clone())
    };
    let value = class.as_ref().and_then(|class| class["value"].as_i64()).unwrap_or(0);
    let preempts = class
        .as_ref()
        .and_then(|class| class["preemptionPolicy"].as_str())
        .unwrap_or("PreemptLowerPriority")
        .to_owned();
    if let Some(given) = pod["spec"]["priority"].as_i64().filter(|given| *given != value) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
        );
        return Err(forbidden(pod, &why));
    }
    let spec = map(&mut pod["spec"]);
    if let Some(class) = class.filter(|_| name.is_empty()) {
        spec.insert("priorityClassName".to_owned(), class.name().into());
    }
    spec.insert("priority".to_owned(), value.into());
    spec.insert("preemptionPolicy".to_owned(), preempts.into());
    Ok(())
}

fn account(world: &mut World, pod: &mut Object) -> Result<(), Refusal> {
    let spec = map(&mut pod["spec"]);
    let name =
        spec.get("serviceAccountName").and_then(Value::as_str).filter(|name| !name.is_empty()).unwrap_or("default");
    let name = name.to_owned();
    spec.insert("serviceAccountName".to_owned(), name.as_str().into());
    spec.insert("serviceAccount".to_owned(), name.as_str().into());
    let namespace = pod.namespace().to_owned();
    let Some(account) = world.get("serviceaccounts", &namespace, &name).cloned() else {
        let why = format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
        return Err(forbidden(pod, &why));
    };
    let secrets = account["imagePullSecrets"].as_array().filter(|secrets| !secrets.is_empty());
    if let (Some(secrets), true) = (secrets, pod["spec"]["imagePullSecrets"].as_array().is_none_or(Vec::is_empty)) {
        pod["spec"]["imagePullSecrets"] = json!(secrets);
    }
    let mounts = pod["spec"]["automountServiceAccountToken"]
        .as_bool()
        .or(account["automountServiceAccountToken"].as_bool())
        .unwrap_or(true);
    if mounts {
        mount(world, pod);
    }
    Ok(())
}

const PLACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Mounts the token where nothing is mounted yet.
fn mount(world: &mut World, pod: &mut Object) {
    let volume = format!("kube-api-access-{}", world.chance().suffix(5));
    let mut used = false;
    for field in ["containers", "initContainers"] {
        for container in pod["spec"].get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            let taken = |mount: &Value| mount["mountPath"] == PLACE;
            if container["volumeMounts"].as_array().is_some_and(|mounts| mounts.iter().any(taken))
                || !container.is_object()
            {
                continue;
            }
            let mount = json!({"name": volume, "mountPath": PLACE, "readOnly": true});
            list(&mut container["volumeMounts"]).push(mount);
            used = true;
        }
    }
    if !used {
        return;
    }
    let root = json!({"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]});
    let field = json!({"apiVersion": "v1", "fieldPath": "metadata.namespace"});
    let sources = json!([
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": root},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
    ]);
    let volume = json!({"name": volume, "projected": {"defaultMode": 420, "sources": sources}});
    list(&mut pod["spec"]["volumes"]).push(volume);
}

/// A pod bears a node that is not ready, or not reachable, for five minutes.
fn tolerations(pod: &mut Object) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let bears = |one: &Value| {
            let (named, effect) = (one["key"].as_str().unwrap_or_default(), one["effect"].as_str().unwrap_or_default());
            (named == key || named.is_empty()) && (effect == "NoExecute" || effect.is_empty())
        };
        let has = pod["spec"]["tolerations"].as_array().is_some_and(|all| all.iter().any(bears));
        if !has {
            let one = json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
            list(&mut pod["spec"]["tolerations"]).push(one);
        }
    }
}

/// A cause for one field of a pod.
pub(super) fn cause(field: &str, message: String) -> Cause {
    Cause::new("FieldValueInvalid", field, message)
}
