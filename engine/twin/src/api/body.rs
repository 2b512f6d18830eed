//! Reading the body of a request: JSON, YAML or protobuf into a value; never more than that.

use super::kinds::Served;
use super::request::Request;
use super::yaml;
use crate::json::{Value, fault};
use crate::world::Refusal;

/// The largest body that is read.
pub(crate) const LARGEST: usize = 3 * 1024 * 1024;

/// The body as a value; none when it is empty.
///
/// # Failures
/// 415 for a kind of body nobody speaks, 400 for what cannot be read, 413 for too much.
pub(crate) fn value(request: &Request) -> Result<Option<Value>, Refusal> {
    check(request)?;
    let kind = request.content_type();
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
        return yaml::read(bytes).map(|read| read.value).map_err(Refusal::bad_request);
    }
    let said = |error: crate::json::Error| fault(bytes).unwrap_or_else(|| error.to_string());
    crate::json::from_slice(bytes).map_err(|error| Refusal::bad_request(said(error)))
}

/// A body as JSON.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) bytes: Vec<u8>,
    /// What is said of the keys of YAML that came twice.
    pub(crate) twice: Vec<String>,
}

impl From<Vec<u8>> for Sent {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, twice: Vec::new() }
    }
}

impl From<yaml::Document> for Sent {
    fn from(read: yaml::Document) -> Self {
        Self { bytes: read.value.to_string().into_bytes(), twice: read.twice }
    }
}

/// The body of a create or an update as JSON.
///
/// # Failures
/// 400, 413 and 415 as the server words them.
pub(crate) fn json(request: &Request, served: &Served) -> Result<Sent, Refusal> {
    check(request)?;
    let kind = request.content_type();
    let body = &request.body;
    match kind {
        "application/vnd.kubernetes.protobuf" => Ok(super::proto::read(body)?.to_string().into_bytes().into()),
        "application/yaml" if !body.trim_ascii_start().starts_with(b"{") => {
            yaml::read(body).map(Sent::from).map_err(|said| unrecognized(served, &said, body))
        }
        _ => Ok(body.clone().into()),
    }
}

/// What cannot be read at all.
pub(crate) fn unrecognized(served: &Served, said: &str, body: &[u8]) -> Refusal {
    let hex: String = body.iter().take(1024).map(|byte| format!("{byte:02x}")).collect();
    let shown = if body.is_empty() { "<empty>".to_owned() } else { hex };
    let kind = &served.kind;
    Refusal::bad_request(format!("the object provided is unrecognized (must be of type {kind}): {said} ({shown})"))
}

/// The body of a patch as JSON.
///
/// # Failures
/// 400 and 413.
pub(crate) fn patch(request: &Request, yaml: bool) -> Result<Sent, Refusal> {
    if request.body.len() > LARGEST {
        return Err(too_large());
    }
    // JSON is YAML, too, but read faster; where something of it comes twice, a reader of YAML words it.
    let is_json = || crate::rules::decode(&request.body).is_ok_and(|read| read.twice.is_empty());
    if yaml && !(request.body.trim_ascii_start().starts_with(b"{") && is_json()) {
        let said =
            |why: String| Refusal::bad_request(format!("error decoding YAML: error converting YAML to JSON: {why}"));
        return yaml::read(&request.body).map(Sent::from).map_err(said);
    }
    Ok(request.body.clone().into())
}

fn too_large() -> Refusal {
    Refusal::new(413, "RequestEntityTooLarge", format!("Request entity too large: limit is {LARGEST}"))
}

fn check(request: &Request) -> Result<(), Refusal> {
    if request.body.len() > LARGEST {
        return Err(too_large());
    }
    if !["", "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]
        .contains(&request.content_type())
    {
        return Err(unknown("application/json, application/yaml, application/vnd.kubernetes.protobuf"));
    }
    Ok(())
}
