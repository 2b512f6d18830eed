//! A body as it came on the wire: a value, and the fields that were there twice.

use std::fmt;

use crate::json::{Map, Number, Value, fault};
use serde::de::DeserializeSeed;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A body that was read.
#[derive(Debug)]
pub struct Decoded {
    /// What it says; of fields that came twice the last.
    pub value: Value,
    /// The fields that came twice, as `spec.replicas`.
    pub twice: Vec<String>,
}

/// Reads a JSON body.
pub fn decode(body: &[u8]) -> Result<Decoded, String> {
    let mut seen = Seen::default();
    let value = read(body, &mut seen)?;
    Ok(Decoded { value, twice: seen.twice })
}

/// Every field of a body in the order in which they came.
pub(super) fn order(body: &[u8]) -> Vec<String> {
    let mut seen = Seen { all: Some(Vec::new()), ..Seen::default() };
    let _ = read(body, &mut seen);
    seen.all.unwrap_or_default()
}

fn read(body: &[u8], seen: &mut Seen) -> Result<Value, String> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Seed { path: String::new(), seen }.deserialize(&mut reader);
    let read = value.and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| fault(body).unwrap_or_else(|| error.to_string()))
}

#[derive(Default)]
struct Seen {
    twice: Vec<String>,
    all: Option<Vec<String>>,
}

struct Seed<'a> {
    path: String,
    seen: &'a mut Seen,
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
        to.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
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
        loop {
            let path = format!("{}[{}]", self.path, items.len());
            match list.next_element_seed(Seed { path, seen: self.seen })? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            if fields.contains_key(&name) && !self.seen.twice.contains(&path) {
                self.seen.twice.push(path.clone());
            }
            if let Some(all) = &mut self.seen.all {
                all.push(path.clone());
            }
            let value = map.next_value_seed(Seed { path, seen: self.seen })?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn fields_that_came_twice_are_told_and_the_last_counts() {
        let read = decode(br#"{"spec": {"a": 1, "b": [{"c": 1, "c": 2}], "a": 2}}"#).expect("reads");
        assert_eq!(read.twice, ["spec.b[0].c", "spec.a"]);
        assert_eq!(read.value["spec"]["a"], 2);
        assert!(decode(b"{").is_err() && decode(b"{} {}").is_err() && decode(b"").is_err());
    }
}
