//! OpenAPI: the recorded documents of the built-in kinds, and those of the kinds that definitions add.

use super::answer::Answer;
use super::discovery::tag;
use super::request::Request;
use super::swagger;
use crate::json::{Map, Value, json};
use crate::shapes::document;
use crate::world::World;
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

/// The bytes of each document by its name, made once.
static MADE: LazyLock<Mutex<BTreeMap<String, (Vec<u8>, String)>>> = LazyLock::new(Mutex::default);

/// The answer of an OpenAPI path; none for other paths.
pub(crate) fn answer(world: &World, request: &Request) -> Option<Answer> {
    let path = request.path.trim_end_matches('/');
    if path == "/openapi/v2" {
        let accept = request.header("accept");
        return Some(if accept.is_empty() || accept.contains("application/json") || accept.contains("*/*") {
            sent(request, "application/json", once("v2", || bytes(document::swagger())))
        } else if accept.contains("application/com.github.proto-openapi.spec.v2") {
            let document = once("v2 protobuf", || swagger::write(document::swagger()));
            sent(request, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf", document)
        } else {
            Answer::text(406, "")
        });
    }
    if path == "/openapi/v3" {
        return Some(Answer::json(200, &index(world)));
    }
    let name = path.strip_prefix("/openapi/v3/")?;
    let custom = customs(world);
    let document = match custom.get(name) {
        Some(document) => tagged(bytes(document)),
        None => {
            if !document::openapi_names().contains(&name) && name != "version" {
                return Some(Answer { code: 404, headers: Vec::new(), body: super::Body::Bytes(Vec::new()) });
            }
            once(name, || bytes(&document::openapi(name).unwrap_or_default()))
        }
    };
    Some(hashed(world, request, document))
}

/// A document under an address that names its contents is good for a year; under one that names others, it has moved.
fn hashed(world: &World, request: &Request, document: (Vec<u8>, String)) -> Answer {
    match request.query.get("hash") {
        None => sent(request, "application/json", document),
        Some(hash) if hash == document.1 => {
            let mut answer = sent(request, "application/json", document);
            answer.headers.retain(|(name, _)| *name != "cache-control");
            let year = world.now().plus_seconds(365 * 24 * 3600);
            answer.with("cache-control", "public, immutable").with("expires", year.http())
        }
        Some(_) => {
            let moved = format!("{}?hash={}", request.path, document.1);
            Answer::bytes(301, "application/json", Vec::new()).with("location", moved)
        }
    }
}

fn bytes(document: &Value) -> Vec<u8> {
    crate::json::to_vec(document).unwrap_or_default()
}

fn tagged(bytes: Vec<u8>) -> (Vec<u8>, String) {
    let tag = tag(&bytes);
    (bytes, tag)
}

fn once(name: &str, make: impl FnOnce() -> Vec<u8>) -> (Vec<u8>, String) {
    let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    made.entry(name.to_owned()).or_insert_with(|| tagged(make())).clone()
}

fn sent(request: &Request, kind: &str, (bytes, tag): (Vec<u8>, String)) -> Answer {
    let tag = format!("\"{tag}\"");
    if request.header("if-none-match").contains(&tag) {
        return Answer { code: 304, headers: vec![("etag", tag)], body: super::Body::Bytes(Vec::new()) };
    }
    Answer::bytes(200, kind, bytes).with("etag", tag).with("vary", "Accept-Encoding, Accept")
}

fn index(world: &World) -> Value {
    let mut paths = Map::new();
    let custom = customs(world);
    for name in document::openapi_names() {
        let (_, tag) = once(name, || bytes(&document::openapi(name).unwrap_or_default()));
        paths.insert(name.to_owned(), json!({"serverRelativeURL": format!("/openapi/v3/{name}?hash={tag}")}));
    }
    for (name, document) in &custom {
        let tag = tag(&bytes(document));
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
            json!({"openapi": "3.0.0", "info": {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"}, "paths": {}, "components": {"schemas": {}}})
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
            common(&mut schema, "ObjectMeta", OF_OBJECT);
        }
        let schemas = &mut document["components"]["schemas"];
        schemas[&name] = schema;
        schemas[format!("{name}List")] = list(served, &name);
        for meta in ["ObjectMeta", "OwnerReference", "ManagedFieldsEntry", "FieldsV1", "Time", "ListMeta"] {
            let meta = format!("{META}{meta}");
            if let Some(schema) = document::schema(&meta) {
                schemas[&meta] = schema.clone();
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

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const OF_OBJECT: &str = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/\
                         sig-architecture/api-conventions.md#metadata";

/// What every kind has, with the prose that `kubectl explain` shows.
fn common(schema: &mut Value, meta: &str, of_meta: &str) {
    // Every built-in kind says it; none says it better than the next.
    let said =
        document::schema("io.k8s.api.core.v1.Namespace").map(|kind| kind["properties"].clone()).unwrap_or_default();
    for field in ["apiVersion", "kind"] {
        schema["properties"][field] = json!({"type": "string", "description": said[field]["description"]});
    }
    let reference = json!([{"$ref": format!("#/components/schemas/{META}{meta}")}]);
    schema["properties"]["metadata"] = json!({"allOf": reference, "description": of_meta});
}

fn list(served: &crate::shapes::Kind, name: &str) -> Value {
    let conventions = "More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";
    let mut schema = json!({
        "type": "object", "required": ["items"],
        "description": format!("{0}List is a list of {0}", served.kind),
        "properties": {"items": {
            "type": "array", "items": {"$ref": format!("#/components/schemas/{name}")},
            "description": format!("List of {}. {conventions}", served.plural),
        }},
        "x-kubernetes-group-version-kind":
            [{"group": served.group, "version": served.version, "kind": format!("{}List", served.kind)}],
    });
    common(&mut schema, "ListMeta", &format!("Standard list metadata. {conventions}#types-kinds"));
    schema
}
