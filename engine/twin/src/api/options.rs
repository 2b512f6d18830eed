//! The options of writes: dry run, field manager, field validation, and how to delete.

use super::request::{Query, Request};
use crate::json::{Value, json};
use crate::rules::{self, Validation};
use crate::world::{Cause, Deletion, Propagation, Refusal};

/// The options of a write.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) dry_run: bool,
    pub(crate) manager: String,
    pub(crate) force: Option<bool>,
    pub(crate) validation: Validation,
}

/// Reads the options of a write of this kind: `CreateOptions`, `UpdateOptions`, `PatchOptions`.
///
/// # Failures
/// 422 in the words of the server.
pub(crate) fn read(request: &Request, kind: &str) -> Result<Options, Refusal> {
    let mut causes = Vec::new();
    let query = &request.query;
    let manager = query.get("fieldManager").unwrap_or_default();
    dry_run(query.all("dryRun"), &mut causes);
    let force = query.get("force");
    let applying = request.content_type().starts_with("application/apply-patch");
    if kind == "PatchOptions" {
        if applying && manager.is_empty() {
            causes.push(Cause::new(
                "FieldValueRequired",
                "fieldManager",
                "Required value: is required for apply patch",
            ));
        }
        if !applying && force.is_some() {
            let message = "Forbidden: may not be specified for non-apply patch";
            causes.push(Cause::new("FieldValueForbidden", "force", message));
        }
    }
    if manager.chars().count() > 128 {
        let message = "Too long: may not be more than 128 bytes";
        causes.push(Cause::new("FieldValueTooLong", "fieldManager", message));
    }
    if let Some((at, odd)) = manager.char_indices().find(|(_, letter)| !is_printed(*letter)) {
        let message =
            format!("Invalid value: {}: invalid character U+{:04X} (at position {at})", go(manager), odd as u32);
        causes.push(Cause::new("FieldValueInvalid", "fieldManager", message));
    }
    let validation = match query.get("fieldValidation").unwrap_or_default() {
        "" | "Warn" => Validation::Warn,
        "Ignore" => Validation::Ignore,
        "Strict" => Validation::Strict,
        other => {
            causes.push(unsupported("fieldValidation", other, "\"\", \"Ignore\", \"Strict\", \"Warn\""));
            Validation::Warn
        }
    };
    refuse(kind, causes)?;
    let manager = if manager.is_empty() { agent(request.header("user-agent")) } else { manager.to_owned() };
    Ok(Options {
        dry_run: query.get("dryRun") == Some("All"),
        manager,
        force: force.map(|_| query.is("force")),
        validation,
    })
}

fn unsupported(field: &str, value: &str, supported: &str) -> Cause {
    let message = format!("Unsupported value: \"{value}\": supported values: {supported}");
    Cause::new("FieldValueNotSupported", field, message)
}

fn dry_run<'a>(all: impl Iterator<Item = &'a str>, causes: &mut Vec<Cause>) {
    let all: Vec<&str> = all.collect();
    if all.iter().any(|value| *value != "All") {
        let message = format!("Unsupported value: {}: supported values: \"All\"", json!(all));
        causes.push(Cause::new("FieldValueNotSupported", "dryRun", message));
    }
}

fn is_printed(letter: char) -> bool {
    letter == ' ' || !letter.is_control() && !letter.is_whitespace()
}

/// A text as Go quotes it.
fn go(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' | '\r' | '\t' | '"' | '\\' => quoted.extend(letter.escape_default()),
            '\0'..='\u{1f}' | '\u{7f}' => quoted.push_str(&format!("\\x{:02x}", letter as u32)),
            letter if !is_printed(letter) => quoted.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

fn refuse(kind: &str, causes: Vec<Cause>) -> Result<(), Refusal> {
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid("meta.k8s.io", kind, "", causes)) }
}

/// The manager a client without a name of its own has: what stands before the slash of its agent.
fn agent(agent: &str) -> String {
    let name = agent.split('/').next().unwrap_or_default();
    name.chars().take(128).collect()
}

/// A parameter that is a number.
///
/// # Failures
/// 400 where it is none.
pub(crate) fn number(query: &Query, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = query.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = |_| Refusal::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"));
    text.parse().map(Some).map_err(wrong)
}

