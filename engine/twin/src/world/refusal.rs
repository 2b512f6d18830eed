//! What the API answers when it does not do what was asked: the code, the reason and the words of the real server.

use super::{Key, Kind};
use crate::json::{Value, json};

/// One cause among several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// The cause's reason: `FieldValueInvalid`.
    pub reason: String,
    /// What is said of it.
    pub message: String,
    /// The field it is about.
    pub field: String,
}

/// A refusal, which the door writes as a `Status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub code: u16,
    /// The reason, one word: `NotFound`.
    pub reason: &'static str,
    /// What is said.
    pub message: String,
    /// The `details`, without causes; null when there are none.
    pub details: Value,
    /// The causes.
    pub causes: Vec<Cause>,
    /// Where a list may go on, for lists that expired.
    pub next: Option<String>,
    /// What the client is warned of all the same.
    pub warnings: Vec<String>,
    /// Who must be asked first: then this is no refusal yet.
    pub ask: Option<Box<Ask>>,
}

/// Somebody outside of the world who must be asked before a request can be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Where, with the query.
    pub url: String,
    /// Who must have signed what is shown there: certificates as text, in base64; nothing for those everybody knows.
    pub authority: String,
    /// How long an answer may take.
    pub seconds: u64,
    /// What is asked, as JSON.
    pub body: String,
    /// The luck that the request must come back with.
    pub luck: u64,
}

impl Refusal {
    /// A refusal without details.
    #[must_use]
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), ..Self::default() }
    }

    fn about(mut self, kind: &Kind, name: &str) -> Self {
        self.details = json!({"name": name, "kind": kind.plural()});
        if !kind.group().is_empty() {
            self.details["group"] = kind.group().into();
        }
        self
    }

    /// 404: there is no such object.
    #[must_use]
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{kind} \"{name}\" not found")).about(kind, name)
    }

    /// 409: there is one already.
    #[must_use]
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{kind} \"{name}\" already exists")).about(kind, name)
    }

    /// 409: something in between; `why` is said after the object.
    #[must_use]
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        Self::new(409, "Conflict", format!("Operation cannot be fulfilled on {kind} \"{name}\": {why}"))
            .about(kind, name)
    }

    /// 409: it was written since it was read.
    #[must_use]
    pub fn modified(key: &Key) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(&key.kind, key.name(), why)
    }

    /// 403: it is forbidden, and why.
    #[must_use]
    pub fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let message = if kind.as_str().is_empty() {
            format!("forbidden: {why}")
        } else if name.is_empty() {
            format!("{kind} is forbidden: {why}")
        } else {
            format!("{kind} \"{name}\" is forbidden: {why}")
        };
        let mut refusal = Self::new(403, "Forbidden", message);
        let mut details = crate::json::Map::new();
        for (field, text) in [("name", name), ("group", kind.group()), ("kind", kind.plural())] {
            if !text.is_empty() {
                details.insert(field.to_owned(), text.into());
            }
        }
        refusal.details = Value::Object(details);
        refusal
    }

    /// 400: the request makes no sense.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 422: the object is not valid. `group_kind` is the way the server says it: `Deployment.apps`.
    #[must_use]
    pub fn invalid(group: &str, kind: &str, name: &str, causes: Vec<Cause>) -> Self {
        let shown = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let mut once: Vec<String> = Vec::new();
        for one in said {
            if !once.contains(&one) {
                once.push(one);
            }
        }
        let said = match once.as_slice() {
            [] => "<nil>".to_owned(),
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let mut details = json!({});
        for (field, text) in [("name", name), ("kind", kind)] {
            if !text.is_empty() {
                details[field] = text.into();
            }
        }
        if !group.is_empty() {
            details["group"] = group.into();
        }
        Self {
            code: 422,
            reason: "Invalid",
            message: format!("{shown} \"{name}\" is invalid: {said}"),
            details,
            causes,
            ..Self::default()
        }
    }

    /// The `Status` that is sent.
    #[must_use]
    pub fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if let Some(next) = &self.next {
            status["metadata"]["continue"] = next.as_str().into();
        }
        if self.reason.is_empty() {
            status.as_object_mut().expect("an object").remove("reason");
        }
        if !self.details.is_null() || !self.causes.is_empty() {
            let mut details = if self.details.is_null() { json!({}) } else { self.details.clone() };
            if !self.causes.is_empty() {
                details["causes"] = self.causes.iter().map(Cause::value).collect();
            }
            status["details"] = details;
        }
        status
    }
}

impl Cause {
    /// A cause of a reason, about a field.
    #[must_use]
    pub fn new(reason: &str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason: reason.to_owned(), message: message.into(), field: field.into() }
    }

    fn value(&self) -> Value {
        let mut value = crate::json::Map::new();
        for (name, text) in [("reason", &self.reason), ("message", &self.message), ("field", &self.field)] {
            if !text.is_empty() {
                value.insert(name.to_owned(), text.as_str().into());
            }
        }
        Value::Object(value)
    }
}
