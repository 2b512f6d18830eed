//! Manifests: YAML of many documents, or values, as a list of objects in the order in which they have to be made.

use runbook_model::value::DEPTH_MAX;
use runbook_model::{Failure, Value, code};
use serde_saphyr::budget;
use serde_saphyr::options::MergeKeyPolicy;

use super::plain::Plain;
use super::{Result, object};

/// The most a text may unfold into: what stops a small one that means gigabytes.
const NODES_MAX: usize = 3_000_000;

/// Objects that are to be, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifests {
    pub(super) objects: Vec<Value>,
}

impl Manifests {
    /// The objects of a text in YAML or JSON, of one or many documents; empty ones are left out. As everywhere in a
    /// runbook only `true` and `false` are booleans.
    pub fn from_text(text: &str) -> Result<Self> {
        let options = serde_saphyr::options! {
            budget: budget! { max_depth: DEPTH_MAX, max_events: NODES_MAX, max_nodes: NODES_MAX },
            strict_booleans: true,
            merge_keys: MergeKeyPolicy::Merge,
            with_snippet: false,
        };
        let read: Vec<Plain> = serde_saphyr::from_multiple_with_options(text, options).map_err(|trouble| {
            Failure::new(code::VALUE_BAD, "the manifests cannot be read").because(trouble.to_string())
        })?;
        Self::from_values(read.into_iter().map(|Plain(value)| value))
    }

    /// The objects among values: one each, or those of a `List`, or of a list.
    pub fn from_values(values: impl IntoIterator<Item = Value>) -> Result<Self> {
        let mut objects = Vec::new();
        for value in values {
            flatten(value, &mut objects)?;
        }
        // The sort is stable: what has the same rank stays in the order it was written.
        objects.sort_by_key(rank);
        Ok(Self { objects })
    }

    /// The objects in the order in which they are applied.
    pub fn objects(&self) -> &[Value] {
        &self.objects
    }
}

fn flatten(value: Value, into: &mut Vec<Value>) -> Result<()> {
    match value {
        Value::Unit => Ok(()),
        Value::List(items) => items.into_iter().try_for_each(|item| flatten(item, into)),
        Value::Map(mut map) if is_list(&map) => flatten(map.remove("items").unwrap_or_default(), into),
        value => {
            checked(&value, into.len() + 1)?;
            into.push(value);
            Ok(())
        }
    }
}

fn is_list(map: &std::collections::BTreeMap<String, Value>) -> bool {
    let kind = map.get("kind").and_then(Value::as_text).unwrap_or_default();
    kind.ends_with("List") && matches!(map.get("items"), Some(Value::List(_)))
}

fn checked(value: &Value, place: usize) -> Result<()> {
    let lacks = |key: &str| {
        let what = format!("document {place} is no object: it has no `{key}`");
        Err(Failure::new(code::VALUE_BAD, what).hint("give each document `apiVersion`, `kind` and `metadata.name`"))
    };
    for key in ["apiVersion", "kind"] {
        if object::text(value, &[key]).is_none_or(str::is_empty) {
            return lacks(key);
        }
    }
    if object::meta(value, "name").is_none_or(str::is_empty) {
        return lacks("metadata.name");
    }
    Ok(())
}

/// Kinds that others need, in the order in which they need each other. What is not named comes after them, and before
/// [`LAST`].
const FIRST: [&[&str]; 5] = [
    &["Namespace"],
    &["CustomResourceDefinition"],
    &["PriorityClass", "StorageClass", "RuntimeClass", "IngressClass", "ResourceQuota", "LimitRange"],
    &["ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
    &[
        "Secret",
        "ConfigMap",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Service",
        "NetworkPolicy",
        "PodDisruptionBudget",
    ],
];
/// Kinds that run something.
const WORK: [&str; 7] = ["DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "Job", "CronJob", "Pod"];
/// Kinds that send others' requests to what has to run first.
const LAST: [&str; 5] = [
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "MutatingAdmissionPolicyBinding",
    "ValidatingAdmissionPolicyBinding",
];

fn rank(value: &Value) -> usize {
    let kind = object::text(value, &["kind"]).unwrap_or_default();
    let early = FIRST.iter().position(|kinds| kinds.contains(&kind));
    let own = if LAST.contains(&kind) { 3 } else { usize::from(!WORK.contains(&kind)) };
    // Whatever a custom kind is, it may well be asked for by work that comes with it; most of them configure.
    early.unwrap_or(FIRST.len() + if own == 1 { 0 } else { own.max(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<String> {
        let manifests = Manifests::from_text(text).unwrap();
        manifests.objects().iter().map(|each| object::text(each, &["kind"]).unwrap().to_owned()).collect()
    }

    fn document(kind: &str) -> String {
        format!("---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n")
    }

    #[test]
    fn what_others_need_comes_first_and_what_is_in_their_way_last() {
        let mixed = [
            "ValidatingWebhookConfiguration",
            "Deployment",
            "CiliumNodeConfig",
            "Service",
            "ClusterRoleBinding",
            "CustomResourceDefinition",
            "Namespace",
        ];
        let text: String = mixed.iter().map(|kind| document(kind)).collect();
        let sorted: Vec<&str> = mixed.into_iter().rev().collect();
        assert_eq!(kinds(&text), sorted);
    }

    #[test]
    fn equals_stay_in_the_order_they_were_written() {
        let text = "---\n{apiVersion: v1, kind: Secret, metadata: {name: b}}\n---\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
        assert_eq!(kinds(text), ["Secret", "ConfigMap"]);
    }

    #[test]
    fn a_list_is_what_is_in_it() {
        let text = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: p}}]}";
        assert_eq!(kinds(text), ["Pod"]);
        assert!(kinds("").is_empty());
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_place() {
        let failure = Manifests::from_text("apiVersion: v1\nkind: Pod\n").unwrap_err();
        assert_eq!(failure.what, "document 1 is no object: it has no `metadata.name`");
        assert!(Manifests::from_text("just text").is_err());
        assert!(Manifests::from_text("a: [").is_err());
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
        assert!(Manifests::from_text(bomb).is_err());
    }
}
