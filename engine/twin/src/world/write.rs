//! Creating and updating objects, with what the API itself does to their metadata.

use super::{Change, Key, Kind, Object, Refusal, World, rules};
use crate::fields;
use crate::json::Value;
use std::sync::Arc;

/// Which part of an object an update may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All but the status.
    Main,
    /// The status, and such metadata as the kind lets through.
    Status,
    /// Everything: for laws.
    Whole,
}

impl World {
    /// Creates an object: name from `generateName`, uid, time, generation, revision.
    ///
    /// # Failures
    /// `AlreadyExists`; a namespace that is missing or on its way out.
    pub fn create(&mut self, kind: impl Into<Kind>, mut object: Object) -> Result<Arc<Object>, Refusal> {
        let kind = kind.into();
        self.prepare(&kind, &mut object)?;
        self.keep(kind, object)
    }

    /// Keeps a new event whose fields but for its metadata are written already: nobody reads most of them.
    ///
    /// # Failures
    /// A namespace that is missing or on its way out.
    pub(crate) fn create_event(&mut self, key: Key, rest: String) -> Result<(), Refusal> {
        self.may_create_in(&key.kind, key.namespace(), key.name())?;
        let event = Object::event(&key, &self.chance.uid(), &self.now.text(), rest);
        self.put(key, Some(event));
        Ok(())
    }

    /// Keeps a new object that [`World::prepare`] has prepared.
    ///
    /// # Failures
    /// `AlreadyExists`.
    ///
    /// # Panics
    /// Never.
    pub fn keep(&mut self, kind: Kind, object: Object) -> Result<Arc<Object>, Refusal> {
        let key = Key::new(kind, object.namespace(), object.name());
        if self.at(&key).is_some() {
            return Err(Refusal::already_exists(&key.kind, key.name()));
        }
        Ok(self.put(key, Some(object)).expect("it was put"))
    }

