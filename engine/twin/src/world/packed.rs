//! An object as text: a tenth of the room its fields take, and what lists and watches send anyway.

use serde_json::{Map, Value};

/// What most objects are shorter than.
const USUAL: usize = 4096;

/// The JSON of one object without its managers: kind, version and metadata first, as the server writes them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packed {
    text: Box<str>,
    /// Where the fields after kind and version begin.
    fields: u32,
    /// Where more metadata may be put in.
    metadata: u32,
}

impl Packed {
    /// The text of these fields; none for what is no object with metadata, or is too large to count.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let fields = value.as_object()?;
        let metadata = fields.get("metadata").and_then(Value::as_object).filter(|metadata| !metadata.is_empty())?;
        let mut text = Vec::with_capacity(USUAL);
        text.push(b'{');
        for name in ["kind", "apiVersion"] {
            if let Some(value) = fields.get(name) {
                put(&mut text, name, value)?;
                text.push(b',');
            }
        }
        let begin = text.len();
        put(&mut text, "metadata", metadata)?;
        let end = text.len() - 1;
        rest(&mut text, fields)?;
        text.push(b'}');
        let text = String::from_utf8(text).ok()?.into_boxed_str();
        Some(Self { text, fields: u32::try_from(begin).ok()?, metadata: u32::try_from(end).ok()? })
    }

    /// The fields again.
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(&self.text).expect("it was written by us")
    }

    /// Whether it is of this version.
    pub(super) fn is_of(&self, api_version: &str) -> bool {
        self.text[..self.fields as usize].ends_with(&format!("\"apiVersion\":\"{api_version}\","))
    }

    /// Whether a word may be among the values; always so of words that may be written in more than one way.
    pub(super) fn may_say(&self, word: &str) -> bool {
        // What is left out may be meant by these.
        let vague = ["", "0", "false"].contains(&word);
        let plain = word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
        vague || !plain || self.text.contains(word)
    }

    /// The whole text with the managers in their place, with or without kind and version.
    pub(super) fn write(&self, out: &mut Vec<u8>, managed: Option<&str>, kind: bool) {
        let (fields, metadata) = (self.fields as usize, self.metadata as usize);
        if kind {
            out.extend_from_slice(&self.text.as_bytes()[..fields]);
        } else {
            out.push(b'{');
        }
        let text = self.text.as_bytes();
        let Some(managed) = managed else {
            out.extend_from_slice(&text[fields..]);
            return;
        };
        out.extend_from_slice(&text[fields..metadata]);
        out.extend_from_slice(b",\"managedFields\":");
        out.extend_from_slice(managed.as_bytes());
        out.extend_from_slice(&text[metadata..]);
    }
}

fn put(text: &mut Vec<u8>, name: &str, value: &impl serde::Serialize) -> Option<()> {
    serde_json::to_writer(&mut *text, name).ok()?;
    text.push(b':');
    serde_json::to_writer(text, value).ok()
}

fn rest(text: &mut Vec<u8>, fields: &Map<String, Value>) -> Option<()> {
    for (name, value) in fields {
        if !["kind", "apiVersion", "metadata"].contains(&name.as_str()) {
            text.push(b',');
            put(text, name, value)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_packed_is_the_same_again() {
        let value =
            json!({"apiVersion": "v1", "data": {"a": 1.0, "b": -0.0}, "kind": "X", "metadata": {"name": "x \"y\""}});
        let packed = Packed::of(&value).unwrap();
        assert_eq!(packed.value(), value);
        let written = |managed: Option<&str>, kind| {
            let mut out = Vec::new();
            packed.write(&mut out, managed, kind);
            serde_json::from_slice::<Value>(&out).unwrap()
        };
        assert_eq!(written(None, true), value);
        assert_eq!(written(Some("[{}]"), true)["metadata"], json!({"name": "x \"y\"", "managedFields": [{}]}));
        let bare = written(Some("[{}]"), false);
        assert_eq!((&bare["kind"], &bare["apiVersion"], &bare["data"]), (&Value::Null, &Value::Null, &value["data"]));
    }

    #[test]
    fn what_has_no_metadata_is_not_packed() {
        assert!(Packed::of(&json!({"kind": "X", "metadata": {}})).is_none());
        assert!(Packed::of(&json!(["X"])).is_none());
    }
}
