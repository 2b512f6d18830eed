//! OpenAPI v2 as protobuf, which is how kubectl asks for it when it does not know a kind.
//!
//! The messages are those of gnostic's `openapi.v2`; what they have no field for is left out, and so is what is not an
//! extension. Must never look at a world: a document comes in, bytes go out.

use super::protobuf::{number, put, tag};
use crate::json::Value;

/// What a field holds.
enum Holds {
    Text,
    Texts,
    Flag,
    Whole,
    Real,
    /// Any value, as text.
    Raw,
    Raws,
    One(&'static str),
    Many(&'static str),
    /// An object whose values are messages, as a message of pairs whose field is this.
    Pairs(&'static str, u64),
    /// What begins with `x-`.
    Extensions,
}
use Holds::{Extensions, Flag, Many, One, Pairs, Raw, Raws, Real, Text, Texts, Whole};

type Field = (&'static str, u64, Holds);

const DOCUMENT: &[Field] = &[
    ("swagger", 1, Text),
    ("info", 2, One("info")),
    ("schemes", 5, Texts),
    ("consumes", 6, Texts),
    ("produces", 7, Texts),
    ("paths", 8, Pairs("path", 2)),
    ("definitions", 9, Pairs("schema", 1)),
    ("", 16, Extensions),
];
const INFO: &[Field] = &[("title", 1, Text), ("version", 2, Text), ("description", 3, Text), ("", 7, Extensions)];
const PATH: &[Field] = &[
    ("get", 2, One("operation")),
    ("put", 3, One("operation")),
    ("post", 4, One("operation")),
    ("delete", 5, One("operation")),
    ("options", 6, One("operation")),
    ("head", 7, One("operation")),
    ("patch", 8, One("operation")),
    ("parameters", 9, Many("parameter")),
    ("", 10, Extensions),
];
const OPERATION: &[Field] = &[
    ("tags", 1, Texts),
    ("summary", 2, Text),
    ("description", 3, Text),
    ("operationId", 5, Text),
    ("produces", 6, Texts),
    ("consumes", 7, Texts),
    ("parameters", 8, Many("parameter")),
    ("responses", 9, Pairs("response", 1)),
    ("schemes", 10, Texts),
    ("deprecated", 11, Flag),
    ("", 13, Extensions),
];
const BODY: &[Field] = &[
    ("description", 1, Text),
    ("name", 2, Text),
    ("in", 3, Text),
    ("required", 4, Flag),
    ("schema", 5, One("schema")),
    ("", 6, Extensions),
];
const QUERY: &[Field] = &[
    ("required", 1, Flag),
    ("in", 2, Text),
    ("description", 3, Text),
    ("name", 4, Text),
    ("type", 6, Text),
    ("format", 7, Text),
    ("uniqueItems", 20, Flag),
    ("", 23, Extensions),
];
const PLACED: &[Field] = &[
    ("required", 1, Flag),
    ("in", 2, Text),
    ("description", 3, Text),
    ("name", 4, Text),
    ("type", 5, Text),
    ("format", 6, Text),
    ("uniqueItems", 19, Flag),
    ("", 22, Extensions),
];
const RESPONSE: &[Field] = &[("description", 1, Text), ("schema", 2, One("response schema")), ("", 5, Extensions)];
const SCHEMA: &[Field] = &[
    ("$ref", 1, Text),
    ("format", 2, Text),
    ("title", 3, Text),
    ("description", 4, Text),
    ("default", 5, Raw),
    ("multipleOf", 6, Real),
    ("maximum", 7, Real),
    ("exclusiveMaximum", 8, Flag),
    ("minimum", 9, Real),
    ("exclusiveMinimum", 10, Flag),
    ("maxLength", 11, Whole),
    ("minLength", 12, Whole),
    ("pattern", 13, Text),
    ("maxItems", 14, Whole),
    ("minItems", 15, Whole),
    ("uniqueItems", 16, Flag),
    ("maxProperties", 17, Whole),
    ("minProperties", 18, Whole),
    ("required", 19, Texts),
    ("enum", 20, Raws),
    ("additionalProperties", 21, One("additional")),
    ("type", 22, One("type")),
    ("items", 23, One("items")),
    ("allOf", 24, Many("schema")),
    ("properties", 25, Pairs("schema", 1)),
    ("discriminator", 26, Text),
    ("readOnly", 27, Flag),
    ("", 31, Extensions),
];

/// The bytes of an OpenAPI v2 document.
pub(super) fn write(document: &Value) -> Vec<u8> {
    fields(DOCUMENT, document)
}

fn wrapped(field: u64, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    put(&mut out, field, bytes);
    out
}

/// A message by what it is.
fn message(what: &str, value: &Value) -> Vec<u8> {
    match what {
        "info" => fields(INFO, value),
        "path" => fields(PATH, value),
        "operation" => fields(OPERATION, value),
        "response" => wrapped(1, &fields(RESPONSE, value)),
        "response schema" | "items" => wrapped(1, &fields(SCHEMA, value)),
        "additional" => match value {
            Value::Bool(allowed) => vec![2 << 3, u8::from(*allowed)],
            schema => wrapped(1, &fields(SCHEMA, schema)),
        },
        "type" => {
            let mut out = Vec::new();
            let several = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            several.iter().filter_map(Value::as_str).for_each(|one| put(&mut out, 1, one.as_bytes()));
            out
        }
        "parameter" if value["$ref"].is_string() => wrapped(2, &fields(&SCHEMA[..1], value)),
        "parameter" => {
            let known = match value["in"].as_str().unwrap_or_default() {
                "body" => wrapped(1, &fields(BODY, value)),
                "header" => wrapped(2, &wrapped(1, &fields(PLACED, value))),
                "path" => wrapped(2, &wrapped(4, &fields(PLACED, value))),
                _ => wrapped(2, &wrapped(3, &fields(QUERY, value))),
            };
            wrapped(1, &known)
        }
        _ => fields(SCHEMA, value),
    }
}

fn fields(table: &[Field], value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, field, holds) in table {
        let found = &value[*name];
        let many = || found.as_array().into_iter().flatten();
        match holds {
            Extensions => {
                let all = value.as_object().into_iter().flatten();
                for (name, value) in all.filter(|(name, _)| name.starts_with("x-")) {
                    put(&mut out, *field, &pair(name, &raw(value)));
                }
            }
            _ if found.is_null() => {}
            Text => put(&mut out, *field, found.as_str().unwrap_or_default().as_bytes()),
            Texts => many().filter_map(Value::as_str).for_each(|one| put(&mut out, *field, one.as_bytes())),
            Flag => {
                tag(&mut out, *field, 0);
                number(&mut out, u64::from(found == &Value::Bool(true)));
            }
            Whole => {
                tag(&mut out, *field, 0);
                number(&mut out, found.as_i64().unwrap_or_default().cast_unsigned());
            }
            Real => {
                tag(&mut out, *field, 1);
                out.extend(found.as_f64().unwrap_or_default().to_le_bytes());
            }
            Raw => put(&mut out, *field, &raw(found)),
            Raws => many().for_each(|one| put(&mut out, *field, &raw(one))),
            One(what) => put(&mut out, *field, &message(what, found)),
            Many(what) => many().for_each(|one| put(&mut out, *field, &message(what, one))),
            Pairs(what, inner) => {
                let mut all = Vec::new();
                for (name, value) in found.as_object().into_iter().flatten() {
                    put(&mut all, *inner, &pair(name, &message(what, value)));
                }
                put(&mut out, *field, &all);
            }
        }
    }
    out
}

fn pair(name: &str, value: &[u8]) -> Vec<u8> {
    let mut out = wrapped(1, name.as_bytes());
    put(&mut out, 2, value);
    out
}

/// Any value: its text is YAML as much as JSON.
fn raw(value: &Value) -> Vec<u8> {
    wrapped(2, format!("{value}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn a_document_becomes_its_messages() {
        let document = json!({"swagger": "2.0", "definitions": {"A": {"type": "string", "x-y": true}}});
        let schema =
            [&[0xb2, 1, 8, 0x0a, 6][..], b"string", &[0xfa, 1, 14, 0x0a, 3], b"x-y", &[0x12, 7, 0x12, 5], b"true\n"]
                .concat();
        let named = pair("A", &schema);
        let all = [&[0x0a, 3][..], b"2.0", &wrapped(9, &wrapped(1, &named))].concat();
        assert_eq!(write(&document), all);
    }

    #[test]
    fn a_parameter_is_the_kind_its_place_says() {
        let path = json!({"in": "path", "name": "n"});
        let inner = [&[0x12, 4][..], b"path", &[0x22, 1], b"n"].concat();
        assert_eq!(message("parameter", &path), wrapped(1, &wrapped(2, &wrapped(4, &inner))));
    }
}
