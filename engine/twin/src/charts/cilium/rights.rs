//! Who the parts of Cilium's chart are, and what they may do.

use super::object;
use crate::charts::Release;
use crate::json::{Value, json};

/// The service accounts, roles and bindings.
pub(super) fn rights(release: &Release<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, rules) in [("cilium", agent()), ("cilium-operator", operator())] {
        all.push(object(release, "v1", "ServiceAccount", name));
        let mut role = object(release, "rbac.authorization.k8s.io/v1", "ClusterRole", name);
        role["rules"] = rules;
        let mut binding = object(release, "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", name);
        binding["roleRef"] = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name});
        binding["subjects"] = json!([{"kind": "ServiceAccount", "name": name, "namespace": release.namespace}]);
        for one in [&mut role, &mut binding] {
            if let Some(metadata) = one["metadata"].as_object_mut() {
                metadata.remove("namespace");
            }
        }
        all.extend([role, binding]);
    }
    if super::agent::has_envoy(release) {
        all.push(object(release, "v1", "ServiceAccount", "cilium-envoy"));
    }
    all
}

fn agent() -> Value {
    json!([
        {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["namespaces", "services", "pods", "endpoints", "nodes"],
            "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"], "verbs": ["list", "watch", "get"]},
        {"apiGroups": ["cilium.io"], "resources": ["*"], "verbs": ["*"]},
    ])
}

fn operator() -> Value {
    json!([
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "delete"]},
        {"apiGroups": [""], "resources": ["nodes", "nodes/status"], "verbs": ["list", "watch", "patch"]},
        {"apiGroups": [""], "resources": ["services", "namespaces", "secrets"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"],
            "verbs": ["create", "get", "list", "watch", "update"]},
        {"apiGroups": ["cilium.io"], "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create", "get", "update"]},
    ])
}
