//! Reading the body of a request: JSON, YAML or protobuf into a value; never more than that.

use super::kinds::Served;
use super::request::Request;
use crate::world::Refusal;
use serde_json::Value;

/// The largest body that is read.
pub(crate) const LARGEST: usize = 3 * 1024 * 1024;

/// The body as a value; none when it is empty.
///
/// # Failures
/// 415 for a kind of body nobody speaks, 400 for what cannot be read, 413 for too much.
pub(crate) fn value(request: &Request) -> Result<Option<Value>, Refusal> {
    if request.body.len() > LARGEST {
        let said = format!("Request entity too large: limit is {LARGEST}");
        return Err(Refusal::new(413, "RequestEntityTooLarge", said));
    }
    let kind = request.content_type();
    if !["", "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"].contains(&kind) {
        return Err(unknown("application/json, application/yaml, application/vnd.kubernetes.protobuf"));
    }
    if request.body.is_empty() {
        return Ok(None);
    }
    if kind == "application/vnd.kubernetes.protobuf" {
        return super::proto::read(&request.body).map(Some);
    }
    parsed(&request.body, kind == "application/yaml").map(Some)
}

/// 415 with what is spoken.
pub(crate) fn unknown(spoken: &str) -> Refusal {
    let said = format!("the body of the request was in an unknown format - accepted media types include: {spoken}");
    Refusal::new(415, "UnsupportedMediaType", said)
}

/// JSON or YAML as a value.
///
/// # Failures
/// 400.
pub(crate) fn parsed(bytes: &[u8], yaml: bool) -> Result<Value, Refusal> {
    if yaml && !bytes.trim_ascii_start().starts_with(b"{") {
        let text = std::str::from_utf8(bytes).map_err(|_| Refusal::bad_request("yaml: invalid UTF-8"))?;
        return serde_saphyr::from_str(text).map_err(|error| {
            let first = error.to_string().lines().next().unwrap_or_default().to_owned();
            Refusal::bad_request(format!("error converting YAML to JSON: yaml: {first}"))
        });
    }
    serde_json::from_slice(bytes).map_err(|_| Refusal::bad_request(super::seam::json_trouble(bytes)))
}

/// The object a create or update carries, checked against the kind it was sent to.
///
/// # Failures
/// 400 and 415 as the server words them.
pub(crate) fn object(request: &Request, served: &Served) -> Result<Value, Refusal> {
    let mut value = value(request)?.unwrap_or(Value::Null);
    if !value.is_object() {
        let kind = &served.kind;
        let said = if value.is_null() {
            "Object 'Kind' is missing in 'null'".to_owned()
        } else {
            format!("the object provided is unrecognized (must be of type {kind})")
        };
        return Err(Refusal::bad_request(said));
    }
    // Both are filled in from the path when they are missing.
    let missing = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().is_empty();
    if missing(&value, "kind") {
        value["kind"] = served.kind.as_str().into();
    }
    if missing(&value, "apiVersion") {
        value["apiVersion"] = served.api_version().into();
    }
    of_kind(value, served)
}

fn of_kind(value: Value, served: &Served) -> Result<Value, Refusal> {
    let (kind, api_version) =
        (value["kind"].as_str().unwrap_or_default(), value["apiVersion"].as_str().unwrap_or_default());
    if api_version != served.api_version() {
        let said = format!(
            "the API version in the data ({api_version}) does not match the expected API version ({})",
            served.api_version()
        );
        return Err(Refusal::bad_request(said));
    }
    if kind != served.kind {
        let said = format!("{kind} in version \"{}\" cannot be handled as a {}", served.version, served.kind);
        return Err(Refusal::bad_request(said));
    }
    Ok(value)
}
