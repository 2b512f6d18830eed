//! Texts that are times and durations: rules compare them by what they mean.

use jiff::Timestamp;

use crate::json::{Value, json};

use super::Trouble;
use super::judge::fails;

/// The value with its times and durations as billionths of a second, where its schema says that it has some.
pub(super) fn typed(value: &Value, schema: &Value) -> Value {
    match value {
        Value::String(text) => match schema["format"].as_str() {
            Some("duration") => duration(text).unwrap_or_else(|_| value.clone()),
            Some("date-time" | "datetime") => timestamp(text).unwrap_or_else(|_| value.clone()),
            _ => value.clone(),
        },
        Value::Object(fields) if schema.is_object() => fields
            .iter()
            .map(|(name, inner)| {
                let schema = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
                (name.clone(), typed(inner, schema))
            })
            .collect(),
        Value::Array(items) if schema.is_object() => items.iter().map(|item| typed(item, &schema["items"])).collect(),
        other => other.clone(),
    }
}

/// A moment as billionths of a second.
pub(super) fn timestamp(text: &str) -> Result<Value, Trouble> {
    let wrong = || fails("type conversion error from 'string' to 'google.protobuf.Timestamp'");
    let moment: Timestamp = text.parse().map_err(|_| wrong())?;
    i64::try_from(moment.as_nanosecond()).map(|count| json!(count)).map_err(|_| wrong())
}

/// A duration as billionths of a second.
pub(super) fn duration(text: &str) -> Result<Value, Trouble> {
    let wrong = || fails("type conversion error from 'string' to 'google.protobuf.Duration'");
    let (sign, mut rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let mut total = 0.0;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        let units = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];
        let (unit, factor) = units.iter().find(|(unit, _)| rest[end..].starts_with(unit)).ok_or_else(wrong)?;
        total += number * factor;
        rest = &rest[end + unit.len()..];
    }
    Ok(json!((sign * total) as i64))
}
