//! Items of a fan-out: by what they tell themselves apart.

use rhai::{Dynamic, Map};

use crate::listed::Listed;

/// What an item is named after, where nothing is said.
pub(super) fn name_of(item: &Dynamic) -> Option<Dynamic> {
    if item.is_string() || item.is_int() {
        return Some(item.clone());
    }
    if let Some(listed) = item.read_lock::<Listed>() {
        return name_of(&listed.to_map().into());
    }
    let map = item.as_map_ref().ok()?;
    let named = |map: &Map, key: &str| map.get(key).filter(|name| name.is_string() || name.is_int()).cloned();
    named(&map, "key").or_else(|| named(&map, "name")).or_else(|| {
        let metadata = map.get("metadata")?.as_map_ref().ok()?;
        named(&metadata, "name")
    })
}
