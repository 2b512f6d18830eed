//! The values a run can keep: what a step gives, what a call is asked, what an input holds.
//!
//! In text a value is JSON. What JSON cannot say carries a tag: `{"$t":"blob","v":"…"}`; a map that itself has the
//! key `$t` is wrapped as `{"$t":"map","v":{…}}`. Every value survives the round trip exactly.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How deep a value may be nested.
pub const DEPTH_MAX: usize = 60;
/// How large a value may be in text.
pub const BYTES_MAX: usize = 16 * 1024 * 1024;

/// A value that can be kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing, `()`.
    #[default]
    Unit,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, not-a-number and the infinities included.
    Float(f64),
    /// One character.
    Char(char),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// Walks every text in the value, map keys included, until `look` finds something; gives its path and the find.
    pub fn find_text<T>(&self, look: &mut impl FnMut(&str) -> Option<T>) -> Option<(String, T)> {
        match self {
            Self::Text(text) => look(text).map(|found| (String::new(), found)),
            Self::List(items) => items
                .iter()
                .enumerate()
                .find_map(|(at, item)| item.find_text(look).map(|(path, found)| (format!("[{at}]{path}"), found))),
            Self::Map(map) => map.iter().find_map(|(key, item)| {
                let found = look(key).map(|found| (String::new(), found)).or_else(|| item.find_text(look));
                found.map(|(path, found)| (format!(".{key}{path}"), found))
            }),
            Self::Unit | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Char(_) | Self::Blob(_) => None,
        }
    }

    /// The value with every text in it, map keys included, put through `change`.
    #[must_use]
    pub fn map_text(self, change: &mut impl FnMut(&str) -> String) -> Self {
        match self {
            Self::Text(text) => Self::Text(change(&text)),
            Self::List(items) => Self::List(items.into_iter().map(|item| item.map_text(change)).collect()),
            Self::Map(map) => {
                Self::Map(map.into_iter().map(|(key, item)| (change(&key), item.map_text(change))).collect())
            }
            same @ (Self::Unit | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Char(_) | Self::Blob(_)) => same,
        }
    }

    /// The text, where the value is text.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The entry `key`, where the value is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        if let Self::Map(map) = self { map.get(key) } else { None }
    }

    /// Plain JSON for people and other programs: tags become what reads best, and may not come back the same.
    pub fn to_plain_json(&self) -> serde_json::Value {
        match self {
            Self::Unit => serde_json::Value::Null,
            Self::Bool(b) => (*b).into(),
            Self::Int(n) => (*n).into(),
            Self::Float(x) => serde_json::Number::from_f64(*x)
                .map_or_else(|| serde_json::Value::String(float_word(*x).to_owned()), serde_json::Value::Number),
            Self::Char(c) => c.to_string().into(),
            Self::Text(text) => text.as_str().into(),
            Self::Blob(bytes) => BASE64.encode(bytes).into(),
            Self::List(items) => items.iter().map(Self::to_plain_json).collect(),
            Self::Map(map) => {
                serde_json::Value::Object(map.iter().map(|(k, v)| (k.clone(), v.to_plain_json())).collect())
            }
        }
    }

    /// A value from plain JSON; numbers beyond 64 bits become floats.
    pub fn from_plain_json(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Unit,
            serde_json::Value::Bool(b) => Self::Bool(b),
            serde_json::Value::Number(n) => {
                n.as_i64().map_or_else(|| Self::Float(n.as_f64().unwrap_or(f64::NAN)), Self::Int)
            }
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(items) => Self::List(items.into_iter().map(Self::from_plain_json).collect()),
            serde_json::Value::Object(map) => {
                Self::Map(map.into_iter().map(|(k, v)| (k, Self::from_plain_json(v))).collect())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl<K: Into<String>, const N: usize> From<[(K, Value); N]> for Value {
    fn from(entries: [(K, Value); N]) -> Self {
        Self::Map(entries.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }
}

impl fmt::Display for Value {
    /// Compact plain JSON; bare text for a text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            other => write!(f, "{}", other.to_plain_json()),
        }
    }
}

fn float_word(x: f64) -> &'static str {
    match x {
        x if x.is_nan() => "NaN",
        x if x > 0.0 => "inf",
        _ => "-inf",
    }
}

