//! What names an object: its kind, its namespace and its name.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A kind as its plural and group, the way messages say it: `pods`, `deployments.apps`.
#[derive(Clone, Debug)]
pub struct Kind(Word);

/// A kind's name. The names that objects come by in thousands are not made anew for each key.
#[derive(Clone, Debug)]
enum Word {
    Known(&'static str),
    Made(Arc<str>),
}

/// The name as we know it, if it is one of the frequent ones.
fn known(text: &str) -> Option<&'static str> {
    Some(match text {
        "configmaps" => "configmaps",
        "deployments.apps" => "deployments.apps",
        "endpoints" => "endpoints",
        "endpointslices.discovery.k8s.io" => "endpointslices.discovery.k8s.io",
        "events" => "events",
        "leases.coordination.k8s.io" => "leases.coordination.k8s.io",
        "namespaces" => "namespaces",
        "nodes" => "nodes",
        "pods" => "pods",
        "replicasets.apps" => "replicasets.apps",
        "resourcequotas" => "resourcequotas",
        "sandboxes" => "sandboxes",
        "secrets" => "secrets",
        "serviceaccounts" => "serviceaccounts",
        "services" => "services",
        _ => return None,
    })
}

impl Kind {
    /// The kind with this plural in this group (empty for the core group).
    #[must_use]
    pub fn new(group: &str, plural: &str) -> Self {
        if group.is_empty() { plural.into() } else { format!("{plural}.{group}").as_str().into() }
    }

    /// `deployments.apps`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Word::Known(text) => text,
            Word::Made(text) => text,
        }
    }

    /// The plural alone: `deployments`.
    #[must_use]
    pub fn plural(&self) -> &str {
        self.as_str().split_once('.').map_or(self.as_str(), |(plural, _)| plural)
    }

    /// The group alone: `apps`, or nothing for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.as_str().split_once('.').map_or("", |(_, group)| group)
    }
}

impl From<&str> for Kind {
    fn from(text: &str) -> Self {
        Self(known(text).map_or_else(|| Word::Made(text.into()), Word::Known))
    }
}

impl Borrow<str> for Kind {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.as_str(), other.as_str()) || self.as_str() == other.as_str()
    }
}

impl Eq for Kind {}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        if std::ptr::eq(self.as_str(), other.as_str()) {
            return Ordering::Equal;
        }
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.as_str().hash(hasher);
    }
}

impl PartialEq<str> for Kind {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Kind {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What names one object; ordered by kind and then the way the API lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    path: Arc<str>,
}

impl Key {
    /// The key of an object; `namespace` is empty for kinds of the whole cluster.
    #[must_use]
    pub fn new(kind: impl Into<Kind>, namespace: &str, name: &str) -> Self {
        Self { kind: kind.into(), path: path(namespace, name) }
    }

    pub(super) fn from_path(kind: Kind, path: Arc<str>) -> Self {
        Self { kind, path }
    }

    pub(super) fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// The namespace, or nothing for kinds of the whole cluster.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.path.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.split_once('/').map_or(&*self.path, |(_, name)| name)
    }
}

/// `namespace/name`, or the name alone.
pub(super) fn path(namespace: &str, name: &str) -> Arc<str> {
    with_path(namespace, name, |path| path.into())
}

/// Does something with `namespace/name`, or with the name alone.
pub(super) fn with_path<T>(namespace: &str, name: &str, act: impl FnOnce(&str) -> T) -> T {
    if namespace.is_empty() {
        return act(name);
    }
    // Names are looked up all the time: those of the usual length without asking for memory.
    let mut room = [0; 336];
    let (slash, end) = (namespace.len(), namespace.len() + 1 + name.len());
    if let Some(bytes) = room.get_mut(..end) {
        bytes[..slash].copy_from_slice(namespace.as_bytes());
        bytes[slash] = b'/';
        bytes[slash + 1..].copy_from_slice(name.as_bytes());
        if let Ok(text) = std::str::from_utf8(bytes) {
            return act(text);
        }
    }
    act(&format!("{namespace}/{name}"))
}
