//! Deletes objects.

use http::Method;
use runbook_model::{Failure, Value};

use super::before::kept;
use super::call::Call;
use super::{Cluster, Ref, Result, Wait, error, object};

/// What becomes of what an object owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owned {
    /// It goes after the object.
    #[default]
    Background,
    /// It goes before the object.
    Foreground,
    /// It stays.
    Orphan,
}

/// How to delete.
#[derive(Clone, Default)]
pub struct Delete {
    /// What becomes of what it owns.
    pub owned: Owned,
    /// How many seconds it has to end; its own where it is not said.
    pub grace: Option<i64>,
    /// Only the one with this identity.
    pub uid: Option<String>,
    /// Only at this version.
    pub version: Option<String>,
    /// Waits until it is gone; its own way to say so is not asked.
    pub wait: Option<Wait>,
}

/// What became of the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Deleted {
    /// What was there before, as [`Cluster::before`] gives it.
    pub before: Value,
    /// Whether it was already gone.
    pub already: bool,
}

impl Cluster {
    /// Deletes an object; one that is not there counts as deleted, and so does one of this name with another identity
    /// where one is given.
    pub async fn delete(&self, object: &Ref, how: &Delete) -> Result<Deleted> {
        let target = self.target(object).await?;
        let live = self.live(&target).await?;
        let before = kept(&target, live.as_ref());
        let Some(live) = live.filter(|live| how.uid.is_none() || object::meta(live, "uid") == how.uid.as_deref())
        else {
            return Ok(Deleted { before, already: true });
        };
        let uid = object::meta(&live, "uid").unwrap_or_default().to_owned();
        // The one that was looked at is meant, and not another that takes its name meanwhile.
        let mut only = vec![("uid".to_owned(), Value::from(uid.as_str()))];
        only.extend(how.version.iter().map(|version| ("resourceVersion".to_owned(), Value::from(version.as_str()))));
        let owned = match how.owned {
            Owned::Background => "Background",
            Owned::Foreground => "Foreground",
            Owned::Orphan => "Orphan",
        };
        let mut body = Value::from([("propagationPolicy", Value::from(owned))]);
        object::put(&mut body, &["preconditions"], Value::Map(only.into_iter().collect()));
        if let Some(grace) = how.grace {
            object::put(&mut body, &["gracePeriodSeconds"], Value::Int(grace));
        }
        let call = Call::new(Method::DELETE, target.path("")?).json(&body).on(&target);
        let already = match self.text(&call).await {
            Ok(_) => false,
            Err(failure) if error::is_missing(&failure) || error::says(&failure, "Precondition failed: UID") => true,
            Err(failure) => return Err(failure),
        };
        if let Some(wait) = &how.wait {
            self.wait(&target.exact(), &wait.clone().for_gone(uid)).await.map_err(Failure::may_have_acted)?;
        }
        Ok(Deleted { before, already })
    }
}
