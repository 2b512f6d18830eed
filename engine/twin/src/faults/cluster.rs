//! What goes wrong with the cluster: its images, nodes and pods.

use super::{Planted, put};
use crate::json::{Value, json};
use crate::world::{Key, Object, Selector, World};

/// Changes what the catalogue of images says of one.
pub(super) fn image(world: &mut World, name: &str, field: &str, value: Value) -> Result<(), String> {
    let key = Key::new("catalogues.twin", "", "images");
    if world.at(&key).is_none() {
        drop(world.create("catalogues.twin", Object::new(json!({"metadata": {"name": "images"}, "images": {}}))));
    }
    let changed = world.change(&key, |object| object["images"][name][field] = value);
    changed.map(drop).map_err(|refusal| refusal.message)
}

pub(super) fn image_missing(world: &mut World, fault: &Planted) -> Result<(), String> {
    let why = fault.text("why");
    image(world, fault.text("image"), "missing", if why.is_empty() { true.into() } else { why.into() })
}

pub(super) fn image_slow(world: &mut World, fault: &Planted) -> Result<(), String> {
    let seconds = fault.span("time")?.as_secs();
    image(world, fault.text("image"), "pull", seconds.into())
}

pub(super) fn node_silent(world: &mut World, fault: &Planted) -> Result<(), String> {
    let node = fault.text("node");
    let changed = world.change(&Key::new("nodes", "", node), |node| node.set_annotation("plane.test/silent", "true"));
    changed.map(drop).map_err(|_| format!("there is no node `{node}`"))
}

pub(super) fn pod_never_ends(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (namespace, name, labels) = (fault.text("namespace"), fault.text("pod"), fault.text("labels"));
    let pairs: crate::json::Map =
        labels.split('+').filter_map(|pair| pair.split_once(':')).map(|(k, v)| (k.to_owned(), v)).collect();
    if name.is_empty() && pairs.is_empty() {
        return Err("the fault `pod-never-ends` must be told a `pod`, or `labels` as `app:web+tier:front`".to_owned());
    }
    let selector = Selector::labels(&pairs.into());
    let fits = |pod: &Object| if name.is_empty() { selector.takes(pod) } else { pod.name() == name };
    let keys: Vec<Key> = world.entries("pods", namespace).filter(|(_, pod)| fits(pod)).map(|(key, _)| key).collect();
    if keys.is_empty() {
        return Err(format!("there is no such pod in `{namespace}`"));
    }
    for key in keys {
        drop(world.change(&key, |pod| pod.set_annotation("plane.test/stuck", "true")));
    }
    Ok(())
}

pub(super) fn apiservice_stale(world: &mut World, _: &Planted) -> Result<(), String> {
    let made = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
            "insecureSkipTLSVerify": true,
            "service": {"namespace": "kube-system", "name": "metrics-server", "port": 443}},
    });
    super::gone(world, &Key::new("services", "kube-system", "metrics-server"));
    if world.get("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io").is_some() {
        return Ok(());
    }
    put(world, made)
}

pub(super) fn budget_holds(world: &mut World, fault: &Planted) -> Result<(), String> {
    put(
        world,
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": {"name": "holds-all", "namespace": fault.text("namespace")},
            "spec": {"maxUnavailable": 0, "selector": {}}}),
    )
}

pub(super) fn dns_away(world: &mut World, _: &Planted) -> Result<(), String> {
    let servers = |it: &Object| it["spec"]["selector"]["matchLabels"]["k8s-app"] == "kube-dns";
    let keys = super::all_of(world, "deployments.apps", "kube-system", servers);
    let Some(key) = keys.first() else { return Err("nobody serves names here".to_owned()) };
    super::done(world, key, |it| it["spec"]["replicas"] = 0.into())
}

pub(super) fn image_never_pulled(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (namespace, name) = (fault.text("namespace").to_owned(), fault.text("deployment").to_owned());
    super::done(world, &Key::new("deployments.apps", &namespace, &name), |it| {
        let container = &mut it["spec"]["template"]["spec"]["containers"][0];
        container["image"] = "registry.example/never-imported:1.0".into();
        container["imagePullPolicy"] = "Never".into();
    })
}

pub(super) fn namespace_stuck(world: &mut World, fault: &Planted) -> Result<(), String> {
    apiservice_stale(world, fault)?;
    let now = world.now();
    // What does not answer is known before the namespace goes.
    let key = Key::new("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io");
    super::done(world, &key, |it| {
        let said = "service/metrics-server in \"kube-system\" is not present";
        it.set_condition(now, "Available", "False", "ServiceNotFound", said);
    })?;
    put(world, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cilium-secrets"}}))?;
    super::done(world, &Key::new("namespaces", "", "cilium-secrets"), |it| {
        it["spec"]["finalizers"] = json!(["kubernetes"]);
    })?;
    super::gone(world, &Key::new("namespaces", "", "cilium-secrets"));
    Ok(())
}

pub(super) fn network_unavailable(world: &mut World, fault: &Planted) -> Result<(), String> {
    let now = world.now();
    super::done(world, &Key::new("nodes", "", fault.text("node")), |node| {
        node.set_condition(now, "NetworkUnavailable", "True", "CalicoIsDown", "Calico is shutting down on this node");
    })
}

pub(super) fn replica_lost(world: &mut World, fault: &Planted) -> Result<(), String> {
    let volume = fault.text("volume");
    let own = |it: &Object| it["spec"]["volumeName"] == volume;
    let keys = super::all_of(world, "replicas.longhorn.io", "", own);
    let Some(key) = keys.first() else { return Err(format!("there is no replica of a volume `{volume}`")) };
    let of = Key::new("volumes.longhorn.io", key.namespace(), volume);
    let mut known = world.memory("longhorn", &of).clone();
    known[key.name()]["failed"] = world.now().0.into();
    world.remember("longhorn", &of, known);
    world.wake("longhorn", of);
    Ok(())
}

pub(super) fn vip_away(world: &mut World, _: &Planted) -> Result<(), String> {
    let own = |it: &Object| {
        let containers = it["spec"]["template"]["spec"]["containers"].as_array().into_iter().flatten();
        containers.into_iter().any(|it| it["name"] == "kube-vip")
    };
    let keys = super::all_of(world, "daemonsets.apps", "kube-system", own);
    let Some(key) = keys.first() else { return Err("there is no kube-vip here".to_owned()) };
    super::done(world, key, |it| it["spec"]["template"]["spec"]["nodeSelector"]["twin.test/nowhere"] = "true".into())
}

pub(super) fn webhook_unreached(world: &mut World, _: &Planted) -> Result<(), String> {
    put(
        world,
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "guard"},
            "webhooks": [{"name": "guard.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "failurePolicy": "Fail", "timeoutSeconds": 5,
                "clientConfig": {"service": {"namespace": "default", "name": "guard", "path": "/"}},
                "rules": [{"apiGroups": ["example.com"], "apiVersions": ["*"], "operations": ["CREATE"],
                    "resources": ["things"], "scope": "*"}]}]}),
    )
}

pub(super) fn operator_gone(world: &mut World, _: &Planted) -> Result<(), String> {
    let operator = Key::new("deployments.apps", "tigera-operator", "tigera-operator");
    let own = Key::new("installations.operator.tigera.io", "", "default");
    if world.at(&own).is_none() {
        return Err("Calico was not installed by its operator here".to_owned());
    }
    super::gone(world, &operator);
    for key in super::all_of(world, "pods", "tigera-operator", |_| true) {
        super::gone(world, &key);
    }
    super::gone(world, &own);
    Ok(())
}
