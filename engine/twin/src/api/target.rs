//! Where a request's path leads: to a kind, a namespace, a name and a subresource, or elsewhere.

use super::request::decoded;

/// The resource a path names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) sub: String,
    /// What follows the subresource, for proxies.
    pub(crate) rest: String,
}

impl Target {
    /// The namespace the object lives in: nothing for kinds of the whole cluster.
    pub(crate) fn namespace_of(&self, served: &super::kinds::Served) -> String {
        if served.namespaced { self.namespace.clone() } else { String::new() }
    }
}

/// The resource a path names; none for paths that name none.
pub(crate) fn target(path: &str) -> Option<Target> {
    let mut pieces = path.trim_matches('/').split('/').map(|piece| decoded(piece).into_owned());
    let mut target = Target::default();
    match pieces.next()?.as_str() {
        "api" => target.version = pieces.next()?,
        "apis" => {
            target.group = pieces.next()?;
            target.version = pieces.next()?;
        }
        _ => return None,
    }
    let mut rest: Vec<String> = pieces.collect();
    if rest.is_empty() || (rest.len() == 1 && rest[0].is_empty()) {
        return None;
    }
    if rest[0] == "namespaces" && rest.len() > 1 {
        target.namespace.clone_from(&rest[1]);
        // `namespaces/NAME`, `…/status` and `…/finalize` speak of the namespace itself.
        let itself = rest.len() == 2 || (rest.len() == 3 && ["status", "finalize"].contains(&rest[2].as_str()));
        if !itself {
            rest.drain(..2);
        }
    }
    let mut rest = rest.into_iter();
    target.plural = rest.next().unwrap_or_default();
    target.name = rest.next().unwrap_or_default();
    target.sub = rest.next().unwrap_or_default();
    target.rest = rest.collect::<Vec<_>>().join("/");
    Some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> (String, String, String, String) {
        let target = target(path).unwrap();
        (target.namespace, target.plural, target.name, target.sub)
    }

    fn is(namespace: &str, plural: &str, name: &str, sub: &str) -> (String, String, String, String) {
        (namespace.to_owned(), plural.to_owned(), name.to_owned(), sub.to_owned())
    }

    #[test]
    fn paths_lead_to_kinds_names_and_subresources() {
        assert_eq!(read("/api/v1/pods"), is("", "pods", "", ""));
        assert_eq!(read("/api/v1/namespaces"), is("", "namespaces", "", ""));
        assert_eq!(read("/api/v1/namespaces/a"), is("a", "namespaces", "a", ""));
        assert_eq!(read("/api/v1/namespaces/a/status"), is("a", "namespaces", "a", "status"));
        assert_eq!(read("/api/v1/namespaces/a/pods/b/log"), is("a", "pods", "b", "log"));
        assert_eq!(read("/apis/apps/v1/namespaces/a/deployments"), is("a", "deployments", "", ""));
        assert_eq!(read("/api/v1/nodes/n1/status"), is("", "nodes", "n1", "status"));
        assert_eq!(target("/api/v1"), None);
        assert_eq!(target("/healthz"), None);
    }
}
