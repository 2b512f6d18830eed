//! Answers in protobuf, for clients that like it better: what was going to be said in JSON is said so instead.
//!
//! The numbers of the fields are those that bodies are read by. What has no numbers, as custom kinds, stays JSON, which
//! every client reads as well.

use super::answer::{Answer, Body};
use super::proto::BOOK;
use super::request::Request;
use crate::json::Value;
use crate::world::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const TYPE: &str = "application/vnd.kubernetes.protobuf";
/// How deep messages may lie in each other.
const DEEPEST: usize = 64;

/// The answer as the client likes it best.
pub(super) fn liked(mut answer: Answer, request: &Request) -> Answer {
    let json = answer.headers.iter().any(|(name, value)| *name == "content-type" && value == "application/json");
    if !json || !is_first(request.header("accept")) {
        return answer;
    }
    let bytes = match std::mem::replace(&mut answer.body, Body::Bytes(Vec::new())) {
        Body::Bytes(bytes) => bytes,
        Body::Later(make) => make(),
        other => {
            answer.body = other;
            return answer;
        }
    };
    let written = crate::json::from_slice(&bytes).ok().and_then(|value| write(&value));
    if written.is_some() {
        for (_, value) in answer.headers.iter_mut().filter(|(name, _)| *name == "content-type") {
            TYPE.clone_into(value);
        }
    }
    answer.body = Body::Bytes(written.unwrap_or(bytes));
    answer
}

/// Whether protobuf stands before all else that is spoken here.
fn is_first(accept: &str) -> bool {
    let spoken = accept.split(',').map(str::trim).find(|clause| {
        let kind = clause.split(';').next().unwrap_or_default();
        *clause == TYPE || ["application/json", "application/yaml", "*/*", "application/*"].contains(&kind)
    });
    spoken == Some(TYPE) && !accept.contains("q=")
}

/// An object in protobuf; none where a part of it has no numbers.
pub(super) fn write(value: &Value) -> Option<Vec<u8>> {
    let (version, kind) = (value["apiVersion"].as_str()?, value["kind"].as_str()?);
    let name = BOOK["kinds"][format!("{version}/{kind}")].as_str()?;
    let mut about = Vec::new();
    put(&mut about, 1, version.as_bytes());
    put(&mut about, 2, kind.as_bytes());
    let mut all = b"k8s\0".to_vec();
    put(&mut all, 1, &about);
    put(&mut all, 2, &message(name, value, 0)?);
    put(&mut all, 3, b"");
    put(&mut all, 4, b"");
    Some(all)
}

pub(super) fn number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or(0));
}

pub(super) fn tag(out: &mut Vec<u8>, field: u64, wire: u64) {
    number(out, field << 3 | wire);
}

pub(super) fn put(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    tag(out, field, 2);
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_number(out: &mut Vec<u8>, field: u64, value: i64) {
    tag(out, field, 0);
    number(out, value.cast_unsigned());
}

fn message(name: &str, value: &Value, depth: usize) -> Option<Vec<u8>> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(made) = special(name, value) {
        return made;
    }
    let mut fields: Vec<(u64, &str, &str)> = Vec::new();
    for (number, known) in BOOK["types"][name].as_object()? {
        fields.push((number.parse().ok()?, known[0].as_str()?, known[1].as_str()?));
    }
    fields.sort_unstable();
    let mut out = Vec::new();
    for (number, json, what) in fields {
        if json.is_empty() {
            // What is written into its parent.
            put(&mut out, number, &message(what, value, depth + 1)?);
            continue;
        }
        let Some(value) = value.get(json).filter(|value| !value.is_null()) else { continue };
        if let Some(what) = what.strip_prefix("[]") {
            for item in value.as_array()? {
                one(&mut out, number, what, item, depth)?;
            }
        } else if let Some(what) = what.strip_prefix("{}") {
            for (key, item) in value.as_object()? {
                let mut entry = Vec::new();
                put(&mut entry, 1, key.as_bytes());
                one(&mut entry, 2, what, item, depth)?;
                put(&mut out, number, &entry);
            }
        } else {
            one(&mut out, number, what, value, depth)?;
        }
    }
    Some(out)
}

