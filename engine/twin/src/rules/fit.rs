//! Whether a value fits its shape: fields that nobody knows, and values of the wrong type.

use serde_json::Value;

use crate::shapes::{Form, Link, Shape};

/// Fields that nobody knows, in the order of the object; or what is of the wrong type.
pub(super) fn fit(value: &Value, shape: &Link) -> Result<Vec<String>, String> {
    let mut unknown = Vec::new();
    let at = At { path: String::new(), within: String::new() };
    walk(value, shape.shape(), &name(shape), &at, &mut unknown)?;
    Ok(unknown)
}

#[derive(Clone)]
struct At {
    /// Where, with places in lists.
    path: String,
    /// Where, as Go's decoder says it: without places in lists.
    within: String,
}

/// The name of a type as Go has it.
fn name(link: &Link) -> String {
    match link {
        Link::Named(name) => name.rsplit('.').next().unwrap_or_default().to_owned(),
        Link::Own(_) => String::new(),
    }
}

fn walk(value: &Value, shape: &Shape, owner: &str, at: &At, unknown: &mut Vec<String>) -> Result<(), String> {
    match (&shape.form, value) {
        (_, Value::Null) => Ok(()),
        (Form::Object { fields, rest, .. }, Value::Object(given)) => {
            for (key, inner) in given {
                let at = At { path: dotted(&at.path, key), within: dotted(&at.within, key) };
                match fields.get(key).map(|field| &field.link).or(rest.as_ref()) {
                    Some(link) => {
                        let named = name(link);
                        let struct_ = matches!(link.shape().form, Form::Object { .. });
                        let next = if struct_ && !named.is_empty() { &named } else { owner };
                        typed(inner, link.shape(), owner, &at)?;
                        walk(inner, link.shape(), next, &at, unknown)?;
                    }
                    None => unknown.push(at.path),
                }
            }
            Ok(())
        }
        (Form::Map { values, .. }, Value::Object(given)) => {
            for (key, inner) in given {
                let at = At { path: dotted(&at.path, key), within: at.within.clone() };
                typed(inner, values.shape(), owner, &at)?;
                walk(inner, values.shape(), &name(values), &at, unknown)?;
            }
            Ok(())
        }
        (Form::List { items, .. }, Value::Array(given)) => {
            for (index, inner) in given.iter().enumerate() {
                let at = At { path: format!("{}[{index}]", at.path), within: at.within.clone() };
                typed(inner, items.shape(), owner, &at)?;
                walk(inner, items.shape(), &name(items), &at, unknown)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn dotted(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn typed(value: &Value, shape: &Shape, owner: &str, at: &At) -> Result<(), String> {
    let fits = match (&shape.form, value) {
        (_, Value::Null) | (Form::Any | Form::Piece, _) => true,
        (Form::Bool, value) => value.is_boolean(),
        (Form::Integer(bits), Value::Number(number)) => {
            let within = number.as_i64().is_some_and(|number| *bits == 64 || i32::try_from(number).is_ok());
            if !within {
                let go = format!("int{bits}");
                return Err(format!(
                    "json: cannot unmarshal number {number} into Go struct field {owner}.{} of type {go}",
                    at.within
                ));
            }
            true
        }
        (Form::Number, value) => value.is_number(),
        (Form::Text(_) | Form::Bytes, value) => value.is_string(),
        (Form::Time, Value::String(_)) => true,
        (Form::Quantity | Form::IntOrText, value) => value.is_string() || value.is_number(),
        (Form::List { .. }, value) => value.is_array(),
        (Form::Map { .. } | Form::Object { .. }, value) => value.is_object(),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let found = match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        _ => "object",
    };
    Err(format!(
        "json: cannot unmarshal {found} into Go struct field {owner}.{} of type {}",
        at.within,
        go(shape, owner)
    ))
}

/// The type as Go names it.
fn go(shape: &Shape, _owner: &str) -> String {
    match &shape.form {
        Form::Bool => "bool".to_owned(),
        Form::Integer(bits) => format!("int{bits}"),
        Form::Number => "float64".to_owned(),
        Form::Text(_) => "string".to_owned(),
        Form::Bytes => "[]uint8".to_owned(),
        Form::List { items, .. } => format!("[]{}", linked(items)),
        Form::Map { values, .. } => format!("map[string]{}", linked(values)),
        _ => String::new(),
    }
}

fn linked(link: &Link) -> String {
    match link {
        Link::Named(path) => {
            let mut parts = path.rsplit('.');
            let name = parts.next().unwrap_or_default();
            format!("{}.{name}", parts.next().unwrap_or_default())
        }
        Link::Own(shape) => go(shape, ""),
    }
}
