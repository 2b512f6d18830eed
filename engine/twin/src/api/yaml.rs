//! YAML of requests: its first document as a value, and the keys that come twice in it, which Go's reader takes and
//! tells of.

use crate::json::{Map, Number, Value};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use serde_saphyr::options::DuplicateKeyPolicy;
use std::fmt;

/// A document that was read.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// What it says; of keys that came twice the last.
    pub(crate) value: Value,
    /// What is said of the keys that came twice, in Go's words.
    pub(crate) twice: Vec<String>,
}

/// Reads the first document of a text.
///
/// # Errors
/// What cannot be read.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "yaml: control characters are not allowed".to_owned())?;
    let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::LastWins };
    let first = first(text);
    serde_saphyr::from_str_with_options(first, options).map_err(|error| {
        let said = error.to_string();
        format!("yaml: {}", said.lines().next().unwrap_or_default())
    })
}

/// What stands before the second document.
fn first(text: &str) -> &str {
    let mut begun = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mark = line.trim_end() == "---" || line.starts_with("--- ");
        if begun && mark {
            return &text[..at];
        }
        begun |= mark || !(line.trim().is_empty() || line.starts_with(['#', '%']));
        at += line.len();
    }
    text
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let mut twice = Vec::new();
        let value = Seed { twice: &mut twice }.deserialize(reader)?;
        Ok(Self { value, twice })
    }
}

struct Seed<'a> {
    twice: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.deserialize(reader)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Seed { twice: self.twice })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            if fields.contains_key(&key.value) {
                let line = key.referenced.line();
                self.twice.push(format!("line {line}: key {:?} already set in map", key.value));
            }
            let value = map.next_value_seed(Seed { twice: self.twice })?;
            fields.insert(key.value, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::json::json;

    #[test]
    fn the_last_of_two_keys_counts_and_the_second_is_told() {
        let read = read(b"a: 1\nb:\n  c: x\n  c: [z, {d: 1, d: ~}]\na: true\n").expect("reads");
        assert_eq!(read.value, json!({"a": true, "b": {"c": ["z", {"d": null}]}}));
        let said = ["line 4: key \"d\" already set in map", "line 4: key \"c\" already set in map"];
        assert_eq!(read.twice.len(), 3);
        assert!(said.iter().all(|line| read.twice.iter().any(|told| told == line)), "{:?}", read.twice);
    }

    #[test]
    fn only_the_first_document_is_read() {
        let document = |text: &str| read(text.as_bytes()).expect("reads").value;
        assert_eq!(document("a: b\n---\nc: d\n"), json!({"a": "b"}));
        assert_eq!(document("# it\n---\na: b\n---\nc: d\n"), json!({"a": "b"}));
        assert_eq!(document("a: |\n  x\n   ---\n  y\n"), json!({"a": "x\n ---\ny\n"}));
        assert_eq!(document("{a: 1.5, b: \"2\", c: 'no'}"), json!({"a": 1.5, "b": "2", "c": "no"}));
    }
}
