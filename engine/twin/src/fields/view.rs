//! A value seen by its shape: one piece, a map, or a list of items that are told apart.

use std::collections::BTreeMap;

use crate::json::{Map, Value};

use super::element;
use super::set::{Set, is_struct};
use crate::shapes::{By, Form, Shape};

/// How a value is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// As one piece.
    Piece,
    /// Key by key.
    Map,
    /// Item by item.
    List(By),
}

/// How a value of that shape is treated. What has no shape is what it looks like.
pub(super) fn view(shape: Option<&Shape>, value: &Value) -> View {
    match shape.map(|shape| &shape.form) {
        None | Some(Form::Any) if value.is_object() => View::Map,
        Some(Form::Object { atomic: false, .. } | Form::Map { atomic: false, .. })
            if value.is_object() || value.is_null() =>
        {
            View::Map
        }
        Some(Form::List { by, .. }) if *by != By::Atomic && (value.is_array() || value.is_null()) => {
            View::List(by.clone())
        }
        _ => View::Piece,
    }
}

/// The fields of a map, none for null.
pub(super) fn entries(value: Option<&Value>) -> Option<&Map> {
    value.and_then(Value::as_object)
}

/// The items of a list, none for null.
pub(super) fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether there is nothing in a map or list.
pub(super) fn hollow(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    }
}

/// The items of a list by their elements, in order; those of which there are several have no item of their own.
pub(super) fn by_element<'a>(
    items: &'a [Value],
    by: &By,
    shape: Option<&Shape>,
) -> (Vec<(String, &'a Value)>, BTreeMap<String, Option<&'a Value>>) {
    let mut order = Vec::with_capacity(items.len());
    let mut found: BTreeMap<String, Option<&Value>> = BTreeMap::new();
    for item in items {
        let Some(element) = element::of_item(item, by, shape) else { continue };
        found.entry(element.clone()).and_modify(|item| *item = None).or_insert(Some(item));
        order.push((element, item));
    }
    (order, found)
}

/// The set of all fields that a value has.
pub fn set_of(value: &Value, shape: Option<&Shape>) -> Set {
    let mut set = Set::default();
    match view(shape, value) {
        View::Piece => set.own = true,
        View::List(by) => {
            let within = shape.and_then(Shape::item);
            let (_, found) = by_element(items(Some(value)), &by, within);
            for (element, item) in found {
                let below = item.map(|item| set_of(item, within)).unwrap_or_default();
                set.put(element, Set { own: true, ..below });
            }
        }
        View::Map => {
            for (name, inner) in entries(Some(value)).into_iter().flatten() {
                let mut below = set_of(inner, shape.and_then(|shape| shape.under(name)));
                let empty = inner.is_null() || inner.as_object().is_some_and(Map::is_empty);
                below.own |= empty || !is_struct(shape, name);
                set.put(format!("f:{name}"), below);
            }
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::set_of;
    use crate::shapes::Shapes;

    #[test]
    fn the_fields_of_a_deployment_are_those_that_managed_fields_show() {
        let kind = Shapes::new().resource("apps", "v1", "deployments").expect("deployments");
        let object = json!({"metadata": {"labels": {"a": "b"}}, "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"spec": {"containers": [{"name": "x", "args": ["a"], "ports": [{"containerPort": 80}]}]}}}});
        assert_eq!(
            set_of(&object, Some(kind.shape())).write(),
            json!({"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {
                "f:selector": {},
                "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"x\"}": {".": {}, "f:name": {}, "f:args": {},
                    "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}}})
        );
    }
}
