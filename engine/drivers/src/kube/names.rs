//! What an object is called, and the path it has at the server.

use std::fmt::{self, Write as _};

use runbook_model::{Failure, code};

use super::{Kind, Result};

/// An object, as a script names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ref {
    /// Any name of its kind: `pods`, `po`, `Pod`, `deployments.apps`, `apps/v1/Deployment`.
    pub kind: String,
    /// Its namespace; that of the kubeconfig's context where it is not said.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Ref {
    /// An object in a namespace.
    pub fn new(kind: impl Into<String>, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), namespace: Some(namespace.into()), name: name.into() }
    }

    /// An object that belongs to the whole cluster, or to the namespace of the context.
    pub fn bare(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), namespace: None, name: name.into() }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} `{namespace}/{}`", self.kind, self.name),
            None => write!(f, "{} `{}`", self.kind, self.name),
        }
    }
}

/// An object whose kind is known to the server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) kind: Kind,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

impl Target {
    /// Its path, with `under` it, `status` for one.
    pub(super) fn path(&self, under: &str) -> Result<String> {
        let mut path = self.kind.path(self.namespace.as_deref())?;
        path.push('/');
        path.push_str(&segment(&self.name)?);
        if !under.is_empty() {
            path.push('/');
            path.push_str(under);
        }
        Ok(path)
    }

    /// The same by the full name of its kind.
    pub(super) fn exact(&self) -> Ref {
        Ref { kind: self.kind.to_string(), ..self.as_ref() }
    }

    /// The same by its plain kind, for messages and values.
    pub(super) fn as_ref(&self) -> Ref {
        Ref { kind: self.kind.name.clone(), namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} `{namespace}/{}`", self.kind.singular(), self.name),
            None => write!(f, "{} `{}`", self.kind.singular(), self.name),
        }
    }
}

impl Kind {
    /// The path of all its objects, in one namespace or everywhere.
    pub(super) fn path(&self, namespace: Option<&str>) -> Result<String> {
        let mut path =
            if self.group.is_empty() { format!("/api/{}", self.version) } else { format!("/apis/{}", self.api()) };
        if let Some(namespace) = namespace.filter(|_| self.namespaced) {
            path.push_str("/namespaces/");
            path.push_str(&segment(namespace)?);
        }
        path.push('/');
        path.push_str(&self.plural);
        Ok(path)
    }
}

/// A name as one part of a path. A name that would lead elsewhere is refused, as the server does.
pub(super) fn segment(name: &str) -> Result<String> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '%']) {
        return Err(Failure::new(code::VALUE_BAD, format!("`{name}` cannot be the name of an object")));
    }
    Ok(escaped(name))
}

/// A text as a part of a query or a path.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A path with a query of what is there.
pub(super) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut path = path.to_owned();
    for (key, value) in pairs {
        path.push(if path.contains('?') { '&' } else { '?' });
        let _ = write!(path, "{key}={}", escaped(value));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_to_another_object() {
        for bad in ["", ".", "..", "a/b", "a%2fb"] {
            assert!(segment(bad).is_err(), "{bad}");
        }
        assert_eq!(segment("system:node-proxier").unwrap(), "system:node-proxier");
        assert_eq!(segment("a?b#c d").unwrap(), "a%3Fb%23c%20d");
    }

    #[test]
    fn a_query_is_escaped() {
        let path = with_query("/api/v1/pods", &[("labelSelector", "a in (b,c)"), ("limit", "5")]);
        assert_eq!(path, "/api/v1/pods?labelSelector=a%20in%20%28b%2Cc%29&limit=5");
    }
}
