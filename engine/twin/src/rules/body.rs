//! What was sent: read, and held against the path it was sent to.

use crate::json::{Map, Value, json};

use super::decode::{self, Decoded};
use super::write::{Validation, Verb, Write};
use super::{Cause, Refusal, fit};
use crate::shapes::Shapes;

/// A body, and what the client is warned of.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) value: Value,
    pub(super) warnings: Vec<String>,
}

/// Reads an object of the kind.
pub(super) fn read(write: &Write<'_>) -> Result<Read, Refusal> {
    let applies = matches!(write.verb, Verb::Apply { .. });
    let Decoded { mut value, twice } = match decode::decode(write.body) {
        Ok(read) => read,
        Err(_) if applies && write.body.is_empty() => Decoded { value: Value::Null, twice: Vec::new() },
        Err(why) if applies => return Err(Refusal::bad_request(format!("error decoding YAML: {why}"))),
        Err(why) => return Err(unrecognized(write, &format!("couldn't get version/kind; json parse error: {why}"))),
    };
    if value.is_null() {
        value = Value::Object(Map::new());
    }
    if applies {
        applied_kind(&value, write)?
    } else {
        said_kind(&mut value, write)?
    }
    let mut warnings = Vec::new();
    if !applies {
        check(&value, twice, write, &mut warnings)?;
    } else if !twice.is_empty() {
        told(twice, write, &mut warnings, &|why| Refusal::bad_request(format!("error decoding YAML: {why}")))?;
    }
    if value["metadata"].is_null() {
        value["metadata"] = Value::Object(Map::new());
    }
    Ok(Read { value, warnings })
}

/// What is said of a body that is no object of any kind.
fn unrecognized(write: &Write<'_>, why: &str) -> Refusal {
    const MOST: usize = 30;
    let body = write.body;
    let cut = &body[..body.len().min(MOST)];
    let more = if body.len() > MOST { " ..." } else { "" };
    let shown = match body.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(cut)),
        Some(_) => format!("{}{more}", cut.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    };
    let kind = &write.kind.kind;
    Refusal::bad_request(format!("the object provided is unrecognized (must be of type {kind}): {why} ({shown})"))
}

fn applied_kind(value: &Value, write: &Write<'_>) -> Result<(), Refusal> {
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    if !value.is_object() {
        let why = format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", found(value));
        let message = format!("error decoding YAML: error unmarshaling JSON: while decoding JSON: {why}");
        return Err(Refusal::bad_request(message));
    }
    if version == write.kind.api_version() && kind == write.kind.kind {
        return Ok(());
    }
    let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
    Err(Refusal::bad_request(format!("invalid object type: {version}, Kind={kind}")))
}

/// The kind that the body says, or that of the path if it says none.
fn said_kind(value: &mut Value, write: &Write<'_>) -> Result<(), Refusal> {
    let kind = write.kind;
    if !value.is_object() {
        let into =
            r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
        let why = format!("json: cannot unmarshal {} into Go value of type {into}", found(value));
        return Err(unrecognized(write, &format!("couldn't get version/kind; json parse error: {why}")));
    }
    for key in ["apiVersion", "kind"] {
        if !value[key].is_string() && !value[key].is_null() {
            let why =
                format!("json: cannot unmarshal {} into Go struct field .{key} of type string", found(&value[key]));
            return Err(unrecognized(write, &format!("couldn't get version/kind; json parse error: {why}")));
        }
    }
    if kind.is_custom() && value["kind"].as_str().is_none_or(str::is_empty) {
        let text = String::from_utf8_lossy(write.body);
        return Err(unrecognized(write, &format!("Object 'Kind' is missing in '{text}'")));
    }
    let own = kind.api_version();
    for (key, own) in [("apiVersion", &own), ("kind", &kind.kind)] {
        if value[key].as_str().is_none_or(str::is_empty) && !kind.is_custom() {
            value[key] = json!(own);
        }
    }
    let (version, name) = (plain(&value["apiVersion"]), plain(&value["kind"]));
    if version == own && name == kind.kind {
        return Ok(());
    }
    if kind.is_custom() {
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({own})"
        )));
    }
    let short = version.rsplit('/').next().unwrap_or_default();
    let handled = format!("{name} in version {short:?} cannot be handled as a {}", kind.kind);
    Err(Refusal::bad_request(format!("{handled}: {}", unknown_kind(value, &version, &name, write))))
}

/// Why an object of another kind is none of this one.
fn unknown_kind(value: &Value, version: &str, name: &str, write: &Write<'_>) -> String {
    let kind = write.kind;
    if Shapes::new().of(value).is_none() {
        let scheme = "scheme \"pkg/runtime/scheme.go:110\"";
        return format!("no kind {name:?} is registered for version {version:?} in {scheme}");
    }
    let internal = if kind.group.is_empty() { "core" } else { kind.group.split('.').next().unwrap_or_default() };
    let short = version.rsplit('/').next().unwrap_or_default();
    format!("converting ({short}.{name}) to ({internal}.{}): unknown conversion", kind.kind)
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Holds an object against the shape of its kind: types, unknown fields, fields that came twice.
fn check(value: &Value, twice: Vec<String>, write: &Write<'_>, warnings: &mut Vec<String>) -> Result<(), Refusal> {
    let kind = write.kind;
    let handled = |why: &str| {
        Refusal::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {why}",
            kind.kind, kind.version, kind.kind
        ))
    };
    let mut unknown = fit::fit(value, &kind.link).map_err(|why| handled(&why))?;
    if kind.is_custom() {
        unknown.sort_by_key(|path| !path.starts_with("metadata."));
    } else if unknown.len() > 1 {
        let order = decode::order(write.body);
        unknown.sort_by_key(|path| order.iter().position(|other| other == path));
    }
    told(said(twice, unknown), write, warnings, &handled)
}

