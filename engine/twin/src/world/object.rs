//! One object: its fields as JSON, and the record of who set them kept apart as text, for that is the larger half.
//!
//! An object at rest may be kept as text alone; it unpacks itself when somebody reads its fields.

use super::Moment;
use super::packed::Packed;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// One object. It reads and changes like its JSON, without `metadata.managedFields`, which has accessors of its own.
#[derive(Clone, Debug)]
pub struct Object {
    /// The fields; empty while nobody has asked for what is packed.
    value: OnceLock<Value>,
    /// The same as text; empty until somebody wants it, and again when the fields have changed.
    packed: OnceLock<Option<Arc<Packed>>>,
    managed: Option<Arc<str>>,
}

/// One owner of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The owner's kind, as it is written: `ReplicaSet`.
    pub kind: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its uid.
    pub uid: &'a str,
    /// Whether it controls the object.
    pub controller: bool,
    /// Whether the owner's foreground deletion waits for the object.
    pub blocks: bool,
}

impl<'a> Owner<'a> {
    fn of(owner: &'a Value) -> Self {
        Self {
            kind: owner["kind"].as_str().unwrap_or_default(),
            name: owner["name"].as_str().unwrap_or_default(),
            uid: owner["uid"].as_str().unwrap_or_default(),
            controller: owner["controller"].as_bool().unwrap_or(false),
            blocks: owner["blockOwnerDeletion"].as_bool().unwrap_or(false),
        }
    }
}

impl Object {
    /// An object from its whole JSON; the record of managers is taken out of it.
    #[must_use]
    pub fn new(mut value: Value) -> Self {
        let managed = value
            .get_mut("metadata")
            .and_then(Value::as_object_mut)
            .and_then(|metadata| metadata.remove("managedFields"))
            .filter(|managed| managed.as_array().is_some_and(|entries| !entries.is_empty()))
            .map(|managed| managed.to_string().into());
        Self { value: value.into(), packed: OnceLock::new(), managed }
    }

    fn value(&self) -> &Value {
        self.value.get_or_init(|| self.packed.get().and_then(Option::as_ref).map_or(Value::Null, |it| it.value()))
    }

    fn value_mut(&mut self) -> &mut Value {
        self.value();
        self.packed = OnceLock::new();
        self.value.get_mut().expect("it was just read")
    }

    /// The object as text, made once for all who send it; none for what cannot be packed.
    fn text(&self) -> Option<&Packed> {
        self.packed.get_or_init(|| self.value.get().and_then(Packed::of).map(Arc::new)).as_deref()
    }

    /// Keeps the object as text alone, where that can be done.
    pub(super) fn pack(&mut self) {
        if self.text().is_some() {
            self.value = OnceLock::new();
        }
    }

    /// The object as text alone, where that can be done; the text is shared.
    pub(super) fn as_packed(self: &Arc<Self>) -> Arc<Self> {
        if !self.is_open() || self.text().is_none() {
            return self.clone();
        }
        Arc::new(Self { value: OnceLock::new(), packed: self.packed.clone(), managed: self.managed.clone() })
    }

    /// Whether it takes the room of its fields.
    pub(super) fn is_open(&self) -> bool {
        self.value.get().is_some()
    }

    /// Whether it is of this version; what is packed stays so.
    pub(crate) fn is_of(&self, api_version: &str) -> bool {
        match (self.value.get(), self.packed.get()) {
            (None, Some(Some(packed))) => packed.is_of(api_version),
            _ => self.value()["apiVersion"] == api_version,
        }
    }

    /// Whether a word may be among its fields' values; said of what is packed without unpacking it.
    pub(crate) fn may_say(&self, word: &str) -> bool {
        match (self.value.get(), self.packed.get()) {
            (None, Some(Some(packed))) => packed.may_say(word),
            _ => true,
        }
    }

    /// Writes the whole object as JSON, with or without its kind and version.
    pub(crate) fn put(&self, out: &mut Vec<u8>, kind: bool) {
        match self.text() {
            Some(packed) => packed.write(out, self.managed.as_deref(), kind),
            None => out.extend_from_slice(self.value().to_string().as_bytes()),
        }
    }

    /// The whole JSON, managers included.
    #[must_use]
    pub fn whole(&self) -> Value {
        let mut value = self.copied();
        if self.managed.is_some() {
            value["metadata"]["managedFields"] = self.managed();
        }
        value
    }

    /// The JSON without the managers, given away.
    pub(crate) fn into_plain(mut self) -> Value {
        std::mem::take(self.value_mut())
    }

    /// The JSON without the managers.
    #[must_use]
    pub fn plain(&self) -> &Value {
        self.value()
    }

    /// A copy of the JSON without the managers; what is packed stays so.
    fn copied(&self) -> Value {
        match (self.value.get(), self.packed.get()) {
            (None, Some(Some(packed))) => packed.value(),
            _ => self.value().clone(),
        }
    }

    /// The object with another value of one of its fields.
    pub(super) fn with(&self, field: &str, value: Value) -> Self {
        let others = self.as_object().into_iter().flatten().filter(|(name, _)| *name != field);
        let mut fields: Map<String, Value> = others.map(|(name, value)| (name.clone(), value.clone())).collect();
        fields.insert(field.to_owned(), value);
        Self { value: Value::Object(fields).into(), packed: OnceLock::new(), managed: self.managed.clone() }
    }

    /// `metadata.managedFields`, or null.
    #[must_use]
    pub fn managed(&self) -> Value {
        self.managed.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
    }

    /// `metadata.managedFields` as text.
    #[must_use]
    pub fn managed_text(&self) -> Option<&str> {
        self.managed.as_deref()
    }

