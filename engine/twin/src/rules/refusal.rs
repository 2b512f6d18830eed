//! Why the server says no, as the `Status` object it answers with.

use crate::json::{Map, Value, json};

/// A refusal, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub code: u16,
    /// The machine's word for it, such as `Invalid`; may be empty.
    pub reason: &'static str,
    /// The words for people.
    pub message: String,
    /// What the refusal is about.
    pub details: Option<Value>,
    /// What the client is warned of all the same.
    pub warnings: Vec<String>,
}

/// One thing that is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The machine's word for it, such as `FieldValueInvalid`.
    pub reason: &'static str,
    /// The words for people, without the field.
    pub message: String,
    /// The field, such as `spec.replicas`.
    pub field: String,
}

impl Refusal {
    /// A refusal with no details.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None, warnings: Vec::new() }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 500 with no reason: what the server says of errors it did not foresee.
    pub fn unforeseen(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// 422 without saying what is wrong, which is all that is said of patches that do not fit.
    pub fn unprocessable() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self { details: Some(json!({})), ..Self::new(422, "Invalid", message) }
    }

    /// 422: the object is invalid. `kind` is qualified, as `Deployment.apps`.
    pub fn invalid(kind: &str, name: &str, causes: &[Cause]) -> Self {
        let said = |cause: &Cause| format!("{}: {}", cause.field, cause.message);
        let message = match causes {
            [] => format!("{kind} {name:?} is invalid"),
            [one] => format!("{kind} {name:?} is invalid: {}", said(one)),
            many => {
                let all: Vec<String> = dedup(many.iter().map(said));
                if let [one] = all.as_slice() {
                    format!("{kind} {name:?} is invalid: {one}")
                } else {
                    format!("{kind} {name:?} is invalid: [{}]", all.join(", "))
                }
            }
        };
        let (short, group) = kind.split_once('.').unwrap_or((kind, ""));
        Self { details: Some(details(name, group, short, causes)), ..Self::new(422, "Invalid", message) }
    }

    /// 409: others own fields that were to be changed. Each conflict is a manager as it is shown, and a field.
    pub fn conflicts(conflicts: &[(String, String)]) -> Self {
        let message = if let [(manager, field)] = conflicts {
            format!("Apply failed with 1 conflict: conflict with {manager}: {field}")
        } else {
            let mut lines = Vec::new();
            for (index, (manager, field)) in conflicts.iter().enumerate() {
                if index == 0 || conflicts[index - 1].0 != *manager {
                    lines.push(format!("conflicts with {manager}:"));
                }
                lines.push(format!("- {field}"));
            }
            format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
        };
        let cause = |(manager, field): &(String, String)| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": field});
        let causes: Vec<Value> = conflicts.iter().map(cause).collect();
        Self { details: Some(json!({"causes": causes})), ..Self::new(409, "Conflict", message) }
    }

    /// The `Status` object.
    pub fn status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"});
        status["message"] = json!(self.message);
        if !self.reason.is_empty() {
            status["reason"] = json!(self.reason);
        }
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status["code"] = json!(self.code);
        status
    }
}

fn dedup(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

fn details(name: &str, group: &str, kind: &str, causes: &[Cause]) -> Value {
    let mut details = Map::new();
    for (key, value) in [("name", name), ("group", group), ("kind", kind)] {
        if !value.is_empty() {
            details.insert(key.to_owned(), json!(value));
        }
    }
    let cause = |cause: &Cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field});
    if !causes.is_empty() {
        details.insert("causes".to_owned(), causes.iter().map(cause).collect());
    }
    Value::Object(details)
}
