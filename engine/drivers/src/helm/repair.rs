//! Ends an operation on a release that nobody works at any more.

use std::time::Duration;

use runbook_model::{Failure, Value};

use super::secrets::name_of;
use super::{Helm, Release};

/// What was done to end it.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired {
    /// The revision that was pending.
    pub pending: Release,
    /// The revision it went back to; none where there was none, and the pending one was deleted.
    pub back_to: Option<i64>,
}

impl Repaired {
    /// What a script gets of it.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("repaired", Value::Bool(true)),
            ("pending", self.pending.to_value()),
            ("back_to", self.back_to.map_or(Value::Unit, Value::Int)),
        ])
    }
}

/// The revision to go back to from a pending one: the last that was ever in use.
pub fn last_good(revisions: &[Release], pending: i64) -> Option<i64> {
    let earlier = |one: &&Release| one.revision < pending;
    let is = |status: &'static str| move |one: &&Release| one.status == status;
    let found = revisions.iter().rev().filter(earlier).find(is("deployed"));
    found.or_else(|| revisions.iter().rev().filter(earlier).find(is("superseded"))).map(|one| one.revision)
}

impl Helm {
    /// Ends the pending revision `pending`: goes back to the last one that was in use, or deletes its secret where
    /// there is none. Objects it had already made stay in the second case, and a later install takes them over.
    pub async fn repair(
        &self,
        pending: &Release,
        (timeout, wait, hooks): (Duration, bool, bool),
        mark: &str,
        hear: impl Fn(&str, bool),
    ) -> Result<Repaired, Failure> {
        let (name, namespace) = (pending.name.as_str(), pending.namespace.as_str());
        super::check(name, namespace)?;
        let revisions = self.history(name, namespace).await?;
        let back_to = last_good(&revisions, pending.revision);
        match back_to {
            Some(to) => {
                self.rollback((name, namespace, to), (timeout, wait, hooks), mark, hear).await?;
            }
            None => (self.secrets.delete)(namespace.to_owned(), name_of(name, pending.revision)).await?,
        }
        Ok(Repaired { pending: pending.clone(), back_to })
    }
}