    /// Sets `metadata.managedFields`.
    pub fn set_managed(&mut self, managed: &Value) {
        let some = managed.as_array().is_some_and(|entries| !entries.is_empty());
        self.managed = some.then(|| managed.to_string().into());
    }

    pub(crate) fn share_managed(&mut self, other: &Self) {
        self.managed.clone_from(&other.managed);
    }

    fn meta(&self, field: &str) -> &str {
        self.value()["metadata"][field].as_str().unwrap_or_default()
    }

    /// `metadata.name`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.meta("name")
    }

    /// `metadata.namespace`, or nothing.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.meta("namespace")
    }

    /// `metadata.uid`.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.meta("uid")
    }

    /// `metadata.resourceVersion` as a number; zero when there is none.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.meta("resourceVersion").parse().unwrap_or(0)
    }

    /// `metadata.generation`.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.value()["metadata"]["generation"].as_i64().unwrap_or(0)
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Moment {
        Moment::read(self.meta("creationTimestamp")).unwrap_or_default()
    }

    /// When it is to go, if it is going.
    #[must_use]
    pub fn deleted_at(&self) -> Option<Moment> {
        Moment::read(self.meta("deletionTimestamp"))
    }

    /// Whether it is on its way out.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.value()["metadata"]["deletionTimestamp"].is_string()
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self.value()["metadata"]["labels"].get(name).and_then(Value::as_str)
    }

    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.value()["metadata"]["annotations"].get(name).and_then(Value::as_str)
    }

    /// The finalizers.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        strings(&self.value()["metadata"]["finalizers"])
    }

    /// The owners.
    pub fn owners(&self) -> impl Iterator<Item = Owner<'_>> {
        self.references().iter().map(Owner::of)
    }

    fn references(&self) -> &[Value] {
        self.value()["metadata"]["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// The owner that controls it.
    #[must_use]
    pub fn controller(&self) -> Option<Owner<'_>> {
        self.references().iter().find(|owner| owner["controller"] == true).map(Owner::of)
    }

    /// A reference to this object for `metadata.ownerReferences`, as its controller.
    #[must_use]
    pub fn as_controller(&self) -> Value {
        serde_json::json!({
            "apiVersion": self.value()["apiVersion"], "kind": self.value()["kind"], "name": self.name(), "uid": self.uid(),
            "controller": true, "blockOwnerDeletion": true,
        })
    }

    /// Its `metadata`, made when it is missing.
    pub fn metadata(&mut self) -> &mut Map<String, Value> {
        map(&mut self.value_mut()["metadata"])
    }

    /// Sets a label.
    pub fn set_label(&mut self, name: &str, value: &str) {
        self.value_mut()["metadata"]["labels"][name] = value.into();
    }

    /// Sets an annotation.
    pub fn set_annotation(&mut self, name: &str, value: &str) {
        self.value_mut()["metadata"]["annotations"][name] = value.into();
    }

    /// Sets the condition of this type in `status.conditions`; its times move only when its status does.
    pub fn set_condition(&mut self, now: Moment, kind: &str, status: &str, reason: &str, message: &str) {
        let conditions = list(&mut self.value_mut()["status"]["conditions"]);
        let at = conditions.iter().position(|condition| condition["type"] == kind).unwrap_or_else(|| {
            conditions.push(serde_json::json!({"type": kind, "status": "", "lastTransitionTime": now.text()}));
            conditions.len() - 1
        });
        let condition = &mut conditions[at];
        if condition["status"] != status {
            condition["status"] = status.into();
            condition["lastTransitionTime"] = now.text().into();
        }
        for (field, text) in [("reason", reason), ("message", message)] {
            if text.is_empty() {
                map(condition).remove(field);
            } else {
                condition[field] = text.into();
            }
        }
    }

    /// The status of the condition of this type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&str> {
        let conditions = self.value()["status"]["conditions"].as_array()?;
        conditions.iter().find(|condition| condition["type"] == kind)?["status"].as_str()
    }
}

impl Deref for Object {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.value()
    }
}

impl DerefMut for Object {
    fn deref_mut(&mut self) -> &mut Value {
        self.value_mut()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        let same = match (self.packed.get(), other.packed.get()) {
            (Some(Some(one)), Some(Some(other))) => one == other,
            _ => self.value() == other.value(),
        };
        same && self.managed == other.managed
    }
}

/// Writes the whole object, with the managers' text as it is.
impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(serializer, true)
    }
}

/// An object without `kind` and `apiVersion`, as the items of built-in lists are.
pub(crate) struct WithoutKind<'a>(&'a Object);

impl Serialize for WithoutKind<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer, false)
    }
}

impl Object {
    pub(crate) fn without_kind(&self) -> WithoutKind<'_> {
        WithoutKind(self)
    }

    fn write<S: Serializer>(&self, serializer: S, kind: bool) -> Result<S::Ok, S::Error> {
        if self.text().is_some() {
            let mut out = Vec::new();
            self.put(&mut out, kind);
            let text = String::from_utf8(out).map_err(serde::ser::Error::custom)?;
            return RawValue::from_string(text).map_err(serde::ser::Error::custom)?.serialize(serializer);
        }
        self.value().serialize(serializer)
    }
}

/// The strings of a JSON list.
pub(crate) fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str)
}

/// The value as an object, made one when it is something else.
pub(crate) fn map(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("just made")
}

/// The value as a list, made one when it is something else.
pub(crate) fn list(value: &mut Value) -> &mut Vec<Value> {
    if !value.is_array() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut().expect("just made")
}
