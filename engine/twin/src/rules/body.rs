//! What was sent: read, and held against the path it was sent to.

use serde_json::{Map, Value, json};

use super::decode::{self, Decoded};
use super::write::{Validation, Verb, Write};
use super::{Refusal, fit};

/// A body, and what the client is warned of.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) value: Value,
    pub(super) warnings: Vec<String>,
}

/// Reads an object of the kind.
pub(super) fn read(write: &Write<'_>) -> Result<Read, Refusal> {
    let Decoded { value, twice } = decode::decode(write.body).map_err(|why| unreadable(write, &why))?;
    let kind = write.kind;
    if !value.is_object() {
        return Err(Refusal::bad_request(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            found(&value)
        )));
    }
    let mut value = value;
    for (key, own) in [("apiVersion", kind.api_version()), ("kind", kind.kind.clone())] {
        if value[key].as_str().is_none_or(str::is_empty)
            && !matches!(write.verb, Verb::Apply { .. })
            && !kind.is_custom()
        {
            value[key] = json!(own);
        }
    }
    same_kind(&value, write)?;
    if !value["metadata"].is_object() {
        value["metadata"] = Value::Object(Map::new());
    }
    let mut warnings = Vec::new();
    check(&value, twice, write, &mut warnings)?;
    Ok(Read { value, warnings })
}

fn unreadable(write: &Write<'_>, why: &str) -> Refusal {
    match write.verb {
        Verb::Apply { .. } => Refusal::bad_request(format!("error decoding YAML: {why}")),
        _ => Refusal::bad_request(format!("couldn't get version/kind; json parse error: {why}")),
    }
}

fn same_kind(value: &Value, write: &Write<'_>) -> Result<(), Refusal> {
    let own = write.kind.api_version();
    let said = value["apiVersion"].as_str().unwrap_or_default();
    if said != own {
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({said}) does not match the expected API version ({own})"
        )));
    }
    if value["kind"] != write.kind.kind.as_str() {
        let said = value["kind"].as_str().unwrap_or_default();
        return Err(Refusal::bad_request(format!(
            "{said} in version {:?} cannot be handled as a {}: converting ({said}) to ({}): unknown conversion",
            write.kind.version, write.kind.kind, write.kind.kind
        )));
    }
    Ok(())
}

/// Holds an object against the shape of its kind: types, unknown fields, fields that came twice.
pub(super) fn check(
    value: &Value,
    twice: Vec<String>,
    write: &Write<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), Refusal> {
    let kind = write.kind;
    let handled = |why: &str| {
        Refusal::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {why}",
            kind.kind, kind.version, kind.kind
        ))
    };
    let unknown = fit::fit(value, &kind.link).map_err(|why| handled(&why))?;
    let unknown = unknown.iter().map(|path| format!("unknown field {path:?}"));
    let all: Vec<String> = twice.iter().map(|path| format!("duplicate field {path:?}")).chain(unknown).collect();
    match write.validation {
        _ if all.is_empty() => {}
        Validation::Ignore => {}
        Validation::Warn => warnings.extend(all),
        Validation::Strict => return Err(handled(&format!("strict decoding error: {}", all.join(", ")))),
    }
    Ok(())
}

/// Reads a patch.
pub(super) fn patch(write: &Write<'_>) -> Result<Decoded, Refusal> {
    decode::decode(write.body).map_err(|why| Refusal::bad_request(format!("error decoding patch: {why}")))
}

/// What is said of a merge patch that is no object.
pub(super) fn no_object(patch: &Value) -> Refusal {
    Refusal::bad_request(format!(
        "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
        found(patch)
    ))
}

pub(super) fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Gives a new object its name and namespace, or says that they are not those of the path.
pub(super) fn identify(object: &mut Value, write: &Write<'_>) -> Result<(), Refusal> {
    named(object, write)?;
    let metadata = &mut object["metadata"];
    if metadata["name"].as_str().is_none_or(str::is_empty)
        && let Some(start) = metadata["generateName"].as_str().filter(|start| !start.is_empty())
    {
        let start: String = start.chars().take(58).collect();
        metadata["name"] = json!(format!("{start}{}", write.suffix));
    }
    Ok(())
}

/// The name and the namespace are those of the path.
fn named(object: &mut Value, write: &Write<'_>) -> Result<(), Refusal> {
    let metadata = &mut object["metadata"];
    let said = metadata["name"].as_str().unwrap_or_default().to_owned();
    if !write.name.is_empty() {
        if said.is_empty() {
            metadata["name"] = json!(write.name);
        } else if said != write.name {
            return Err(Refusal::bad_request(format!(
                "the name of the object ({said}) does not match the name on the URL ({})",
                write.name
            )));
        }
    }
    let said = metadata["namespace"].as_str().unwrap_or_default().to_owned();
    if said.is_empty() {
        if write.kind.namespaced && !write.namespace.is_empty() {
            metadata["namespace"] = json!(write.namespace);
        }
    } else if said != write.namespace {
        return Err(Refusal::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// Keeps of the object that is there what no writer may change, and holds the version against it.
pub(super) fn keep(object: &mut Value, before: &Value, write: &Write<'_>) -> Result<(), Refusal> {
    named(object, write)?;
    let old = &before["metadata"];
    let metadata = &mut object["metadata"];
    let said = metadata["uid"].as_str().unwrap_or_default();
    if !said.is_empty() && said != old["uid"].as_str().unwrap_or_default() {
        let message = format!(
            "Precondition failed: UID in precondition: {said}, UID in object meta: {}",
            old["uid"].as_str().unwrap_or_default()
        );
        return Err(conflict(write, &message));
    }
    let version = metadata["resourceVersion"].as_str().unwrap_or_default();
    if !version.is_empty() && version != old["resourceVersion"].as_str().unwrap_or_default() {
        let message = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(conflict(write, message));
    }
    let Value::Object(fields) = metadata else { return Ok(()) };
    for kept in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
        "selfLink",
    ] {
        match old.get(kept) {
            Some(value) => fields.insert(kept.to_owned(), value.clone()),
            None => fields.remove(kept),
        };
    }
    Ok(())
}

fn about(write: &Write<'_>, name: &str) -> Value {
    let mut details = json!({"name": name, "kind": write.kind.plural});
    if !write.kind.group.is_empty() {
        details["group"] = json!(write.kind.group);
    }
    details
}

fn conflict(write: &Write<'_>, why: &str) -> Refusal {
    let message = format!("Operation cannot be fulfilled on {} {:?}: {why}", write.kind.qualified(), write.name);
    Refusal { details: Some(about(write, write.name)), ..Refusal::new(409, "Conflict", message) }
}

/// What is said of a creation of what is there.
pub(super) fn exists(write: &Write<'_>, before: &Value) -> Refusal {
    let name = before["metadata"]["name"].as_str().unwrap_or_default();
    let message = format!("{} {name:?} already exists", write.kind.qualified());
    Refusal { details: Some(about(write, name)), ..Refusal::new(409, "AlreadyExists", message) }
}
