//! OpenAPI: the recorded documents of the built-in kinds, and those of the kinds that definitions add.

use super::answer::Answer;
use super::discovery::tag;
use super::request::Request;
use crate::shapes::document;
use crate::world::World;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

/// The bytes of each document by its name, made once.
static MADE: LazyLock<Mutex<BTreeMap<String, (Vec<u8>, String)>>> = LazyLock::new(Mutex::default);

/// The answer of an OpenAPI path; none for other paths.
pub(crate) fn answer(world: &World, request: &Request) -> Option<Answer> {
    let path = request.path.trim_end_matches('/');
    if path == "/openapi/v2" {
        return Some(
            if request.header("accept").contains("application/json")
                || request.header("accept").contains("*/*")
                || request.header("accept").is_empty()
            {
                sent(request, once("v2", || document::swagger().clone()), false)
            } else {
                Answer::text(406, "")
            },
        );
    }
    if path == "/openapi/v3" {
        return Some(Answer::json(200, &index(world)));
    }
    let name = path.strip_prefix("/openapi/v3/")?;
    let hashed = request.query.get("hash").is_some();
    let custom = customs(world);
    let document = match custom.get(name) {
        Some(document) => {
            let bytes = serde_json::to_vec(document).unwrap_or_default();
            let tag = tag(&bytes);
            (bytes, tag)
        }
        None => {
            if !document::openapi_names().contains(&name) && name != "version" {
                return Some(Answer { code: 404, headers: Vec::new(), body: super::Body::Bytes(Vec::new()) });
            }
            once(name, || document::openapi(name).unwrap_or_default())
        }
    };
    Some(sent(request, document, hashed))
}

fn once(name: &str, make: impl FnOnce() -> Value) -> (Vec<u8>, String) {
    let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let entry = made.entry(name.to_owned()).or_insert_with(|| {
        let bytes = serde_json::to_vec(&make()).unwrap_or_default();
        let tag = tag(&bytes);
        (bytes, tag)
    });
    entry.clone()
}

fn sent(request: &Request, (bytes, tag): (Vec<u8>, String), hashed: bool) -> Answer {
    if request.header("if-none-match").contains(&tag) {
        return Answer {
            code: 304,
            headers: vec![("etag", format!("\"{tag}\""))],
            body: super::Body::Bytes(Vec::new()),
        };
    }
    let mut answer = Answer::bytes(200, "application/json", bytes)
        .with("etag", format!("\"{tag}\""))
        .with("vary", "Accept-Encoding, Accept");
    if hashed {
        answer.headers.retain(|(name, _)| *name != "cache-control");
        answer = answer.with("cache-control", "public, immutable");
    }
    answer
}

fn index(world: &World) -> Value {
    let mut paths = Map::new();
    let custom = customs(world);
    for name in document::openapi_names() {
        let (_, tag) = once(name, || document::openapi(name).unwrap_or_default());
        paths.insert(name.to_owned(), json!({"serverRelativeURL": format!("/openapi/v3/{name}?hash={tag}")}));
    }
    for (name, document) in &custom {
        let tag = tag(&serde_json::to_vec(document).unwrap_or_default());
        paths.insert(name.clone(), json!({"serverRelativeURL": format!("/openapi/v3/{name}?hash={tag}")}));
    }
    json!({"paths": paths})
}

/// The documents of the groups and versions that definitions add.
fn customs(world: &World) -> BTreeMap<String, Value> {
    let mut documents: BTreeMap<String, Value> = BTreeMap::new();
    for served in world.shapes().all().filter(|served| served.is_custom()) {
        let (group, version) = (&served.group, &served.version);
        let document = documents.entry(format!("apis/{group}/{version}")).or_insert_with(|| {
            json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": document::version()["gitVersion"]}, "paths": {}, "components": {"schemas": {}}})
        });
        let mut reversed: Vec<&str> = group.split('.').collect();
        reversed.reverse();
        let name = format!("{}.{version}.{}", reversed.join("."), served.kind);
        let id = json!([{"group": group, "version": version, "kind": served.kind}]);
        let schema = served.custom.as_ref().map(|one| one["schema"]["openAPIV3Schema"].clone()).unwrap_or_default();
        let mut schema = if schema.is_object() {
            schema
        } else {
            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
        };
        schema["x-kubernetes-group-version-kind"] = id.clone();
        if schema["properties"].is_object() {
            schema["properties"]["apiVersion"] = json!({"type": "string"});
            schema["properties"]["kind"] = json!({"type": "string"});
            schema["properties"]["metadata"] =
                json!({"allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}]});
        }
        document["components"]["schemas"][&name] = schema;
        for meta in ["ObjectMeta", "OwnerReference", "ManagedFieldsEntry", "FieldsV1", "Time"] {
            let meta = format!("io.k8s.apimachinery.pkg.apis.meta.v1.{meta}");
            if let Some(schema) = document::schema(&meta) {
                document["components"]["schemas"][&meta] = schema.clone();
            }
        }
        let place = if served.namespaced { "namespaces/{namespace}/" } else { "" };
        let path = format!("/apis/{group}/{version}/{place}{}", served.plural);
        let parameters: Vec<Value> = ["dryRun", "fieldManager", "fieldValidation"]
            .iter()
            .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}))
            .collect();
        let operation = |action: &str| {
            let body = json!({"content": {"*/*": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}});
            json!({"parameters": parameters, "requestBody": body, "responses": {"200": {"description": "OK"}}, "x-kubernetes-action": action, "x-kubernetes-group-version-kind": id[0]})
        };
        let mut patch = operation("patch");
        patch["requestBody"] = json!({"content": {"application/json-patch+json": {}, "application/merge-patch+json": {}, "application/apply-patch+yaml": {}}});
        document["paths"][&path] = json!({"post": operation("post")});
        document["paths"][format!("{path}/{{name}}")] = json!({"put": operation("put"), "patch": patch});
    }
    documents
}
