//! Finding things in a tree: by name, by place, by a path.

use super::{Map, NULL, Text, Value};
use std::ops::{Index, IndexMut};

/// What a value can be asked for: a name or a place in a list.
pub trait Place {
    /// What is there.
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value>;
    /// What is there, to be changed.
    fn of_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value>;
    /// What is there, or null put there.
    ///
    /// # Panics
    /// Where it cannot be: a name in a list, a place beyond the end.
    fn made<'a>(&self, value: &'a mut Value) -> &'a mut Value;
}

impl Place for str {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        value.as_object()?.get(self)
    }

    fn of_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        value.as_object_mut()?.get_mut(self)
    }

    fn made<'a>(&self, value: &'a mut Value) -> &'a mut Value {
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        let Value::Object(fields) = value else { panic!("no field {self} can be in {value}") };
        fields.entry(self).or_insert(Value::Null)
    }
}

impl Place for usize {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        value.as_array()?.get(*self)
    }

    fn of_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        value.as_array_mut()?.get_mut(*self)
    }

    fn made<'a>(&self, value: &'a mut Value) -> &'a mut Value {
        match value {
            Value::Array(list) => &mut list[*self],
            other => panic!("there is no place {self} in {other}"),
        }
    }
}

impl Place for String {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.as_str().of(value)
    }

    fn of_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        self.as_str().of_mut(value)
    }

    fn made<'a>(&self, value: &'a mut Value) -> &'a mut Value {
        self.as_str().made(value)
    }
}

impl Place for Text {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.as_str().of(value)
    }

    fn of_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        self.as_str().of_mut(value)
    }

    fn made<'a>(&self, value: &'a mut Value) -> &'a mut Value {
        self.as_str().made(value)
    }
}

impl<P: Place + ?Sized> Place for &P {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        (**self).of(value)
    }

    fn of_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        (**self).of_mut(value)
    }

    fn made<'a>(&self, value: &'a mut Value) -> &'a mut Value {
        (**self).made(value)
    }
}

impl<P: Place> Index<P> for Value {
    type Output = Value;

    fn index(&self, place: P) -> &Value {
        place.of(self).unwrap_or(&NULL)
    }
}

impl<P: Place> IndexMut<P> for Value {
    fn index_mut(&mut self, place: P) -> &mut Value {
        place.made(self)
    }
}

/// A step of a path as it is meant.
fn meant(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// A step of a path as a place in a list: plain digits.
fn place(step: &str) -> Option<usize> {
    if step.starts_with('+') || (step.starts_with('0') && step.len() > 1) { None } else { step.parse().ok() }
}

impl Value {
    /// A field or a place.
    pub fn get(&self, place: impl Place) -> Option<&Value> {
        place.of(self)
    }

    /// A field or a place, to be changed.
    pub fn get_mut(&mut self, place: impl Place) -> Option<&mut Value> {
        place.of_mut(self)
    }

    /// What is at the end of a path such as `/spec/replicas`.
    #[must_use]
    pub fn pointer(&self, path: &str) -> Option<&Value> {
        if path.is_empty() {
            return Some(self);
        }
        path.strip_prefix('/')?.split('/').map(meant).try_fold(self, |value, step| match value {
            Value::Array(list) => list.get(place(&step)?),
            value => value.get(step),
        })
    }

    /// What is at the end of a path, to be changed.
    pub fn pointer_mut(&mut self, path: &str) -> Option<&mut Value> {
        if path.is_empty() {
            return Some(self);
        }
        path.strip_prefix('/')?.split('/').map(meant).try_fold(self, |value, step| match value {
            Value::Array(list) => list.get_mut(place(&step)?),
            value => value.get_mut(step),
        })
    }
}
