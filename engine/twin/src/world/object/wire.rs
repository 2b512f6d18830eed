//! An object as it is sent: its parts' texts one after the other, with the version and the managers in their place.

use super::{HEAD, METADATA, Object, REST, is_many, part};
use crate::json::Value;
use crate::world::Key;
use crate::world::field::Field;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::sync::{Arc, LazyLock};

impl Object {
    /// Writes the whole object as JSON, with or without its kind and version; kind, version and metadata come first.
    pub(crate) fn put(&self, out: &mut Vec<u8>, kind: bool) {
        let begin = out.len();
        let next = |out: &mut Vec<u8>| out.push(if out.len() == begin { b'{' } else { b',' });
        for (at, field) in self.parts.iter().enumerate() {
            let Some(text) = field.as_ref().map(|field| field.text()) else { continue };
            if at == METADATA {
                next(out);
                out.extend_from_slice(b"\"metadata\":");
                self.put_metadata(out, text);
            } else if !is_many(at) {
                next(out);
                out.extend_from_slice(if at == part("spec") { b"\"spec\":" } else { b"\"status\":" });
                out.extend_from_slice(text.as_bytes());
            } else if text.len() > 2 && (kind || at != HEAD) {
                next(out);
                out.extend_from_slice(&text.as_bytes()[1..text.len() - 1]);
            }
        }
        if out.len() == begin {
            out.push(b'{');
        }
        out.push(b'}');
    }

    fn put_metadata(&self, out: &mut Vec<u8>, text: &str) {
        let Some(inner) = text.strip_suffix('}') else { return out.extend_from_slice(text.as_bytes()) };
        out.extend_from_slice(inner.as_bytes());
        let mut more = inner.len() > 1;
        let mut name = |out: &mut Vec<u8>, name: &str| {
            out.extend_from_slice(if more { b",\"" } else { b"\"" });
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            more = true;
        };
        if let Some(version) = &self.version {
            name(out, "resourceVersion");
            out.extend_from_slice(Value::from(&**version).to_string().as_bytes());
        }
        if let Some(managed) = &self.managed {
            name(out, "managedFields");
            out.extend_from_slice(managed.as_bytes());
        }
        out.push(b'}');
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
        let mut out = Vec::new();
        self.put(&mut out, kind);
        let text = String::from_utf8(out).map_err(serde::ser::Error::custom)?;
        RawValue::from_string(text).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// The metadata of an event, as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    creation_timestamp: &'a str,
    name: &'a str,
    namespace: &'a str,
    uid: &'a str,
}

impl Object {
    /// An event at rest, from the text of all but its kind and its metadata.
    pub(in crate::world) fn event(key: &Key, uid: &str, now: &str, rest: String) -> Self {
        static HEAD_OF_ALL: LazyLock<Arc<Field>> =
            LazyLock::new(|| Field::at_rest("{\"kind\":\"Event\",\"apiVersion\":\"v1\"}".into()));
        let metadata = Metadata { creation_timestamp: now, name: key.name(), namespace: key.namespace(), uid };
        let mut event = Self::default();
        event.parts[HEAD] = Some(HEAD_OF_ALL.clone());
        event.parts[METADATA] = crate::json::to_string(&metadata).ok().map(|text| Field::at_rest(text.into()));
        event.parts[REST] = Some(Field::at_rest(rest.into()));
        event
    }
}
