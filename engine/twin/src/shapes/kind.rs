//! A kind: its names, what may be done with it, its parts, and the shape of its objects.

use crate::json::Value;

use super::shape::{Link, Shape};

/// A kind of object as discovery tells of it.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its group, empty for the core.
    pub group: String,
    /// Its version.
    pub version: String,
    /// Its name as objects say it.
    pub kind: String,
    /// Its name in paths.
    pub plural: String,
    /// One of it.
    pub singular: String,
    /// Its short names.
    pub short: Vec<String>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// The groups it is shown with, such as `all`.
    pub categories: Vec<String>,
    /// What may be done.
    pub verbs: Vec<String>,
    /// Its parts that have paths of their own.
    pub subresources: Vec<Sub>,
    /// The hash of its stored version, as discovery shows it.
    pub hash: String,
    /// What its objects look like.
    pub link: Link,
    /// The version's entry of the definition, for kinds that were added.
    pub custom: Option<std::sync::Arc<Value>>,
}

/// A part of a kind with a path of its own.
#[derive(Clone, Debug)]
pub struct Sub {
    /// Its name, such as `status`.
    pub name: String,
    /// The group of what is spoken there.
    pub group: String,
    /// The version of what is spoken there.
    pub version: String,
    /// The kind of what is spoken there.
    pub kind: String,
    /// What may be done.
    pub verbs: Vec<String>,
}

impl Kind {
    /// The group and version as objects say them.
    pub fn api_version(&self) -> String {
        join(&self.group, &self.version)
    }

    /// What its objects look like.
    pub fn shape(&self) -> &Shape {
        self.link.shape()
    }

    /// Whether the kind was added by a definition.
    pub fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    /// `deployments.apps`, or `pods` for the core.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `Deployment.apps`, or `Pod` for the core.
    pub fn qualified_kind(&self) -> String {
        if self.group.is_empty() { self.kind.clone() } else { format!("{}.{}", self.kind, self.group) }
    }

    /// The part of that name.
    pub fn sub(&self, name: &str) -> Option<&Sub> {
        self.subresources.iter().find(|sub| sub.name == name)
    }

    /// A kind that only parts of others speak, such as a scale; it has no place of its own.
    pub fn spoken(group: &str, version: &str, kind: &str) -> Self {
        let link = super::table::of_kind(group, version, kind);
        Self { kind: kind.to_owned(), namespaced: true, link, ..Self::from_entry(&Value::Null, group, version) }
    }

    pub(super) fn from_list(list: &Value) -> Vec<Self> {
        let (group, version) = split(list["groupVersion"].as_str().unwrap_or_default());
        let mut kinds: Vec<Self> = Vec::new();
        let entries = list["resources"].as_array().map(Vec::as_slice).unwrap_or_default();
        for entry in entries.iter().filter(|entry| !text(entry, "name").contains('/')) {
            kinds.push(Self::from_entry(entry, group, version));
        }
        for entry in entries {
            let name = text(entry, "name");
            let Some((parent, sub)) = name.split_once('/') else { continue };
            let Some(kind) = kinds.iter_mut().find(|kind| kind.plural == parent) else { continue };
            let or = |key: &str, own: &str| if entry[key].is_string() { text(entry, key) } else { own.to_owned() };
            kind.subresources.push(Sub {
                name: sub.to_owned(),
                group: or("group", group),
                version: or("version", version),
                kind: text(entry, "kind"),
                verbs: texts(entry, "verbs"),
            });
        }
        kinds
    }

    fn from_entry(entry: &Value, group: &str, version: &str) -> Self {
        let kind = text(entry, "kind");
        Self {
            link: super::table::of_kind(group, version, &kind),
            group: group.to_owned(),
            version: version.to_owned(),
            kind,
            plural: text(entry, "name"),
            singular: text(entry, "singularName"),
            short: texts(entry, "shortNames"),
            namespaced: entry["namespaced"] == true,
            categories: texts(entry, "categories"),
            verbs: texts(entry, "verbs"),
            subresources: Vec::new(),
            hash: text(entry, "storageVersionHash"),
            custom: None,
        }
    }
}

/// A group and version as objects say them.
pub(super) fn join(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn split(both: &str) -> (&str, &str) {
    both.split_once('/').unwrap_or(("", both))
}

fn text(entry: &Value, key: &str) -> String {
    entry[key].as_str().unwrap_or_default().to_owned()
}

pub(super) fn texts(entry: &Value, key: &str) -> Vec<String> {
    entry[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
