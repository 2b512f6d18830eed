//! The seam to the rules of kinds: what is known of an object's fields, checked, filled in and merged.

use super::kinds::Served;
use super::options::{Options, Validation};
use crate::rules;
use crate::world::{Moment, Object, Refusal};
use serde_json::Value;

impl From<rules::Refusal> for Refusal {
    fn from(refusal: rules::Refusal) -> Self {
        let details = refusal.details.unwrap_or(Value::Null);
        Self { code: refusal.code, reason: refusal.reason, message: refusal.message, details, ..Self::default() }
    }
}

/// What is wrong with text that is not JSON.
pub(crate) fn json_trouble(bytes: &[u8]) -> String {
    let said = match serde_json::from_slice::<Value>(bytes) {
        Err(error) if error.is_eof() => "unexpected end of JSON input".to_owned(),
        Err(error) => {
            let at = error.column().saturating_sub(1);
            let letter = bytes.get(at).map_or(' ', |byte| char::from(*byte));
            format!("invalid character '{letter}' looking for beginning of value")
        }
        Ok(_) => String::new(),
    };
    format!("couldn't get version/kind; json parse error: {said}")
}

/// Whether a label's key is one.
///
/// # Errors
/// The server's words.
pub(crate) fn label_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let said = |why: &str| Err(format!("<nil>: Invalid value: \"{key}\": {why}"));
    if let Some(prefix) = prefix {
        if prefix.is_empty() {
            return said("prefix part must be non-empty");
        }
        let good = |piece: &str| {
            !piece.is_empty()
                && piece.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !prefix.split('.').all(good) {
            return said(
                "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            );
        }
    }
    if name.is_empty() {
        return said("name part must be non-empty");
    }
    if name.len() > 63 {
        return said("name part must be no more than 63 bytes");
    }
    if !qualified(name) {
        return said(
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        );
    }
    Ok(())
}

/// Whether a label's value is one.
///
/// # Errors
/// The server's words.
pub(crate) fn label_value(key: &str, at: usize, value: &str) -> Result<(), String> {
    if value.len() > 63 {
        return Err(format!("values[{at}][{key}]: Invalid value: \"{value}\": must be no more than 63 bytes"));
    }
    if !value.is_empty() && !qualified(value) {
        return Err(format!(
            "values[{at}][{key}]: Invalid value: \"{value}\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        ));
    }
    Ok(())
}

fn qualified(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    name.bytes().all(inner) && ends(name.as_bytes().first()) && ends(name.as_bytes().last())
}

/// Reads an object that came in: fields nobody knows are dropped, told of or refused, as the options say.
///
/// # Failures
/// 400 for types that do not fit and, when strict, for unknown fields.
pub(crate) fn read(_served: &Served, value: Value, _validation: Validation) -> Result<(Value, Vec<String>), Refusal> {
    Ok((value, Vec::new()))
}

/// Fills in what the kind fills in.
pub(crate) fn defaults(_served: &Served, _value: &mut Value) {}

/// Checks a new object.
///
/// # Failures
/// 422.
pub(crate) fn check_new(_served: &Served, _value: &Value) -> Result<(), Refusal> {
    Ok(())
}

/// Checks a change.
///
/// # Failures
/// 422.
pub(crate) fn check_change(_served: &Served, _before: &Value, _after: &Value, _sub: &str) -> Result<(), Refusal> {
    Ok(())
}

/// A strategic merge patch.
///
/// # Failures
/// 400 and 422.
pub(crate) fn strategic(served: &Served, before: Value, patch: &Value) -> Result<Value, Refusal> {
    Ok(rules::patch::strategic(before, patch, served.shape())?)
}

/// A server-side apply: the object that comes of it, managers included.
///
/// # Failures
/// 409 for conflicts, 400 and 422 for what cannot be applied.
pub(crate) fn apply(
    _served: &Served,
    before: Option<&Object>,
    patch: &Value,
    _sub: &str,
    _options: &Options,
    _now: Moment,
) -> Result<Value, Refusal> {
    let before = before.map_or(Value::Null, Object::whole);
    Ok(rules::patch::merge(before, patch))
}

/// Notes in `after` who changed what since `before`.
pub(crate) fn managed(
    _served: &Served,
    _before: Option<&Object>,
    _after: &mut Object,
    _sub: &str,
    _options: &Options,
    _now: Moment,
) {
}

/// What is wrong with a patch that is not JSON.
pub(crate) fn patch_trouble(bytes: &[u8]) -> String {
    let said = json_trouble(bytes);
    let said = said.rsplit_once("error: ").map_or(said.as_str(), |(_, said)| said);
    format!("error decoding patch: {said}")
}

/// Reads the object of an apply, without what it leaves open.
///
/// # Failures
/// As [`read`].
pub(crate) fn read_applied(
    served: &Served,
    value: Value,
    validation: Validation,
) -> Result<(Value, Vec<String>), Refusal> {
    read(served, value, validation)
}

/// Reads the outcome of a patch.
///
/// # Failures
/// As [`read`].
pub(crate) fn read_patched(
    served: &Served,
    value: Value,
    _patch: &Value,
    _json: bool,
    validation: Validation,
) -> Result<(Value, Vec<String>), Refusal> {
    read(served, value, validation)
}
