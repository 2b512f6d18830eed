//! Strategic merge patch: lists are merged by their keys, and directives say what else is meant.

use crate::json::{Map, Value};

use super::order;
use crate::rules::Refusal;
use crate::shapes::{Merge, Shape};

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList";
const ORDER: &str = "$setElementOrder";

/// The document after the patch; lists are merged as the shape says.
pub fn strategic(document: Value, patch: &Value, shape: &Shape) -> Result<Value, Refusal> {
    let Value::Object(patch) = patch else {
        let found = match patch {
            Value::Null => return Ok(document),
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            _ => "bool",
        };
        let message = format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}");
        return Err(Refusal::bad_request(message));
    };
    let document = match document {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    merge_map(document, patch.clone(), Some(shape)).map(Value::Object)
}

fn merge_map(mut document: Map, mut patch: Map, shape: Option<&Shape>) -> Result<Map, Refusal> {
    if let Some(directive) = patch.remove(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Map::new()),
            _ => {
                patch.insert(DIRECTIVE.to_owned(), directive);
                Err(unknown(&Value::Object(patch)))
            }
        };
    }
    retain(&mut document, &mut patch)?;
    ordered(&mut document, &mut patch, shape)?;
    for (key, value) in patch {
        let (key, deleting) = match key.strip_prefix(DELETE_FROM) {
            Some(rest) => (named(rest, "primitive list")?.into(), true),
            None => (key, false),
        };
        if value.is_null() {
            document.remove(&key);
            continue;
        }
        let before = document.remove(&key);
        let field = shape.and_then(|shape| shape.field(&key));
        let within = shape.and_then(|shape| shape.under(&key));
        let rule = field.map(|field| field.merge.clone()).unwrap_or_default();
        let after = match (before, value) {
            (Some(before), Value::Array(items)) if deleting => Some(without(before, &items)),
            (before, _) if deleting => before,
            (Some(Value::Object(before)), Value::Object(value)) => {
                Some(Value::Object(merge_map(before, value, within)?))
            }
            (Some(Value::Array(before)), Value::Array(value)) if rule.merged => {
                Some(Value::Array(merge_list(before, value, &rule, within)?))
            }
            (Some(Value::Array(_)), value @ Value::Array(_)) => Some(value),
            (_, value) => undirected(without_nulls(value)),
        };
        if let Some(after) = after {
            document.insert(key, after);
        }
    }
    Ok(document)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn without(before: Value, items: &[Value]) -> Value {
    match before {
        Value::Array(before) => before.into_iter().filter(|item| !items.contains(item)).collect(),
        other => other,
    }
}

/// A value whose maps have no nulls.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// A value without the maps that say what is to be done with them; of directives beside them nobody takes notice here.
fn undirected(value: Value) -> Option<Value> {
    match value {
        Value::Object(fields) if fields.contains_key(DIRECTIVE) => None,
        Value::Object(fields) => {
            Some(fields.into_iter().filter_map(|(key, value)| Some((key, undirected(value)?))).collect())
        }
        Value::Array(items) => Some(items.into_iter().filter_map(undirected).collect()),
        other => Some(other),
    }
}

fn unknown(map: &Value) -> Refusal {
    Refusal::unforeseen(format!("unknown patch type: {} in map: {}", plain(&map[DIRECTIVE]), go(map)))
}

fn retain(document: &mut Map, patch: &mut Map) -> Result<(), Refusal> {
    let Some(kept) = patch.remove(RETAIN) else { return Ok(()) };
    let Value::Array(kept) = kept else {
        return Err(Refusal::bad_request("invalid patch format of retainKeys"));
    };
    let keeps = |key: &str| kept.iter().any(|name| name == key);
    if patch.iter().any(|(key, value)| !value.is_null() && !key.starts_with('$') && !keeps(key)) {
        return Err(Refusal::bad_request("invalid patch format of retainKeys"));
    }
    document.retain(|key, _| keeps(key));
    Ok(())
}

/// Merges the lists for which the patch says the order of their elements.
fn ordered(document: &mut Map, patch: &mut Map, shape: Option<&Shape>) -> Result<(), Refusal> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(ORDER)).map(ToString::to_string).collect();
    for directive in directives {
        let order = listed(patch.remove(&directive).unwrap_or_default())?;
        let name = named(&directive[ORDER.len()..], "setElementOrder list")?.to_owned();
        let rule = shape.and_then(|shape| shape.field(&name)).map(|field| field.merge.clone()).unwrap_or_default();
        let within = shape.and_then(|shape| shape.under(&name));
        let key = rule.key.as_deref();
        let added = match patch.get(&name) {
            None => None,
            Some(items) => Some(listed(items.clone())?),
        };
        if let Some(items) = &added {
            agrees(items, &order, key)?;
        }
        let before = match document.get(&name) {
            Some(Value::Array(items)) => Some(items.clone()),
            _ => None,
        };
        let merged = match (before.clone(), added) {
            (None, None) => continue,
            (Some(before), None) => before,
            (None, Some(added)) => added.into_iter().filter_map(undirected).collect(),
            (Some(before), Some(added)) if rule.merged => merge_list(before, added, &rule, within)?,
            (Some(_), Some(added)) => added,
        };
        let arranged = order::arrange(merged, &order, &before.unwrap_or_default(), key);
        document.insert(name.clone(), Value::Array(arranged));
        patch.remove(&name);
    }
    Ok(())
}

/// The field that a directive is about.
fn named<'a>(rest: &'a str, directive: &str) -> Result<&'a str, Refusal> {
    rest.strip_prefix('/').ok_or_else(|| Refusal::bad_request(format!("invalid patch format of {directive}")))
}

