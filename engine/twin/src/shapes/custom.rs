//! Kinds that a `CustomResourceDefinition` adds.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json::Value;

use super::kind::{Kind, Sub, texts};
use super::read::{self, Author};
use super::shape::{Field, Form, Link, Merge, Shape, Written};

const VERBS: [&str; 8] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const PART: [&str; 3] = ["get", "patch", "update"];

/// The kinds of all served versions of a definition.
pub fn kinds(definition: &Value) -> Vec<Kind> {
    let spec = &definition["spec"];
    let versions = spec["versions"].as_array().into_iter().flatten();
    versions.filter(|version| version["served"] == true).map(|version| kind(spec, &told(spec, version))).collect()
}

/// The version with the warning that those who still use it get.
fn told(spec: &Value, version: &Value) -> Value {
    let mut version = version.clone();
    if version["deprecated"] != true || version["deprecationWarning"].is_string() {
        return version;
    }
    let said = |name: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!("{}/{} {}", text(&spec["group"]), text(name), text(&spec["names"]["kind"]))
    };
    let newer = spec["versions"].as_array().into_iter().flatten().find(|other| {
        let stable = other["name"].as_str().is_some_and(|name| !name.contains("alpha") && !name.contains("beta"));
        other["served"] == true && other["deprecated"] != true && stable
    });
    let instead = newer.map(|newer| format!("; use {}", said(&newer["name"]))).unwrap_or_default();
    version["deprecationWarning"] = Value::from(format!("{} is deprecated{instead}", said(&version["name"])));
    version
}

fn kind(spec: &Value, version: &Value) -> Kind {
    let names = &spec["names"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&names["kind"]);
    let singular = match names["singular"].as_str() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => kind.to_lowercase(),
    };
    Kind {
        group: text(&spec["group"]),
        version: text(&version["name"]),
        plural: text(&names["plural"]),
        singular,
        short: texts(names, "shortNames"),
        namespaced: spec["scope"] == "Namespaced",
        categories: texts(names, "categories"),
        verbs: VERBS.map(str::to_owned).to_vec(),
        subresources: parts(spec, version, &kind),
        hash: String::new(),
        link: Link::Own(Arc::new(shape(&version["schema"]["openAPIV3Schema"]))),
        custom: Some(Arc::new(version.clone())),
        kind,
    }
}

fn parts(spec: &Value, version: &Value, kind: &str) -> Vec<Sub> {
    let mut parts = Vec::new();
    let verbs = PART.map(str::to_owned).to_vec();
    if version["subresources"]["status"].is_object() {
        parts.push(Sub {
            name: "status".to_owned(),
            group: spec["group"].as_str().unwrap_or_default().to_owned(),
            version: version["name"].as_str().unwrap_or_default().to_owned(),
            kind: kind.to_owned(),
            verbs: verbs.clone(),
        });
    }
    if version["subresources"]["scale"].is_object() {
        parts.push(Sub {
            name: "scale".to_owned(),
            group: "autoscaling".to_owned(),
            version: "v1".to_owned(),
            kind: "Scale".to_owned(),
            verbs,
        });
    }
    parts
}

/// The shape of a custom kind's objects: its schema, with the metadata that every object has.
fn shape(schema: &Value) -> Shape {
    let mut shape = read::shape(schema, Author::Custom);
    let plain = |form: Form| Field {
        link: Link::Own(Arc::new(Shape { form, schema: None })),
        default: None,
        required: false,
        written: Written::Pointer,
        merge: Merge::default(),
        called: None,
    };
    let metadata = Field {
        link: Link::Named("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta".into()),
        written: Written::Always,
        ..plain(Form::Any)
    };
    let no_words = || Form::Text(Vec::new().into());
    let own = [("apiVersion", plain(no_words())), ("kind", plain(no_words())), ("metadata", metadata)];
    let (mut fields, rest) = match &shape.form {
        Form::Object { fields, rest, .. } => ((**fields).clone(), rest.clone()),
        _ => (BTreeMap::new(), Some(Link::any())),
    };
    fields.extend(own.map(|(name, field)| (name.to_owned(), field)));
    shape.form = Form::Object { fields: Arc::new(fields), rest, atomic: false };
    shape
}
