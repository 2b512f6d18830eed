//! The agents of Cilium's chart: one on each node, and an Envoy beside it.

use super::{image, object};
use crate::charts::Release;
use crate::json::{Value, json};

/// Whether Envoy runs beside the agents rather than within them.
pub(super) fn has_envoy(release: &Release<'_>) -> bool {
    match release.at("envoy.enabled") {
        Value::Null => release.since(1, 16) && release.at("l7Proxy") != false,
        said => *said == true,
    }
}

/// The DaemonSets.
pub(super) fn agents(release: &Release<'_>) -> Vec<Value> {
    let mut all = vec![agent(release)];
    if has_envoy(release) {
        all.push(envoy(release));
    }
    all
}

fn agent(release: &Release<'_>) -> Value {
    let image = image(release, "image.", "cilium");
    let own = |name: &str, command: &[&str]| json!({"name": name, "image": image, "command": command});
    let mut container = json!({
        "name": "cilium-agent", "image": image, "imagePullPolicy": release.text("image.pullPolicy"),
        "command": ["cilium-agent"], "args": ["--config-dir=/tmp/cilium/config-map"],
        "env": environment(release),
        "resources": release.at("resources"),
        "readinessProbe": {"httpGet": {"host": "127.0.0.1", "path": "/healthz", "port": 9879, "scheme": "HTTP"},
            "periodSeconds": 30, "timeoutSeconds": 5, "failureThreshold": 3},
        "securityContext": {"privileged": release.is("securityContext.privileged")},
        "volumeMounts": [
            {"name": "etc-cni-netd", "mountPath": release.text("cni.hostConfDirMountPath")},
            {"name": "bpf-maps", "mountPath": "/sys/fs/bpf", "mountPropagation": "HostToContainer"},
        ],
    });
    if release.is("cni.uninstall") {
        container["lifecycle"] = json!({"preStop": {"exec": {"command": ["/cni-uninstall.sh"]}}});
    }
    let mut set = object(release, "apps/v1", "DaemonSet", "cilium");
    let labels =
        json!({"k8s-app": "cilium", "app.kubernetes.io/name": "cilium-agent", "app.kubernetes.io/part-of": "cilium"});
    set["metadata"]["labels"] = labels.clone();
    let apart =
        json!([{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"k8s-app": "cilium"}}}]);
    set["spec"] = json!({
        "selector": {"matchLabels": {"k8s-app": "cilium"}},
        "updateStrategy": release.at("updateStrategy"),
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "hostNetwork": true, "restartPolicy": "Always", "priorityClassName": "system-node-critical",
                "serviceAccountName": "cilium", "automountServiceAccountToken": true,
                "terminationGracePeriodSeconds": 1, "tolerations": release.at("tolerations"),
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": apart}},
                "initContainers": [
                    own("config", &["cilium-dbg", "build-config"]), own("mount-cgroup", &["sh", "-ec"]),
                    own("apply-sysctl-overwrites", &["sh", "-ec"]), own("mount-bpf-fs", &["/bin/bash", "-c", "--"]),
                    own("clean-cilium-state", &["/init-container.sh"]),
                    own("install-cni-binaries", &["/install-plugin.sh"]),
                ],
                "containers": [container],
                "volumes": [
                    {"name": "etc-cni-netd", "hostPath": {"path": release.text("cni.confPath"), "type": "DirectoryOrCreate"}},
                    {"name": "cni-path", "hostPath": {"path": release.text("cni.binPath"), "type": "DirectoryOrCreate"}},
                    {"name": "bpf-maps", "hostPath": {"path": "/sys/fs/bpf", "type": "DirectoryOrCreate"}},
                    {"name": "cilium-run", "hostPath": {"path": "/var/run/cilium", "type": "DirectoryOrCreate"}},
                ],
            },
        },
    });
    if release.is("rollOutCiliumPods") {
        let config = super::config::config(release)["data"].to_string();
        let sum = crate::cni::digits(&[&config], 64);
        set["spec"]["template"]["metadata"]["annotations"] = json!({"cilium.io/cilium-configmap-checksum": sum});
    }
    set
}

/// Where the agents reach the API, where it is said.
pub(super) fn environment(release: &Release<'_>) -> Value {
    let mut env = vec![
        json!({"name": "K8S_NODE_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}}),
    ];
    for (name, path) in [("KUBERNETES_SERVICE_HOST", "k8sServiceHost"), ("KUBERNETES_SERVICE_PORT", "k8sServicePort")] {
        let text = release.text(path);
        if !text.is_empty() {
            env.push(json!({"name": name, "value": text}));
        }
    }
    env.into()
}

fn envoy(release: &Release<'_>) -> Value {
    let mut set = object(release, "apps/v1", "DaemonSet", "cilium-envoy");
    let labels = json!({"k8s-app": "cilium-envoy", "name": "cilium-envoy", "app.kubernetes.io/part-of": "cilium"});
    set["metadata"]["labels"] = labels.clone();
    let repository = release.text("envoy.image.repository");
    set["spec"] = json!({
        "selector": {"matchLabels": {"k8s-app": "cilium-envoy"}},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "hostNetwork": true, "priorityClassName": "system-node-critical", "serviceAccountName": "cilium-envoy",
                "terminationGracePeriodSeconds": 1, "tolerations": [{"operator": "Exists"}],
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "containers": [{"name": "cilium-envoy", "image": format!("{repository}:v{}", release.version),
                    "command": ["/usr/bin/cilium-envoy-starter"]}],
            },
        },
    });
    set
}
