//! The secrets in which helm keeps releases: who gives them, and what is read of one before it is unfolded.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use runbook_model::Failure;
use serde_json::Value as Json;

/// What is under way.
pub type Doing<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// Gives the secrets of a namespace, or of all, that have these labels, as the API shows them.
pub type List = Arc<dyn Fn(Option<String>, String) -> Doing<Vec<Json>> + Send + Sync>;

/// Deletes a secret of a namespace by its name.
pub type Delete = Arc<dyn Fn(String, String) -> Doing<()> + Send + Sync>;

/// Where the secrets of a cluster come from.
#[derive(Clone)]
pub struct Secrets {
    /// Gives them.
    pub list: List,
    /// Deletes one.
    pub delete: Delete,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// What is read of a secret of helm before it is unfolded.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) release: String,
    pub(super) revision: i64,
    pub(super) data: String,
    /// Which call of ours made it.
    pub(super) call: Option<String>,
}

impl Secret {
    /// Nothing where it is none of helm's.
    pub(super) fn of(json: &Json) -> Option<Self> {
        let text = |path: &str| json.pointer(path).and_then(Json::as_str).map(str::to_owned);
        let name = text("/metadata/name")?;
        let (release, revision) = name.strip_prefix("sh.helm.release.v1.")?.rsplit_once(".v")?;
        let (release, revision) = (release.to_owned(), revision.parse().ok()?);
        let labels = json.pointer("/metadata/labels");
        let call = labels.and_then(|labels| labels.get(super::own::LABEL)).and_then(Json::as_str).map(str::to_owned);
        Some(Self {
            call,
            namespace: text("/metadata/namespace")?,
            data: text("/data/release").unwrap_or_default(),
            name,
            release,
            revision,
        })
    }
}

/// The name of the secret that holds a revision.
pub(super) fn name_of(release: &str, revision: i64) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_secrets_of_helm_are_taken_for_revisions() {
        let named = |name: &str| Secret::of(&json!({"metadata": {"name": name, "namespace": "ns"}}));
        let secret = named("sh.helm.release.v1.a.v.v12").unwrap();
        assert_eq!((secret.release.as_str(), secret.revision), ("a.v", 12));
        assert_eq!(name_of("a.v", 12), secret.name);
        for other in ["a", "sh.helm.release.v1.a", "sh.helm.release.v1.a.vx"] {
            assert!(named(other).is_none(), "{other}");
        }
    }
}