/// What cannot be read as options is said to be the server's own trouble.
fn unread(refusal: Refusal) -> Refusal {
    if refusal.code != 400 {
        return refusal;
    }
    let said = if refusal.message.contains("EOF") { "unexpected end of JSON input" } else { refusal.message.as_str() };
    Refusal::new(500, "", format!("couldn't get version/kind; json parse error: {said}"))
}

/// Whether options of a deletion are of the types they should be.
fn typed(body: &Value) -> Result<(), Refusal> {
    let trouble = |said: String| Err(Refusal::new(500, "", said));
    let found = |value: &Value| match value {
        Value::Number(number) if !number.is_i64() => format!("number {number}"),
        other => rules::found(other).to_owned(),
    };
    if !body.is_object() && !body.is_null() {
        let into = rules::VERSION_AND_KIND;
        let said = format!("json: cannot unmarshal {} into Go value of type {into}", rules::found(body));
        return trouble(format!("couldn't get version/kind; json parse error: {said}"));
    }
    for (field, of, fits) in [
        ("gracePeriodSeconds", "int64", body["gracePeriodSeconds"].is_i64()),
        ("orphanDependents", "bool", body["orphanDependents"].is_boolean()),
        ("propagationPolicy", "v1.DeletionPropagation", body["propagationPolicy"].is_string()),
        ("dryRun", "[]string", body["dryRun"].is_array()),
        ("preconditions", "v1.Preconditions", body["preconditions"].is_object()),
    ] {
        if !fits && !body[field].is_null() {
            let value = found(&body[field]);
            return trouble(format!(
                "json: cannot unmarshal {value} into Go struct field DeleteOptions.{field} of type {of}"
            ));
        }
    }
    Ok(())
}

/// Reads how to delete, from the body or else from the parameters.
///
/// # Failures
/// 400 for a body that cannot be read, 422 for options that make no sense.
pub(crate) fn deletion(request: &Request) -> Result<(Deletion, bool), Refusal> {
    let body = super::body::value(request).map_err(unread)?;
    let mut deletion = Deletion::default();
    let mut dry = request.query.get("dryRun").is_some();
    let mut causes = Vec::new();
    let (propagation, orphan);
    if let Some(body) = body {
        typed(&body)?;
        let kind = body["kind"].as_str().unwrap_or_default();
        if !["", "DeleteOptions"].contains(&kind) {
            let version = body["apiVersion"].as_str().unwrap_or_default();
            let scheme = "in scheme \"pkg/runtime/scheme.go:110\"";
            let said = format!("no kind \"{kind}\" is registered for version \"{version}\" {scheme}");
            return Err(Refusal::new(500, "", said));
        }
        deletion.grace = body["gracePeriodSeconds"].as_i64();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        deletion.uid = text(&body["preconditions"]["uid"]);
        deletion.revision = text(&body["preconditions"]["resourceVersion"]);
        propagation = text(&body["propagationPolicy"]);
        orphan = body["orphanDependents"].as_bool();
        dry = crate::world::strings(&body["dryRun"]).next().is_some();
        dry_run(crate::world::strings(&body["dryRun"]), &mut causes);
    } else {
        deletion.grace = number(&request.query, "gracePeriodSeconds")?;
        propagation = request.query.get("propagationPolicy").map(str::to_owned);
        orphan = request.query.get("orphanDependents").map(|text| text == "true");
        dry_run(request.query.all("dryRun"), &mut causes);
    }
    deletion.propagation = match (propagation.as_deref(), orphan) {
        (Some(said), Some(_)) => {
            let message =
                format!("Invalid value: \"{said}\": orphanDependents and deletionPropagation cannot be both set");
            causes.push(Cause::new("FieldValueInvalid", "propagationPolicy", message));
            None
        }
        (Some("Background"), _) | (None, Some(false)) => Some(Propagation::Background),
        (Some("Foreground"), _) => Some(Propagation::Foreground),
        (Some("Orphan"), _) | (None, Some(true)) => Some(Propagation::Orphan),
        (Some(other), _) => {
            let supported = "\"Foreground\", \"Background\", \"Orphan\", \"nil\"";
            causes.push(unsupported("propagationPolicy", other, supported));
            None
        }
        (None, None) => None,
    };
    refuse("DeleteOptions", causes)?;
    Ok((deletion, dry))
}
