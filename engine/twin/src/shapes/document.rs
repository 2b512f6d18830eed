//! The server's own documents, kept packed: discovery in both forms, OpenAPI v2 and v3, version.
//!
//! Promises: each is unpacked once, when first asked for; the built-in kinds only (custom ones are added by the caller).

use std::io::Read;
use std::sync::LazyLock;

use crate::json::{Map, Value, json};
use flate2::read::GzDecoder;

static KINDS: LazyLock<Value> = LazyLock::new(|| open(include_bytes!("data/kinds.json.gz")));
static OPENAPI: LazyLock<Value> = LazyLock::new(|| open(include_bytes!("data/openapi.json.gz")));
static SWAGGER: LazyLock<Value> = LazyLock::new(|| open(include_bytes!("data/swagger.json.gz")));

static INNER: LazyLock<Value> = LazyLock::new(|| open(include_bytes!("data/inner.json.gz")));

fn open(packed: &[u8]) -> Value {
    let mut text = Vec::new();
    match GzDecoder::new(packed).read_to_end(&mut text) {
        Ok(_) => crate::json::from_slice(&text).unwrap_or_default(),
        Err(_) => Value::Null,
    }
}

/// What `/version` says.
pub fn version() -> &'static Value {
    &KINDS["version"]
}

/// What `/api` says without aggregation.
pub fn core() -> &'static Value {
    &KINDS["core"]
}

/// What `/apis` says without aggregation.
pub fn groups() -> &'static Value {
    &KINDS["groups"]
}

/// What `/api` says as an `APIGroupDiscoveryList` (v2).
pub fn aggregated_core() -> &'static Value {
    &KINDS["aggregated_core"]
}

/// What `/apis` says as an `APIGroupDiscoveryList` (v2).
pub fn aggregated_groups() -> &'static Value {
    &KINDS["aggregated_groups"]
}

/// The `APIResourceList` of each group and version, by `v1`, `apps/v1` and so on.
pub fn resources() -> &'static Map {
    static EMPTY: LazyLock<Map> = LazyLock::new(Map::new);
    KINDS["resources"].as_object().unwrap_or(&EMPTY)
}

/// The types of the built-in kinds, without prose.
pub(super) fn types() -> &'static Value {
    &KINDS["types"]
}

/// The fields of one of the server's own types, which its refusals quote: pairs of a name and what the field holds.
pub(crate) fn inner(name: &str) -> &'static [Value] {
    INNER[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The names under which OpenAPI v3 documents are served: `api/v1`, `apis/apps/v1` and so on.
pub fn openapi_names() -> Vec<&'static str> {
    OPENAPI["documents"].as_object().map(|all| all.keys().map(|name| name.as_str()).collect()).unwrap_or_default()
}

/// The OpenAPI v3 document of that name, whole.
pub fn openapi(name: &str) -> Option<Value> {
    let mut document = OPENAPI["documents"].get(name)?.clone();
    let schemas: Map = document["components"]["schemas"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|schema| (schema.to_owned(), OPENAPI["schemas"][schema].clone()))
        .collect();
    if !schemas.is_empty() {
        document["components"]["schemas"] = json!(schemas);
    }
    Some(document)
}

/// One schema of OpenAPI v3 by its name, as `io.k8s.api.core.v1.Pod`.
pub fn schema(name: &str) -> Option<&'static Value> {
    OPENAPI["schemas"].get(name)
}

/// The OpenAPI v2 document.
pub fn swagger() -> &'static Value {
    &SWAGGER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_and_version_has_its_resources_and_its_openapi() {
        assert_eq!(version()["major"], "1");
        assert!(resources().len() > 15);
        for name in resources().keys() {
            let path = if name == "v1" { "api/v1".to_owned() } else { format!("apis/{name}") };
            let document = openapi(&path).unwrap_or_else(|| panic!("`{path}` has no document"));
            assert!(document["components"]["schemas"].is_object());
        }
        assert!(swagger()["definitions"].is_object());
    }
}