const TAG: &str = "$t";
const UNDER_TAG: &str = "v";

fn tagged<S: Serializer>(to: S, tag: &str, value: &(impl Serialize + ?Sized)) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(2))?;
    map.serialize_entry(TAG, tag)?;
    map.serialize_entry(UNDER_TAG, value)?;
    map.end()
}

/// A map without the check for its own tags.
struct Plain<'a>(&'a BTreeMap<String, Value>);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unit => to.serialize_unit(),
            Self::Bool(b) => to.serialize_bool(*b),
            Self::Int(n) => to.serialize_i64(*n),
            Self::Float(x) if x.is_finite() => to.serialize_f64(*x),
            Self::Float(x) => tagged(to, "f64", float_word(*x)),
            Self::Char(c) => tagged(to, "char", c),
            Self::Text(text) => to.serialize_str(text),
            Self::Blob(bytes) => tagged(to, "blob", &BASE64.encode(bytes)),
            Self::List(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Map(map) if map.contains_key(TAG) => tagged(to, "map", &Plain(map)),
            Self::Map(map) => Plain(map).serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader { tags: true })
    }
}

/// Reads a value; with `tags` a map whose first key is `$t` is what its tag says.
#[derive(Clone, Copy)]
struct Reader {
    tags: bool,
}

impl<'de> serde::de::DeserializeSeed<'de> for Reader {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Unit)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Unit)
    }
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond 64 signed bits only a float can hold it")]
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
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = BTreeMap::new();
        let mut first = true;
        while let Some(key) = from.next_key::<String>()? {
            if std::mem::take(&mut first) && self.tags && key == TAG {
                let tag: String = from.next_value()?;
                let under: Option<String> = from.next_key()?;
                if under.as_deref() != Some(UNDER_TAG) {
                    return Err(A::Error::custom("a tagged value without `v`"));
                }
                return read_tagged(&tag, from);
            }
            map.insert(key, from.next_value()?);
        }
        Ok(Value::Map(map))
    }
}

fn read_tagged<'de, A: MapAccess<'de>>(tag: &str, mut from: A) -> Result<Value, A::Error> {
    let value = match tag {
        "map" => from.next_value_seed(Reader { tags: false })?,
        "char" => Value::Char(from.next_value()?),
        "blob" => {
            let text: String = from.next_value()?;
            Value::Blob(BASE64.decode(text).map_err(A::Error::custom)?)
        }
        "f64" => match from.next_value::<String>()?.as_str() {
            "NaN" => Value::Float(f64::NAN),
            "inf" => Value::Float(f64::INFINITY),
            "-inf" => Value::Float(f64::NEG_INFINITY),
            other => return Err(A::Error::custom(format!("`{other}` is no float"))),
        },
        other => return Err(A::Error::custom(format!("unknown tag `{other}`"))),
    };
    if from.next_key::<String>()?.is_some() {
        return Err(A::Error::custom("a tagged value with more than `v`"));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Unit),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<f64>().prop_filter("compared with ==", |x| !x.is_nan()).prop_map(Value::Float),
            any::<char>().prop_map(Value::Char),
            ".*".prop_map(Value::Text),
            any::<Vec<u8>>().prop_map(Value::Blob),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                prop::collection::btree_map(
                    prop_oneof![Just("$t".to_owned()), Just("v".to_owned()), ".*"],
                    inner,
                    0..6
                )
                .prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_survives_the_round_trip(value in any_value()) {
            let text = serde_json::to_string(&value).unwrap();
            let back: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back, value);
        }

        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in ".*") {
            let _ = serde_json::from_str::<Value>(&text);
        }
    }

    #[test]
    fn what_is_no_number_survives_too() {
        for x in [f64::INFINITY, f64::NEG_INFINITY] {
            let text = serde_json::to_string(&Value::Float(x)).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Float(x));
        }
        let nan: Value = serde_json::from_str(&serde_json::to_string(&Value::Float(f64::NAN)).unwrap()).unwrap();
        assert!(matches!(nan, Value::Float(x) if x.is_nan()));
        assert_eq!(serde_json::to_string(&Value::Float(-0.0)).unwrap(), "-0.0");
    }
}
