//! The verbs of helm that change a release.

use super::act::{self, Owner};
use super::api::Api;
use super::time::Time;
use super::words::Words;
use super::{limit, release};
use crate::charts;
use crate::json::{Value, json};
use hyper::Method;

/// A revision as helm keeps it: its objects, how it is, and since when.
pub(super) fn revision(
    (name, namespace, number): (&str, &str, i64),
    chart: &charts::Chart,
    version: &str,
    given: &Value,
    (manifest, status, now): (&str, &str, &str),
) -> Value {
    let description = if status == "deployed" { "Install complete" } else { "Initial install underway" };
    json!({
        "name": name, "namespace": namespace, "version": number,
        "info": {"first_deployed": now, "last_deployed": now, "deleted": "", "status": status,
            "description": description, "notes": ""},
        "chart": {"metadata": chart.about(version), "values": chart.own_values(), "templates": [], "lock": null,
            "schema": null, "files": []},
        "config": given, "manifest": manifest, "hooks": [],
    })
}

/// A verb under way.
pub(super) struct Work<'a> {
    pub(super) api: Api,
    pub(super) time: Time,
    pub(super) words: &'a Words,
    pub(super) input: &'a str,
}

impl Work<'_> {
    fn name(&self) -> &str {
        self.words.plain.get(1).map_or("", String::as_str)
    }

    fn namespace(&self) -> &str {
        self.words.one("namespace").unwrap_or("default")
    }

    fn secrets(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets", self.namespace())
    }

    /// The revisions of the release, oldest first.
    async fn revisions(&self) -> Result<Vec<Value>, String> {
        let path = format!("{}?labelSelector=name%3D{}%2Cowner%3Dhelm", self.secrets(), self.name());
        let list = self.api.get(&path).await?.unwrap_or(Value::Null);
        let mut all: Vec<Value> = list["items"].as_array().into_iter().flatten().filter_map(release::read).collect();
        all.sort_by_key(|one| one["version"].as_i64());
        Ok(all)
    }

    async fn create(&self, revision: &Value) -> Result<(), String> {
        let secret = release::secret(revision, self.seconds())?;
        self.api.ask(&Method::POST, &self.secrets(), Some(&secret)).await?.ok().map(drop)
    }

    /// Writes down what has become of a revision.
    async fn note(&self, revision: &mut Value, status: &str, description: &str) -> Result<(), String> {
        revision["info"]["status"] = status.into();
        revision["info"]["description"] = description.into();
        let secret = release::secret(revision, self.seconds())?;
        let name = release::name_of(self.name(), revision["version"].as_i64().unwrap_or(0));
        let patch = json!({"data": secret["data"], "metadata": {"labels": secret["metadata"]["labels"]}});
        let path = format!("{}/{name}", self.secrets());
        self.api.ask(&Method::PATCH, &path, Some(&patch)).await?.ok().map(drop)
    }

    fn seconds(&self) -> i64 {
        self.time.now().0 / 1_000_000
    }

    /// Installs or upgrades.
    pub(super) async fn upgrade(mut self, only_installs: bool) -> Result<String, String> {
        let name = self.name().to_owned();
        let (chart, version) = super::chart(self.words, 2)?;
        let given = super::values(self.input, self.words)?;
        let all = self.revisions().await?;
        let last = all.last().cloned();
        let installs = last.as_ref().is_none_or(|last| last["info"]["status"] == "uninstalled");
        let fail = |why: String| format!("{} FAILED: {why}", if installs { "INSTALLATION" } else { "UPGRADE" });
        if installs && !only_installs && !self.words.has("install") {
            return Err(format!("UPGRADE FAILED: \"{name}\" has no deployed releases"));
        }
        if !installs && only_installs {
            return Err(fail("cannot re-use a name that is still in use".to_owned()));
        }
        let pending =
            last.as_ref().and_then(|last| last["info"]["status"].as_str()).is_some_and(|it| it.starts_with("pending-"));
        if pending {
            return Err(fail("another operation (install/upgrade/rollback) is in progress".to_owned()));
        }
        let keeps = self.words.has("reset-then-reuse-values") || self.words.has("reuse-values");
        let kept = last.as_ref().filter(|_| keeps && !installs).map_or(json!({}), |last| last["config"].clone());
        let given = charts::over(kept, &given);
        let mut objects = chart.render(self.namespace(), version, &given).map_err(fail)?;
        act::in_order(&mut objects);
        let deployed = all.iter().rev().find(|one| one["info"]["status"] == "deployed");
        let first = last.as_ref().map_or(self.time.now().text(), |last| {
            last["info"]["first_deployed"].as_str().unwrap_or_default().to_owned()
        });
        let number = last.as_ref().map_or(0, |last| last["version"].as_i64().unwrap_or(0)) + 1;
        let manifest = release::manifest(chart.name, &objects)?;
        let status = if installs { "pending-install" } else { "pending-upgrade" };
        let now = self.time.now().text();
        let said = (manifest.as_str(), status, now.as_str());
        let mut next = revision((&name, self.namespace(), number), chart, version, &given, said);
        next["labels"] =
            release::labels(&last.as_ref().map_or(Value::Null, |it| it["labels"].clone()), self.words.one("labels"));
        if !installs {
            next["info"]["first_deployed"] = first.into();
            next["info"]["description"] = "Preparing upgrade".into();
        }
        if self.words.has("dry-run") && self.words.one("dry-run") != Some("none") {
            return Ok(format!("{next}\n"));
        }
        if self.words.has("create-namespace") {
            let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace()}});
            let answer = self.api.ask(&Method::POST, "/api/v1/namespaces", Some(&space)).await?;
            if answer.code != 409 {
                answer.ok()?;
            }
        }
        self.create(&next).await.map_err(fail)?;
        let old =
            deployed.map(|one| release::objects(one["manifest"].as_str().unwrap_or_default())).unwrap_or_default();
        let done = self.make(&old, &objects).await;
        let word = if installs { "Install" } else { "Upgrade" };
        self.end(&mut next, deployed, word, done).await.map_err(fail)?;
        Ok(format!("Release \"{name}\" has been upgraded. Happy Helming!\nSTATUS: deployed\nREVISION: {number}\n"))
    }

    /// Makes objects what they are to be, and waits for them where that is asked for.
    async fn make(&mut self, old: &[Value], new: &[Value]) -> Result<(), String> {
        let (name, namespace) = (self.name().to_owned(), self.namespace().to_owned());
        let owner = Owner { release: &name, namespace: &namespace, takes: self.words.has("take-ownership") };
        act::apply(&self.api, &owner, old, new).await?;
        if self.words.has("wait") {
            act::wait(&self.api, &mut self.time, &namespace, new, limit(self.words)).await?;
        }
        Ok(())
    }

    /// Writes down how it ended.
    async fn end(
        &self,
        next: &mut Value,
        before: Option<&Value>,
        word: &str,
        done: Result<(), String>,
    ) -> Result<(), String> {
        let given = self.words.one("description").filter(|text| !text.is_empty());
        if let Err(why) = done {
            // What cannot be written down either stays as it was begun.
            let _ = self.note(next, "failed", &format!("{word} \"{}\" failed: {why}", self.name())).await;
            return Err(why);
        }
        if let Some(before) = before {
            let mut before = before.clone();
            let description = before["info"]["description"].as_str().unwrap_or_default().to_owned();
            self.note(&mut before, "superseded", &description).await?;
        }
        let usual = format!("{word} complete");
        self.note(next, "deployed", given.unwrap_or(&usual)).await
    }

    /// Makes an old revision the newest one.
    pub(super) async fn rollback(mut self) -> Result<String, String> {
        let all = self.revisions().await?;
        let number = |one: &Value| one["version"].as_i64().unwrap_or(0);
        let Some(last) = all.last() else { return Err(format!("release: not found: \"{}\"", self.name())) };
        let asked = self.words.plain.get(2).and_then(|text| text.parse::<i64>().ok()).filter(|asked| *asked > 0);
        let asked = asked.unwrap_or(number(last) - 1);
        let Some(to) = all.iter().find(|one| number(one) == asked) else {
            return Err(format!("release has no {asked} version"));
        };
        let deployed = all.iter().rev().find(|one| one["info"]["status"] == "deployed");
        let mut next = to.clone();
        next["version"] = (number(last) + 1).into();
        next["info"]["last_deployed"] = self.time.now().text().into();
        next["info"]["status"] = "pending-rollback".into();
        next["info"]["description"] = format!("Rollback to {asked}").into();
        self.create(&next).await?;
        let text = |one: &Value| one["manifest"].as_str().unwrap_or_default().to_owned();
        let (old, new) = (deployed.map(text).unwrap_or_default(), text(to));
        let done = self.make(&release::objects(&old), &release::objects(&new)).await;
        if let Err(why) = done {
            let _ = self.note(&mut next, "failed", &format!("Rollback \"{}\" failed: {why}", self.name())).await;
            return Err(why);
        }
        if let Some(before) = deployed {
            let mut before = before.clone();
            let description = before["info"]["description"].as_str().unwrap_or_default().to_owned();
            self.note(&mut before, "superseded", &description).await?;
        }
        self.note(&mut next, "deployed", &format!("Rollback to {asked}")).await?;
        Ok("Rollback was a success! Happy Helming!\n".to_owned())
    }

    /// Takes the release away.
    pub(super) async fn uninstall(mut self) -> Result<String, String> {
        let name = self.name().to_owned();
        let mut all = self.revisions().await?;
        let Some(mut last) = all.last().cloned() else {
            return Err(format!("uninstall: Release not loaded: {name}: release: not found"));
        };
        self.note(&mut last, "uninstalling", "Deletion in progress (or silently failed)").await?;
        let mut objects = release::objects(last["manifest"].as_str().unwrap_or_default());
        objects.reverse();
        let namespace = self.namespace().to_owned();
        for object in &objects {
            act::delete(&self.api, &namespace, object).await?;
        }
        if self.words.has("wait") {
            act::wait_gone(&self.api, &mut self.time, &namespace, &objects, limit(self.words)).await?;
        }
        if self.words.has("keep-history") {
            let said =
                self.words.one("description").filter(|text| !text.is_empty()).unwrap_or("Uninstallation complete");
            self.note(&mut last, "uninstalled", said).await?;
        } else {
            for one in all.drain(..) {
                let path =
                    format!("{}/{}", self.secrets(), release::name_of(&name, one["version"].as_i64().unwrap_or(0)));
                let answer = self.api.ask(&Method::DELETE, &path, None).await?;
                if answer.code != 404 {
                    answer.ok()?;
                }
            }
        }
        Ok(format!("release \"{name}\" uninstalled\n"))
    }
}
