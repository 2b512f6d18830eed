//! Objects as the server's own types have them, which refusals quote: other names in another order, and nothing left out.

mod difference;

use crate::json::{Value, json};
use crate::shapes::document;

/// A value of one of the server's own types.
#[derive(Debug)]
enum Inner {
    /// As it is written.
    Plain(String),
    List(Vec<Inner>),
    Fields(Vec<(String, Inner)>),
}

/// The value in one line.
pub(in crate::rules) fn shown(value: &Value, kind: &str) -> String {
    let mut out = String::new();
    if value.is_null() { Inner::Plain("null".to_owned()) } else { of(value, kind) }.write(&mut out, None);
    out
}

/// An object as the server quotes it: fields in the order of their names, but what describes it as its own type has it,
/// unless the patch has touched that.
pub(in crate::rules) fn sent(object: &Value, patch: &Value) -> String {
    let touched = match patch {
        Value::Array(steps) => steps.iter().any(|step| {
            ["path", "from"].iter().any(|key| step[*key].as_str().is_some_and(|path| path.starts_with("/metadata")))
        }),
        other => other.get("metadata").is_some(),
    };
    let fields = object.as_object().filter(|_| !touched && object["metadata"].is_object());
    let Some(fields) = fields else { return object.to_string() };
    let each = fields.iter().map(|(name, value)| {
        let value = if name == "metadata" { shown(value, "ObjectMeta") } else { value.to_string() };
        format!("{}:{value}", Value::from(name.as_str()))
    });
    format!("{{{}}}", each.collect::<Vec<_>>().join(","))
}

/// Where two values differ, line by line.
pub(in crate::rules) fn difference(before: &Value, after: &Value, kind: &str) -> String {
    let lines = |value: &Value| {
        let mut out = String::new();
        of(value, kind).write(&mut out, Some(0));
        out
    };
    difference::unified(&lines(before), &lines(after))
}

fn of(value: &Value, kind: &str) -> Inner {
    if kind == "PodSpec" {
        return Inner::Fields(fields(&inward(value), kind));
    }
    Inner::Fields(fields(value, kind))
}

/// What a pod shares with its machine is a matter of its security here.
fn inward(spec: &Value) -> Value {
    const SHARED: [&str; 5] = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];
    let mut spec = spec.clone();
    for key in SHARED {
        let shared = spec[key].clone();
        if !shared.is_null() {
            spec["securityContext"][key] = shared;
        }
    }
    if spec["securityContext"].is_null() {
        spec["securityContext"] = json!({});
    }
    spec
}

fn fields(value: &Value, kind: &str) -> Vec<(String, Inner)> {
    let mut all = Vec::new();
    for field in document::inner(kind) {
        let (name, holds) = (field[0].as_str().unwrap_or_default(), field[1].as_str().unwrap_or_default());
        if let Some(kind) = holds.strip_prefix('^') {
            all.extend(fields(embedded(value, name), kind));
            continue;
        }
        let (name, may_lack) = name.strip_prefix('?').map_or((name, false), |name| (name, true));
        let mut given = value.as_object().into_iter().flatten();
        let given =
            given.find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null()).map(|(_, value)| value);
        if given.is_none() && may_lack {
            continue;
        }
        all.push((name.to_owned(), held(given, holds)));
    }
    all
}

/// Whether a field of fields is one of the object's, or only of the type's.
fn embedded<'a>(value: &'a Value, name: &str) -> &'a Value {
    if name == "ObjectMeta" { &value["metadata"] } else { value }
}

fn held(given: Option<&Value>, holds: &str) -> Inner {
    let none = || Inner::Plain("null".to_owned());
    if let Some(empty) = holds.strip_prefix('=') {
        return given.map_or_else(|| Inner::Plain(empty.to_owned()), plain);
    }
    if let Some(kind) = holds.strip_prefix('*') {
        return given.map_or_else(none, |value| of(value, kind));
    }
    if let Some(kind) = holds.strip_prefix("[]") {
        let list =
            |value: &Value| Inner::List(value.as_array().into_iter().flatten().map(|one| of(one, kind)).collect());
        return given.map_or_else(none, list);
    }
    of(given.unwrap_or(&Value::Null), holds)
}

/// What has no type of its own.
fn plain(value: &Value) -> Inner {
    match value {
        Value::Array(items) => Inner::List(items.iter().map(plain).collect()),
        Value::Object(fields) => {
            Inner::Fields(fields.iter().map(|(key, value)| (key.to_string(), plain(value))).collect())
        }
        // What a page could take for its own is written in numbers.
        other => {
            Inner::Plain(other.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
        }
    }
}

impl Inner {
    /// Writes it, over several lines where a depth is given.
    fn write(&self, out: &mut String, depth: Option<usize>) {
        let deeper = depth.map(|depth| depth + 1);
        let line = |out: &mut String, depth: Option<usize>| {
            if let Some(depth) = depth {
                out.push('\n');
                out.push_str(&" ".repeat(depth));
            }
        };
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::Fields(fields) if fields.is_empty() => out.push_str("{}"),
            Self::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    out.push(if at == 0 { '[' } else { ',' });
                    line(out, deeper);
                    item.write(out, deeper);
                }
                line(out, depth);
                out.push(']');
            }
            Self::Fields(fields) => {
                for (at, (name, value)) in fields.iter().enumerate() {
                    out.push(if at == 0 { '{' } else { ',' });
                    line(out, deeper);
                    out.push_str(&Value::from(name.as_str()).to_string());
                    out.push_str(if depth.is_some() { ": " } else { ":" });
                    value.write(out, deeper);
                }
                line(out, depth);
                out.push('}');
            }
        }
    }
}
