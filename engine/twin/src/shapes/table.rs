//! All kinds there are: the built-in ones, and those that definitions have added.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use crate::json::Value;

use super::custom;
use super::document;
use super::kind::Kind;
use super::read::{self, Author};
use super::shape::{Link, Shape};

static TYPES: LazyLock<HashMap<String, Shape>> = LazyLock::new(|| {
    let all = document::types().as_object().into_iter().flatten();
    all.map(|(name, schema)| (name.to_string(), special(name).unwrap_or_else(|| read::shape(schema, Author::Server))))
        .collect()
});

/// The few types that write themselves in a manner their schema does not tell.
fn special(name: &str) -> Option<Shape> {
    let form = match name {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => super::Form::Quantity,
        "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1" => super::Form::Piece,
        _ => return None,
    };
    Some(Shape { form, schema: None })
}

/// The type of each kind, by group, version and kind.
static OF_KINDS: LazyLock<HashMap<(String, String, String), String>> = LazyLock::new(|| {
    let mut found = HashMap::new();
    for (name, schema) in document::types().as_object().into_iter().flatten() {
        for id in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let part = |key: &str| id[key].as_str().unwrap_or_default().to_owned();
            found.insert((part("group"), part("version"), part("kind")), name.to_string());
        }
    }
    found
});

static BUILT_IN: LazyLock<Vec<Arc<Kind>>> =
    LazyLock::new(|| document::resources().values().flat_map(Kind::from_list).map(Arc::new).collect());

static UNKNOWN: LazyLock<Shape> = LazyLock::new(Shape::default);

pub(super) fn named(name: &str) -> &'static Shape {
    TYPES.get(name).unwrap_or(&UNKNOWN)
}

pub(super) fn of_kind(group: &str, version: &str, kind: &str) -> Link {
    match OF_KINDS.get(&(group.to_owned(), version.to_owned(), kind.to_owned())) {
        Some(name) => Link::Named(name.as_str().into()),
        None => Link::any(),
    }
}

/// All kinds there are; cheap to copy.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    added: Arc<BTreeMap<String, Vec<Arc<Kind>>>>,
}

impl Shapes {
    /// The built-in kinds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every kind.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Kind>> {
        BUILT_IN.iter().chain(self.added.values().flatten())
    }

    /// The kind that a path names by its plural.
    pub fn resource(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        self.all().find(|kind| kind.plural == plural && kind.group == group && kind.version == version).cloned()
    }

    /// The kind that an object names.
    pub fn kind(&self, group: &str, version: &str, name: &str) -> Option<Arc<Kind>> {
        self.all().find(|kind| kind.kind == name && kind.group == group && kind.version == version).cloned()
    }

    /// The kind that an object's own `apiVersion` and `kind` name.
    pub fn of(&self, object: &Value) -> Option<Arc<Kind>> {
        let both = object["apiVersion"].as_str()?;
        let (group, version) = both.split_once('/').unwrap_or(("", both));
        self.kind(group, version, object["kind"].as_str()?)
    }

    /// The kind a person may mean: plural, singular, short name or kind, with or without its group.
    pub fn meant(&self, word: &str) -> Option<Arc<Kind>> {
        let (name, group) = word.split_once('.').unwrap_or((word, ""));
        let fits = |kind: &&Arc<Kind>| {
            let named = kind.plural == name || kind.singular == name || kind.short.iter().any(|short| short == name);
            (named || kind.kind.eq_ignore_ascii_case(name)) && (group.is_empty() || kind.group == group)
        };
        self.all().find(fits).cloned()
    }

    /// With the kinds of a `CustomResourceDefinition` instead of those it had before.
    #[must_use]
    pub fn with(&self, definition: &Value) -> Self {
        let mut added = (*self.added).clone();
        let name = definition["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        added.insert(name, custom::kinds(definition).into_iter().map(Arc::new).collect());
        Self { added: Arc::new(added) }
    }

    /// Without the kinds of the `CustomResourceDefinition` of that name.
    #[must_use]
    pub fn without(&self, definition: &str) -> Self {
        let mut added = (*self.added).clone();
        added.remove(definition);
        Self { added: Arc::new(added) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::{By, Form, Written};

    #[test]
    fn kinds_are_found_by_every_name_they_have() {
        let shapes = Shapes::new();
        for word in ["deploy", "deployment", "deployments", "Deployment", "deployments.apps"] {
            let kind = shapes.meant(word).unwrap_or_else(|| panic!("`{word}`"));
            assert_eq!((kind.group.as_str(), kind.kind.as_str()), ("apps", "Deployment"));
        }
        let pods = shapes.resource("", "v1", "pods").expect("pods");
        assert!(pods.namespaced && pods.hash == "xPOwRZ+Yhw8=" && pods.categories == ["all"]);
        assert_eq!(pods.sub("eviction").map(|sub| sub.group.as_str()), Some("policy"));
        assert!(shapes.resource("", "v1", "Pods").is_none());
    }

    #[test]
    fn shapes_say_how_lists_are_merged_and_fields_are_written() {
        let kind = Shapes::new().resource("apps", "v1", "deployments").expect("deployments");
        let spec = kind.shape().under("spec").expect("spec");
        let pod = spec.under("template").and_then(|template| template.under("spec")).expect("pod");
        let containers = pod.field("containers").expect("containers");
        assert_eq!(containers.merge.key.as_deref(), Some("name"));
        assert_eq!(containers.written, Written::Null);
        let ports = containers.link.shape().item().and_then(|item| item.under("ports")).expect("ports");
        let Form::List { by: By::Keys(keys), .. } = &ports.form else { panic!("ports are a list of keys") };
        assert_eq!(**keys, ["containerPort".to_owned(), "protocol".to_owned()]);
        assert_eq!(spec.field("strategy").map(|field| field.written), Some(Written::Always));
        let selector = spec.under("selector").expect("selector");
        assert!(matches!(selector.form, Form::Object { atomic: true, .. }));
    }
}