    /// Gives a new object all that the API gives it, without keeping it: what a dry run answers.
    ///
    /// # Failures
    /// A namespace that is missing or on its way out.
    pub fn prepare(&mut self, kind: &Kind, object: &mut Object) -> Result<(), Refusal> {
        self.may_create_in(kind, object.namespace(), object.name())?;
        let generated = object["metadata"]["generateName"].as_str().unwrap_or_default().to_owned();
        let uid = self.chance.uid();
        let suffix =
            if object.name().is_empty() && !generated.is_empty() { self.chance.suffix(5) } else { String::new() };
        let (now, counts) = (self.now.text(), rules::counts(kind));
        let metadata = object.metadata();
        if !suffix.is_empty() {
            let base: String = generated.chars().take(58).collect();
            metadata.insert("name".to_owned(), format!("{base}{suffix}").into());
        }
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"] {
            metadata.remove(field);
        }
        metadata.insert("uid".to_owned(), uid.into());
        metadata.insert("creationTimestamp".to_owned(), now.into());
        if counts {
            metadata.insert("generation".to_owned(), 1.into());
        }
        object.set_version("");
        Ok(())
    }

    /// Refuses new objects in a namespace that is missing or on its way out.
    pub(crate) fn may_create_in(&self, kind: &Kind, namespace: &str, name: &str) -> Result<(), Refusal> {
        if namespace.is_empty() {
            return Ok(());
        }
        let Some(found) = self.get("namespaces", "", namespace) else {
            return Err(Refusal::not_found(&"namespaces".into(), namespace));
        };
        if !found.is_going() && found["status"]["phase"] != "Terminating" {
            return Ok(());
        }
        let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
        let mut refusal = Refusal::forbidden(kind, name, &why);
        refusal.causes.push(super::Cause {
            reason: "NamespaceTerminating".to_owned(),
            message: format!("namespace {namespace} is being terminated"),
            field: "metadata.namespace".to_owned(),
        });
        Err(refusal)
    }

    /// Replaces an object. What is unchanged is not written; what loses its last finalizer while it goes is gone.
    ///
    /// # Failures
    /// `NotFound`; `Conflict` when the object carries another resource version or uid than the one that is there.
    pub fn update(&mut self, kind: impl Into<Kind>, object: Object, part: Part) -> Result<Arc<Object>, Refusal> {
        let key = Key::new(kind, object.namespace(), object.name());
        let Some(before) = self.at(&key).cloned() else {
            return Err(Refusal::not_found(&key.kind, key.name()));
        };
        let after = Self::merged(&key, &before, object, part)?;
        self.put_if_changed(key, &before, after)
    }

    /// What an update would leave, without keeping it.
    ///
    /// # Failures
    /// As [`World::update`].
    pub fn merged(key: &Key, before: &Object, mut after: Object, part: Part) -> Result<Object, Refusal> {
        let asked = after.version();
        if !asked.is_empty() && asked != before.version() {
            return Err(Refusal::modified(key));
        }
        let uid = after.uid();
        if !uid.is_empty() && uid != before.uid() {
            let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", before.uid());
            return Err(Refusal::conflict(&key.kind, key.name(), &why));
        }
        match part {
            Part::Main => after.keep(before, "status"),
            Part::Status => {
                after.keep_all_but_status(before);
                if !rules::built_in(&key.kind) {
                    after.keep(before, "metadata");
                }
            }
            Part::Whole => {}
        }
        after.set_version(before.version());
        if !after.shares(before, "metadata") {
            keep_own_metadata(&mut after, before);
        }
        if rules::counts(&key.kind) && !before.wants_the_same(&after) && !bound(key, before, &after) {
            after["metadata"]["generation"] = (before.generation() + 1).into();
        }
        Ok(after)
    }

    /// Reads, changes and writes one object: how laws write. Nothing is written when nothing changed.
    ///
    /// # Failures
    /// `NotFound`.
    pub fn change(&mut self, key: &Key, change: impl FnOnce(&mut Object)) -> Result<Arc<Object>, Refusal> {
        let Some(before) = self.at(key).cloned() else {
            return Err(Refusal::not_found(&key.kind, key.name()));
        };
        let mut after = (*before).clone();
        change(&mut after);
        let after = Self::merged(key, &before, after, Part::Whole)?;
        self.put_if_changed(key.clone(), &before, after)
    }

    /// Writes an object's status and nothing else: as a change, without copying the status that goes.
    ///
    /// # Failures
    /// `NotFound`.
    pub(crate) fn change_status(&mut self, key: &Key, status: Value) -> Result<Arc<Object>, Refusal> {
        let Some(before) = self.at(key).cloned() else {
            return Err(Refusal::not_found(&key.kind, key.name()));
        };
        if before["status"] == status {
            return Ok(before);
        }
        let mut after = (*before).clone();
        after.set("status", Some(status));
        if super::finish::may_go(key, &after) {
            return Ok(self.take_away(key.clone(), Some(after)));
        }
        Ok(self.put(key.clone(), Some(after)).expect("it was put"))
    }

    /// The same in somebody's name: what it changes is noted under `managedFields` as that manager's.
    ///
    /// # Failures
    /// `NotFound`.
    pub fn change_as(
        &mut self,
        key: &Key,
        manager: &str,
        sub: &str,
        change: impl FnOnce(&mut Object),
    ) -> Result<Arc<Object>, Refusal> {
        let Some(before) = self.at(key).cloned() else {
            return Err(Refusal::not_found(&key.kind, key.name()));
        };
        let mut after = (*before).clone();
        change(&mut after);
        let api_version = after["apiVersion"].as_str().unwrap_or_default().to_owned();
        let shape = self.shapes.of(&crate::json::json!({"apiVersion": api_version, "kind": after["kind"]}));
        let (now, ignored) = (self.now.text(), fields::Set::default());
        let who = fields::Who { manager, api_version: &api_version, sub, now: &now, ignored: &ignored };
        let owners = fields::owners(&before.managed()).unwrap_or_default();
        let owners =
            fields::updated(&before.plain(), &after.plain(), owners, shape.as_ref().map(|kind| kind.shape()), &who);
        after.set_managed(&fields::entries(&owners));
        let after = Self::merged(key, &before, after, Part::Whole)?;
        self.put_if_changed(key.clone(), &before, after)
    }

    pub(crate) fn put_if_changed(
        &mut self,
        key: Key,
        before: &Arc<Object>,
        mut after: Object,
    ) -> Result<Arc<Object>, Refusal> {
        after.share(before);
        if super::finish::may_go(&key, &after) {
            return Ok(self.take_away(key, Some(after)));
        }
        if after == **before {
            return Ok(before.clone());
        }
        Ok(self.put(key, Some(after)).expect("it was put"))
    }

    /// Keeps or removes an object and tells the history, the indexes and the laws.
    pub(super) fn put(&mut self, key: Key, after: Option<Object>) -> Option<Arc<Object>> {
        self.revision += 1;
        let before = self.at(&key).cloned();
        let mut after = after;
        if let Some(object) = &mut after {
            object.set_version(&self.revision.to_string());
        }
        self.indexes.moved(&key, before.as_deref(), after.as_ref(), self.now);
        self.learn(&key, after.as_ref());
        // There are more events than anything else, and hardly anybody reads them.
        if let Some(event) = after.as_mut().filter(|_| key.kind == "events") {
            event.pack();
        }
        let after = after.map(Arc::new);
        let table = Arc::make_mut(self.tables.entry(key.kind.clone()).or_default());
        match &after {
            Some(object) => table.put(key.path().clone(), object.clone()),
            None => table.remove(key.path()),
        }
        let change = Change { revision: self.revision, key, before, after: after.clone() };
        let forgotten = self.history.push(&change);
        self.work.hear(change);
        if let Some(forgotten) = forgotten {
            self.waste.add(forgotten);
        }
        after
    }
}

impl World {
    /// The kinds of a definition are served while it is established.
    fn learn(&mut self, key: &Key, after: Option<&Object>) {
        if key.kind == "customresourcedefinitions.apiextensions.k8s.io" {
            self.shapes = match after.filter(|definition| definition.condition("Established") == Some("True")) {
                Some(definition) => self.shapes.with(&definition.plain()),
                None => self.shapes.without(key.name()),
            };
        }
    }
}

/// Puts back what of the metadata is the API's own.
fn keep_own_metadata(after: &mut Object, before: &Object) {
    let metadata = after.metadata();
    for field in
        ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName"]
    {
        match before["metadata"].get(field) {
            Some(value) => metadata.insert(field.to_owned(), value.clone()),
            None => metadata.remove(field),
        };
    }
    metadata.remove("selfLink");
}

/// Whether a pod has just been given its node, which its generation does not count.
fn bound(key: &Key, before: &Object, after: &Object) -> bool {
    let node = |pod: &Object| pod["spec"]["nodeName"].as_str().is_some_and(|name| !name.is_empty());
    key.kind == "pods" && !node(before) && node(after)
}