/// What has to be a list.
fn listed(value: Value) -> Result<Vec<Value>, Refusal> {
    if let Value::Array(items) = value { Ok(items) } else { Err(received("[]interface {}", &value)) }
}

/// What is of another type than it has to be.
fn received(expected: &str, value: &Value) -> Refusal {
    let found = match value {
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Null => "%!s(<nil>)",
    };
    Refusal::unforeseen(format!("expected a {expected}, but received a {found}"))
}

/// Whether the items of the patch come in the order that its directive says.
fn agrees(items: &[Value], order: &[Value], key: Option<&str>) -> Result<(), Refusal> {
    if key.is_some()
        && let Some(odd) = items.iter().chain(order).find(|one| !one.is_object())
    {
        return Err(received("map[string]interface {}", odd));
    }
    let mut rest = order.iter();
    for item in items.iter().filter(|item| item.get(DIRECTIVE).is_none_or(|directive| directive != "delete")) {
        if !rest.any(|named| order::one(named, item, key)) {
            return Err(Refusal::unforeseen(format!(
                "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                go(&Value::from(items.to_vec())),
                go(&Value::from(order.to_vec()))
            )));
        }
    }
    Ok(())
}

fn merge_list(
    before: Vec<Value>,
    patch: Vec<Value>,
    rule: &Merge,
    shape: Option<&Shape>,
) -> Result<Vec<Value>, Refusal> {
    let Some(first) = before.iter().chain(&patch).next() else { return Ok(before) };
    if before.iter().chain(&patch).any(|item| std::mem::discriminant(item) != std::mem::discriminant(first)) {
        let both = go(&Value::Array(vec![Value::Array(before), Value::Array(patch)]));
        return Err(Refusal::unforeseen(format!("list element types are not identical: {both}")));
    }
    if !first.is_object() {
        let mut merged: Vec<Value> = Vec::new();
        for item in before.iter().chain(&patch) {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(order::arrange(merged, &patch, &before, None));
    }
    let Some(key) = rule.key.as_deref() else {
        return Err(Refusal::unforeseen("cannot merge lists without merge key"));
    };
    let (kept, patch) = directed(before.clone(), patch, key)?;
    let item_shape = shape.and_then(Shape::item);
    let mut merged = kept;
    for item in &patch {
        let Value::Object(fields) = item else {
            continue;
        };
        if !fields.contains_key(key) {
            return Err(keyless(item, key));
        }
        match merged.iter_mut().find(|other| order::one(other, item, Some(key))) {
            Some(Value::Object(found)) => *found = merge_map(std::mem::take(found), fields.clone(), item_shape)?,
            _ => merged.push(item.clone()),
        }
    }
    Ok(order::arrange(merged, &patch, &before, Some(key)))
}

fn keyless(item: &Value, key: &str) -> Refusal {
    Refusal::unforeseen(format!("map: {} does not contain declared merge key: {key}", go(item)))
}

/// A value as Go prints it.
pub(in crate::rules) fn go(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let all: Vec<String> = fields.iter().map(|(key, value)| format!("{key}:{}", go(value))).collect();
            format!("map[{}]", all.join(" "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Null => "<nil>".to_owned(),
        other => plain(other),
    }
}

/// Follows the directives of items: what stays of the list, and what of the patch is still to be merged.
fn directed(before: Vec<Value>, patch: Vec<Value>, key: &str) -> Result<(Vec<Value>, Vec<Value>), Refusal> {
    let mut kept = before;
    let mut rest = Vec::new();
    let mut replaced = false;
    for item in patch {
        match item.get(DIRECTIVE).map(plain).as_deref() {
            None => rest.push(item),
            Some("delete") => {
                if item.get(key).is_none() {
                    return Err(keyless(&item, key));
                }
                kept.retain(|other| !order::one(other, &item, Some(key)));
            }
            Some("replace") => replaced = true,
            Some("merge") => {
                return Err(Refusal::unforeseen("merging lists cannot yet be specified in the patch"));
            }
            Some(_) => return Err(unknown(&item)),
        }
    }
    Ok(if replaced { (rest, Vec::new()) } else { (kept, rest) })
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::*;
    use crate::shapes::Shapes;

    fn pod(before: Value, patch: Value) -> Result<Value, Refusal> {
        let kind = Shapes::new().resource("", "v1", "pods").expect("pods");
        strategic(json!({"spec": before}), &json!({"spec": patch}), kind.shape()).map(|mut after| after["spec"].take())
    }

    #[test]
    fn lists_are_merged_by_key_in_the_order_of_the_patch() {
        let before = json!({"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]});
        let after = pod(before, json!({"containers": [{"name": "c"}, {"name": "b", "image": "2"}]})).expect("fits");
        assert_eq!(
            after,
            json!({"containers": [{"name": "c"}, {"name": "a", "image": "1"}, {"name": "b", "image": "2"}]})
        );
    }

    #[test]
    fn directives_delete_replace_and_order() {
        let before = json!({"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "volumes": [{"name": "v", "emptyDir": {}}]});
        let patch = json!({
            "$setElementOrder/containers": [{"name": "c"}, {"name": "a"}],
            "containers": [{"name": "b", "$patch": "delete"}],
            "volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/"}}],
        });
        let after = pod(before, patch).expect("fits");
        assert_eq!(
            after,
            json!({"containers": [{"name": "c"}, {"name": "a"}], "volumes": [{"name": "v", "hostPath": {"path": "/"}}]})
        );
    }

    #[test]
    fn an_item_without_its_key_is_refused() {
        let refusal = pod(json!({"containers": [{"name": "a"}]}), json!({"containers": [{"image": "x"}]}));
        let message = refusal.expect_err("has no key").message;
        assert_eq!(message, "map: map[image:x] does not contain declared merge key: name");
    }
}
