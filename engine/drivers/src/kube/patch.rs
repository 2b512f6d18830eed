//! Changes parts of an object: patches, labels, annotations, taints, whether a node takes pods.
//!
//! Promises: what is already so is not sent. Every verb gives what the object was before and how it was left.

use std::collections::BTreeMap;

use http::Method;
use runbook_model::Value;

use super::call::Call;
use super::discovery::items;
use super::names::{Target, with_query};
use super::{Applied, Cluster, MANAGER, Ref, Result, error, object};

/// How a patch says what it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Maps are merged, lists by their own rules; only for kinds that come with Kubernetes.
    Strategic,
    /// Maps are merged, lists replaced, `()` removes.
    Merge,
    /// A list of operations.
    Json,
}

impl Form {
    fn content(self) -> &'static str {
        match self {
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::Json => "application/json-patch+json",
        }
    }
}

/// How often an object is looked at anew because someone wrote to it between the look and the change.
pub(super) const LOOKS: usize = 10;

impl Applied {
    /// What became of an object that was already as it should be.
    pub(super) fn nothing(target: &Target, live: Option<Value>) -> Self {
        Self::made(target, live.clone(), live)
    }
}

impl Cluster {
    /// Patches an object, or what is under it, `status` for one.
    pub async fn patch(&self, object: &Ref, form: Form, under: &str, patch: &Value) -> Result<Applied> {
        let target = self.target(object).await?;
        let live = self.live(&target).await?;
        self.patch_seen(&target, live, form, under, patch).await
    }

    /// Patches an object that was just looked at, and only as it was then; where someone wrote to it meanwhile it is
    /// looked at again. So what it was before is exactly what this change was made to.
    pub(super) async fn patch_seen(
        &self,
        target: &Target,
        mut live: Option<Value>,
        form: Form,
        under: &str,
        patch: &Value,
    ) -> Result<Applied> {
        let query = [("fieldManager", MANAGER), ("fieldValidation", "Strict")];
        let path = with_query(&target.path(under)?, &query);
        let mut looks = 1;
        let answer = loop {
            let body = if form == Form::Json { patch.clone() } else { only_as_seen(patch, live.as_ref()) };
            let call = Call::new(Method::PATCH, path.as_str()).on(target).body(form.content(), &body);
            match self.value(&call).await {
                Err(failure) if body != *patch && error::is_outdated(&failure) && looks < LOOKS => {
                    looks += 1;
                    live = self.live(target).await?;
                }
                answer => break answer?,
            }
        };
        // What is answered for a part of an object is not the object.
        let left = if under.is_empty() || under == "status" { Some(answer) } else { self.live(target).await? };
        Ok(Applied::made(target, live, left))
    }

    /// Gives an object these labels; takes away those that are to be nothing.
    pub async fn label(&self, object: &Ref, labels: &BTreeMap<String, Option<String>>) -> Result<Applied> {
        self.mark(object, "labels", labels).await
    }

    /// Gives an object these annotations; takes away those that are to be nothing.
    pub async fn annotate(&self, object: &Ref, annotations: &BTreeMap<String, Option<String>>) -> Result<Applied> {
        self.mark(object, "annotations", annotations).await
    }

    async fn mark(&self, object: &Ref, which: &str, marks: &BTreeMap<String, Option<String>>) -> Result<Applied> {
        let target = self.target(object).await?;
        let live = self.live(&target).await?;
        let is = |key: &str| live.as_ref().and_then(|live| object::text(live, &["metadata", which, key]));
        if live.is_some() && marks.iter().all(|(key, wanted)| is(key) == wanted.as_deref()) {
            return Ok(Applied::nothing(&target, live));
        }
        let wanted = |wanted: &Option<String>| wanted.clone().map(Value::Text).unwrap_or_default();
        let marks = Value::Map(marks.iter().map(|(key, mark)| (key.clone(), wanted(mark))).collect());
        let mut patch = Value::Unit;
        object::put(&mut patch, &["metadata", which], marks);
        self.patch_seen(&target, live, Form::Merge, "", &patch).await
    }

    /// Gives a node a taint, or another value to the one of the same key and effect.
    pub async fn taint(&self, node: &str, key: &str, value: &str, effect: &str) -> Result<Applied> {
        let taint =
            Value::from([("key", Value::from(key)), ("value", Value::from(value)), ("effect", Value::from(effect))]);
        self.retaint(node, |taints| {
            let same = |known: &Value| is_taint(known, key, Some(effect));
            match taints.iter().position(same) {
                Some(place) if object::text(&taints[place], &["value"]).unwrap_or_default() == value => {}
                Some(place) => taints[place] = taint.clone(),
                None => taints.push(taint.clone()),
            }
        })
        .await
    }

    /// Takes the taints of this key from a node; only that with this effect where one is given.
    pub async fn untaint(&self, node: &str, key: &str, effect: Option<&str>) -> Result<Applied> {
        self.retaint(node, |taints| taints.retain(|known| !is_taint(known, key, effect))).await
    }

    async fn retaint(&self, node: &str, change: impl FnOnce(&mut Vec<Value>)) -> Result<Applied> {
        let target = self.target(&Ref::bare("v1/Node", node)).await?;
        let live = Some(self.value(&Call::get(target.path("")?).on(&target)).await?);
        let there = live.as_ref().and_then(|live| object::at(live, &["spec", "taints"]));
        let mut wanted: Vec<Value> = items(there).cloned().collect();
        let old = wanted.clone();
        change(&mut wanted);
        if wanted == old {
            return Ok(Applied::nothing(&target, live));
        }
        // Taints are one list: it is replaced only where it still is what was looked at.
        let op = |op: &str, value: Value| {
            Value::from([("op", Value::from(op)), ("path", Value::from("/spec/taints")), ("value", value)])
        };
        let patch = Value::List(vec![op("test", there.cloned().unwrap_or_default()), op("add", Value::List(wanted))]);
        self.patch_seen(&target, live, Form::Json, "", &patch).await
    }

    /// Lets a node take no more pods; those there stay. A node that was found so is left so by its undo.
    pub async fn cordon(&self, node: &str) -> Result<Applied> {
        self.schedulable(node, false).await
    }

    /// Lets a node take pods again.
    pub async fn uncordon(&self, node: &str) -> Result<Applied> {
        self.schedulable(node, true).await
    }

    async fn schedulable(&self, node: &str, yes: bool) -> Result<Applied> {
        let target = self.target(&Ref::bare("v1/Node", node)).await?;
        let live = self.value(&Call::get(target.path("")?).on(&target)).await?;
        let cordoned = object::at(&live, &["spec", "unschedulable"]) == Some(&Value::Bool(true));
        if cordoned != yes {
            return Ok(Applied::nothing(&target, Some(live)));
        }
        let patch =
            Value::from([("spec", Value::from([("unschedulable", if yes { Value::Unit } else { true.into() })]))]);
        self.patch_seen(&target, Some(live), Form::Merge, "", &patch).await
    }
}

fn is_taint(taint: &Value, key: &str, effect: Option<&str>) -> bool {
    object::text(taint, &["key"]) == Some(key)
        && effect.is_none_or(|effect| object::text(taint, &["effect"]) == Some(effect))
}

/// A change that is made only to the object as it was seen. Where the change itself says to which version, that holds.
pub(super) fn only_as_seen(change: &Value, live: Option<&Value>) -> Value {
    let mut change = change.clone();
    let path = ["metadata", "resourceVersion"];
    if let Some(version) = live.and_then(|live| object::at(live, &path))
        && object::at(&change, &path).is_none()
    {
        object::put(&mut change, &path, version.clone());
    }
    change
}
