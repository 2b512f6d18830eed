//! What a webhook's answer means, in the words of the real server.

use super::super::super::request::Heard;
use super::review;
use crate::json::Value;
use crate::world::{Cause, Refusal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a webhook decided.
pub(super) enum Verdict {
    /// It may be, changed by the patch.
    Allowed { patch: Option<Value>, warned: Vec<String> },
    /// It may not be.
    Refused(Refusal),
    /// It could not be heard.
    Failed(String),
}

/// Reads an answer.
pub(super) fn read(hook: &Value, review: &Value, heard: Heard) -> Verdict {
    let name = hook["name"].as_str().unwrap_or_default();
    let call = |why: String| Verdict::Failed(format!("failed to call webhook: {why}"));
    let body = match heard {
        Heard::Failed(why) => return call(format!("Post \"{}\": {why}", review::address(hook))),
        Heard::Said { code: 200..=299, body } => body,
        Heard::Said { code, body } => return call(rejected(code, &body)),
    };
    let answer: Value = match crate::json::from_str(&body) {
        Ok(answer) => answer,
        Err(_) => return call(unreadable(&body)),
    };
    let invalid = |why: String| Verdict::Failed(format!("received invalid webhook response: {why}"));
    let wanted = (review["apiVersion"].as_str().unwrap_or_default(), "AdmissionReview");
    let (version, kind) =
        (answer["apiVersion"].as_str().unwrap_or_default(), answer["kind"].as_str().unwrap_or_default());
    if (version, kind) != wanted {
        let split = |version: &str, kind: &str| match version.split_once('/') {
            Some((group, version)) => format!("{group}/{version}, Kind={kind}"),
            None => format!("{}/{version}, Kind={kind}", ""),
        };
        return invalid(format!(
            "expected webhook response of {}, got {}",
            split(wanted.0, wanted.1),
            split(version, kind)
        ));
    }
    let response = &answer["response"];
    if response.is_null() {
        return invalid("webhook response was absent".to_owned());
    }
    let uid = response["uid"].as_str().unwrap_or_default();
    let asked = review["request"]["uid"].as_str().unwrap_or_default();
    if uid != asked {
        return invalid(format!("expected response.uid=\"{asked}\", got \"{uid}\""));
    }
    let warned = crate::world::strings(&response["warnings"]).map(str::to_owned).collect();
    if response["allowed"] != true {
        return Verdict::Refused(refused(name, &response["status"]));
    }
    match patch(response) {
        Ok(patch) => Verdict::Allowed { patch, warned },
        Err(why) => Verdict::Failed(why),
    }
}

fn patch(response: &Value) -> Result<Option<Value>, String> {
    let text = response["patch"].as_str().unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    if response["patchType"] != "JSONPatch" {
        let said = "received invalid webhook response: webhook returned response.patch but not response.patchType";
        return Err(said.to_owned());
    }
    let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
    crate::json::from_slice(&bytes).map(Some).map_err(|error| error.to_string())
}

/// Changes the object as a webhook wants it.
///
/// # Failures
/// 500 for a patch that does not fit, and for any where there is no object any more.
pub(super) fn apply(hook: &Value, patch: &Value, object: &mut Value) -> Result<(), Refusal> {
    let name = hook["name"].as_str().unwrap_or_default();
    if object.is_null() {
        return Err(internal(&format!(
            "admission webhook \"{name}\" attempted to modify the object, which is not supported for this operation"
        )));
    }
    let changed = crate::rules::patch::json(object.clone(), patch).map_err(|_| internal(&unfit(patch)))?;
    *object = changed;
    Ok(())
}

/// What is said of a patch that does not fit, by its first operation.
fn unfit(patch: &Value) -> String {
    let text = |field: &str| patch[0][field].as_str().unwrap_or_default();
    let (op, path) = (text("op"), text("path"));
    let last = path.rsplit('/').next().unwrap_or_default();
    match op {
        "remove" => {
            format!("error in remove for path: '{path}': Unable to remove nonexistent key: {last}: missing value")
        }
        "replace" => format!("replace operation does not apply: doc is missing key: {path}: missing value"),
        "test" => format!("testing value {path} failed"),
        _ => format!("{op} operation does not apply: doc is missing path: \"{path}\": missing value"),
    }
}

/// 500: the webhook had to be heard and was not.
pub(super) fn failed(hook: &Value, why: &str) -> Refusal {
    let name = hook["name"].as_str().unwrap_or_default();
    internal(&format!("failed calling webhook \"{name}\": {why}"))
}

fn internal(why: &str) -> Refusal {
    let mut refusal = Refusal::new(500, "InternalError", format!("Internal error occurred: {why}"));
    refusal.causes.push(Cause::new("", "", why));
    refusal
}

/// What the server says when a webhook refuses.
fn refused(name: &str, status: &Value) -> Refusal {
    let text = |field: &str| status[field].as_str().unwrap_or_default();
    let by = format!("admission webhook \"{name}\" denied the request");
    let message = match (text("message"), text("reason")) {
        ("", "") => format!("{by} without explanation"),
        ("", reason) => format!("{by}: {reason}"),
        (message, _) => format!("{by}: {message}"),
    };
    let code =
        status["code"].as_u64().and_then(|code| u16::try_from(code).ok()).filter(|code| (400..600).contains(code));
    let mut refusal = Refusal::new(code.unwrap_or(400), reason(text("reason")), message);
    refusal.details = status["details"].clone();
    refusal
}

/// The reasons a server knows; others are left out.
fn reason(text: &str) -> &'static str {
    const KNOWN: [&str; 14] = [
        "AlreadyExists",
        "BadRequest",
        "Conflict",
        "Expired",
        "Forbidden",
        "Gone",
        "InternalError",
        "Invalid",
        "MethodNotAllowed",
        "NotAcceptable",
        "NotFound",
        "ServiceUnavailable",
        "TooManyRequests",
        "Unauthorized",
    ];
    KNOWN.into_iter().find(|known| *known == text).unwrap_or_default()
}

/// What a client of the server's says of an answer that is none.
fn rejected(code: u16, body: &str) -> String {
    let said = body.trim();
    match code {
        400 => "the server rejected our request for an unknown reason".to_owned(),
        401 => "the server has asked for the client to provide credentials".to_owned(),
        403 => said.to_owned(),
        404 => "the server could not find the requested resource".to_owned(),
        405 => "the server does not allow this method on the requested resource".to_owned(),
        500..=599 => format!("an error on the server ({said:?}) has prevented the request from succeeding"),
        _ => "the server rejected our request for an unknown reason".to_owned(),
    }
}

/// What is said of an answer that is no object: it is read as YAML, in which plain words are a text.
fn unreadable(body: &str) -> String {
    let fields =
        r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
    match serde_saphyr::from_str::<Value>(body) {
        Ok(Value::String(_)) => format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type {fields}"
        ),
        Ok(_) => format!("Object 'Kind' is missing in '{}'", body.trim()),
        Err(_) => "couldn't get version/kind; json parse error: unexpected end of JSON input".to_owned(),
    }
}
