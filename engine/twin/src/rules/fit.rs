//! Whether a value fits its shape: fields that nobody knows, and values of the wrong type.

use crate::json::Value;

use super::quantity::Quantity;
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
                let apart = shape.schema.is_some() && key == "metadata";
                let within = if apart { String::new() } else { dotted(&at.within, key) };
                let at = At { path: dotted(&at.path, key), within };
                let field = fields.get(key.as_str());
                match field.map(|field| &field.link).or(rest.as_ref()) {
                    Some(link) => {
                        let called = field.and_then(|field| field.called.as_deref());
                        let named = name(link);
                        let struct_ = matches!(link.shape().form, Form::Object { .. });
                        let next = if struct_ && !named.is_empty() { &named } else { owner };
                        typed(inner, link, owner, &at, called)?;
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
                typed(inner, values, owner, &at, None)?;
                walk(inner, values.shape(), &name(values), &at, unknown)?;
            }
            Ok(())
        }
        (Form::List { items, .. }, Value::Array(given)) => {
            for (index, inner) in given.iter().enumerate() {
                let at = At { path: format!("{}[{index}]", at.path), within: at.within.clone() };
                typed(inner, items, owner, &at, None)?;
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

fn typed(value: &Value, link: &Link, owner: &str, at: &At, called: Option<&str>) -> Result<(), String> {
    let shape = link.shape();
    if shape.schema.is_some() {
        return Ok(());
    }
    let wrong = |found: &str, into: &str| {
        let place = match (owner, at.within.as_str()) {
            ("", "") => "value".to_owned(),
            (owner, within) => format!("struct field {owner}.{within}"),
        };
        Err(format!("json: cannot unmarshal {found} into Go {place} of type {into}"))
    };
    let fits = match (&shape.form, value) {
        (_, Value::Null) | (Form::Any | Form::Piece, _) => true,
        (Form::Bool, value) => value.is_boolean(),
        (Form::Integer(bits), Value::Number(number)) => {
            let within = number.as_i64().is_some_and(|number| *bits == 64 || i32::try_from(number).is_ok());
            if !within {
                return wrong(&format!("number {number}"), &format!("int{bits}"));
            }
            true
        }
        (Form::Number, value) => value.is_number(),
        (Form::Text(_), value) => value.is_string(),
        (Form::Bytes, Value::String(text)) => return bytes(text),
        (Form::Time, Value::String(text)) => return time(text, link),
        (Form::Quantity, value) => return quantity(value),
        (Form::IntOrText, value) => value.is_string() || value.is_number(),
        (Form::List { .. }, value) => value.is_array(),
        (Form::Map { .. } | Form::Object { .. }, value) => value.is_object(),
        _ => false,
    };
    let found = match value {
        _ if fits => return Ok(()),
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        _ => "object",
    };
    wrong(found, &called.map_or_else(|| linked(link), str::to_owned))
}

fn bytes(text: &str) -> Result<(), String> {
    match super::bytes::decode(text) {
        Ok(_) => Ok(()),
        Err(at) => Err(format!("illegal base64 data at input byte {at}")),
    }
}

fn quantity(value: &Value) -> Result<(), String> {
    let text = match value {
        Value::String(text) => text.to_string(),
        other => other.to_string(),
    };
    match Quantity::read(text.trim()) {
        Some(_) => Ok(()),
        None => {
            Err(r"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                .to_owned())
        }
    }
}

/// Whether a time is written as times are.
fn time(text: &str, link: &Link) -> Result<(), String> {
    let micro = matches!(link, Link::Named(name) if name.ends_with("MicroTime"));
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let shape = b"0000-00-00T00:00:00";
    let bytes = text.as_bytes();
    let parts = ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"];
    let mut at = 0;
    for part in parts {
        let fits = bytes.get(at..at + part.len()).is_some_and(|found| {
            found
                .iter()
                .zip(&shape[at..])
                .all(|(found, shape)| if *shape == b'0' { found.is_ascii_digit() } else { found == shape })
        });
        if !fits {
            let rest = text.get(at..).unwrap_or_default();
            return Err(format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {part:?}"));
        }
        at += part.len();
    }
    let fraction = text[at..].strip_prefix('.').map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if micro && fraction != Some(6) {
        let rest = &text[at..];
        return Err(format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as \".000000\""));
    }
    Ok(())
}

/// The type as Go names it.
fn linked(link: &Link) -> String {
    if let Link::Named(path) = link
        && !matches!(link.shape().form, Form::IntOrText | Form::Quantity)
    {
        let mut parts = path.rsplit('.');
        let name = parts.next().unwrap_or_default();
        return format!("{}.{name}", parts.next().unwrap_or_default());
    }
    match &link.shape().form {
        Form::Bool => "bool".to_owned(),
        Form::Integer(bits) => format!("int{bits}"),
        Form::IntOrText => "int32".to_owned(),
        Form::Number => "float64".to_owned(),
        Form::Text(_) => "string".to_owned(),
        Form::Bytes => "[]uint8".to_owned(),
        Form::List { items, .. } => format!("[]{}", linked(items)),
        Form::Map { values, .. } => format!("map[string]{}", linked(values)),
        _ => String::new(),
    }
}
