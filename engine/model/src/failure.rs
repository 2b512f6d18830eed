//! The one storable error: what went wrong, where, why, and what to do next.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Key, Place, Value};

/// A failure as it is thrown to a script, recorded, and drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Its stable name, `local.exit`; `runbook explain CODE` prints its page.
    pub code: String,
    /// One line: the thing, then its trouble. Lower case, no full stop, literals in backticks.
    pub what: String,
    /// Why, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// Whether the same call may well succeed if it is made again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retryable: bool,
    /// Whether something may have changed although the call failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_have_acted: bool,
    /// Whether it is known to have changed something before it failed: an undo of the run puts that back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acted: bool,
    /// What to do next, one imperative sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// The chain of calls in the script, innermost first, each with its own line of text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// The step in which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Key>,
    /// What else the thrower said of it, for a script that catches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// One link in the chain of calls that led to a failure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Where.
    pub place: Place,
    /// The function it is in; empty for the body of the file, `<closure>` for a closure.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub function: String,
    /// That line of the source, so that a failure can be drawn without the file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// How many characters the caret underlines.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub width: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Failure {
    /// A failure of this code and fact, with nothing else known.
    pub fn new(code: impl Into<String>, what: impl Into<String>) -> Self {
        Self { code: code.into(), what: what.into(), ..Self::default() }
    }

    /// The same with one more cause.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// The same with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same, worth another try.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The same, of which nobody knows whether it acted.
    #[must_use]
    pub fn may_have_acted(mut self) -> Self {
        self.may_have_acted = true;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.what)
    }
}

impl std::error::Error for Failure {}
