//! One telling, written at once as text for people and as JSON for programs.

use crate::json::{Map, Value};

/// What is told of one thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    text: String,
    json: Map,
}

impl Sheet {
    /// Words of the text, and what they say under a key.
    pub(crate) fn say(&mut self, key: &str, text: impl AsRef<str>, value: impl Into<Value>) {
        self.text.push_str(text.as_ref());
        self.note(key, value);
    }

    /// Words that stand in the text alone.
    pub(crate) fn write(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
    }

    /// What stands in the JSON alone.
    pub(crate) fn note(&mut self, key: &str, value: impl Into<Value>) {
        self.json.insert(key.to_owned(), value.into());
    }

    /// Another sheet's words behind these, and its JSON under a key.
    pub(crate) fn take_in(&mut self, key: &str, other: Sheet) {
        self.text.push_str(&other.text);
        self.json.insert(key.to_owned(), Value::Object(other.json));
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn json(self) -> Value {
        Value::Object(self.json)
    }
}
