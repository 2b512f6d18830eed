//! What an object was before it is changed, and putting it back.
//!
//! Putting back compares three states: what was before, what the change left, and what is now. Where something that
//! the change made is no longer as the change left it, someone else has changed it since, and nothing is put back.

use http::Method;
use runbook_model::{Failure, Value, code};

use super::call::Call;
use super::diff::{Change, changes, content, look, set};
use super::names::{Target, with_query};
use super::owners::{is_ours, owners, strangers};
use super::{Cluster, MANAGER, Ref, Result, error, mask, object};

/// How a change left an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Left<'a> {
    /// As this.
    As(&'a Value),
    /// Gone: the change was a deletion.
    Gone,
    /// Nobody knows, because the run was cut off before it was told.
    Unknown,
}

impl<'a> From<Option<&'a Value>> for Left<'a> {
    fn from(left: Option<&'a Value>) -> Self {
        left.map_or(Self::Unknown, Self::As)
    }
}

impl Cluster {
    /// What stands there now, as a run keeps it: `#{api, kind, namespace, name, existed, object}`.
    pub async fn before(&self, object: &Ref) -> Result<Value> {
        let target = self.target(object).await?;
        let live = self.live(&target).await?;
        Ok(kept(&target, live.as_ref()))
    }

    /// The object with all the server's notes, or nothing.
    pub(super) async fn live(&self, target: &Target) -> Result<Option<Value>> {
        match self.value(&Call::get(target.path("")?).on(target)).await {
            Err(failure) if error::is_missing(&failure) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Puts back what `before` holds. Gives whether anything had to be done.
    pub async fn put_back<'a>(&self, before: &Value, left: impl Into<Left<'a>>) -> Result<bool> {
        let text = |key: &str| object::text(before, &[key]).unwrap_or_default();
        let kind = self.kind_of(text("api"), text("kind")).await?;
        let target = self.target_of(kind, object::text(before, &["namespace"]), text("name"));
        let was = before.get("object").filter(|was| matches!(was, Value::Map(_)));
        match (was, left.into(), self.live(&target).await?) {
            (None, _, None) => Ok(false),
            (None, left, Some(now)) => self.take_away(&target, left, &now).await,
            (Some(was), _, None) => self.make_again(&target, was).await,
            (Some(was), Left::As(left), Some(now)) => self.set_back(&target, was, left, now).await,
            (Some(was), left, Some(now)) => {
                let state = mask::kept(&target, now.clone());
                let different = changes(Some(was), Some(&state));
                if different.is_empty() {
                    Ok(false)
                } else if left == Left::Unknown && different.iter().all(|change| is_ours(change, &now)) {
                    self.set_back(&target, was, &state, now).await
                } else if left == Left::Gone && same_object(was, &now) {
                    // It was deleted and is not gone yet, or never was.
                    Err(trampled(&target, &["it is still there, or there again, and not as it was".to_owned()]))
                } else {
                    Err(trampled(&target, &["it is not as it was, and how the change left it is not known".to_owned()]))
                }
            }
        }
    }

    /// What was not there is to be gone again.
    async fn take_away(&self, target: &Target, left: Left<'_>, now: &Value) -> Result<bool> {
        // One that we made anew ourselves, when a later deletion was put back, is ours as the first one was.
        let known = if let Left::As(left) = left { Some(left) } else { None };
        let same = known.filter(|known| same_object(known, now));
        let strangers = strangers(same.unwrap_or(&Value::Unit), now);
        let ours = same.is_some() || owners(now).iter().any(|owner| owner == MANAGER);
        if same.is_none() && known.is_some() && !(ours && strangers.is_empty()) {
            return Err(trampled(target, &["it was made anew".to_owned()]));
        }
        if !strangers.is_empty() {
            return Err(trampled(target, &strangers));
        }
        if !ours {
            return Err(trampled(target, &["it is not ours".to_owned()]));
        }
        let uid = object::meta(now, "uid").unwrap_or_default();
        let version = object::meta(now, "resourceVersion").unwrap_or_default();
        let only = Value::from([("uid", Value::from(uid)), ("resourceVersion", Value::from(version))]);
        let body = Value::from([("propagationPolicy", Value::from("Background")), ("preconditions", only)]);
        let call = Call::new(Method::DELETE, target.path("")?).json(&body).on(target);
        match self.text(&call).await {
            Err(failure) if error::is_missing(&failure) => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    /// What was there is to be there again.
    async fn make_again(&self, target: &Target, was: &Value) -> Result<bool> {
        if mask::hides(target) {
            return Err(not_kept(target));
        }
        let path = with_query(&target.kind.path(target.namespace.as_deref())?, &[("fieldManager", MANAGER)]);
        let mut body = content(was.clone());
        object::forget(&mut body, &["metadata", "deletionTimestamp"]);
        object::forget(&mut body, &["metadata", "deletionGracePeriodSeconds"]);
        self.text(&Call::new(Method::POST, path).json(&body).on(target)).await.map(|_| true)
    }

    /// Every path the change made different is to be as it was.
    async fn set_back(&self, target: &Target, was: &Value, left: &Value, mut now: Value) -> Result<bool> {
        // As above: ours made anew by ourselves.
        let by_us = || owners(&now).iter().any(|owner| owner == MANAGER) && strangers(&Value::Unit, &now).is_empty();
        if !same_object(was, &now) && !by_us() {
            return Err(trampled(target, &["it was made anew".to_owned()]));
        }
        let ours = changes(Some(was), Some(left));
        let state = content(mask::kept(target, now.clone()));
        let back: Vec<&Change> =
            ours.iter().filter(|change| look(&state, &change.path) != change.old.as_ref()).collect();
        let foreign: Vec<String> = back
            .iter()
            .filter(|change| look(&state, &change.path) != change.new.as_ref())
            .map(|change| format!("`{}` is no longer as it was left", change.place()))
            .collect();
        if !foreign.is_empty() {
            return Err(trampled(target, &foreign));
        }
        if back.is_empty() {
            return Ok(false);
        }
        if back.iter().any(|change| mask::is_hidden(target, &change.path)) {
            return Err(not_kept(target));
        }
        for change in back {
            set(&mut now, &change.path, change.old.as_ref());
        }
        // The version it carries makes the server refuse it if someone writes between our look and this.
        let path = with_query(&target.path("")?, &[("fieldManager", MANAGER)]);
        self.text(&Call::new(Method::PUT, path).json(&now).on(target)).await.map(|_| true)
    }
}

/// What stands there, as a run keeps it.
pub(super) fn kept(target: &Target, live: Option<&Value>) -> Value {
    let mut whole = live.map(|live| mask::kept(target, live.clone()));
    if let Some(whole) = &mut whole {
        object::forget(whole, &["metadata", "managedFields"]);
    }
    Value::from([
        ("api", Value::Text(target.kind.api())),
        ("kind", Value::from(target.kind.name.as_str())),
        ("namespace", target.namespace.clone().map(Value::Text).unwrap_or_default()),
        ("name", Value::from(target.name.as_str())),
        ("existed", Value::Bool(whole.is_some())),
        ("object", whole.unwrap_or_default()),
    ])
}

fn same_object(a: &Value, b: &Value) -> bool {
    object::meta(a, "uid") == object::meta(b, "uid")
}

fn not_kept(target: &Target) -> Failure {
    let failure = Failure::new(code::KUBE_CHANGED, format!("what {target} held was not kept, for it is secret"));
    failure.hint("put it back from where it came from, then settle the step as undone")
}

fn trampled(target: &Target, causes: &[String]) -> Failure {
    let failure = Failure::new(code::KUBE_CHANGED, format!("{target} was changed by someone else since"));
    let failure = causes.iter().fold(failure, |failure, cause| failure.because(cause));
    failure.hint("look at it, put it right by hand, then settle the step as undone")
}
