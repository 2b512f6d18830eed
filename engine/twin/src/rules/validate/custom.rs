//! Custom objects: their schema, the rules of their lists, and what scaling needs.

use crate::json::Value;

use super::report::Report;
use super::schema::{Where, check as by_schema};
use crate::rules::Cause;
use crate::rules::rule::{self, Trouble};
use crate::shapes::Kind;

const UNCHECKED: &str = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/// Whether a custom object may be.
pub(super) fn check(report: &mut Report, object: &Value, before: Option<&Value>, kind: &Kind, sub: &str) {
    let Some(version) = &kind.custom else { return };
    let schema = &version["schema"]["openAPIV3Schema"];
    let mut found = Report::default();
    if sub != "status" {
        by_schema(&mut found, object, before, schema, &Where::default());
    } else if let Some(status) = object.get("status") {
        let before = before.and_then(|before| before.get("status"));
        by_schema(&mut found, status, before, &schema["properties"]["status"], &Where::at("status", ""));
    }
    let blocking = found.causes.iter().any(|cause| {
        let typed = cause.message.contains(" must be of type ");
        typed
            || ["FieldValueRequired", "FieldValueNotSupported", "FieldValueTooLong", "FieldValueTooMany"]
                .contains(&cause.reason)
    });
    let blocking = blocking || report.causes.iter().any(|cause| cause.reason == "FieldValueRequired");
    report.causes.extend(found.causes);
    let scale = &version["subresources"]["scale"];
    if scale.is_object() {
        let paths: &[&str] =
            if sub == "status" { &["statusReplicasPath"] } else { &["specReplicasPath", "statusReplicasPath"] };
        for key in paths {
            scaled(report, object, scale[*key].as_str().unwrap_or_default());
        }
    }
    lists(report, object, schema, "");
    match (blocking, has_rules(schema)) {
        (_, false) => {}
        (true, true) => report.raw("<nil>", "null", UNCHECKED),
        (false, true) => rules(report, object, before, schema, ""),
    }
}

/// Whether the schema's author wrote rules anywhere in it.
fn has_rules(schema: &Value) -> bool {
    let inner = ["items", "additionalProperties"].map(|key| &schema[key]);
    schema["x-kubernetes-validations"].as_array().is_some_and(|rules| !rules.is_empty())
        || inner.into_iter().any(|schema| schema.is_object() && has_rules(schema))
        || schema["properties"].as_object().into_iter().flatten().any(|(_, schema)| has_rules(schema))
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
                let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
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

/// The rules that the schema's author wrote; what is as it was before is not judged again.
fn rules(report: &mut Report, value: &Value, before: Option<&Value>, schema: &Value, path: &str) {
    if before == Some(value) {
        return;
    }
    for one in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        judge(report, value, before, schema, path, one);
    }
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let schema = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
                let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                rules(report, inner, before.and_then(|before| before.get(key)), schema, &path);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let old = before.and_then(|before| correlated(before, item, schema));
                rules(report, item, old, &schema["items"], &format!("{path}[{index}]"));
            }
        }
        _ => {}
    }
}

/// The item that an item was, where the list tells its items apart.
pub(super) fn correlated<'a>(before: &'a Value, item: &Value, schema: &Value) -> Option<&'a Value> {
    if schema["x-kubernetes-list-type"] != "map" {
        return None;
    }
    let keys = schema["x-kubernetes-list-map-keys"].as_array()?;
    let same = |other: &&Value| keys.iter().filter_map(Value::as_str).all(|key| other[key] == item[key]);
    before.as_array()?.iter().find(same)
}

fn judge(report: &mut Report, value: &Value, before: Option<&Value>, schema: &Value, path: &str, one: &Value) {
    let text = one["rule"].as_str().unwrap_or_default();
    let optional = one["optionalOldSelf"] == true;
    if rule::looks_back(text) && before.is_none() && !optional {
        return;
    }
    let subject = rule::Subject { value, before, optional, schema };
    let is = format!("{:?}", schema["type"].as_str().unwrap_or_default());
    let reason = match one["reason"].as_str() {
        Some("FieldValueForbidden") => "FieldValueForbidden",
        Some("FieldValueRequired") => "FieldValueRequired",
        Some("FieldValueDuplicate") => "FieldValueDuplicate",
        _ => "FieldValueInvalid",
    };
    let field = format!("{path}{}", one["fieldPath"].as_str().unwrap_or_default());
    match rule::holds(text, &subject) {
        Ok(true) | Err(Trouble::Unknown(_)) => {}
        Ok(false) => {
            let own = one["messageExpression"].as_str().and_then(|text| rule::judged(text, &subject).ok());
            let message = match (own, one["message"].as_str()) {
                (Some(Value::String(text)), _) if !text.trim().is_empty() => text.into(),
                (_, Some(message)) => message.to_owned(),
                _ => format!("failed rule: {}", text.trim()),
            };
            let message = match reason {
                "FieldValueForbidden" => format!("Forbidden: {message}"),
                "FieldValueRequired" => format!("Required value: {message}"),
                "FieldValueDuplicate" => format!("Duplicate value: {is}"),
                _ => format!("Invalid value: {is}: {message}"),
            };
            report.causes.push(Cause { reason, message, field });
        }
        Err(Trouble::Fails(why)) => {
            report.raw(path, &is, &format!("{why} evaluating rule: {}", one["message"].as_str().unwrap_or(text)))
        }
    }
}
