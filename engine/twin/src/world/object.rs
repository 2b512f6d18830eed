//! One object: its fields as JSON in parts, so that what changes one part copies no other. The record of who set them is
//! kept apart as text, for that is the larger half; so is the version, for it is another with every change.
//!
//! An object at rest may be kept as text alone; each part unpacks itself when somebody reads it.

mod meta;
mod wire;

pub use meta::Owner;

use super::field::Field;
use crate::json::{Map, Value};
use std::ops::{Index, IndexMut};
use std::sync::Arc;

/// The parts of an object: what it is, its metadata, spec and status, and all its other fields.
const PARTS: usize = 5;
const HEAD: usize = 0;
const METADATA: usize = 1;
const REST: usize = 4;

/// The part a field is in.
fn part(field: &str) -> usize {
    match field {
        "kind" | "apiVersion" => HEAD,
        "metadata" => METADATA,
        "spec" => 2,
        "status" => 3,
        _ => REST,
    }
}

/// Whether a part is a map of several fields and not one field.
fn is_many(part: usize) -> bool {
    part == HEAD || part == REST
}

/// One object. It reads and changes like its JSON, without `metadata.managedFields` and `metadata.resourceVersion`, which
/// have accessors of their own.
#[derive(Clone, Debug, Default)]
pub struct Object {
    parts: [Option<Arc<Field>>; PARTS],
    managed: Option<Arc<str>>,
    version: Option<Arc<str>>,
}

impl Object {
    /// An object from its whole JSON; the record of managers and the version are taken out of it.
    #[must_use]
    pub fn new(value: Value) -> Self {
        let mut object = Self::default();
        let mut many: [Map; PARTS] = Default::default();
        if let Value::Object(fields) = value {
            for (name, value) in fields {
                match part(&name) {
                    at if is_many(at) => drop(many[at].insert(name, value)),
                    at => object.parts[at] = Some(Field::of(value)),
                }
            }
        }
        for (at, fields) in many.into_iter().enumerate().filter(|(_, fields)| !fields.is_empty()) {
            object.parts[at] = Some(Field::of(Value::Object(fields)));
        }
        object.settle_metadata();
        object
    }

    /// Takes out of the metadata what is kept apart.
    fn settle_metadata(&mut self) {
        let Some(metadata) = self.get("metadata").and_then(Value::as_object) else { return };
        if metadata.contains_key("managedFields") {
            let managed = self.metadata().remove("managedFields").unwrap_or_default();
            self.set_managed(&managed);
        }
        if self["metadata"].get("resourceVersion").is_some() {
            let version = self.metadata().remove("resourceVersion");
            self.set_version(version.as_ref().and_then(Value::as_str).unwrap_or_default());
        }
    }

