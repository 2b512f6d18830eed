//! What an Installation is made into: the agents of the nodes, what serves them, their rights and their pools.

use super::parts::{namespace, owned};
use super::{NAMESPACE, POOLS, PROTECTED, spec};
use crate::json::{Value, json};
use crate::world::{Key, Object, World};

/// Everything but the pools, in the order in which it may be made.
pub(super) fn all(world: &World, own: &Object, version: &str) -> Vec<Value> {
    let mut all = vec![namespace(NAMESPACE)];
    for (name, held) in [
        ("calico-node", true),
        ("calico-cni-plugin", true),
        ("calico-kube-controllers", false),
        ("calico-typha", false),
    ] {
        all.extend(rights(name, held));
    }
    all.push(json!({"apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": "csi-node-driver", "namespace": NAMESPACE}}));
    let network = &own["spec"]["calicoNetwork"];
    all.push(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cni-config", "namespace": NAMESPACE},
        "data": {"config": "{\"name\": \"k8s-pod-network\", \"cniVersion\": \"0.3.1\", \"plugins\": [{\"type\": \"calico\", \"datastore_type\": \"kubernetes\", \"ipam\": {\"type\": \"calico-ipam\"}}, {\"type\": \"portmap\", \"snat\": true, \"capabilities\": {\"portMappings\": true}}]}"}}));
    all.push(
        json!({"apiVersion": "crd.projectcalico.org/v1", "kind": "FelixConfiguration", "metadata": {"name": "default"},
        "spec": {"vxlanVNI": 4096, "healthPort": 9099, "bpfEnabled": network["linuxDataplane"] == "BPF"}}),
    );
    all.push(node(own, version));
    all.push(driver(version));
    all.push(controllers(own, version));
    all.extend(typha(world, version));
    let kept = |one: &Value| one["kind"] == "FelixConfiguration";
    all.into_iter().map(|one| if kept(&one) { one } else { owned(one, own) }).collect()
}

