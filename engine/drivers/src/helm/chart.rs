//! A chart and its values: what it has by itself, what it renders, and what that would change.

use runbook_model::{Failure, Value, code};
use serde_json::Value as Json;

use super::error::Verb;
use super::objects::{self, Changed, Difference};
use super::tool::Call;
use super::values::{self, Unknown};
use super::{Change, Helm};

/// A chart, as helm is told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    /// `REPOSITORY/NAME`, a folder, an archive, a URL, or `oci://…`.
    pub chart: String,
    /// Its version; the newest where it is not said.
    pub version: Option<String>,
    /// The URL of the repository, for a chart that is named without one.
    pub repo: Option<String>,
}

/// What an upgrade would change.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences {
    /// The revision it was compared with; 0 where there is no such release.
    pub revision: i64,
    /// The objects.
    pub objects: Vec<Difference>,
    /// The values that are given.
    pub values: Vec<Changed>,
    /// The values that are given under keys which the chart does not have.
    pub unknown: Vec<Unknown>,
}

impl Differences {
    /// What a script gets of it.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("revision", Value::Int(self.revision)),
            ("changed", Value::Bool(!self.objects.is_empty())),
            ("objects", Value::List(self.objects.iter().map(Difference::to_value).collect())),
            ("values", Value::List(self.values.iter().map(Changed::to_value).collect())),
            ("unknown", Value::List(self.unknown.iter().map(|one| Value::Text(one.path.clone())).collect())),
        ])
    }
}

impl Chart {
    /// The words that name it, or why they cannot be handed to helm.
    pub(super) fn words(&self) -> Result<Vec<String>, Failure> {
        let bad = |what: String| Err(Failure::new(code::HELM_CHART, what).hint("name the chart like `cilium/cilium`"));
        if self.chart.trim().is_empty() || self.chart.starts_with('-') {
            return bad(format!("`{}` cannot be the name of a chart", self.chart));
        }
        let mut words = vec![self.chart.clone()];
        words.extend(self.version.as_ref().map(|version| format!("--version={version}")));
        words.extend(self.repo.as_ref().map(|repo| format!("--repo={repo}")));
        Ok(words)
    }
}

impl Helm {
    /// The keys of `given` that the chart does not have.
    pub async fn unknown_values(&self, chart: &Chart, given: &Json) -> Result<Vec<Unknown>, Failure> {
        if given.as_object().is_none_or(serde_json::Map::is_empty) {
            return Ok(Vec::new());
        }
        let own = self.show(chart, "values").await?;
        let about = self.show(chart, "chart").await?;
        let inner = about.get("dependencies").and_then(Json::as_array).map_or(&[] as &[Json], Vec::as_slice);
        let name = |one: &Json| Some(one.get("alias").or_else(|| one.get("name"))?.as_str()?.to_owned());
        let inner: Vec<String> = inner.iter().filter_map(name).collect();
        Ok(values::unknown(given, &own, &inner))
    }

    async fn show(&self, chart: &Chart, what: &str) -> Result<Json, Failure> {
        let words = ["show".to_owned(), what.to_owned()].into_iter().chain(chart.words()?);
        let printed = self.run(Call::looks(words), |_, _| {}).await?;
        let first = objects::documents(&printed)?.into_iter().next();
        Ok(first.filter(Json::is_object).unwrap_or_else(|| Json::Object(serde_json::Map::new())))
    }

    /// What the chart renders, in YAML, without asking the cluster.
    pub async fn template(
        &self,
        name: &str,
        namespace: &str,
        chart: &Chart,
        given: &Json,
        hooks: bool,
    ) -> Result<String, Failure> {
        super::check(name, namespace)?;
        let mut words = vec!["template".to_owned(), name.to_owned()];
        words.extend(chart.words()?);
        words.extend([format!("--namespace={namespace}"), "--values=-".to_owned()]);
        words.extend((!hooks).then(|| "--no-hooks".to_owned()));
        let call = Call { stdin: Some(given.to_string()), ..Call::looks(words) };
        self.run(call, |_, _| {}).await
    }

    /// What `change` would change: helm renders it as it would for the cluster, and stops before it acts.
    pub async fn diff(&self, change: &Change) -> Result<Differences, Failure> {
        let now = self.last(&change.name, &change.namespace).await?;
        let unknown = self.unknown_values(&change.chart, &change.values).await?;
        let mut words = change.words(self.version().await?)?;
        words.extend(["--dry-run=server".to_owned(), "--output=json".to_owned()]);
        let stdin = Some(change.values.to_string());
        let call = Call { stdin, verb: Verb::Looks, ..Call::looks(words) };
        let printed = self.run(call, |_, _| {}).await?;
        let next: Json = serde_json::from_str(&printed).map_err(|bad| {
            Failure::new(code::HELM_FAILED, "what helm would do could not be read").because(bad.to_string())
        })?;
        let text = |path: &str| next.pointer(path).and_then(Json::as_str).unwrap_or_default();
        let (old, given) = now.as_ref().map_or(("", &Json::Null), |now| (now.manifest.as_str(), &now.given));
        let empty = Json::Object(serde_json::Map::new());
        let given = if given.is_null() { &empty } else { given };
        let to = next.get("config").filter(|config| !config.is_null()).unwrap_or(&empty);
        Ok(Differences {
            revision: now.as_ref().map_or(0, |now| now.revision),
            objects: objects::differ(old, text("/manifest"), &change.namespace)?,
            values: objects::changed(given, to),
            unknown,
        })
    }
}
