//! Custom objects: their schema, the rules of their lists, and what scaling needs.

use serde_json::Value;

use super::report::Report;
use super::schema::{Where, check as by_schema};
use crate::shapes::Kind;

const UNCHECKED: &str = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/// Whether a custom object may be.
pub(super) fn check(report: &mut Report, object: &Value, before: Option<&Value>, kind: &Kind, sub: &str) {
    let Some(version) = &kind.custom else { return };
    let _ = before;
    let schema = &version["schema"]["openAPIV3Schema"];
    let mut found = Report::default();
    if sub == "status" {
        by_schema(&mut found, &object["status"], &schema["properties"]["status"], &Where::at("status", ""));
    } else {
        by_schema(&mut found, object, schema, &Where::default());
    }
    let blocking = found.causes.iter().any(|cause| {
        let typed = cause.message.contains(" must be of type ");
        typed
            || ["FieldValueRequired", "FieldValueNotSupported", "FieldValueTooLong", "FieldValueTooMany"]
                .contains(&cause.reason)
    });
    report.causes.extend(found.causes);
    let scale = &version["subresources"]["scale"];
    if scale.is_object() {
        let paths: &[&str] =
            if sub == "status" { &["statusReplicasPath"] } else { &["specReplicasPath", "statusReplicasPath"] };
        for key in paths {
            scaled(report, object, scale[*key].as_str().unwrap_or_default());
        }
    }
    if blocking {
        report.raw("<nil>", "null", UNCHECKED);
    }
    if !blocking {
        rules(report, object, schema, "");
        lists(report, object, schema, "");
    }
}

/// Whether the number that scaling reads is one.
fn scaled(report: &mut Report, object: &Value, path: &str) {
    let mut at = object;
    for key in path.split('.').filter(|key| !key.is_empty()) {
        if !at.is_object() && !at.is_null() {
            let (shown, is) = go(at);
            let why = format!("{path} accessor error: {shown} is of the type {is}, expected map[string]interface{{}}");
            report.raw(path, "0", &why);
            return;
        }
        at = &at[key];
    }
    match at {
        Value::Null => {}
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            if number.as_i64().is_some_and(|number| number < 0) {
                report.invalid(path, at, "should be a non-negative integer");
            }
        }
        other => {
            let (shown, is) = go(other);
            report.raw(path, "0", &format!("{path} accessor error: {shown} is of the type {is}, expected int64"));
        }
    }
}

fn go(value: &Value) -> (String, &'static str) {
    let shown = crate::rules::patch::go(value);
    match value {
        Value::String(_) => (shown, "string"),
        Value::Bool(_) => (shown, "bool"),
        Value::Number(number) if number.is_f64() => (shown, "float64"),
        Value::Number(_) => (shown, "int64"),
        Value::Array(_) => (shown, "[]interface {}"),
        _ => (shown, "map[string]interface {}"),
    }
}

/// Sets and lists with keys have each item once.
fn lists(report: &mut Report, value: &Value, schema: &Value, path: &str) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let schema = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                lists(report, inner, schema, &path);
            }
        }
        Value::Array(items) => {
            let keys: Vec<&str> = match schema["x-kubernetes-list-type"].as_str() {
                Some("map") => schema["x-kubernetes-list-map-keys"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect(),
                _ => Vec::new(),
            };
            let mut seen: Vec<Value> = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{index}]");
                let key = match schema["x-kubernetes-list-type"].as_str() {
                    Some("set") => item.clone(),
                    Some("map") => keys.iter().map(|key| ((*key).to_owned(), item[*key].clone())).collect(),
                    _ => Value::Null,
                };
                if !key.is_null() && seen.contains(&key) {
                    report.duplicate(&path, &key);
                }
                seen.push(key);
                lists(report, item, &schema["items"], &path);
            }
        }
        _ => {}
    }
}

/// The rules that the schema's author wrote.
fn rules(report: &mut Report, value: &Value, schema: &Value, path: &str) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let text = rule["rule"].as_str().unwrap_or_default();
        if crate::rules::rule::holds(text, value) == Some(false) {
            let message = rule["message"].as_str().map_or_else(|| format!("failed rule: {text}"), str::to_owned);
            let is = super::schema::kind_of(value);
            report.raw(path, &format!("{is:?}"), &message);
        }
    }
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let schema = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                rules(report, inner, schema, &path);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                rules(report, item, &schema["items"], &format!("{path}[{index}]"));
            }
        }
        _ => {}
    }
}
