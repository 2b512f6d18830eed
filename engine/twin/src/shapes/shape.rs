//! What a value may look like: its form, and for fields how they are defaulted, written and merged.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json::Value;

use super::table;

/// What one value may look like.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Its form.
    pub form: Form,
    /// The schema as its author wrote it, for kinds that were added.
    pub schema: Option<Arc<Value>>,
}

/// The forms of values.
#[derive(Clone, Debug, Default)]
pub enum Form {
    /// Anything; what it is shows in the value: maps are merged, lists are one piece.
    #[default]
    Any,
    /// Anything, as one piece.
    Piece,
    /// True or false.
    Bool,
    /// A whole number of that many bits.
    Integer(u8),
    /// A number.
    Number,
    /// Text; if it may only be one of some words, which.
    Text(Arc<[String]>),
    /// Bytes in base 64.
    Bytes,
    /// A time as RFC 3339 has it.
    Time,
    /// An amount such as `500m` or `1Gi`.
    Quantity,
    /// A whole number or text.
    IntOrText,
    /// A list.
    List {
        /// What its items look like.
        items: Link,
        /// How items of two lists belong together.
        by: By,
    },
    /// Keys that are free, values of one shape.
    Map {
        /// What the values look like.
        values: Link,
        /// Whether the whole is one piece.
        atomic: bool,
    },
    /// Known fields.
    Object {
        /// The fields by name.
        fields: Arc<BTreeMap<String, Field>>,
        /// What other fields look like, where there may be others.
        rest: Option<Link>,
        /// Whether the whole is one piece.
        atomic: bool,
    },
}

/// How items of two lists belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Not at all: a list is one piece.
    Atomic,
    /// Items that are equal are one.
    Set,
    /// Items whose values of these fields are equal are one.
    Keys(Arc<[String]>),
}

/// A shape: one of the server's by name, or one of its own.
#[derive(Clone, Debug)]
pub enum Link {
    /// A built-in type.
    Named(Arc<str>),
    /// A shape written in place.
    Own(Arc<Shape>),
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    /// What its value looks like.
    pub link: Link,
    /// What it is when absent, where the schema says so.
    pub default: Option<Value>,
    /// Whether it must be there.
    pub required: bool,
    /// How it is written when empty.
    pub written: Written,
    /// How strategic merge patch treats it.
    pub merge: Merge,
    /// The name that its type has in Go, where that is not what it looks like.
    pub called: Option<Arc<str>>,
}

/// How a field is written when it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Written {
    /// Absent stays absent, present stays present (a pointer left out when nil).
    #[default]
    Pointer,
    /// A pointer, a list or a map that is written as null.
    Null,
    /// A list or map left out when it has nothing in it.
    Filled,
    /// A struct that is always there.
    Always,
    /// A struct that is left out when all of it is empty.
    Unless,
    /// A plain value that is always there.
    Zero,
    /// A plain value left out when zero, false or empty text.
    NonZero,
    /// A time that is written as null when there is none.
    NullTime,
}

/// How strategic merge patch treats a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    /// Whether a list is merged with the one that is there, rather than put in its place.
    pub merged: bool,
    /// Whether `$retainKeys` is understood.
    pub retain_keys: bool,
    /// The field that tells items of a merged list apart.
    pub key: Option<String>,
}

impl Link {
    /// The shape itself.
    pub fn shape(&self) -> &Shape {
        match self {
            Self::Named(name) => table::named(name),
            Self::Own(shape) => shape,
        }
    }

    /// A shape of which nothing is known.
    pub fn any() -> Self {
        Self::Own(Arc::new(Shape::default()))
    }
}

impl Shape {
    /// What is known of a field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        match &self.form {
            Form::Object { fields, .. } => fields.get(name),
            _ => None,
        }
    }

    /// The shape of the value under a key.
    pub fn under(&self, key: &str) -> Option<&Shape> {
        match &self.form {
            Form::Object { fields, rest, .. } => {
                fields.get(key).map(|field| &field.link).or(rest.as_ref()).map(Link::shape)
            }
            Form::Map { values, .. } => Some(values.shape()),
            _ => None,
        }
    }

    /// The shape of a list's items.
    pub fn item(&self) -> Option<&Shape> {
        match &self.form {
            Form::List { items, .. } => Some(items.shape()),
            _ => None,
        }
    }
}
