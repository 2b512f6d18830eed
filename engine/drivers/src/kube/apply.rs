//! Makes objects what manifests say they should be, by server-side apply.
//!
//! Promises: the server merges, and refuses to take a field of another unless told to. Objects go out one by one in
//! the order of [`Manifests`], each with what it was before; a custom kind is waited for before its first object.

use std::time::Duration;

use http::Method;
use runbook_model::{Failure, Value, code};

use super::before::kept;
use super::call::Call;
use super::diff::{Change, changes};
use super::discovery::items;
use super::names::{Target, with_query};
use super::patch::{LOOKS, only_as_seen};
use super::{Cluster, MANAGER, Manifests, Result, error, mask, object};

/// How long a custom kind may take to be served.
const ESTABLISHED: Duration = Duration::from_secs(60);

/// How to apply.
#[derive(Clone, Debug)]
pub struct Apply {
    /// The namespace of objects that do not say one; that of the context where it is not said.
    pub namespace: Option<String>,
    /// The name our fields are known by.
    pub manager: String,
    /// Whether fields of others are taken.
    pub force: bool,
    /// Whether the server only says what would be.
    pub dry_run: bool,
}

impl Default for Apply {
    fn default() -> Self {
        Self { namespace: None, manager: MANAGER.to_owned(), force: false, dry_run: false }
    }
}

/// What became of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// What was there before, as [`Cluster::before`] gives it.
    pub before: Value,
    /// The object as it was left, with the server's notes; nothing for what only would be.
    pub left: Option<Value>,
    /// Where it differs now from what it was.
    pub changes: Vec<Change>,
    /// Whether it was not there before.
    pub created: bool,
    /// Whether fields became ours that were not, or are no longer.
    pub taken: bool,
}

impl Applied {
    /// What a change made of an object, without what must not be kept.
    pub(super) fn made(target: &Target, live: Option<Value>, left: Option<Value>) -> Self {
        let safe = |whole: Option<Value>| whole.map(|whole| mask::kept(target, whole));
        let (before, live, left) = (kept(target, live.as_ref()), safe(live), safe(left));
        let changes = changes(live.as_ref(), left.as_ref());
        Self { before, left, changes, created: false, taken: false }
    }

    /// As a script sees it: `#{kind, name, namespace, uid, resourceVersion, generation, changed}`, where `changed` is
    /// `created`, `changed` or `unchanged`.
    pub fn to_value(&self) -> Value {
        let of = |key: &str| self.before.get(key).cloned().unwrap_or_default();
        let left = |key: &str| {
            let meta = self.left.as_ref().and_then(|left| object::at(left, &["metadata", key]));
            meta.cloned().unwrap_or_default()
        };
        Value::from([
            ("kind", of("kind")),
            ("name", of("name")),
            ("namespace", of("namespace")),
            ("uid", left("uid")),
            ("resourceVersion", left("resourceVersion")),
            ("generation", left("generation")),
            ("changed", Value::from(self.word())),
        ])
    }

    /// `created`, `changed` or `unchanged`.
    pub fn word(&self) -> &'static str {
        if self.created {
            "created"
        } else if self.changes.is_empty() && !self.taken {
            "unchanged"
        } else {
            "changed"
        }
    }
}

