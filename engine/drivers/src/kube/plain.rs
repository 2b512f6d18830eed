//! JSON straight into values, without a tree of another kind in between.

use std::collections::BTreeMap;
use std::fmt;

use runbook_model::Value;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A value as the server writes it: nothing in it is a tag of ours.
#[derive(Clone, Debug)]
pub(super) struct Plain(pub(super) Value);

/// The value of a text.
pub(super) fn read(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str::<Plain>(text).map(|Plain(value)| value)
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Plain)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Unit)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "what no whole number of ours can hold becomes a float")]
        Ok(i64::try_from(n).map_or(Value::Float(n as f64), Value::Int))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Value, E> {
        Ok(Value::Float(x))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Plain(item)) = from.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(Plain(key)) = from.next_key()? {
            let key = match key {
                Value::Text(key) => key,
                Value::Unit => return Err(A::Error::custom("a key is empty")),
                other => other.to_string(),
            };
            let Plain(value) = from.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }
}
