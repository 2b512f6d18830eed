//! Small phrases that several tables share.

use crate::json::Value;

pub(super) const NONE: &str = "<none>";
pub(super) const UNSET: &str = "<unset>";

pub(super) fn or<'a>(value: &'a Value, other: &'a str) -> &'a str {
    value.as_str().filter(|text| !text.is_empty()).unwrap_or(other)
}

pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// Names or images of containers, joined.
pub(super) fn containers(spec: &Value, field: &str) -> String {
    items(&spec["containers"]).iter().map(|one| or(&one[field], "")).collect::<Vec<_>>().join(",")
}

/// A label selector in one line.
pub(super) fn selector(selector: &Value) -> String {
    if selector.is_null() {
        return NONE.to_owned();
    }
    let plain = selector["matchLabels"]
        .as_object()
        .or(selector.as_object().filter(|all| !all.contains_key("matchExpressions")));
    let labels =
        plain.into_iter().flatten().filter_map(|(key, value)| value.as_str().map(|value| format!("{key}={value}")));
    let mut all: Vec<String> = labels.collect();
    for one in items(&selector["matchExpressions"]) {
        let key = or(&one["key"], "");
        let values = items(&one["values"]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
        all.push(match one["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    if all.is_empty() { NONE.to_owned() } else { all.join(",") }
}

/// A number or a text, as it is written.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
