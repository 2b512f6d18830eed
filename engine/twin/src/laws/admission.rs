//! What the API does to a new pod before it is kept: its account and token, its priority, its tolerations, its class.
//!
//! The API's door calls this for pods of people, the laws for pods of controllers. It completes and checks, and keeps nothing.

use super::kit::numbers::thousandths;
use crate::world::{Kind, Object, Refusal, World, list};
use serde_json::{Value, json};

/// Completes a new pod as the server's admission does.
///
/// # Failures
/// `Forbidden`, when its service account or its priority class is missing or a quota is used up.
pub(crate) fn complete(world: &mut World, pod: &mut Object) -> Result<(), Refusal> {
    prioritise(world, pod)?;
    tolerate(pod);
    let suffix = world.chance().suffix(5);
    account(world, pod, &suffix)?;
    let spec = &mut pod["spec"];
    if spec["enableServiceLinks"].is_null() {
        spec["enableServiceLinks"] = true.into();
    }
    pod["status"] = json!({"phase": "Pending", "qosClass": class(pod)});
    super::quota::charge(world, &Kind::from("pods"), pod)
}

fn account(world: &World, pod: &mut Object, suffix: &str) -> Result<(), Refusal> {
    if pod.annotation("kubernetes.io/config.mirror").is_some() {
        return Ok(());
    }
    let name = pod["spec"]["serviceAccountName"].as_str().filter(|name| !name.is_empty()).unwrap_or("default");
    let (name, namespace) = (name.to_owned(), pod.namespace().to_owned());
    let Some(account) = world.get("serviceaccounts", &namespace, &name).cloned() else {
        let why = format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
        return Err(Refusal::forbidden(&Kind::from("pods"), shown(pod), &why));
    };
    pod["spec"]["serviceAccountName"] = name.as_str().into();
    pod["spec"]["serviceAccount"] = name.as_str().into();
    if pod["spec"]["imagePullSecrets"].as_array().is_none_or(Vec::is_empty)
        && account["imagePullSecrets"].as_array().is_some_and(|secrets| !secrets.is_empty())
    {
        pod["spec"]["imagePullSecrets"] = account["imagePullSecrets"].clone();
    }
    let wanted = pod["spec"]["automountServiceAccountToken"].as_bool();
    if wanted.or(account["automountServiceAccountToken"].as_bool()).unwrap_or(true) {
        mount(pod, suffix);
    }
    Ok(())
}

const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn mount(pod: &mut Object, suffix: &str) {
    let volume = format!("kube-api-access-{suffix}");
    let mut mounted = false;
    for containers in ["initContainers", "containers"] {
        for container in pod["spec"].get_mut(containers).and_then(Value::as_array_mut).into_iter().flatten() {
            let mounts = container["volumeMounts"].as_array();
            if !mounts.into_iter().flatten().any(|mount| mount["mountPath"] == TOKEN) {
                let mount = json!({"name": volume, "readOnly": true, "mountPath": TOKEN});
                list(&mut container["volumeMounts"]).push(mount);
                mounted = true;
            }
        }
    }
    if mounted {
        list(&mut pod["spec"]["volumes"]).push(json!({
            "name": volume,
            "projected": {"defaultMode": 420, "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [
                    {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
                ]}},
            ]},
        }));
    }
}

fn prioritise(world: &World, pod: &mut Object) -> Result<(), Refusal> {
    let named = pod["spec"]["priorityClassName"].as_str().unwrap_or_default().to_owned();
    let (value, policy) = match named.as_str() {
        "" => match world.list("priorityclasses.scheduling.k8s.io", "").find(|one| one["globalDefault"] == true) {
            Some(class) => {
                pod["spec"]["priorityClassName"] = class.name().into();
                (class["value"].clone(), class["preemptionPolicy"].clone())
            }
            None => (0.into(), Value::Null),
        },
        name => match (world.get("priorityclasses.scheduling.k8s.io", "", name), name) {
            (Some(class), _) => (class["value"].clone(), class["preemptionPolicy"].clone()),
            (None, "system-node-critical") => (2_000_001_000.into(), Value::Null),
            (None, "system-cluster-critical") => (2_000_000_000.into(), Value::Null),
            (None, name) => {
                let why = format!("no PriorityClass with name {name} was found");
                return Err(Refusal::forbidden(&Kind::from("pods"), shown(pod), &why));
            }
        },
    };
    pod["spec"]["priority"] = value;
    if pod["spec"]["preemptionPolicy"].is_null() {
        pod["spec"]["preemptionPolicy"] = policy.as_str().unwrap_or("PreemptLowerPriority").into();
    }
    Ok(())
}

fn tolerate(pod: &mut Object) {
    if pod.annotation("kubernetes.io/config.mirror").is_some() {
        return;
    }
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let taken = pod["spec"]["tolerations"].as_array().into_iter().flatten().any(|one| {
            let is = |field: &str, text: &str| one[field].as_str().is_none_or(|it| it.is_empty() || it == text);
            is("key", key) && is("effect", "NoExecute")
        });
        if !taken {
            list(&mut pod["spec"]["tolerations"]).push(json!({
                "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
            }));
        }
    }
}

/// The pod's class of service: what it asks for against what it may use at most.
fn class(pod: &Object) -> &'static str {
    let (mut any, mut guaranteed) = (false, true);
    for containers in ["containers", "initContainers"] {
        for container in pod["spec"][containers].as_array().into_iter().flatten() {
            let (requests, limits) = (&container["resources"]["requests"], &container["resources"]["limits"]);
            for name in ["cpu", "memory"] {
                let (request, limit) = (thousandths(&requests[name]), thousandths(&limits[name]));
                any |= request > 0 || limit > 0;
                guaranteed &= limit > 0 && (request == limit || requests[name].is_null());
            }
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

fn shown(pod: &Object) -> &str {
    let name = pod.name();
    if name.is_empty() { pod["metadata"]["generateName"].as_str().unwrap_or_default() } else { name }
}
