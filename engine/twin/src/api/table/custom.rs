//! The columns and cells of kinds that definitions add.

use super::super::kinds::Served;
use super::age;
use super::words::{items, or};
use crate::json::{Value, json};
use crate::world::{Moment, Object};

const NAME: &str = "Name must be unique within a namespace. Is required when creating resources, although some resources \
                    may allow a client to request the generation of an appropriate name automatically. Name is primarily \
                    intended for creation idempotence and configuration definition. Cannot be updated. More info: \
                    https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
const CREATED: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is \
                       not guaranteed to be set in happens-before order across separate operations. Clients may not set \
                       this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. \
                       Null for lists. More info: \
                       https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

fn column(name: &str, kind: &str, format: &str, description: &str, priority: i64) -> Value {
    json!({"name": name, "type": kind, "format": format, "description": description, "priority": priority})
}

/// The columns of a kind that has none of its own.
pub(super) fn plain() -> Vec<Value> {
    vec![column("Name", "string", "name", NAME, 0), column("Created At", "date", "", CREATED, 0)]
}

pub(super) fn columns(served: &Served) -> Vec<Value> {
    let given =
        served.custom.as_ref().map(|version| items(&version["additionalPrinterColumns"]).to_vec()).unwrap_or_default();
    let mut all = vec![column("Name", "string", "name", NAME, 0)];
    if given.is_empty() {
        all.push(column("Age", "date", "", CREATED, 0));
    }
    for one in &given {
        let path = or(&one["jsonPath"], "");
        let said = format!("Custom resource definition column (in JSONPath format): {path}");
        let description = or(&one["description"], &said).to_owned();
        let priority = one["priority"].as_i64().unwrap_or(0);
        all.push(column(or(&one["name"], ""), or(&one["type"], ""), or(&one["format"], ""), &description, priority));
    }
    all
}

pub(super) fn cell(served: &Served, name: &str, object: &Object, now: Moment) -> Value {
    let given = served.custom.as_ref().map(|version| items(&version["additionalPrinterColumns"])).unwrap_or_default();
    let Some(one) = given.iter().find(|one| one["name"] == name) else {
        return match name {
            "Name" => object.name().into(),
            _ => age::since(now, &object["metadata"]["creationTimestamp"]).into(),
        };
    };
    let value = at(&object.plain(), or(&one["jsonPath"], ""));
    match (or(&one["type"], ""), value) {
        (_, None) => Value::Null,
        ("date" | "integer" | "number" | "boolean", Some(Value::Null)) => Value::Null,
        ("string", Some(Value::Null)) => "<no value>".into(),
        ("date", Some(value)) => match value.as_str().and_then(Moment::read) {
            Some(_) => age::since(now, &value).into(),
            None => "<invalid>".into(),
        },
        ("integer", Some(value)) if value.is_i64() || value.is_u64() => value,
        ("integer", Some(Value::Number(number))) => {
            number.as_f64().map_or(Value::Null, |number| (number as i64).into())
        }
        ("number", Some(value)) if value.is_number() => value,
        ("boolean", Some(value)) if value.is_boolean() => value,
        ("string", Some(Value::String(text))) => text.into(),
        ("string", Some(value)) => value.to_string().into(),
        _ => Value::Null,
    }
}

/// The first value a path leads to: names, indexes, `[*]`, and `[?(@.type=="Ready")]`.
fn at(value: &Value, path: &str) -> Option<Value> {
    let path = path.trim_start_matches('.');
    if path.is_empty() {
        return Some(value.clone());
    }
    if let Some(rest) = path.strip_prefix('[') {
        let end = rest.find(']')?;
        let (inside, rest) = (&rest[..end], &rest[end + 1..]);
        if let Some(test) = inside.strip_prefix("?(@.").and_then(|test| test.strip_suffix(')')) {
            let (field, wanted) = test.split_once("==")?;
            let wanted = wanted.trim().trim_matches(['"', '\'']);
            let found = value.as_array()?.iter().find(|one| one[field.trim()] == wanted)?;
            return at(found, rest);
        }
        if let Some(name) = inside.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')) {
            return at(value.get(name)?, rest);
        }
        let index = if inside == "*" { 0 } else { inside.parse::<usize>().ok()? };
        return at(value.get(index)?, rest);
    }
    let mut end = path.len();
    let bytes = path.as_bytes();
    for (place, byte) in bytes.iter().enumerate() {
        if (*byte == b'.' && (place == 0 || bytes[place - 1] != b'\\')) || *byte == b'[' {
            end = place;
            break;
        }
    }
    at(value.get(path[..end].replace("\\.", "."))?, &path[end..])
}