impl Cluster {
    /// What stands now where the manifests would be applied, object by object, as [`Cluster::before`] gives it. A kind
    /// that the manifests themselves bring has nothing yet.
    pub async fn before_apply(&self, manifests: &Manifests, apply: &Apply) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        for wanted in manifests.objects() {
            match self.meant(wanted, apply).await {
                Ok(target) => all.push(kept(&target, self.live(&target).await?.as_ref())),
                Err(failure) if failure.code == code::KUBE_KIND && brought(manifests, wanted) => {
                    all.push(not_yet(wanted));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(all)
    }

    /// Applies the manifests one by one. Where one fails the failure says which went before it.
    pub async fn apply(&self, manifests: &Manifests, apply: &Apply) -> Result<Vec<Applied>> {
        let mut done = Vec::new();
        for wanted in manifests.objects() {
            match self.apply_one(manifests, wanted, apply).await {
                Ok(applied) => done.push(applied),
                Err(failure) => return Err(after(failure, &done)),
            }
        }
        Ok(done)
    }

    /// What applying the manifests would change, asked of the server itself.
    pub async fn diff(&self, manifests: &Manifests, apply: &Apply) -> Result<Vec<Applied>> {
        self.apply(manifests, &Apply { dry_run: true, ..apply.clone() }).await
    }

    async fn apply_one(&self, manifests: &Manifests, wanted: &Value, apply: &Apply) -> Result<Applied> {
        let target = match self.meant(wanted, apply).await {
            Err(failure) if failure.code == code::KUBE_KIND && brought(manifests, wanted) && apply.dry_run => {
                return Ok(would_be(not_yet(wanted), wanted));
            }
            answer => answer?,
        };
        let mut live = self.live(&target).await?;
        let mut looks = 1;
        let answer = loop {
            match self.value(&request(&target, wanted, live.as_ref(), apply)?).await {
                // Its namespace is among what would be made.
                Err(failure) if apply.dry_run && live.is_none() && error::is_missing(&failure) => {
                    return Ok(would_be(kept(&target, None), wanted));
                }
                Err(failure) if live.is_some() && error::is_outdated(&failure) && looks < LOOKS => {
                    looks += 1;
                    live = self.live(&target).await?;
                }
                answer => break answer?,
            }
        };
        if target.kind.name == "CustomResourceDefinition" && !apply.dry_run {
            self.served(&target).await.map_err(Failure::may_have_acted)?;
        }
        let taken = live.as_ref().is_some_and(|live| owned(live, &apply.manager) != owned(&answer, &apply.manager));
        let created = live.is_none();
        let done = Applied { taken, created, ..Applied::made(&target, live, Some(answer)) };
        Ok(if apply.dry_run { Applied { left: None, ..done } } else { done })
    }

    async fn meant(&self, wanted: &Value, apply: &Apply) -> Result<Target> {
        let text = |path: &[&str]| object::text(wanted, path).unwrap_or_default();
        let kind = self.kind_of(text(&["apiVersion"]), text(&["kind"])).await?;
        let own = object::meta(wanted, "namespace").or(apply.namespace.as_deref());
        Ok(self.target_of(kind, own, text(&["metadata", "name"])))
    }

    /// Waits until the kind a definition brings is served.
    async fn served(&self, definition: &Target) -> Result<()> {
        let wait = super::Wait::until_condition("Established", "True").within(ESTABLISHED);
        self.wait(&definition.as_ref(), &wait).await?;
        self.all_kinds().await.map(|_| ())
    }
}

/// Applies only to the object as it was seen, so that what it was before is exactly what was changed.
fn request(target: &Target, wanted: &Value, live: Option<&Value>, apply: &Apply) -> Result<Call> {
    let mut body = wanted.clone();
    for path in [["metadata", "managedFields"], ["metadata", "resourceVersion"], ["metadata", "uid"]] {
        object::forget(&mut body, &path);
    }
    body = only_as_seen(&body, live);
    if let Some(namespace) = &target.namespace {
        object::put(&mut body, &["metadata", "namespace"], Value::from(namespace.as_str()));
    }
    let force = if apply.force { "true" } else { "false" };
    let mut query = vec![("fieldManager", apply.manager.as_str()), ("force", force), ("fieldValidation", "Strict")];
    if apply.dry_run {
        query.push(("dryRun", "All"));
    }
    let call = Call::new(Method::PATCH, with_query(&target.path("")?, &query)).on(target);
    let call = call.body("application/apply-patch+yaml", &body);
    Ok(if apply.dry_run { call.harmless() } else { call })
}

/// Whether the manifests themselves define the kind of this object.
fn brought(manifests: &Manifests, wanted: &Value) -> bool {
    let text = |path: &[&str]| object::text(wanted, path).unwrap_or_default();
    let group = text(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    manifests.objects().iter().any(|each| {
        object::text(each, &["kind"]) == Some("CustomResourceDefinition")
            && object::text(each, &["spec", "group"]) == Some(group)
            && object::text(each, &["spec", "names", "kind"]) == Some(text(&["kind"]))
    })
}

fn not_yet(wanted: &Value) -> Value {
    let of = |path: &[&str]| object::at(wanted, path).cloned().unwrap_or_default();
    Value::from([
        ("api", of(&["apiVersion"])),
        ("kind", of(&["kind"])),
        ("namespace", of(&["metadata", "namespace"])),
        ("name", of(&["metadata", "name"])),
        ("existed", Value::Bool(false)),
        ("object", Value::Unit),
    ])
}

fn would_be(before: Value, wanted: &Value) -> Applied {
    Applied { before, left: None, changes: changes(None, Some(wanted)), created: true, taken: true }
}

/// What a manager has applied of an object.
fn owned<'a>(whole: &'a Value, manager: &str) -> Vec<&'a Value> {
    let entries = items(object::at(whole, &["metadata", "managedFields"])).filter(|entry| {
        object::text(entry, &["manager"]) == Some(manager) && object::text(entry, &["operation"]) == Some("Apply")
    });
    entries.filter_map(|entry| entry.get("fieldsV1")).collect()
}

/// What went before a failure is said with it: half of the manifests may be applied.
fn after(failure: Failure, done: &[Applied]) -> Failure {
    let names: Vec<String> = done
        .iter()
        .filter(|applied| applied.left.is_some() && applied.word() != "unchanged")
        .map(|applied| {
            let of = |key: &str| object::text(&applied.before, &[key]).unwrap_or_default();
            format!("`{}/{}`", of("kind").to_lowercase(), of("name"))
        })
        .collect();
    if names.is_empty() {
        failure
    } else {
        failure.because(format!("applied before it: {}", names.join(", "))).may_have_acted()
    }
}
