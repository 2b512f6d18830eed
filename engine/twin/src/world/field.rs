//! A part of an object: its JSON as a tree, as text, or both. Versions of an object share the parts that are the same.
//!
//! Text takes a tenth of the room of a tree, and is what lists and watches send; it is made once for all who want it.

use crate::json::{Map, Value};
use std::sync::{Arc, OnceLock};

/// One part.
#[derive(Debug, Default)]
pub(super) struct Field {
    /// Empty while nobody has asked for what is packed.
    value: OnceLock<Value>,
    /// Empty until somebody wants it, and again when the tree has changed.
    text: OnceLock<Arc<str>>,
}

impl Field {
    pub(super) fn of(value: Value) -> Arc<Self> {
        Arc::new(Self { value: value.into(), text: OnceLock::new() })
    }

    /// A part from its text alone.
    pub(super) fn at_rest(text: Arc<str>) -> Arc<Self> {
        Arc::new(Self { value: OnceLock::new(), text: text.into() })
    }

    pub(super) fn value(&self) -> &Value {
        self.value.get_or_init(|| self.parsed())
    }

    /// The tree to be changed: a copy of its own where others have a share in it.
    pub(super) fn value_mut(field: &mut Arc<Self>) -> &mut Value {
        if Arc::get_mut(field).is_none() {
            *field = Self::of(field.copied());
        }
        let own = Arc::get_mut(field).expect("it has no other owner");
        own.value();
        own.text = OnceLock::new();
        own.value.get_mut().expect("it was just read")
    }

    /// A copy of the tree; what is packed stays so.
    pub(super) fn copied(&self) -> Value {
        self.value.get().cloned().unwrap_or_else(|| self.parsed())
    }

    /// The tree, given away where nobody else has a share in it.
    pub(super) fn taken(self: Arc<Self>) -> Value {
        match Arc::try_unwrap(self) {
            Ok(mut own) => own.value.take().unwrap_or_else(|| own.parsed()),
            Err(shared) => shared.copied(),
        }
    }

    pub(super) fn text(&self) -> &Arc<str> {
        self.text.get_or_init(|| written(self.value.get().unwrap_or(&Value::Null)).into())
    }

    /// Keeps it as text alone.
    pub(super) fn pack(field: &mut Arc<Self>) {
        field.text();
        match Arc::get_mut(field) {
            Some(own) => own.value = OnceLock::new(),
            None => *field = field.packed(),
        }
    }

    /// The same as text alone; the text is shared.
    pub(super) fn packed(&self) -> Arc<Self> {
        Arc::new(Self { value: OnceLock::new(), text: self.text().clone().into() })
    }

    /// Whether it takes the room of its tree.
    pub(super) fn is_open(&self) -> bool {
        self.value.get().is_some()
    }

    fn parsed(&self) -> Value {
        self.text.get().and_then(|text| crate::json::from_str(text).ok()).unwrap_or(Value::Null)
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        match (self.text.get(), other.text.get()) {
            (Some(one), Some(other)) => one == other,
            _ => self.value() == other.value(),
        }
    }
}

/// As text, kind and version first, as the server writes them.
fn written(value: &Value) -> String {
    let head = |fields: &Map| {
        let (kind, version) = (fields.get("kind")?, fields.get("apiVersion")?);
        (fields.len() == 2).then(|| format!("{{\"kind\":{kind},\"apiVersion\":{version}}}"))
    };
    value.as_object().and_then(head).unwrap_or_else(|| value.to_string())
}
