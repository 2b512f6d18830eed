//! What the API does to a new pod before it is kept: its account and token, its priority, its tolerations, its class.
//!
//! The API's door calls `admit` for pods of people, the laws `complete` for pods of controllers. Neither keeps anything.

pub(crate) mod limits;

use crate::json::{Value, json};
use crate::world::{Kind, Object, Refusal, World, list, map};

/// Completes a new pod of a controller as the server does: admission, what its strategy sets, limits and quotas.
///
/// # Failures
/// `Forbidden`, when its service account or its priority class is missing, or a limit or a quota does not let it be.
pub(crate) fn complete(world: &mut World, pod: &mut Object) -> Result<(), Refusal> {
    admit(world, pod)?;
    let spec = &mut pod["spec"];
    if spec["enableServiceLinks"].is_null() {
        spec["enableServiceLinks"] = true.into();
    }
    pod["status"] = crate::rules::new_pod_status(&pod["spec"], &world.now().text());
    limits::check(world, &Kind::from("pods"), pod)?;
    super::quota::charge(world, &Kind::from("pods"), pod)
}

/// What admission gives to a new pod: limits, its account and token, its priority, its tolerations.
///
/// # Failures
/// `Forbidden`, when its service account or its priority class is missing, or it names another priority.
pub(crate) fn admit(world: &mut World, pod: &mut Object) -> Result<(), Refusal> {
    limits::complete(world, pod);
    account(world, pod)?;
    prioritise(world, pod)?;
    check_runtime(world, pod)?;
    tolerate(pod);
    Ok(())
}

/// What admission gives to a pod that is changed: the priority it had, and what every pod tolerates.
pub(crate) fn again(before: &Object, pod: &mut Object) {
    for key in ["priority", "preemptionPolicy"] {
        if pod["spec"][key].is_null() && !before["spec"][key].is_null() {
            pod["spec"][key] = before["spec"][key].clone();
        }
    }
    tolerate(pod);
}

fn forbidden(pod: &Object, why: &str) -> Refusal {
    Refusal::forbidden(&Kind::from("pods"), shown(pod), why)
}

fn account(world: &mut World, pod: &mut Object) -> Result<(), Refusal> {
    if pod.annotation("kubernetes.io/config.mirror").is_some() {
        return Ok(());
    }
    let name = pod["spec"]["serviceAccountName"].as_str().filter(|name| !name.is_empty()).unwrap_or("default");
    let (name, namespace) = (name.to_owned(), pod.namespace().to_owned());
    let Some(account) = world.get("serviceaccounts", &namespace, &name).cloned() else {
        let why = format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
        return Err(forbidden(pod, &why));
    };
    let spec = map(&mut pod["spec"]);
    spec.insert("serviceAccountName".to_owned(), name.as_str().into());
    spec.insert("serviceAccount".to_owned(), name.as_str().into());
    let secrets = account["imagePullSecrets"].as_array().filter(|secrets| !secrets.is_empty());
    if let (Some(secrets), true) = (secrets, pod["spec"]["imagePullSecrets"].as_array().is_none_or(Vec::is_empty)) {
        pod["spec"]["imagePullSecrets"] = json!(secrets);
    }
    let wanted = pod["spec"]["automountServiceAccountToken"].as_bool();
    if wanted.or(account["automountServiceAccountToken"].as_bool()).unwrap_or(true) {
        let suffix = world.chance().suffix(5);
        mount(pod, &suffix);
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

/// The class of its runtime must be there.
fn check_runtime(world: &World, pod: &Object) -> Result<(), Refusal> {
    let Some(name) = pod["spec"]["runtimeClassName"].as_str().filter(|name| !name.is_empty()) else { return Ok(()) };
    match world.get("runtimeclasses.node.k8s.io", "", name) {
        Some(_) => Ok(()),
        None => Err(forbidden(pod, &format!("pod rejected: RuntimeClass \"{name}\" not found"))),
    }
}

fn prioritise(world: &World, pod: &mut Object) -> Result<(), Refusal> {
    const CLASSES: &str = "priorityclasses.scheduling.k8s.io";
    let named = pod["spec"]["priorityClassName"].as_str().unwrap_or_default().to_owned();
    let class = match named.as_str() {
        "" => world.list(CLASSES, "").find(|class| class["globalDefault"] == true).cloned(),
        name => world.get(CLASSES, "", name).cloned(),
    };
    let value = match (&class, named.as_str()) {
        (Some(class), _) => class["value"].as_i64().unwrap_or(0),
        (None, "") => 0,
        // A world without its first objects has these two all the same.
        (None, "system-node-critical") => 2_000_001_000,
        (None, "system-cluster-critical") => 2_000_000_000,
        (None, name) => return Err(forbidden(pod, &format!("no PriorityClass with name {name} was found"))),
    };
    if let Some(given) = pod["spec"]["priority"].as_i64().filter(|given| *given != value) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller \
             computed {value} from the given PriorityClass name"
        );
        return Err(forbidden(pod, &why));
    }
    let policy = class.as_ref().and_then(|class| class["preemptionPolicy"].as_str()).unwrap_or("PreemptLowerPriority");
    let spec = map(&mut pod["spec"]);
    if let Some(class) = class.as_ref().filter(|_| named.is_empty()) {
        spec.insert("priorityClassName".to_owned(), class.name().into());
    }
    spec.insert("priority".to_owned(), value.into());
    spec.insert("preemptionPolicy".to_owned(), policy.into());
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

fn shown(pod: &Object) -> &str {
    let name = pod.name();
    if name.is_empty() { pod["metadata"]["generateName"].as_str().unwrap_or_default() } else { name }
}
