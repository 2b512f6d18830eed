//! What names an object: its kind, its namespace and its name.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A kind as its plural and group, the way messages say it: `pods`, `deployments.apps`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(Arc<str>);

impl Kind {
    /// The kind with this plural in this group (empty for the core group).
    #[must_use]
    pub fn new(group: &str, plural: &str) -> Self {
        if group.is_empty() { plural.into() } else { Self(format!("{plural}.{group}").into()) }
    }

    /// `deployments.apps`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The plural alone: `deployments`.
    #[must_use]
    pub fn plural(&self) -> &str {
        self.0.split_once('.').map_or(&*self.0, |(plural, _)| plural)
    }

    /// The group alone: `apps`, or nothing for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, group)| group)
    }
}

impl From<&str> for Kind {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Borrow<str> for Kind {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Kind {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Kind {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
    if namespace.is_empty() { name.into() } else { format!("{namespace}/{name}").into() }
}
