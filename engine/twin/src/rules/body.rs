//! What was sent: read, and held against the kind it was sent to.

use crate::json::{Map, Value, json};

use super::decode::{self, Decoded};
use super::write::{Validation, Verb, Write};
use super::{Cause, Refusal, fit};
use crate::shapes::{Kind, Shapes};

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
    } else if !write.twice.is_empty() && write.validation == Validation::Strict {
        let why = format!("error converting YAML to JSON: {}", twice_in_yaml(write));
        return Err(Refusal::bad_request(format!("error strict decoding YAML: {why}")));
    } else if write.validation == Validation::Warn {
        warnings.extend(write.twice.iter().cloned());
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

/// What Go's reader reads first of any object.
pub(crate) const VERSION_AND_KIND: &str =
    r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

/// The kind that the body says, or that of the path if it says none.
fn said_kind(value: &mut Value, write: &Write<'_>) -> Result<(), Refusal> {
    let kind = write.kind;
    if !value.is_object() {
        let why = format!("json: cannot unmarshal {} into Go value of type {VERSION_AND_KIND}", found(value));
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
    let listed = name.strip_suffix("List").filter(|_| value["items"].is_array());
    let listed = listed.map(|kind| json!({"apiVersion": version, "kind": kind}));
    if Shapes::new().of(listed.as_ref().unwrap_or(value)).is_none() {
        let scheme = "scheme \"pkg/runtime/scheme.go:110\"";
        return format!("no kind {name:?} is registered for version {version:?} in {scheme}");
    }
    let short = version.rsplit('/').next().unwrap_or_default();
    format!("converting ({short}.{name}) to ({}.{}): unknown conversion", package(kind), kind.kind)
}

/// The package of the server's own types of a kind.
fn package(kind: &Kind) -> &str {
    if kind.group.is_empty() { "core" } else { kind.group.split('.').next().unwrap_or_default() }
}

/// The server's own type of a kind, or of its list.
pub(crate) fn internal(kind: &Kind, list: &str) -> String {
    if kind.is_custom() {
        return format!("*unstructured.Unstructured{list}");
    }
    format!("*{}.{}{list}", package(kind), kind.kind)
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
        return told(lines(&said(twice, unknown)), write, warnings, &handled);
    }
    let mut all = said(twice, unknown);
    if all.len() > 1 {
        let order = decode::order(write.body);
        all.sort_by_key(|(what, path)| match *what {
            DUPLICATE => order.iter().rposition(|other| other == path),
            _ => order.iter().position(|other| other == path),
        });
    }
    told(lines(&all), write, warnings, &handled)
}

const DUPLICATE: &str = "duplicate";

/// What is wrong with which fields. Into what nobody knows nobody looks for what is there twice.
fn said(twice: Vec<String>, unknown: Vec<String>) -> Vec<(&'static str, String)> {
    let within = |path: &str, other: &String| {
        path.strip_prefix(other.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let known = |path: &String| !unknown.iter().any(|other| within(path, other));
    let twice: Vec<_> = twice.into_iter().filter(known).map(|path| (DUPLICATE, path)).collect();
    twice.into_iter().chain(unknown.into_iter().map(|path| ("unknown", path))).collect()
}

fn lines(all: &[(&str, String)]) -> Vec<String> {
    all.iter().map(|(what, path)| format!("{what} field {path:?}")).collect()
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
        Validation::Warn => {
            warnings.extend(write.twice.iter().cloned());
            warnings.extend(all);
        }
        Validation::Strict if all.is_empty() && write.twice.is_empty() => {}
        Validation::Strict => {
            let yaml = (!write.twice.is_empty()).then(|| twice_in_yaml(write));
            let all: Vec<String> = yaml.into_iter().chain(all).collect();
            return Err(handled(&format!("strict decoding error: {}", all.join(", "))));
        }
    }
    Ok(())
}

fn twice_in_yaml(write: &Write<'_>) -> String {
    format!("yaml: unmarshal errors:\n  {}", write.twice.join("\n  "))
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
        super::restore::restore(&mut result, kind.shape()).map_err(|why| refused(&why))?;
    }
    let unknown = fit::fit(&result, &kind.link).map_err(|why| refused(&why))?;
    told(lines(&said(patch.twice.clone(), unknown)), write, warnings, &refused)?;
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
    decode::decode(write.body).map_err(|why| match write.verb {
        Verb::Strategic => Refusal::bad_request(why),
        _ => Refusal::bad_request(format!("error decoding patch: {why}")),
    })
}

/// What is said of a merge patch that is no object.
pub(super) fn no_object(patch: &Value) -> Refusal {
    Refusal::bad_request(format!(
        "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
        found(patch)
    ))
}

pub(crate) fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
