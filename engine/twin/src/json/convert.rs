//! Values from what Rust has.

use super::{Map, Number, Text, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What `json!` takes where a value is, without taking it away.
pub trait AsValue {
    /// It as a value.
    fn as_value(&self) -> Value;
}

impl AsValue for Value {
    fn as_value(&self) -> Value {
        self.clone()
    }
}

impl AsValue for Map {
    fn as_value(&self) -> Value {
        Value::Object(self.clone())
    }
}

impl AsValue for str {
    fn as_value(&self) -> Value {
        Value::String(self.into())
    }
}

impl AsValue for String {
    fn as_value(&self) -> Value {
        self.as_str().as_value()
    }
}

impl AsValue for Text {
    fn as_value(&self) -> Value {
        Value::String(self.clone())
    }
}

impl AsValue for Cow<'_, str> {
    fn as_value(&self) -> Value {
        (**self).as_value()
    }
}

impl<T: AsValue + ?Sized> AsValue for &T {
    fn as_value(&self) -> Value {
        (**self).as_value()
    }
}

impl<T: AsValue + ?Sized> AsValue for &mut T {
    fn as_value(&self) -> Value {
        (**self).as_value()
    }
}

impl<T: AsValue + ?Sized> AsValue for Arc<T> {
    fn as_value(&self) -> Value {
        (**self).as_value()
    }
}

impl<T: AsValue> AsValue for Option<T> {
    fn as_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, AsValue::as_value)
    }
}

impl<T: AsValue> AsValue for [T] {
    fn as_value(&self) -> Value {
        Value::Array(self.iter().map(AsValue::as_value).collect())
    }
}

impl<T: AsValue> AsValue for Vec<T> {
    fn as_value(&self) -> Value {
        self.as_slice().as_value()
    }
}

impl<T: AsValue, const N: usize> AsValue for [T; N] {
    fn as_value(&self) -> Value {
        self.as_slice().as_value()
    }
}

impl<T: AsValue> AsValue for BTreeSet<T> {
    fn as_value(&self) -> Value {
        Value::Array(self.iter().map(AsValue::as_value).collect())
    }
}

impl<K: AsRef<str>, V: AsValue> AsValue for BTreeMap<K, V> {
    fn as_value(&self) -> Value {
        Value::Object(self.iter().map(|(name, value)| (name.as_ref(), value.as_value())).collect())
    }
}

impl AsValue for char {
    fn as_value(&self) -> Value {
        Value::from(*self)
    }
}

macro_rules! plain {
    ($($kind:ty)*) => {$(
        impl AsValue for $kind {
            fn as_value(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}

plain!(bool i8 i16 i32 i64 isize u8 u16 u32 u64 usize f64);

macro_rules! whole {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Value {
            fn from(number: $kind) -> Self {
                Self::Number(number.into())
            }
        }
    )*};
}

whole!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Number::from_f64(number).map_or(Self::Null, Self::Number)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<char> for Value {
    fn from(letter: char) -> Self {
        Self::String((&*letter.encode_utf8(&mut [0; 4])).into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::String(text.as_str().into())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

impl From<&Text> for Value {
    fn from(text: &Text) -> Self {
        Self::String(text.clone())
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Self {
        Self::String(text.into())
    }
}

impl From<Map> for Value {
    fn from(fields: Map) -> Self {
        Self::Object(fields)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Self {
        Self::Array(list.into_iter().map(Into::into).collect())
    }
}

impl<T: Clone + Into<Value>> From<&[T]> for Value {
    fn from(list: &[T]) -> Self {
        Self::Array(list.iter().cloned().map(Into::into).collect())
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(list: [T; N]) -> Self {
        Self::Array(list.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(list: I) -> Self {
        Self::Array(list.into_iter().map(Into::into).collect())
    }
}

impl<K: Into<Text>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self::Object(fields.into_iter().collect())
    }
}