/// An account, with its rights; some are held until no pod needs them any more.
fn rights(name: &str, held: bool) -> [Value; 3] {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let of = |api: &str, kind: &str, namespace: Option<&str>| {
        let mut one = json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}});
        if let Some(namespace) = namespace {
            one["metadata"]["namespace"] = namespace.into();
        }
        if held {
            one["metadata"]["finalizers"] = json!([PROTECTED]);
        }
        one
    };
    let api = format!("{GROUP}/v1");
    let (mut role, mut binding) = (of(&api, "ClusterRole", None), of(&api, "ClusterRoleBinding", None));
    role["rules"] = json!([{"apiGroups": ["crd.projectcalico.org"], "resources": ["*"], "verbs": ["*"]}]);
    binding["roleRef"] = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": name});
    binding["subjects"] = json!([{"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}]);
    [of("v1", "ServiceAccount", Some(NAMESPACE)), role, binding]
}

/// What all workloads have in common.
fn workload(kind: &str, name: &str, of: Value) -> Value {
    let labels = json!({"k8s-app": name, "app.kubernetes.io/name": name});
    let mut spec = json!({"selector": {"matchLabels": {"k8s-app": name}}, "template": {"metadata": {"labels": labels}, "spec": {
        "nodeSelector": {"kubernetes.io/os": "linux"}, "serviceAccountName": name,
    }}});
    for (field, value) in of.as_object().into_iter().flatten() {
        spec["template"]["spec"][field.as_str()] = value.clone();
    }
    json!({"apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"k8s-app": name}}, "spec": spec})
}

fn image(name: &str, version: &str) -> String {
    format!("docker.io/calico/{name}:{version}")
}

fn variable(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn node(own: &Object, version: &str) -> Value {
    let network = &own["spec"]["calicoNetwork"];
    let bgp = network["bgp"] == "Enabled";
    let (backend, cluster) = if bgp { ("bird", "k8s,operator,bgp") } else { ("vxlan", "k8s,operator") };
    let mut env = vec![
        variable("DATASTORE_TYPE", "kubernetes"),
        variable("WAIT_FOR_DATASTORE", "true"),
        variable("CALICO_MANAGE_CNI", "true"),
        variable("CALICO_NETWORKING_BACKEND", backend),
        variable("CALICO_DISABLE_FILE_LOGGING", "false"),
        variable("CLUSTER_TYPE", cluster),
        variable("FELIX_DEFAULTENDPOINTTOHOSTACTION", "ACCEPT"),
        variable("FELIX_HEALTHENABLED", "true"),
        variable("FELIX_TYPHAK8SNAMESPACE", NAMESPACE),
        variable("FELIX_TYPHAK8SSERVICENAME", "calico-typha"),
        variable("NO_DEFAULT_POOLS", "true"),
    ];
    match spec::method(&own["spec"]) {
        Some(method) => env.extend([variable("IP", "autodetect"), variable("IP_AUTODETECTION_METHOD", &method)]),
        None => env.push(variable("IP", "none")),
    }
    if let Some(mtu) = network["mtu"].as_i64() {
        env.push(variable("FELIX_VXLANMTU", &mtu.to_string()));
    }
    env.extend([variable("IP6", "none"), variable("FELIX_IPV6SUPPORT", "false")]);
    let from = |path: &str| json!({"fieldRef": {"apiVersion": "v1", "fieldPath": path}});
    env.push(json!({"name": "NODENAME", "valueFrom": from("spec.nodeName")}));
    env.push(json!({"name": "NAMESPACE", "valueFrom": from("metadata.namespace")}));
    let mut one = workload(
        "DaemonSet",
        "calico-node",
        json!({
            "hostNetwork": true, "priorityClassName": "system-node-critical", "terminationGracePeriodSeconds": 5,
            "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, {"effect": "NoSchedule", "operator": "Exists"},
                {"effect": "NoExecute", "operator": "Exists"}],
            "initContainers": [{"name": "install-cni", "image": image("cni", version), "command": ["/opt/cni/bin/install"]}],
            "containers": [{"name": "calico-node", "image": image("node", version), "env": env,
                "securityContext": {"privileged": true}}],
        }),
    );
    one["spec"]["updateStrategy"] = own["spec"]["nodeUpdateStrategy"].clone();
    // What an Installation says of the pods of its agents itself.
    let more = &own["spec"]["calicoNodeDaemonSet"]["spec"]["template"]["spec"];
    let pod = &mut one["spec"]["template"]["spec"];
    for field in ["affinity", "tolerations", "nodeSelector"] {
        match (field, &more[field]) {
            (_, Value::Null) => {}
            ("nodeSelector", Value::Object(more)) => {
                more.iter().for_each(|(name, value)| pod["nodeSelector"][name.as_str()] = value.clone());
            }
            (field, value) => pod[field] = value.clone(),
        }
    }
    one
}

fn driver(version: &str) -> Value {
    let containers = json!([{"name": "calico-csi", "image": image("csi", version)},
        {"name": "csi-node-driver-registrar", "image": image("node-driver-registrar", version)}]);
    workload(
        "DaemonSet",
        "csi-node-driver",
        json!({"tolerations": [{"operator": "Exists"}], "priorityClassName": "system-node-critical", "containers": containers}),
    )
}

fn controllers(own: &Object, version: &str) -> Value {
    let mut tolerations = vec![
        json!({"key": "CriticalAddonsOnly", "operator": "Exists"}),
        json!({"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}),
        json!({"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}),
    ];
    tolerations.extend(own["spec"]["controlPlaneTolerations"].as_array().into_iter().flatten().cloned());
    let mut one = workload(
        "Deployment",
        "calico-kube-controllers",
        json!({"priorityClassName": "system-cluster-critical", "tolerations": tolerations,
            "containers": [{"name": "calico-kube-controllers", "image": image("kube-controllers", version)}]}),
    );
    one["spec"]["replicas"] = 1.into();
    one["spec"]["strategy"] = json!({"type": "Recreate"});
    one
}

/// How many Typhas there are for so many nodes.
fn count(nodes: usize) -> usize {
    match nodes {
        0..=2 => 1,
        3 => 2,
        4..=200 => 3,
        more => (more / 200 + 3).min(20),
    }
}

fn typha(world: &World, version: &str) -> [Value; 3] {
    let mut one = workload(
        "Deployment",
        "calico-typha",
        json!({
            "hostNetwork": true, "priorityClassName": "system-cluster-critical",
            "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, {"effect": "NoSchedule", "operator": "Exists"},
                {"effect": "NoExecute", "operator": "Exists"}],
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{
                "labelSelector": {"matchLabels": {"k8s-app": "calico-typha"}}, "topologyKey": "kubernetes.io/hostname"}]}},
            "containers": [{"name": "calico-typha", "image": image("typha", version),
                "ports": [{"containerPort": 5473, "hostPort": 5473, "name": "calico-typha", "protocol": "TCP"}]}],
        }),
    );
    one["spec"]["replicas"] = count(world.count("nodes")).into();
    one["spec"]["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}});
    let place = json!({"name": "calico-typha", "namespace": NAMESPACE});
    let selector = json!({"k8s-app": "calico-typha"});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": place, "spec": {"selector": selector,
        "ports": [{"name": "calico-typha", "port": 5473, "protocol": "TCP", "targetPort": "calico-typha"}]}});
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": place,
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector}}});
    [one, service, budget]
}

/// Makes the pools. What is there already changes only through Calico's own API server, and without one never.
pub(super) fn pools(world: &mut World, own: &Object) {
    let wanted = own["spec"]["calicoNetwork"]["ipPools"].as_array().cloned().unwrap_or_default();
    let mut differs = false;
    for pool in wanted {
        let name = pool["name"].as_str().unwrap_or_default();
        let (ipip, vxlan) = spec::modes(pool["encapsulation"].as_str().unwrap_or_default());
        let spec = json!({"cidr": pool["cidr"], "ipipMode": ipip, "vxlanMode": vxlan, "blockSize": pool["blockSize"],
            "natOutgoing": pool["natOutgoing"] == "Enabled", "nodeSelector": pool["nodeSelector"],
            "allowedUses": pool["allowedUses"], "assignmentMode": pool["assignmentMode"]});
        let key = Key::new(POOLS, "", name);
        let Some(found) = world.at(&key).cloned() else {
            let made = json!({"apiVersion": "crd.projectcalico.org/v1", "kind": "IPPool",
                "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "tigera-operator"}}, "spec": spec});
            drop(world.create(POOLS, Object::new(made)));
            continue;
        };
        if crate::laws::gitops::holds(&found["spec"], &spec) {
            continue;
        }
        if super::server::answers(world) {
            drop(world.change_as(&key, super::MANAGER, "", |it| {
                for (field, value) in spec.as_object().into_iter().flatten() {
                    it["spec"][field.as_str()] = value.clone();
                }
            }));
        } else {
            differs = true;
        }
    }
    if differs {
        let said = "Unable to modify IP pools while Calico API server is unavailable: ";
        super::status::degrade(world, "ippools", "ResourceNotReady", said);
    } else {
        super::status::fine(world, "ippools");
    }
}
