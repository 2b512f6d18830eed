//! A user who may look at pods and nodes, and nothing else.

use crate::json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The role, and who has it.
pub(super) fn rights() -> [Value; 2] {
    let api = format!("{GROUP}/v1");
    let role = json!({
        "apiVersion": api, "kind": "ClusterRole", "metadata": {"name": "limited"},
        "rules": [{"apiGroups": [""], "resources": ["nodes", "pods"], "verbs": ["get", "list", "watch"]}],
    });
    let binding = json!({
        "apiVersion": api, "kind": "ClusterRoleBinding", "metadata": {"name": "limited"},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "limited"},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": "limited"}],
    });
    [role, binding]
}
