//! Looks at the cluster without changing anything.

use http::Method;
use runbook_model::{Failure, Value, code};

use super::call::Call;
use super::discovery::{as_values, wanted};
use super::names::with_query;
use super::{Cluster, Ref, Result, Select, error};

/// A question of what is allowed.
#[derive(Clone, Debug, Default)]
pub struct May {
    /// What is to be done, `create`.
    pub verb: String,
    /// With what kind, by any of its names; with `/log` behind it for what is under an object.
    pub kind: String,
    /// In which namespace; everywhere where it is not said.
    pub namespace: Option<String>,
    /// With which object; all where it is not said.
    pub name: Option<String>,
}

impl Cluster {
    /// The object.
    pub async fn get(&self, object: &Ref) -> Result<Value> {
        let target = self.target(object).await?;
        self.value(&Call::get(target.path("")?).on(&target)).await.map(plain_object)
    }

    /// The object, or nothing where it is not there.
    pub async fn find(&self, object: &Ref) -> Result<Option<Value>> {
        match self.get(object).await {
            Err(failure) if error::is_missing(&failure) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Whether the object is there.
    pub async fn exists(&self, object: &Ref) -> Result<bool> {
        Ok(self.find(object).await?.is_some())
    }

    /// Whatever the server answers at a path: a value where it is JSON, else the text.
    pub async fn raw(&self, path: &str) -> Result<Value> {
        if !path.starts_with('/') {
            let failure = Failure::new(code::VALUE_BAD, format!("`{path}` is no path of the API"));
            return Err(failure.hint("begin it with a slash, `/readyz`"));
        }
        let text = self.text(&Call::get(path).accept("application/json, */*")).await?;
        Ok(super::plain::read(&text).unwrap_or(Value::Text(text)))
    }

    /// What the server says of its version.
    pub async fn version(&self) -> Result<Value> {
        self.value(&Call::get("/version").on("the version")).await
    }

    /// All kinds the server knows now: `#{api, kind, name, short, namespaced, verbs}` each.
    pub async fn apis(&self) -> Result<Vec<Value>> {
        Ok(as_values(self.all_kinds().await?.as_ref()))
    }

    /// What tells this cluster from every other: the identity of its namespace `kube-system`.
    pub async fn uid(&self) -> Result<String> {
        let answer = self.value(&Call::get("/api/v1/namespaces/kube-system").on("namespace `kube-system`")).await?;
        let uid = super::object::meta(&answer, "uid").filter(|uid| !uid.is_empty()).map(str::to_owned);
        uid.ok_or_else(|| Failure::new(code::KUBE_SERVER, "namespace `kube-system` has no identity"))
    }

    /// The events about an object, oldest first.
    pub async fn events(&self, object: &Ref) -> Result<Vec<Value>> {
        let target = self.target(object).await?;
        // Those about an object of the whole cluster are in the namespace `default`.
        let namespace = target.namespace.clone().unwrap_or_else(|| "default".to_owned());
        let fields = format!("involvedObject.kind={},involvedObject.name={}", target.kind.name, target.name);
        let select = Select { namespace: Some(namespace), fields, ..Select::of("v1/Event") };
        let mut events: Vec<Value> = self.list(&select).await?.iter().collect();
        events.sort_by(|a, b| moment(a).cmp(moment(b)));
        Ok(events)
    }

    /// Whether we may do that.
    pub async fn can_i(&self, may: &May) -> Result<bool> {
        let word = wanted(&may.kind, "the kind")?;
        let (kind, under) = match (self.kind(word).await, word.rsplit_once('/')) {
            (Err(failure), Some((word, under))) if failure.code == code::KUBE_KIND => (self.kind(word).await?, under),
            (answer, _) => (answer?, ""),
        };
        let text = |text: &str| Value::from(text);
        let asked = Value::from([
            ("verb", text(&may.verb)),
            ("group", text(&kind.group)),
            ("version", text(&kind.version)),
            ("resource", text(&kind.plural)),
            ("subresource", text(under)),
            ("namespace", text(may.namespace.as_deref().filter(|_| kind.namespaced).unwrap_or_default())),
            ("name", text(may.name.as_deref().unwrap_or_default())),
        ]);
        let body = Value::from([
            ("apiVersion", text("authorization.k8s.io/v1")),
            ("kind", text("SelfSubjectAccessReview")),
            ("spec", Value::from([("resourceAttributes", asked)])),
        ]);
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let call = Call::new(Method::POST, with_query(path, &[])).json(&body).harmless().on("a review of our access");
        let answer = self.value(&call).await?;
        Ok(answer.get("status").and_then(|status| status.get("allowed")) == Some(&Value::Bool(true)))
    }
}

/// The object without the server's notes on who set which field.
pub(super) fn plain_object(mut object: Value) -> Value {
    super::object::forget(&mut object, &["metadata", "managedFields"]);
    object
}

fn moment(event: &Value) -> &str {
    let at = |key: &str| event.get(key).and_then(Value::as_text);
    at("lastTimestamp")
        .or_else(|| at("eventTime"))
        .or_else(|| super::object::meta(event, "creationTimestamp"))
        .unwrap_or("")
}
