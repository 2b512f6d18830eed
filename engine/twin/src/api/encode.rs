//! Writing objects and lists the way the client wants them.

use super::accept::{Format, View, Wanted};
use super::answer::{Answer, Body};
use super::kinds::{Served, list_kind};
use super::table;
use crate::json::{Value, json};
use crate::rules;
use crate::world::{Moment, Object, World};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::sync::Arc;

/// What is said of a list beside its items.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListMeta {
    pub(crate) revision: String,
    pub(crate) next: Option<String>,
    pub(crate) remaining: Option<u64>,
}

impl ListMeta {
    fn value(&self, custom: bool) -> Value {
        let mut meta = json!({});
        if !self.revision.is_empty() {
            meta["resourceVersion"] = self.revision.as_str().into();
        }
        if custom {
            meta["continue"] = "".into();
        }
        if let Some(next) = &self.next {
            meta["continue"] = next.as_str().into();
        }
        if let Some(remaining) = self.remaining {
            meta["remainingItemCount"] = remaining.into();
        }
        meta
    }
}

/// Bytes of a value in the format that is wanted.
pub(crate) fn bytes(value: &impl Serialize, wanted: Wanted) -> Vec<u8> {
    match (wanted.format, wanted.pretty) {
        (Format::Yaml, _) => {
            let plain = crate::json::from(value).unwrap_or_default();
            serde_saphyr::to_string(&plain).unwrap_or_default().into_bytes()
        }
        (Format::Json, true) => {
            let plain = crate::json::from(value).unwrap_or_default();
            serde_json::to_vec_pretty(&plain).unwrap_or_default()
        }
        (Format::Json, false) => {
            let mut bytes = crate::json::to_vec(value).unwrap_or_default();
            bytes.push(b'\n');
            bytes
        }
    }
}

/// Any value as an answer.
pub(crate) fn value(code: u16, value: &impl Serialize, wanted: Wanted) -> Answer {
    Answer::bytes(code, wanted.content_type(), bytes(value, wanted))
}

/// One object as an answer.
pub(crate) fn object(
    code: u16,
    world: &World,
    served: &Served,
    object: &Arc<Object>,
    wanted: Wanted,
    query: &super::Query,
) -> Answer {
    match wanted.view {
        View::Whole => {
            let shown = Shown { object, served, item: false };
            if wanted.format != Format::Json || wanted.pretty {
                return value(code, &shown, wanted);
            }
            let mut bytes = Vec::new();
            shown.put(&mut bytes);
            bytes.push(b'\n');
            Answer::bytes(code, wanted.content_type(), bytes)
        }
        View::Table(version) => {
            let include = table::Include::read(query);
            let meta = ListMeta { revision: object.version().to_owned(), ..ListMeta::default() };
            let made = table::table(served, std::slice::from_ref(object), world.now(), include, version, true);
            value(code, &with_meta(made, &meta), wanted)
        }
        View::Partial(version) => value(code, &partial(object, version), wanted),
        View::PartialList(_) => {
            let kind = rules::internal(served, "");
            let why = "you requested PartialObjectMetadataList, but the requested object is not a list";
            super::accept::unfit(format!("{why} ({kind})")).into()
        }
    }
}

/// A list as an answer, written after the world is let go.
pub(crate) fn list(
    served: &Arc<Served>,
    now: Moment,
    objects: Vec<Arc<Object>>,
    meta: ListMeta,
    wanted: Wanted,
    query: &super::Query,
) -> Answer {
    if let View::Partial(_) = wanted.view {
        let kind = rules::internal(served, "List");
        let why = "you requested PartialObjectMetadata, but the requested object is a list";
        return super::accept::unfit(format!("{why} ({kind})")).into();
    }
    let (served, include) = (served.clone(), table::Include::read(query));
    let make = move || match wanted.view {
        View::Whole | View::Partial(_) => {
            let list = List { served: &served, meta: meta.value(served.is_custom()), objects: &objects };
            if wanted.format == Format::Json && !wanted.pretty { list.bytes() } else { bytes(&list, wanted) }
        }
        View::Table(version) => {
            let made = table::table(&served, &objects, now, include, version, true);
            bytes(&with_meta(made, &meta), wanted)
        }
        View::PartialList(version) => {
            let items: Vec<Value> = objects.iter().map(|object| partial(object, version)).collect();
            let api_version = format!("meta.k8s.io/{version}");
            let items = if items.is_empty() { Value::Null } else { items.into() };
            let list = json!({"kind": "PartialObjectMetadataList", "apiVersion": api_version, "metadata": meta.value(false), "items": items});
            bytes(&list, wanted)
        }
    };
    let mut answer = Answer::bytes(200, wanted.content_type(), Vec::new());
    answer.body = Body::Later(Box::new(make));
    answer
}

fn with_meta(mut table: Value, meta: &ListMeta) -> Value {
    table["metadata"] = meta.value(false);
    table
}

/// The metadata alone.
pub(crate) fn partial(object: &Object, version: &str) -> Value {
    let metadata = object.whole()["metadata"].take();
    json!({"kind": "PartialObjectMetadata", "apiVersion": format!("meta.k8s.io/{version}"), "metadata": metadata})
}

struct List<'a> {
    served: &'a Served,
    meta: Value,
    objects: &'a [Arc<Object>],
}

impl List<'_> {
    /// The list as plain JSON, its items as the text they are kept as.
    fn bytes(&self) -> Vec<u8> {
        // As the real one writes them: what it is comes first.
        let (kind, version) = (list_kind(self.served), self.served.api_version());
        let mut out = format!("{{\"kind\":{},\"apiVersion\":{},", json!(kind), json!(version)).into_bytes();
        out.extend(format!("\"metadata\":{},\"items\":[", self.meta).into_bytes());
        for (at, object) in self.objects.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            Shown { object, served: self.served, item: true }.put(&mut out);
        }
        out.extend_from_slice(b"]}\n");
        out
    }
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("kind", &list_kind(self.served))?;
        out.serialize_entry("apiVersion", &self.served.api_version())?;
        out.serialize_entry("metadata", &self.meta)?;
        out.serialize_entry("items", &Items(self))?;
        out.end()
    }
}

struct Items<'a>(&'a List<'a>);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(Some(self.0.objects.len()))?;
        for object in self.0.objects {
            out.serialize_element(&Shown { object, served: self.0.served, item: true })?;
        }
        out.end()
    }
}

/// One object in the version it was asked in; items of built-in lists do not repeat their kind.
pub(crate) struct Shown<'a> {
    pub(crate) object: &'a Object,
    pub(crate) served: &'a Served,
    pub(crate) item: bool,
}

impl Shown<'_> {
    /// Writes it as plain JSON.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let converted = super::convert::converted(self.object, self.served);
        let object = converted.as_ref().unwrap_or(self.object);
        object.put(out, !self.item || self.served.is_custom());
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let converted = super::convert::converted(self.object, self.served);
        let object = converted.as_ref().unwrap_or(self.object);
        if self.item && !self.served.is_custom() {
            object.without_kind().serialize(serializer)
        } else {
            object.serialize(serializer)
        }
    }
}
