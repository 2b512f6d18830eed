//! Bindings of roles.

use crate::json::{Value, json};

use super::{each, set, some};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn defaults(object: &mut Value, kind: &str) {
    if !kind.ends_with("Binding") {
        return;
    }
    if let Some(role) = some(object, "roleRef")
        && role["apiGroup"].as_str().is_none_or(str::is_empty)
    {
        role["apiGroup"] = json!(GROUP);
    }
    for subject in each(object, "subjects") {
        if ["User", "Group"].iter().any(|kind| subject["kind"] == *kind) {
            set(subject, "apiGroup", json!(GROUP));
        }
    }
}
