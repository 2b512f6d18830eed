//! Who has set which fields of an object, as the server keeps account of it.

use runbook_model::Value;

use super::diff::Change;
use super::{MANAGER, object};

/// Who writes to objects without being anyone's decision.
const CONTROLLERS: [&str; 6] =
    ["kube-controller-manager", "kube-scheduler", "kubelet", "kube-apiserver", "k3s", "cloud-controller-manager"];

/// Who has made something of the object their own since we left it, controllers aside.
pub(super) fn strangers(left: &Value, now: &Value) -> Vec<String> {
    let known = owners(left);
    let mut found: Vec<String> = owners(now)
        .into_iter()
        .filter(|owner| owner != MANAGER && !CONTROLLERS.contains(&owner.as_str()) && !known.contains(owner))
        .map(|owner| format!("`{owner}` has set fields of it"))
        .collect();
    found.dedup();
    found
}

/// Who has set fields of it, apart from those who report on it.
pub(super) fn owners(whole: &Value) -> Vec<String> {
    let fields = super::discovery::items(object::at(whole, &["metadata", "managedFields"]));
    let whole = fields.filter(|entry| object::text(entry, &["subresource"]).is_none_or(str::is_empty));
    whole.filter_map(|entry| object::text(entry, &["manager"]).map(str::to_owned)).collect()
}

/// Whether the value that a change gave is one that the server holds to be ours.
/// What a change took away has no owner any more, so it cannot be held against us.
pub(super) fn is_ours(change: &Change, whole: &Value) -> bool {
    let entries = super::discovery::items(object::at(whole, &["metadata", "managedFields"]));
    let mut ours = entries.filter(|entry| object::text(entry, &["manager"]) == Some(MANAGER));
    let Some(new) = &change.new else { return true };
    ours.any(|entry| entry.get("fieldsV1").is_some_and(|fields| holds(fields, &change.path, new)))
}

/// Whether these fields hold the whole of what is at the path.
fn holds(fields: &Value, path: &[String], new: &Value) -> bool {
    let Value::Map(children) = fields else { return false };
    if children.is_empty() {
        return true;
    }
    let Some((part, rest)) = path.split_first() else {
        let Value::Map(parts) = new else { return true };
        return parts.iter().all(|(key, part)| holds(fields, std::slice::from_ref(key), part));
    };
    let name = part.strip_prefix("[name=").and_then(|part| part.strip_suffix(']'));
    children.iter().any(|(key, child)| {
        let here = match name {
            Some(name) => key.starts_with("k:") && key.contains(&format!("\"name\":\"{name}\"")),
            None => key.strip_prefix("f:") == Some(part),
        };
        here && holds(child, rest, new)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn change(path: &[&str], new: Option<&str>) -> Change {
        Change { path: path.iter().map(|&part| part.to_owned()).collect(), old: None, new: new.map(Value::from) }
    }

    #[test]
    fn a_value_is_ours_while_the_server_says_so() {
        let image = Value::from([("f:image", Value::Map(BTreeMap::new()))]);
        let main = Value::from([("k:{\"name\":\"main\"}", image)]);
        let fields =
            Value::from([("f:spec", Value::from([("f:containers", main), ("f:taints", Value::Map(BTreeMap::new()))]))]);
        let entry = |who: &str| Value::from([("manager", Value::from(who)), ("fieldsV1", fields.clone())]);
        let whole = |who| {
            let entries = Value::List(vec![entry(who)]);
            Value::from([("metadata", Value::from([("managedFields", entries)]))])
        };
        let ours = whole(MANAGER);
        assert!(is_ours(&change(&["spec", "containers", "[name=main]", "image"], Some("a")), &ours));
        assert!(is_ours(&change(&["spec", "taints"], Some("a")), &ours));
        assert!(!is_ours(&change(&["spec", "containers", "[name=other]", "image"], Some("a")), &ours));
        assert!(!is_ours(&change(&["spec", "replicas"], Some("a")), &ours));
        let both = Value::from([("taints", Value::from("a")), ("replicas", Value::from(1))]);
        assert!(!is_ours(&Change { new: Some(both), ..change(&["spec"], None) }, &ours), "only a part of it is");
        assert!(!is_ours(&change(&["spec", "taints"], Some("a")), &whole("kubectl-edit")));
        assert!(is_ours(&change(&["spec", "replicas"], None), &ours), "what is gone has no owner");
    }
}
