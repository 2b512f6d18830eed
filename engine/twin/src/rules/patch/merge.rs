//! JSON merge patch: null removes, objects are merged, all else is put in place.

use crate::json::{Map, Value};

/// The document after the patch.
pub fn merge(document: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut merged = match document {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    for (key, value) in patch {
        if value.is_null() {
            merged.remove(key);
        } else {
            let before = merged.remove(key).unwrap_or_default();
            merged.insert(key.clone(), merge(before, value));
        }
    }
    Value::Object(merged)
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::merge;

    #[test]
    fn null_removes_and_lists_are_replaced() {
        let before = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1});
        let after = merge(before, &json!({"a": {"b": null, "c": [3], "e": {"f": null}}, "g": null}));
        assert_eq!(after, json!({"a": {"c": [3], "e": {}}, "d": 1}));
    }
}
