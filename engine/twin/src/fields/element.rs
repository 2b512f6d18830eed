//! One step of a path: a field, an item by its keys, an item by its value, an item by its place.

use crate::json::{Map, Value};

use crate::shapes::{By, Shape};

/// The element in the one spelling we keep, or nothing if it is none.
pub(super) fn canonical(element: &str) -> Option<String> {
    match element.split_at_checked(2)? {
        ("f:", _) => Some(element.to_owned()),
        ("k:", keys) => {
            let keys: Map = crate::json::from_str(keys).ok()?;
            Some(format!("k:{}", Value::Object(keys)))
        }
        ("v:", value) => Some(format!("v:{}", crate::json::from_str::<Value>(value).ok()?)),
        ("i:", place) => Some(format!("i:{}", place.parse::<i64>().ok()?)),
        _ => None,
    }
}

/// The element as messages show it.
pub(super) fn shown(element: &str) -> String {
    match element.split_at_checked(2) {
        Some(("f:", name)) => format!(".{name}"),
        Some(("k:", keys)) => {
            let keys: Map = crate::json::from_str(keys).unwrap_or_default();
            let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        Some(("v:", value)) => format!("[={value}]"),
        Some(("i:", place)) => format!("[{place}]"),
        _ => element.to_owned(),
    }
}

/// The element that a list's item is, where the list tells its items apart.
pub(super) fn of_item(item: &Value, by: &By, shape: Option<&Shape>) -> Option<String> {
    match by {
        By::Atomic => None,
        By::Set => Some(format!("v:{item}")),
        By::Keys(keys) => {
            let fields = item.as_object()?;
            let value = |key: &String| {
                let default = || shape.and_then(|shape| shape.field(key)).and_then(|field| field.default.clone());
                fields.get(key).cloned().or_else(default).map(|value| (key.clone(), value))
            };
            let known: Map = keys.iter().filter_map(value).collect();
            Some(format!("k:{}", Value::Object(known)))
        }
    }
}
