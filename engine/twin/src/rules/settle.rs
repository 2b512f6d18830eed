//! An object as the server's own types keep it: without nulls and empty things it does not write, with those it does.

use crate::json::{Map, Number, Text, Value};

use super::quantity::Quantity;
use crate::shapes::{Field, Form, Shape, Written};

/// The object as it would be after the server has read it and written it again.
#[must_use]
pub fn settle(value: Value, shape: &Shape) -> Value {
    match (&shape.form, value) {
        (Form::Object { fields, rest, .. }, Value::Object(mut given)) => {
            if shape.schema.is_some() {
                return custom(given, shape);
            }
            let mut kept = Map::new();
            for (name, field) in fields.iter() {
                let inner = given.remove(name).filter(|value| !value.is_null());
                if let Some(inner) = written(inner, field) {
                    kept.insert(name.clone(), inner);
                }
            }
            if let Some(rest) = rest {
                kept.extend(given.into_iter().map(|(name, value)| (name, settle(value, rest.shape()))));
            }
            Value::Object(kept)
        }
        (Form::Map { values, .. }, Value::Object(given)) => {
            given.into_iter().map(|(name, value)| (name, element(value, values.shape()))).collect()
        }
        (Form::List { items, .. }, Value::Array(given)) => {
            given.into_iter().map(|value| element(value, items.shape())).collect()
        }
        (Form::Quantity, value) => quantity(value),
        (Form::Time, Value::String(text)) => time(text.into()).into(),
        (Form::Integer(_), Value::Number(number)) => whole(number),
        (_, value) => value,
    }
}

/// The object as it comes back from the store: lists and maps with nothing in them are nothing.
#[must_use]
pub fn stored(value: Value, shape: &Shape) -> Value {
    match (&shape.form, value) {
        (Form::Object { fields, .. }, Value::Object(given)) => given
            .into_iter()
            .map(|(name, value)| {
                let value = match fields.get(name.as_str()) {
                    Some(field) if field.written == Written::Null && empty(&value) && collects(field.link.shape()) => {
                        Value::Null
                    }
                    Some(field) if field.link.shape().schema.is_none() => stored(value, field.link.shape()),
                    _ => value,
                };
                (name, value)
            })
            .collect(),
        (Form::List { items, .. }, Value::Array(given)) => {
            given.into_iter().map(|value| stored(value, items.shape())).collect()
        }
        (Form::Map { values, .. }, Value::Object(given)) => {
            given.into_iter().map(|(name, value)| (name, stored(value, values.shape()))).collect()
        }
        (_, value) => value,
    }
}

fn collects(shape: &Shape) -> bool {
    matches!(shape.form, Form::List { .. } | Form::Map { .. } | Form::Bytes)
}

/// Custom objects keep what they are given; only their metadata is of our own type.
fn custom(given: Map, shape: &Shape) -> Value {
    let own = |(name, value): (Text, Value)| {
        let value = match (name.as_str(), shape.under("metadata")) {
            ("metadata", Some(metadata)) if metadata.schema.is_none() => settle(value, metadata),
            _ => value,
        };
        (name, value)
    };
    given.into_iter().map(own).collect()
}

/// An item or a map's value: null is the type's own nothing.
fn element(value: Value, shape: &Shape) -> Value {
    match (&shape.form, value) {
        (Form::Text(_), Value::Null) => "".into(),
        (Form::Object { .. }, Value::Null) => settle(Value::Object(Map::new()), shape),
        (_, value) => settle(value, shape),
    }
}

fn written(value: Option<Value>, field: &Field) -> Option<Value> {
    let shape = field.link.shape();
    let settled = value.map(|value| settle(value, shape));
    match field.written {
        Written::Pointer => settled,
        Written::Null => Some(settled.unwrap_or_default()),
        Written::Filled => settled.filter(|value| !empty(value)),
        Written::Always => Some(settled.unwrap_or_else(|| settle(Value::Object(Map::new()), shape))),
        Written::Unless => settled.filter(|value| *value != settle(Value::Object(Map::new()), shape)),
        Written::NullTime => match &shape.form {
            Form::Quantity => Some(settled.unwrap_or_else(|| "0".into())),
            Form::IntOrText => Some(settled.unwrap_or_else(|| zero(shape))),
            _ => Some(settled.unwrap_or_default()),
        },
        Written::Zero => Some(settled.unwrap_or_else(|| zero(shape))),
        Written::NonZero => settled.filter(|value| *value != zero(shape)),
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

fn zero(shape: &Shape) -> Value {
    match shape.form {
        Form::Bool => Value::Bool(false),
        Form::Integer(_) | Form::Number | Form::IntOrText => Value::Number(Number::from(0)),
        _ => "".into(),
    }
}

fn whole(number: Number) -> Value {
    Value::Number(number)
}

fn quantity(value: Value) -> Value {
    let text = match &value {
        Value::String(text) => text.to_string(),
        Value::Number(number) => number.to_string(),
        _ => return value,
    };
    Quantity::read(&text).map_or(value, |quantity| quantity.write().into())
}

/// A time in UTC with seconds, where it is written so already or with an offset of zero.
fn time(text: String) -> String {
    match text.strip_suffix("+00:00") {
        Some(start) => format!("{start}Z"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::settle;
    use crate::shapes::Shapes;

    #[test]
    fn what_is_empty_is_written_as_the_types_say() {
        let kind = Shapes::new().resource("apps", "v1", "deployments").expect("deployments");
        let given = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x", "labels": {}, "annotations": null},
            "spec": {"replicas": 0, "paused": false, "selector": null,
                "template": {"metadata": {}, "spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": 1.5}}}]}}}});
        assert_eq!(
            settle(given, kind.shape()),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"},
                "spec": {"replicas": 0, "selector": null, "strategy": {},
                    "template": {"metadata": {}, "spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "1500m"}}}]}}},
                "status": {}})
        );
    }
}
