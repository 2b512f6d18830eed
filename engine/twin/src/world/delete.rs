//! Deleting: preconditions, grace, propagation, and finalizers that hold an object back.

use super::object::list;
use super::{Key, Object, Refusal, World, finish, rules};
use std::sync::Arc;

/// What happens to the objects an object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They go afterwards.
    Background,
    /// They go first.
    Foreground,
    /// They stay.
    Orphan,
}

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// The seconds of grace asked for.
    pub grace: Option<i64>,
    /// What happens to dependents; the kind's own way when none.
    pub propagation: Option<Propagation>,
    /// Only the object with this uid.
    pub uid: Option<String>,
    /// Only at this resource version.
    pub revision: Option<String>,
}

/// What a deletion did.
#[derive(Clone, Debug)]
pub enum Deleted {
    /// It is gone; this is how it was.
    Gone(Arc<Object>),
    /// It is on its way out, held back by grace or finalizers.
    Going(Arc<Object>),
}

impl World {
    /// Deletes an object as the API does.
    ///
    /// # Failures
    /// `NotFound`; `Conflict` when a precondition does not hold.
    pub fn delete(&mut self, key: &Key, how: &Deletion) -> Result<Deleted, Refusal> {
        let Some(before) = self.at(key).cloned() else {
            return Err(Refusal::not_found(&key.kind, key.name()));
        };
        check(key, &before, how)?;
        let mut after = (*before).clone();
        finalizers_for(key, &mut after, how.propagation);
        let grace = rules::grace(&key.kind, &before, how.grace);
        if before.is_going() {
            self.shorten(&mut after, grace);
        } else {
            let seconds = grace.unwrap_or(0);
            let held = after.finalizers().next().is_some() || finish::held_by_kind(key, &after);
            if seconds == 0 && !held {
                return Ok(Deleted::Gone(self.take_away(key.clone(), Some(self.marked(&after, key)))));
            }
            let at = self.now.plus_seconds(seconds).text();
            after["metadata"]["deletionTimestamp"] = at.into();
            after["metadata"]["deletionGracePeriodSeconds"] = seconds.into();
            if after.generation() > 0 && key.kind != "customresourcedefinitions.apiextensions.k8s.io" {
                after["metadata"]["generation"] = (after.generation() + 1).into();
            }
            finish::begin(key, &mut after);
        }
        if finish::may_go(key, &after) {
            return Ok(Deleted::Gone(self.take_away(key.clone(), Some(after))));
        }
        if after == *before {
            return Ok(Deleted::Going(before));
        }
        Ok(Deleted::Going(self.put(key.clone(), Some(after)).expect("it was put")))
    }

    /// How an object that goes at once is shown: one that could have had grace has had none.
    fn marked(&self, object: &Object, key: &Key) -> Object {
        let mut object = object.clone();
        if key.kind == "pods" {
            object["metadata"]["deletionTimestamp"] = self.now.text().into();
            object["metadata"]["deletionGracePeriodSeconds"] = 0.into();
            object["metadata"]["generation"] = (object.generation() + 1).into();
        }
        object
    }

    /// A second deletion may only shorten the grace.
    fn shorten(&self, after: &mut Object, grace: Option<i64>) {
        let had = after["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
        if let Some(seconds) = grace.filter(|seconds| *seconds < had) {
            let asked = after.deleted_at().unwrap_or(self.now).plus_seconds(-had);
            let at = asked.plus_seconds(seconds).max(self.now.plus_seconds(if seconds == 0 { 0 } else { -seconds }));
            after["metadata"]["deletionTimestamp"] = at.text().into();
            after["metadata"]["deletionGracePeriodSeconds"] = seconds.into();
        }
    }

    /// Removes an object at once, whatever holds it: the end of every deletion, and how laws make things vanish.
    pub fn remove(&mut self, key: &Key) -> Option<Arc<Object>> {
        self.at(key)?;
        Some(self.take_away(key.clone(), None))
    }

    pub(super) fn take_away(&mut self, key: Key, last: Option<Object>) -> Arc<Object> {
        let before = self.at(&key).cloned();
        if key.kind == "pods" {
            self.forget_logs(&key);
            self.forget_insides(&key);
        }
        self.put(key, None);
        last.map(Arc::new).or(before).unwrap_or_else(|| Arc::new(Object::new(crate::json::Value::Null)))
    }
}

fn check(key: &Key, object: &Object, how: &Deletion) -> Result<(), Refusal> {
    if let Some(uid) = how.uid.as_deref().filter(|uid| *uid != object.uid()) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been \
             deleted and then recreated",
            object.uid()
        );
        return Err(stale(key, object, &why));
    }
    let has = object.version();
    if let Some(asked) = how.revision.as_deref().filter(|asked| *asked != has) {
        let why = format!(
            "the ResourceVersion in the precondition ({asked}) does not match the ResourceVersion in record ({has}). \
             The object might have been modified"
        );
        return Err(stale(key, object, &why));
    }
    Ok(())
}

/// A conflict that speaks of the kind, not of its plural.
fn stale(key: &Key, object: &Object, why: &str) -> Refusal {
    let kind = object["kind"].as_str().unwrap_or_default();
    Refusal::conflict(&super::Kind::new(key.kind.group(), kind), key.name(), why)
}

/// The finalizers that carry the propagation.
fn finalizers_for(key: &Key, object: &mut Object, asked: Option<Propagation>) {
    let has = |name: &str| object.finalizers().any(|finalizer| finalizer == name);
    let (orphan, foreground) = match asked {
        Some(Propagation::Orphan) => (true, false),
        Some(Propagation::Foreground) => (false, true),
        Some(Propagation::Background) => (false, false),
        None if has("orphan") || has("foregroundDeletion") => (has("orphan"), has("foregroundDeletion")),
        None => (rules::orphans_by_default(&key.kind), false),
    };
    let mut wanted: Vec<String> = object
        .finalizers()
        .filter(|name| !["orphan", "foregroundDeletion"].contains(name))
        .map(str::to_owned)
        .collect();
    wanted.extend(orphan.then(|| "orphan".to_owned()));
    wanted.extend(foreground.then(|| "foregroundDeletion".to_owned()));
    if wanted.is_empty() {
        object.metadata().remove("finalizers");
    } else {
        *list(&mut object["metadata"]["finalizers"]) = wanted.into_iter().map(Into::into).collect();
    }
}