fn said(twice: Vec<String>, unknown: Vec<String>) -> Vec<String> {
    let twice = twice.into_iter().map(|path| format!("duplicate field {path:?}"));
    twice.chain(unknown.into_iter().map(|path| format!("unknown field {path:?}"))).collect()
}

/// Warns of what is wrong or refuses it, as the writer wants.
fn told(
    all: Vec<String>,
    write: &Write<'_>,
    warnings: &mut Vec<String>,
    handled: &dyn Fn(&str) -> Refusal,
) -> Result<(), Refusal> {
    match write.validation {
        Validation::Ignore => {}
        Validation::Warn => warnings.extend(all),
        Validation::Strict if all.is_empty() => {}
        Validation::Strict => return Err(handled(&format!("strict decoding error: {}", all.join(", ")))),
    }
    Ok(())
}

/// What a patch made, held against the shape of its kind.
pub(super) fn patched(
    mut result: Value,
    patch: &Decoded,
    write: &Write<'_>,
    warnings: &mut Vec<String>,
) -> Result<Value, Refusal> {
    let kind = write.kind;
    let strategic = write.verb == Verb::Strategic;
    let shown = if strategic { super::patch::go(&patch.value) } else { super::inner::sent(&result, &patch.value) };
    let refused = |why: &str| {
        let message = format!("Invalid value: {shown:?}: {why}");
        let cause = Cause { reason: "FieldValueInvalid", message, field: "patch".to_owned() };
        Refusal::invalid("", "", &[cause])
    };
    if !result.is_object() {
        let why = format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", found(&result));
        return Err(refused(&why));
    }
    for (key, own) in [("apiVersion", kind.api_version()), ("kind", kind.kind.clone())] {
        if strategic || result[key].is_null() {
            result[key] = json!(own);
        } else if result[key] != own.as_str() {
            let (version, name) = (plain(&result["apiVersion"]), plain(&result["kind"]));
            if kind.is_custom() {
                return Err(Refusal::bad_request(format!(
                    "the API version in the data ({version}) does not match the expected API version ({})",
                    kind.api_version()
                )));
            }
            return Err(refused(&unknown_kind(&result, &version, &name, write)));
        }
    }
    if strategic {
        super::restore::restore(&result, kind.shape()).map_err(|why| refused(&why))?;
    }
    let unknown = fit::fit(&result, &kind.link).map_err(|why| refused(&why))?;
    told(said(patch.twice.clone(), unknown), write, warnings, &refused)?;
    if result["metadata"].is_null() {
        result["metadata"] = Value::Object(Map::new());
    }
    Ok(result)
}

/// What is said of a strategic patch of a custom object.
pub(super) fn unknown_format() -> Refusal {
    let accepted = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
    let message =
        format!("the body of the request was in an unknown format - accepted media types include: {accepted}");
    Refusal::new(415, "UnsupportedMediaType", message)
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
            return Err(Refusal::bad_request(format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                write.name
            )));
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
        if write.verb != Verb::Update {
            let message = format!("Invalid value: {said:?}: field is immutable");
            return Err(immutable(write, "metadata.uid", message));
        }
        let group = if write.kind.is_custom() { format!("{}/", write.kind.group) } else { String::new() };
        let key =
            format!("/registry/{group}{}/{}/{}", write.kind.plural, write.namespace, write.name).replace("//", "/");
        return Err(conflict(
            write,
            &format!(
                "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: {message}"
            ),
        ));
    }
    let ended = metadata["deletionTimestamp"].as_str().unwrap_or_default();
    if !ended.is_empty() && old["deletionTimestamp"] != ended {
        return Err(immutable(
            write,
            "metadata.deletionTimestamp",
            format!("Invalid value: {ended:?}: field is immutable"),
        ));
    }
    let version = metadata["resourceVersion"].as_str().unwrap_or_default();
    if !version.is_empty() && version != old["resourceVersion"].as_str().unwrap_or_default() {
        let message = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(conflict(write, message));
    }
    if version.is_empty() && write.verb == Verb::Update && !unconditional(write) {
        let cause = Cause {
            reason: "FieldValueInvalid",
            message: "Invalid value: 0: must be specified for an update".to_owned(),
            field: "metadata.resourceVersion".to_owned(),
        };
        return Err(Refusal::invalid(&write.kind.qualified(), write.name, &[cause]));
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

/// Whether an update may leave out which version it changes.
fn unconditional(write: &Write<'_>) -> bool {
    const NOT: [&str; 14] = [
        "APIService",
        "CSIDriver",
        "CSINode",
        "CustomResourceDefinition",
        "Lease",
        "MutatingWebhookConfiguration",
        "PodDisruptionBudget",
        "RuntimeClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "FlowSchema",
        "PriorityLevelConfiguration",
    ];
    !write.kind.is_custom() && !NOT.contains(&write.kind.kind.as_str())
}

fn immutable(write: &Write<'_>, field: &str, message: String) -> Refusal {
    let cause = Cause { reason: "FieldValueInvalid", message, field: field.to_owned() };
    // The server looks at these twice, and says so twice.
    Refusal::invalid(&write.kind.qualified_kind(), write.name, &[cause.clone(), cause])
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