fn one(out: &mut Vec<u8>, field: u64, what: &str, value: &Value, depth: usize) -> Option<()> {
    match what {
        "s" => put(out, field, value.as_str()?.as_bytes()),
        "b" => put(out, field, &STANDARD.decode(value.as_str()?).ok()?),
        "o" => put_number(out, field, value.as_bool()?.into()),
        "i" => put_number(out, field, value.as_i64()?),
        "f" => {
            tag(out, field, 1);
            out.extend_from_slice(&value.as_f64()?.to_le_bytes());
        }
        "list" => {
            let mut list = Vec::new();
            for item in value.as_array()? {
                put(&mut list, 1, item.as_str()?.as_bytes());
            }
            put(out, field, &list);
        }
        name => put(out, field, &message(name, value, depth + 1)?),
    }
    Some(())
}

/// The types that write themselves in a manner of their own; none for the others.
fn special(name: &str, value: &Value) -> Option<Option<Vec<u8>>> {
    Some(match name {
        "meta.v1.Time" | "meta.v1.MicroTime" => time(value),
        "api.resource.Quantity" => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(bytes(text.as_bytes()))
        }
        "util.intstr.IntOrString" => either(value),
        "meta.v1.FieldsV1" | "pkg.runtime.RawExtension" => Some(bytes(value.to_string().as_bytes())),
        // Of these nothing is written, so that the whole stays JSON.
        "meta.v1.Duration"
        | "apiextensions.v1.JSON"
        | "apiextensions.v1.JSONSchemaPropsOrArray"
        | "apiextensions.v1.JSONSchemaPropsOrBool"
        | "apiextensions.v1.JSONSchemaPropsOrStringArray" => None,
        _ => return None,
    })
}

fn bytes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, 1, text);
    out
}

fn time(value: &Value) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    if let Some(text) = value.as_str() {
        let moment = Moment::read(text)?.0;
        put_number(&mut out, 1, moment.div_euclid(1_000_000));
        put_number(&mut out, 2, moment.rem_euclid(1_000_000) * 1000);
    }
    Some(out)
}

fn either(value: &Value) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    put_number(&mut out, 1, value.is_string().into());
    put_number(&mut out, 2, value.as_i64().unwrap_or(0));
    put(&mut out, 3, value.as_str().unwrap_or_default().as_bytes());
    (value.is_string() || value.is_i64()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::super::proto;
    use super::*;
    use crate::json::json;
    use std::fs;
    use std::path::PathBuf;

    /// Nothing where null, empty or nought is: the wire tells none of them apart.
    fn bare(value: &Value) -> Option<Value> {
        match value {
            Value::Null => None,
            Value::Bool(false) => None,
            Value::Number(number) if number.as_f64() == Some(0.0) => None,
            Value::String(text) if text.is_empty() => None,
            Value::Array(items) => {
                let items: Vec<Value> = items.iter().map(|item| bare(item).unwrap_or_default()).collect();
                (!items.is_empty()).then(|| items.into())
            }
            Value::Object(fields) => {
                let fields: crate::json::Map =
                    fields.iter().filter_map(|(name, value)| Some((name.clone(), bare(value)?))).collect();
                (!fields.is_empty()).then(|| fields.into())
            }
            other => Some(other.clone()),
        }
    }

    /// What is within another object has no kind on the wire.
    fn untyped(object: &Value) -> Value {
        let mut object = object.clone();
        let claims = object.pointer_mut("/spec/volumeClaimTemplates").and_then(Value::as_array_mut);
        for claim in claims.into_iter().flatten().filter_map(Value::as_object_mut) {
            claim.retain(|name, _| *name != "apiVersion" && *name != "kind");
        }
        object
    }

    #[test]
    fn what_is_written_reads_the_same_for_everything_that_a_server_was_recorded_to_say() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/likeness/answers");
        let mut written = 0;
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let answers: Value = crate::json::from_str(&fs::read_to_string(entry.path()).unwrap()).unwrap();
            for answer in answers.as_array().unwrap() {
                let Some(bytes) = write(&answer["json"]) else { continue };
                assert_eq!(bare(&proto::read(&bytes).unwrap()), bare(&untyped(&answer["json"])));
                written += 1;
            }
        }
        assert!(written > 300, "only {written} were written");
    }

    #[test]
    fn protobuf_is_written_when_it_is_liked_best() {
        let ask = |accept: &str| {
            let request = Request { headers: vec![("accept".to_owned(), accept.to_owned())], ..Request::default() };
            let answer = Answer::json(200, &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}));
            liked(answer, &request).headers[0].1.clone()
        };
        assert_eq!(ask(TYPE), TYPE);
        assert_eq!(ask("application/vnd.kubernetes.protobuf,application/json"), TYPE);
        assert_eq!(ask("application/json, application/vnd.kubernetes.protobuf"), "application/json");
        assert_eq!(ask(""), "application/json");
    }
}
