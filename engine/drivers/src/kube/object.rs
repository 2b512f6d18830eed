//! Looking into an object.

use runbook_model::Value;

use super::discovery::items;

/// What is at a path of keys.
pub(super) fn at<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(object, |within, key| within.get(key))
}

/// The text at a path of keys.
pub(super) fn text<'a>(object: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(object, path).and_then(Value::as_text)
}

/// The whole number at a path of keys.
pub(super) fn number(object: &Value, path: &[&str]) -> Option<i64> {
    if let Some(Value::Int(n)) = at(object, path) { Some(*n) } else { None }
}

/// A text of its metadata.
pub(super) fn meta<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    text(object, &["metadata", key])
}

/// Takes away what is at a path of keys.
pub(super) fn forget(object: &mut Value, path: &[&str]) {
    let Some((last, way)) = path.split_last() else { return };
    let mut within = object;
    for key in way {
        let Value::Map(map) = within else { return };
        let Some(next) = map.get_mut(*key) else { return };
        within = next;
    }
    if let Value::Map(map) = within {
        map.remove(*last);
    }
}

/// Puts a value at a path of keys, making the maps on the way.
pub(super) fn put(object: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *object = value;
        return;
    };
    if !matches!(object, Value::Map(_)) {
        *object = Value::Map(std::collections::BTreeMap::new());
    }
    if let Value::Map(map) = object {
        put(map.entry((*first).to_owned()).or_default(), rest, value);
    }
}

/// Its condition of this type, the one with `status` and `reason`.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let all = items(at(object, &["status", "conditions"]));
    all.into_iter().find(|condition| text(condition, &["type"]).is_some_and(|known| known.eq_ignore_ascii_case(kind)))
}

/// Where a version number stands among others; versions are whole numbers in every server there is.
pub(super) fn version(object: &Value) -> Option<u64> {
    meta(object, "resourceVersion").and_then(|version| version.parse().ok())
}
