//! Custom objects against their schema: what it does not name is dropped, what it defaults is set.

use crate::json::Value;

use crate::shapes::Link;

/// Drops what the schema does not name.
pub fn prune(object: &mut Value, schema: &Value) {
    within(object, schema, true);
}

fn within(value: &mut Value, schema: &Value, root: bool) {
    match value {
        Value::Object(fields) => {
            let preserved = schema["x-kubernetes-preserve-unknown-fields"] == true;
            let resource = root || schema["x-kubernetes-embedded-resource"] == true;
            let known = &schema["properties"];
            let rest = &schema["additionalProperties"];
            fields.retain(|name, _| {
                let own = resource && ["apiVersion", "kind", "metadata"].contains(&name.as_str());
                own || preserved || known.get(name).is_some() || rest.is_object() || *rest == true
            });
            for (name, inner) in fields.iter_mut() {
                if resource && name == "metadata" {
                    if !root && inner.is_object() {
                        *inner = super::settle(std::mem::take(inner), meta().shape());
                    }
                    continue;
                }
                match known.get(name) {
                    Some(schema) => within(inner, schema, false),
                    None if rest.is_object() => within(inner, rest, false),
                    None => {}
                }
            }
        }
        Value::Array(items) => {
            let free = schema["x-kubernetes-preserve-unknown-fields"] == true && !schema["items"].is_object();
            for item in items.iter_mut().filter(|_| !free) {
                within(item, &schema["items"], false);
            }
        }
        // A whole number is written as one, however it came.
        Value::Number(number) if number.is_f64() => {
            let found = number.as_f64().filter(|found| found.fract() == 0.0 && found.abs() < 9e15);
            if let Some(found) = found {
                *value = Value::from(found as i64);
            }
        }
        _ => {}
    }
}

/// What every object says of itself.
fn meta() -> Link {
    Link::Named("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta".into())
}

/// Drops nulls where the schema has none and says nothing else.
pub fn without_nulls(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(fields) => {
            let known = &schema["properties"];
            fields.retain(|name, inner| {
                let own = known.get(name).or(Some(&schema["additionalProperties"])).filter(|schema| schema.is_object());
                let dropped = |schema: &Value| schema["nullable"] != true && schema.get("default").is_none();
                !(inner.is_null() && own.is_some_and(dropped))
            });
            for (name, inner) in fields.iter_mut() {
                without_nulls(inner, known.get(name).unwrap_or(&schema["additionalProperties"]));
            }
        }
        Value::Array(items) => {
            for item in items {
                without_nulls(item, &schema["items"]);
            }
        }
        _ => {}
    }
}

/// Sets what the schema defaults.
pub fn default(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
                let nulled = fields.get(name).is_some_and(|value| value.is_null() && schema["nullable"] != true);
                let absent = !fields.contains_key(name);
                if let Some(default) = schema.get("default").filter(|_| absent || nulled) {
                    fields.insert(name.clone(), default.clone());
                }
                if let Some(inner) = fields.get_mut(name) {
                    default_within(inner, schema);
                }
            }
            let rest = &schema["additionalProperties"];
            if rest.is_object() {
                for inner in fields.values_mut() {
                    default_within(inner, rest);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                default_within(item, &schema["items"]);
            }
        }
        _ => {}
    }
}

fn default_within(value: &mut Value, schema: &Value) {
    default(value, schema);
}
