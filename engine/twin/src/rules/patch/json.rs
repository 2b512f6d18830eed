//! JSON patch: a list of operations, all of them or none.

use crate::json::Value;

use crate::rules::Refusal;

const MOST: usize = 10_000;

/// The document after the operations of the patch.
pub fn json(document: Value, patch: &Value) -> Result<Value, Refusal> {
    let Value::Array(operations) = patch else {
        let found = match patch {
            Value::Object(_) => "object",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "bool",
            _ => return Ok(document),
        };
        return Err(undecodable(&format!("cannot unmarshal {found} into Go value of type []handlers.jsonPatchOp")));
    };
    if let Some(found) = operations.iter().find(|operation| !operation.is_object() && !operation.is_null()) {
        let found = match found {
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            _ => "bool",
        };
        return Err(undecodable(&format!("cannot unmarshal {found} into Go value of type handlers.jsonPatchOp")));
    }
    if operations.len() > MOST {
        let message = format!("The allowed maximum operations in a JSON patch is {MOST}, got {}", operations.len());
        return Err(Refusal::new(413, "RequestEntityTooLarge", message));
    }
    let mut changed = document;
    for operation in operations {
        change(&mut changed, operation).ok_or_else(Refusal::unprocessable)?;
    }
    Ok(changed)
}

fn undecodable(why: &str) -> Refusal {
    Refusal::bad_request(format!("error decoding patch: json: {why}"))
}

fn change(document: &mut Value, operation: &Value) -> Option<()> {
    let path = keys(operation["path"].as_str()?)?;
    let value = operation.get("value").cloned().unwrap_or_default();
    match operation["op"].as_str()? {
        "add" => add(document, &path, value),
        "remove" => remove(document, &path).map(|_| ()),
        "replace" => replace(document, &path, value),
        "test" => match get(document, &path) {
            Some(found) => same(found, &value).then_some(()),
            None => (reaches(document, &path) && value.is_null()).then_some(()),
        },
        "move" => {
            let moved = remove(document, &keys(operation["from"].as_str()?)?)?;
            add(document, &path, moved)
        }
        "copy" => {
            let copied = get(document, &keys(operation["from"].as_str()?)?)?.clone();
            add(document, &path, copied)
        }
        _ => None,
    }
}

fn keys(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let within = pointer.strip_prefix('/')?;
    Some(within.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect())
}

/// The place that a key of a list means; from the end when negative.
fn place(key: &str, length: usize) -> Option<usize> {
    let at: i64 = key.parse().ok()?;
    let length = i64::try_from(length).ok()?;
    let at = if at < 0 { at + length } else { at };
    usize::try_from(at).ok().filter(|_| at < length)
}

fn step<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(fields) => fields.get_mut(key),
        Value::Array(items) => {
            let at = place(key, items.len())?;
            items.get_mut(at)
        }
        _ => None,
    }
}

fn get<'a>(document: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(document, |value, key| match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => items.get(place(key, items.len())?),
        _ => None,
    })
}

fn reaches(document: &Value, path: &[String]) -> bool {
    path.split_last().is_some_and(|(_, above)| get(document, above).is_some_and(Value::is_object))
}

fn above<'a>(document: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(document, |value, key| step(value, key))
}

fn add(document: &mut Value, path: &[String], value: Value) -> Option<()> {
    let Some((last, to)) = path.split_last() else {
        *document = value;
        return Some(());
    };
    match above(document, to)? {
        Value::Object(fields) => {
            fields.insert(last.clone(), value);
        }
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => {
            let at = place(last, items.len() + 1)?;
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &[String]) -> Option<Value> {
    let (last, to) = path.split_last()?;
    match above(document, to)? {
        Value::Object(fields) => fields.remove(last),
        Value::Array(items) => {
            let at = place(last, items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}

fn replace(document: &mut Value, path: &[String], value: Value) -> Option<()> {
    let Some((last, to)) = path.split_last() else {
        *document = value;
        return Some(());
    };
    match above(document, to)? {
        Value::Object(fields) => {
            fields.insert(last.clone(), value);
        }
        Value::Array(items) => {
            let at = place(last, items.len())?;
            items[at] = value;
        }
        _ => return None,
    }
    Some(())
}

/// Whether two values are the same; `1` and `1.0` are.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::*;

    #[test]
    fn operations_reach_into_lists_and_escaped_keys() {
        let before = json!({"a": [1, 2, 3], "b/c": {"~": 1}});
        let patch = json!([
            {"op": "test", "path": "/a/0", "value": 1},
            {"op": "add", "path": "/a/-", "value": 4},
            {"op": "add", "path": "/a/1", "value": 9},
            {"op": "remove", "path": "/a/0"},
            {"op": "replace", "path": "/b~1c/~0", "value": 2},
            {"op": "move", "from": "/a/-1", "path": "/last"},
            {"op": "test", "path": "/absent", "value": null},
        ]);
        let after = json(before, &patch).expect("fits");
        assert_eq!(after, json!({"a": [9, 2, 3], "b/c": {"~": 2}, "last": 4}));
    }

    #[test]
    fn what_does_not_fit_is_refused_without_saying_why() {
        for operation in [
            json!({"op": "test", "path": "/a", "value": 2}),
            json!({"op": "remove", "path": "/b"}),
            json!({"op": "replace", "path": "/b/c", "value": 1}),
            json!({"op": "add", "path": "/b/c", "value": 1}),
            json!({"op": "no", "path": "/a"}),
            json!({}),
        ] {
            let refusal = json(json!({"a": 1}), &json!([operation])).expect_err("does not fit");
            assert_eq!((refusal.code, refusal.reason), (422, "Invalid"));
        }
    }
}
