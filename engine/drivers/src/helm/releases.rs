//! What there is: the releases of a namespace, the revisions of one.

use std::collections::BTreeMap;

use runbook_model::{Failure, code};

use super::secrets::Secret;
use super::{Helm, Release};

impl Helm {
    /// The last revision of each release of a namespace, or of all namespaces, sorted.
    pub async fn list(&self, namespace: Option<&str>) -> Result<Vec<Release>, Failure> {
        let mut last: BTreeMap<(String, String), Secret> = BTreeMap::new();
        for secret in self.secrets_of(namespace, "owner=helm").await? {
            let key = (secret.namespace.clone(), secret.release.clone());
            if last.get(&key).is_none_or(|known| known.revision < secret.revision) {
                last.insert(key, secret);
            }
        }
        last.values().map(Release::read).collect()
    }

    /// The revisions of a release that helm still keeps, oldest first; none where there is no such release.
    pub async fn history(&self, name: &str, namespace: &str) -> Result<Vec<Release>, Failure> {
        self.revisions(name, namespace).await?.iter().map(Release::read).collect()
    }

    /// The last revision of a release.
    pub async fn last(&self, name: &str, namespace: &str) -> Result<Option<Release>, Failure> {
        self.revisions(name, namespace).await?.last().map(Release::read).transpose()
    }

    /// One revision of a release, the last where none is named; a failure where there is none.
    pub async fn revision(&self, name: &str, namespace: &str, revision: Option<i64>) -> Result<Release, Failure> {
        let kept = self.revisions(name, namespace).await?;
        let found = match revision {
            None => kept.last(),
            Some(wanted) => kept.iter().find(|secret| secret.revision == wanted),
        };
        match (found, revision) {
            (Some(secret), _) => Release::read(secret),
            (None, Some(wanted)) if !kept.is_empty() => {
                let what = format!("release `{name}` in `{namespace}` has no revision {wanted} any more");
                let numbers: Vec<String> = kept.iter().map(|secret| secret.revision.to_string()).collect();
                let hint = format!("name one that is kept: {}", numbers.join(", "));
                Err(Failure::new(code::HELM_RELEASE, what).hint(hint))
            }
            (None, _) => Err(none(name, namespace)),
        }
    }

    /// The secrets of a release, oldest first. What is under way is asked of their labels.
    pub(super) async fn revisions(&self, name: &str, namespace: &str) -> Result<Vec<Secret>, Failure> {
        super::check(name, namespace)?;
        let mut kept = self.secrets_of(Some(namespace), &format!("owner=helm,name={name}")).await?;
        kept.retain(|secret| secret.release == name);
        kept.sort_by_key(|secret| secret.revision);
        Ok(kept)
    }

    async fn secrets_of(&self, namespace: Option<&str>, labels: &str) -> Result<Vec<Secret>, Failure> {
        let given = (self.secrets.list)(namespace.map(str::to_owned), labels.to_owned()).await?;
        Ok(given.iter().filter_map(Secret::of).collect())
    }
}

/// There is no such release.
pub(super) fn none(name: &str, namespace: &str) -> Failure {
    let what = format!("there is no release `{name}` in the namespace `{namespace}`");
    Failure::new(code::HELM_RELEASE, what).hint("see what there is with `helm list --all-namespaces`")
}
