//! An object without some of its fields.

use crate::json::{Map, Value};

use super::element;
use super::set::Set;
use super::view::{self, View};
use crate::shapes::Shape;

/// The value without the members of the set. What is left empty by that becomes null.
pub fn remove(value: &Value, set: &Set, shape: Option<&Shape>) -> Value {
    match view::view(shape, value) {
        View::Piece => value.clone(),
        View::Map => {
            let mut kept = Map::new();
            for (name, inner) in view::entries(Some(value)).into_iter().flatten() {
                let within = shape.and_then(|shape| shape.under(name));
                match set.below.get(&format!("f:{name}")) {
                    Some(below) if below.own => {}
                    Some(below) if !below.is_empty() => {
                        kept.insert(name.clone(), remove(inner, below, within));
                    }
                    _ => {
                        kept.insert(name.clone(), inner.clone());
                    }
                }
            }
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        View::List(by) => {
            let within = shape.and_then(Shape::item);
            let mut kept = Vec::new();
            for item in view::items(Some(value)) {
                let below = element::of_item(item, &by, within).and_then(|element| set.below.get(&element));
                match below {
                    Some(below) if below.own => {}
                    Some(below) if !below.is_empty() => kept.push(remove(item, below, within)),
                    _ => kept.push(item.clone()),
                }
            }
            if kept.is_empty() { Value::Null } else { Value::Array(kept) }
        }
    }
}
