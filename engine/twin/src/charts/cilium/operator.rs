//! The operator of Cilium's chart.

use super::{image, object};
use crate::charts::Release;
use crate::json::{Value, json};

/// The Deployment.
pub(super) fn operator(release: &Release<'_>) -> Value {
    let labels = json!({
        "io.cilium/app": "operator", "name": "cilium-operator", "app.kubernetes.io/part-of": "cilium",
        "app.kubernetes.io/name": "cilium-operator",
    });
    let apart = json!([{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"io.cilium/app": "operator"}}}]);
    let mut deployment = object(release, "apps/v1", "Deployment", "cilium-operator");
    deployment["metadata"]["labels"] = labels.clone();
    deployment["spec"] = json!({
        "replicas": release.at("operator.replicas"),
        "selector": {"matchLabels": {"io.cilium/app": "operator", "name": "cilium-operator"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "50%"}},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "hostNetwork": true, "restartPolicy": "Always", "priorityClassName": "system-cluster-critical",
                "serviceAccountName": "cilium-operator", "automountServiceAccountToken": true,
                "tolerations": release.at("operator.tolerations"),
                "nodeSelector": release.at("operator.nodeSelector"),
                "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": apart}},
                "containers": [{
                    "name": "cilium-operator", "image": image(release, "operator.image.", "operator-generic"),
                    "command": ["cilium-operator-generic"],
                    "args": ["--config-dir=/tmp/cilium/config-map", "--debug=$(CILIUM_DEBUG)"],
                    "env": super::agent::environment(release),
                    "readinessProbe": {"httpGet": {"host": "127.0.0.1", "path": "/healthz", "port": 9234, "scheme": "HTTP"},
                        "periodSeconds": 5, "timeoutSeconds": 3, "failureThreshold": 5},
                }],
            },
        },
    });
    deployment
}
