//! From a schema as OpenAPI or a definition writes it to a shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json::{Map, Text, Value};

use super::shape::{By, Field, Form, Link, Merge, Shape, Written};

/// Whose schema is read: the server's own, or one of a custom definition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    Server,
    Custom,
}

pub(super) fn shape(schema: &Value, author: Author) -> Shape {
    let kept = (author == Author::Custom).then(|| Arc::new(schema.clone()));
    Shape { form: form(schema, author), schema: kept }
}

fn form(schema: &Value, author: Author) -> Form {
    if schema["x-kubernetes-int-or-string"] == true || schema["format"] == "int-or-string" {
        return Form::IntOrText;
    }
    let atomic = schema["x-kubernetes-map-type"] == "atomic";
    match schema["type"].as_str() {
        Some("boolean") => Form::Bool,
        Some("integer") => Form::Integer(if schema["format"] == "int32" { 32 } else { 64 }),
        Some("number") => Form::Number,
        Some("string") => text(schema, author),
        Some("array") => Form::List { items: link(&schema["items"], author), by: by(schema) },
        Some("object") => object(schema, author, atomic),
        _ if schema["properties"].is_object() => object(schema, author, atomic),
        _ if schema["oneOf"].is_array() => Form::Quantity,
        _ if author == Author::Custom => Form::Any,
        _ => Form::Piece,
    }
}

fn text(schema: &Value, author: Author) -> Form {
    match schema["format"].as_str() {
        Some("byte") if author == Author::Server => Form::Bytes,
        Some("date-time") if author == Author::Server => Form::Time,
        _ => Form::Text(schema["enum"].as_array().into_iter().flatten().filter_map(owned).collect()),
    }
}

fn owned(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn by(schema: &Value) -> By {
    match schema["x-kubernetes-list-type"].as_str() {
        Some("set") => By::Set,
        Some("map") => {
            By::Keys(schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten().filter_map(owned).collect())
        }
        _ => By::Atomic,
    }
}

fn object(schema: &Value, author: Author, atomic: bool) -> Form {
    let preserved = schema["x-kubernetes-preserve-unknown-fields"] == true;
    let rest = match &schema["additionalProperties"] {
        Value::Object(_) => Some(link(&schema["additionalProperties"], author)),
        Value::Bool(true) => Some(Link::any()),
        _ if preserved => Some(Link::any()),
        _ => None,
    };
    match (schema["properties"].as_object(), rest) {
        (None, Some(values)) if schema["x-kubernetes-embedded-resource"] != true => Form::Map { values, atomic },
        (None, None) if author == Author::Server => Form::Piece,
        (properties, rest) => {
            let mut fields = fields(schema, properties, author);
            if schema["x-kubernetes-embedded-resource"] == true {
                let name = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
                let meta = Field { link: Link::Named(name.into()), ..field(&Value::Null, Author::Custom) };
                fields.insert("metadata".to_owned(), meta);
            }
            Form::Object { fields: Arc::new(fields), rest, atomic }
        }
    }
}

fn fields(schema: &Value, properties: Option<&Map>, author: Author) -> BTreeMap<String, Field> {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let read = |(name, field): (&Text, &Value)| {
        (name.to_string(), Field { required: required.contains(&name.as_str()), ..self::field(field, author) })
    };
    properties.into_iter().flatten().map(read).collect()
}

fn field(schema: &Value, author: Author) -> Field {
    let strategy = schema["x-kubernetes-patch-strategy"].as_str().unwrap_or_default();
    let (written, called) = match schema["x-go"].as_str().unwrap_or_default().split_once('|') {
        Some((letters, name)) => (letters, Some(name.into())),
        None => (schema["x-go"].as_str().unwrap_or_default(), None),
    };
    Field {
        called,
        link: link(schema, author),
        default: schema.get("default").cloned(),
        required: false,
        written: self::written(written),
        merge: Merge {
            merged: strategy.split(',').any(|word| word == "merge"),
            retain_keys: strategy.split(',').any(|word| word == "retainKeys"),
            key: schema["x-kubernetes-patch-merge-key"].as_str().map(str::to_owned),
        },
    }
}

fn written(letters: &str) -> Written {
    match letters {
        "p" | "l" => Written::Null,
        "le" => Written::Filled,
        "s" | "se" => Written::Always,
        "sz" | "sez" | "tez" => Written::Unless,
        "t" | "te" => Written::NullTime,
        "v" => Written::Zero,
        "ve" => Written::NonZero,
        _ => Written::Pointer,
    }
}

fn link(schema: &Value, author: Author) -> Link {
    match schema["$ref"].as_str() {
        // One whose fields have owners of their own here, though elsewhere it has one as a whole.
        Some(name) if schema["x-kubernetes-map-type"] == "granular" => {
            let mut own = super::document::types()[name].clone();
            own["x-kubernetes-map-type"] = "granular".into();
            Link::Own(Arc::new(shape(&own, author)))
        }
        Some(name) if author == Author::Server => Link::Named(name.into()),
        _ => Link::Own(Arc::new(shape(schema, author))),
    }
}
