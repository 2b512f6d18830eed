//! Whether an applied object fits the schema by which it is merged.

use crate::json::Value;

use super::Refusal;
use crate::shapes::{By, Form, Kind, Shape};

/// Refuses what cannot be merged by the schema of its kind.
pub(super) fn check(config: &Value, kind: &Kind) -> Result<(), Refusal> {
    let mut errors = Vec::new();
    walk(config, kind.shape(), "", &mut errors);
    let why = match errors.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("errors:\n{}", many.iter().map(|error| format!("  {error}")).collect::<Vec<_>>().join("\n")),
    };
    let text = |key: &str| config["metadata"][key].as_str().unwrap_or_default();
    Err(Refusal::unforeseen(format!(
        "failed to create typed patch object ({}/{}; {}/{}, Kind={}): {why}",
        text("namespace"),
        text("name"),
        kind.group,
        kind.version,
        kind.kind
    )))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}

fn go_kind(value: &Value) -> &'static str {
    match kind_of(value) {
        "boolean" => "bool",
        "int" => "int64",
        "float" => "float64",
        "list" => "[]interface {}",
        "map" => "map[string]interface {}",
        other => other,
    }
}

fn walk(value: &Value, shape: &Shape, path: &str, errors: &mut Vec<String>) {
    if value.is_null() {
        return;
    }
    let mut wrong = |expected: &str, got: &str| errors.push(format!("{path}: expected {expected}, got {got}"));
    match (&shape.form, value) {
        (Form::Bool, value) if !value.is_boolean() => wrong("boolean", kind_of(value)),
        (Form::Integer(_) | Form::Number, value) if !value.is_number() => {
            wrong("numeric (int or float)", kind_of(value));
        }
        (Form::Text(_) | Form::Bytes, value) if !value.is_string() => {
            wrong("string", &format!("&value.valueUnstructured{{Value:{}}}", super::patch::go(value)));
        }
        (Form::Object { .. } | Form::Map { .. }, value) if !value.is_object() => {
            wrong("map", &format!("&{{{}}}", super::patch::go(value)));
        }
        (Form::List { .. }, value) if !value.is_array() => wrong("list", go_kind(value)),
        (Form::Object { fields, rest, .. }, Value::Object(given)) => {
            for (name, inner) in given {
                let path = format!("{path}.{name}");
                match fields.get(name.as_str()).map(|field| &field.link).or(rest.as_ref()) {
                    Some(link) => walk(inner, link.shape(), &path, errors),
                    None => errors.push(format!("{path}: field not declared in schema")),
                }
            }
        }
        (Form::Map { values, .. }, Value::Object(given)) => {
            for (name, inner) in given {
                walk(inner, values.shape(), &format!("{path}.{name}"), errors);
            }
        }
        (Form::List { items, by }, Value::Array(given)) => list(given, items.shape(), by, path, errors),
        _ => {}
    }
}

fn list(given: &[Value], shape: &Shape, by: &By, path: &str, errors: &mut Vec<String>) {
    let mut seen = Vec::new();
    for (index, item) in given.iter().enumerate() {
        let at = match by {
            By::Atomic => format!("{path}[{index}]"),
            By::Set => {
                let at = format!("[={item}]");
                if seen.contains(&at) {
                    errors.push(format!("{path}: duplicate entries for key {at}"));
                    continue;
                }
                seen.push(at.clone());
                format!("{path}{at}")
            }
            By::Keys(keys) => match keyed(item, keys, shape) {
                Ok(at) if seen.contains(&at) => {
                    errors.push(format!("{path}: duplicate entries for key {at}"));
                    continue;
                }
                Ok(at) => {
                    seen.push(at.clone());
                    format!("{path}{at}")
                }
                Err(why) => {
                    errors.push(format!("{path}: element {index}: {why}"));
                    continue;
                }
            },
        };
        walk(item, shape, &at, errors);
    }
}

fn keyed(item: &Value, keys: &[String], shape: &Shape) -> Result<String, String> {
    if !item.is_object() {
        return Err("associative list with keys may not have non-map elements".to_owned());
    }
    let value = |key: &String| {
        let default = || shape.field(key).and_then(|field| field.default.clone());
        item.get(key).cloned().or_else(default).map(|value| format!("{key}={value}"))
    };
    let found: Vec<String> = keys.iter().filter_map(value).collect();
    if found.is_empty() {
        let names: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
            names.join(" ")
        ));
    }
    Ok(format!("[{}]", found.join(",")))
}
