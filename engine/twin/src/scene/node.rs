//! Nodes as their kubelets register them.

use crate::json::{Value, json};

/// The version the nodes of a plain cluster run.
pub(super) const VERSION: &str = "v1.34.4";

/// What is said of a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    pub(super) address: String,
    pub(super) external: Option<String>,
    /// As Go calls it: `amd64`, `arm64`.
    pub(super) architecture: String,
    pub(super) runtime: String,
    pub(super) pods: Option<String>,
    pub(super) labels: Vec<(String, String)>,
    pub(super) annotations: Vec<(String, String)>,
    pub(super) taints: Vec<Value>,
    pub(super) version: String,
    pub(super) kernel: String,
    pub(super) os: String,
    pub(super) processors: u64,
    pub(super) memory: String,
    pub(super) boot: String,
    pub(super) machine: String,
}

impl Node {
    /// The object.
    pub(super) fn object(&self) -> Value {
        let name = &self.name;
        let room = json!({
            "cpu": self.processors.to_string(), "memory": self.memory, "pods": "110", "ephemeral-storage": "100Gi",
            "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        });
        let architecture = if self.architecture.is_empty() { "amd64" } else { &self.architecture };
        let runtime = if self.runtime.is_empty() { "containerd://2.1.4" } else { &self.runtime };
        let mut labels = json!({
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": architecture,
            "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": architecture,
        });
        let whole = self.version.contains("k3s") || self.version.contains("rke2");
        for role in &self.roles {
            labels[format!("node-role.kubernetes.io/{role}")] = if whole { "true" } else { "" }.into();
        }
        for (label, value) in &self.labels {
            labels[label] = value.as_str().into();
        }
        let mut annotations: crate::json::Map =
            self.annotations.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
        annotations.insert("volumes.kubernetes.io/controller-managed-attach-detach".to_owned(), "true".into());
        let mut spec = json!({});
        if let Some(pods) = &self.pods {
            spec = json!({"podCIDR": pods, "podCIDRs": [pods]});
        }
        if !self.taints.is_empty() {
            spec["taints"] = self.taints.clone().into();
        }
        let mut addresses = vec![json!({"type": "InternalIP", "address": self.address})];
        addresses.extend(self.external.iter().map(|address| json!({"type": "ExternalIP", "address": address})));
        addresses.push(json!({"type": "Hostname", "address": name}));
        json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels, "annotations": annotations},
            "spec": spec,
            "status": {
                "capacity": room, "allocatable": room,
                "addresses": addresses,
                "conditions": conditions(), "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
                "nodeInfo": {
                    "architecture": architecture, "bootID": self.boot, "containerRuntimeVersion": runtime,
                    "kernelVersion": self.kernel, "kubeProxyVersion": "", "kubeletVersion": self.version,
                    "machineID": self.machine, "operatingSystem": "linux", "osImage": self.os, "systemUUID": self.machine,
                },
            },
        })
    }
}

/// The node of this number of a cluster without machines, from 1 on: `n1` is of the control plane.
pub(super) fn plain(number: usize) -> Value {
    let network = number - 1;
    let node = Node {
        name: format!("n{number}"),
        roles: if number == 1 { vec!["control-plane".to_owned()] } else { Vec::new() },
        address: format!("10.0.{}.{}", network / 250, network % 250 + 1),
        pods: Some(crate::world::pod_range(network)),
        version: VERSION.to_owned(),
        kernel: "6.12.48".to_owned(),
        os: "Debian GNU/Linux 13 (trixie)".to_owned(),
        processors: 8,
        memory: "32Gi".to_owned(),
        machine: format!("{number:032x}"),
        boot: format!("00000000-0000-4000-8000-{number:012x}"),
        ..Node::default()
    };
    let mut object = node.object();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("annotations");
    }
    object
}

fn conditions() -> Value {
    let one = |kind: &str, status: &str, reason: &str, message: &str| json!({"type": kind, "status": status, "reason": reason, "message": message});
    json!([
        one("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        one("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        one("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        one("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ])
}
