//! The verbs that change a release: upgrade (and install), rollback, uninstall.

use std::time::Duration;

use runbook_model::{Failure, code};
use serde_json::Value as Json;

use super::error::Verb;
use super::own::LABEL;
use super::tool::{Call, Version};
use super::{Chart, Helm, Release, check};

/// A release as it is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its chart.
    pub chart: Chart,
    /// The values that are given, a map.
    pub values: Json,
    /// Whether values that were given before stay where they are not given now.
    pub keep_values: bool,
    /// How long each thing that helm waits for may take.
    pub timeout: Duration,
    /// Whether it is done only when its objects are ready.
    pub wait: bool,
    /// Whether its jobs are waited for too.
    pub wait_for_jobs: bool,
    /// Whether its hooks run.
    pub hooks: bool,
    /// Whether its namespace is made where there is none.
    pub create_namespace: bool,
    /// Whether objects that belong to nobody, or to another release, are taken over.
    pub take_ownership: bool,
    /// Whether fields of which another manager is the owner are taken over; only helm 4 asks for it.
    pub force_conflicts: bool,
    /// The description of the revision: our mark.
    pub mark: String,
    /// What tells this call from every other, where it is to change something.
    pub token: Option<String>,
}

/// A release as it is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uninstall {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// How long each thing that helm waits for may take.
    pub timeout: Duration,
    /// Whether it is done only when its objects are gone.
    pub wait: bool,
    /// Whether its hooks run.
    pub hooks: bool,
    /// Whether its revisions are kept.
    pub keep_history: bool,
    /// Our mark.
    pub mark: String,
}

impl Change {
    /// The words of the upgrade for a helm of this version.
    pub(super) fn words(&self, version: Version) -> Result<Vec<String>, Failure> {
        check(&self.name, &self.namespace)?;
        if !self.values.is_object() {
            return Err(Failure::new(code::HELM_VALUES, "the values are not a map"));
        }
        if self.force_conflicts && version.major < 4 {
            let what = "helm 3 does not know whose a field is, and cannot be told to force a conflict";
            return Err(Failure::new(code::HELM_VERSION, what).hint("leave `force_conflicts` out, or use helm 4"));
        }
        let mut words = vec!["upgrade".to_owned(), self.name.clone()];
        words.extend(self.chart.words()?);
        words.extend(["--install".to_owned(), format!("--namespace={}", self.namespace), "--values=-".to_owned()]);
        words.push(if self.keep_values { "--reset-then-reuse-values" } else { "--reset-values" }.to_owned());
        words.push(format!("--description={}", self.mark));
        let token = self.token.as_ref().filter(|_| version.labels());
        words.extend(token.map(|token| format!("--labels={LABEL}={token}")));
        words.extend(waiting(self.timeout, self.wait, self.hooks));
        let flags = [
            (self.wait && self.wait_for_jobs, "--wait-for-jobs"),
            (self.create_namespace, "--create-namespace"),
            (self.take_ownership, "--take-ownership"),
            (self.force_conflicts, "--force-conflicts"),
            (version.major == 4, "--color=never"),
        ];
        words.extend(flags.iter().filter(|(given, _)| *given).map(|(_, flag)| (*flag).to_owned()));
        Ok(words)
    }
}

fn waiting(timeout: Duration, wait: bool, hooks: bool) -> Vec<String> {
    let mut words = vec![format!("--timeout={}ms", timeout.as_millis())];
    words.extend(wait.then(|| "--wait".to_owned()));
    words.extend((!hooks).then(|| "--no-hooks".to_owned()));
    words
}

impl Helm {
    /// Installs or upgrades, and gives the revision that it became.
    pub async fn upgrade(&self, change: &Change, hear: impl Fn(&str, bool)) -> Result<Release, Failure> {
        let words = change.words(self.version().await?)?;
        let stdin = Some(change.values.to_string());
        self.change((&change.name, &change.namespace), words, stdin, change.timeout, &change.mark, hear).await?;
        self.became(&change.name, &change.namespace).await
    }

    /// Makes what `revision` was the newest revision.
    pub async fn rollback(
        &self,
        (name, namespace, revision): (&str, &str, i64),
        (timeout, wait, hooks): (Duration, bool, bool),
        mark: &str,
        hear: impl Fn(&str, bool),
    ) -> Result<Release, Failure> {
        check(name, namespace)?;
        let mut words = vec!["rollback".to_owned(), name.to_owned(), revision.to_string()];
        words.push(format!("--namespace={namespace}"));
        words.extend(waiting(timeout, wait, hooks));
        // Helm 3 describes it itself, as `Rollback to N`.
        if self.version().await?.major == 4 {
            words.push(format!("--description={mark}"));
        }
        self.change((name, namespace), words, None, timeout, mark, hear).await?;
        self.became(name, namespace).await
    }

    /// Takes a release away, with its hooks.
    pub async fn uninstall(&self, gone: &Uninstall, hear: impl Fn(&str, bool)) -> Result<(), Failure> {
        check(&gone.name, &gone.namespace)?;
        let mut words = vec!["uninstall".to_owned(), gone.name.clone(), format!("--namespace={}", gone.namespace)];
        words.extend(waiting(gone.timeout, gone.wait, gone.hooks));
        words.push(format!("--description={}", gone.mark));
        words.extend(gone.keep_history.then(|| "--keep-history".to_owned()));
        self.change((&gone.name, &gone.namespace), words, None, gone.timeout, &gone.mark, hear).await
    }

    async fn change(
        &self,
        (name, namespace): (&str, &str),
        words: Vec<String>,
        stdin: Option<String>,
        timeout: Duration,
        mark: &str,
        hear: impl Fn(&str, bool),
    ) -> Result<(), Failure> {
        let env = vec![(super::at_work::MARK.to_owned(), mark.to_owned())];
        let call = Call { words, stdin, timeout: Some(timeout), env, verb: Verb::Changes };
        let Err(mut failure) = self.run(call, hear).await else { return Ok(()) };
        // Helm writes down that it failed. Where it could not, it has given up in the middle.
        let ended = matches!(failure.code.as_str(), code::HELM_FAILED | code::HELM_TIMEOUT);
        if ended && !failure.may_have_acted {
            match self.last(name, namespace).await {
                Err(_) => failure.may_have_acted = true,
                Ok(Some(last)) if last.is_pending() => failure.may_have_acted = true,
                Ok(last) => failure.acted = last.is_some_and(|last| last.status == "failed"),
            }
        }
        Err(failure)
    }

    /// What a release became by a helm that ended well. What cannot be read now has been done nevertheless.
    async fn became(&self, name: &str, namespace: &str) -> Result<Release, Failure> {
        self.revision(name, namespace, None).await.map_err(|mut failure| {
            failure.may_have_acted = true;
            failure
        })
    }
}