    /// A field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        let at = part(field);
        let value = self.parts[at].as_ref()?.value();
        if is_many(at) { value.get(field) } else { Some(value) }
    }

    /// A field to be changed.
    pub fn get_mut(&mut self, field: &str) -> Option<&mut Value> {
        self.get(field)?;
        Some(&mut self[field])
    }

    /// Sets a field, or takes it out.
    pub(crate) fn set(&mut self, field: &str, value: Option<Value>) {
        let at = part(field);
        match value {
            Some(value) if is_many(at) => self[field] = value,
            Some(value) => self.parts[at] = Some(Field::of(value)),
            None if !is_many(at) => self.parts[at] = None,
            None => {
                if self.get(field).is_some() {
                    map(self.open(at)).remove(field);
                }
            }
        }
    }

    /// Makes everything as it is in another but for metadata and status: what of them is its own.
    pub(super) fn keep_all_but_status(&mut self, other: &Self) {
        for at in [HEAD, part("spec"), REST] {
            self.parts[at].clone_from(&other.parts[at]);
        }
    }

    /// Makes a field as it is in another.
    pub(crate) fn keep(&mut self, other: &Self, field: &str) {
        let at = part(field);
        if is_many(at) {
            self.set(field, other.get(field).cloned());
        } else {
            self.parts[at].clone_from(&other.parts[at]);
        }
    }

    /// The fields with their names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.parts.iter().enumerate().flat_map(|(at, field)| {
            let value = field.as_deref().map(Field::value);
            let names = ["", "metadata", "spec", "status", ""];
            let one = value.filter(|_| !is_many(at)).map(|value| (names[at], value));
            let many = value.filter(|_| is_many(at)).and_then(Value::as_object).into_iter().flatten();
            one.into_iter().chain(many.map(|(name, value)| (name.as_str(), value)))
        })
    }

    /// Whether a field is the same in another; mostly known without a look at it.
    #[must_use]
    pub fn shares(&self, other: &Self, field: &str) -> bool {
        self.is_one_with(other, field) || self.get(field) == other.get(field)
    }

    /// Whether a field is one and the same in both: then it is equal, and if not it may be so all the same.
    pub(crate) fn is_one_with(&self, other: &Self, field: &str) -> bool {
        let at = part(field);
        matches!((&self.parts[at], &other.parts[at]), (Some(one), Some(other)) if Arc::ptr_eq(one, other))
    }

    /// Whether all but kind, metadata and status is the same in another.
    pub(super) fn wants_the_same(&self, other: &Self) -> bool {
        self.shares(other, "spec") && same(&self.parts[REST], &other.parts[REST])
    }

    /// Takes over from another what is the same.
    pub(super) fn share(&mut self, other: &Self) {
        for (mine, other) in self.parts.iter_mut().zip(&other.parts) {
            if same(mine, other) {
                mine.clone_from(other);
            }
        }
        if self.managed == other.managed {
            self.managed.clone_from(&other.managed);
        }
    }

    fn open(&mut self, at: usize) -> &mut Value {
        Field::value_mut(self.parts[at].get_or_insert_with(|| Field::of(Value::Null)))
    }

    /// Keeps the object as text alone.
    pub(super) fn pack(&mut self) {
        self.parts.iter_mut().flatten().for_each(Field::pack);
    }

    /// The object as text alone; the text is shared.
    pub(super) fn as_packed(self: &Arc<Self>) -> Arc<Self> {
        if !self.is_open() {
            return self.clone();
        }
        let packed = |field: &Option<Arc<Field>>| field.as_ref().map(|field| field.packed());
        let parts = self.parts.each_ref().map(packed);
        Arc::new(Self { parts, managed: self.managed.clone(), version: self.version.clone() })
    }

    /// Whether it takes the room of its fields.
    pub(super) fn is_open(&self) -> bool {
        self.parts.iter().flatten().any(|field| field.is_open())
    }

    /// Whether it is of this version; what is packed stays so.
    pub(crate) fn is_of(&self, api_version: &str) -> bool {
        match &self.parts[HEAD] {
            Some(head) if !head.is_open() => head.text().contains(&format!("\"apiVersion\":\"{api_version}\"")),
            _ => self["apiVersion"] == api_version,
        }
    }

    /// Whether a word may be among its fields' values; said of what is packed without unpacking it.
    pub(crate) fn may_say(&self, word: &str) -> bool {
        // What is left out may be meant by these.
        let vague = ["", "0", "false"].contains(&word);
        let plain = word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
        let says = |field: &Arc<Field>| field.is_open() || field.text().contains(word);
        vague || !plain || self.parts.iter().flatten().any(says)
    }

    /// The whole JSON, version and managers included.
    #[must_use]
    pub fn whole(&self) -> Value {
        let mut value = self.plain();
        if self.managed.is_some() {
            value["metadata"]["managedFields"] = self.managed();
        }
        value
    }

    /// The JSON with the version, without the managers, given away.
    pub(crate) fn into_plain(self) -> Value {
        let mut fields = Map::new();
        for (at, field) in self.parts.into_iter().enumerate() {
            let Some(value) = field.map(Field::taken) else { continue };
            match (at, value) {
                (HEAD | REST, Value::Object(many)) => fields.extend(many),
                (HEAD | REST, _) => {}
                (at, value) => drop(fields.insert(["", "metadata", "spec", "status", ""][at].to_owned(), value)),
            }
        }
        let mut value = Value::Object(fields);
        if let Some(version) = &self.version {
            value["metadata"]["resourceVersion"] = (**version).into();
        }
        value
    }

    /// The JSON with the version, without the managers.
    #[must_use]
    pub fn plain(&self) -> Value {
        self.clone().into_plain()
    }

    /// `metadata.managedFields`, or null.
    #[must_use]
    pub fn managed(&self) -> Value {
        self.managed.as_deref().and_then(|text| crate::json::from_str(text).ok()).unwrap_or(Value::Null)
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

    /// `metadata.resourceVersion`, or nothing.
    #[must_use]
    pub fn version(&self) -> &str {
        self.version.as_deref().unwrap_or_default()
    }

    /// Sets `metadata.resourceVersion`; nothing takes it away.
    pub fn set_version(&mut self, version: &str) {
        self.version = (!version.is_empty()).then(|| version.into());
    }
}

fn same(one: &Option<Arc<Field>>, other: &Option<Arc<Field>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
        (None, None) => true,
        _ => false,
    }
}

impl Index<&str> for Object {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        static NOTHING: Value = Value::Null;
        self.get(field).unwrap_or(&NOTHING)
    }
}

impl IndexMut<&str> for Object {
    fn index_mut(&mut self, field: &str) -> &mut Value {
        let at = part(field);
        let value = self.open(at);
        if is_many(at) { &mut value[field] } else { value }
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        let mut parts = self.parts.iter().zip(&other.parts);
        let apart = |it: &Self| (it.managed.clone(), it.version.clone());
        parts.all(|(one, other)| same(one, other)) && apart(self) == apart(other)
    }
}

/// An object of these fields: what `json!` makes, without copying the values into it.
pub(crate) fn record<const COUNT: usize>(fields: [(&str, Value); COUNT]) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The strings of a JSON list.
pub(crate) fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str)
}

/// The value as an object, made one when it is something else.
pub(crate) fn map(value: &mut Value) -> &mut Map {
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
