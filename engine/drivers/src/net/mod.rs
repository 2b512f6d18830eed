//! Looks whether something can be reached from here: a port, a name, a web server.
//!
//! Promises: a probe that finds nothing says so as data, and fails only for what cannot be asked.
//! Never: send anything but the question itself, try twice.

mod dns;
mod http;
mod tcp;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use runbook_model::{Failure, Value, code};

pub use dns::{Question, dns};
pub use http::http;
pub use tcp::tcp;

/// What a probe found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Whether what was looked for is there.
    pub ok: bool,
    /// How long that took.
    pub took: Duration,
    /// Why not, where it is not.
    pub error: Option<String>,
    /// What else is known.
    pub more: BTreeMap<String, Value>,
}

impl Found {
    /// What came out of a look that began at `begun`.
    fn of<const N: usize>(begun: Instant, error: Option<String>, more: [(&str, Value); N]) -> Self {
        let more = more.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self { ok: error.is_none(), took: begun.elapsed(), error, more }
    }

    /// As a script sees it: `#{ok, ms, error}` and what else is known; `error` is `()` where all is well.
    pub fn into_value(self) -> Value {
        let mut entries = self.more;
        entries.insert("ok".into(), Value::Bool(self.ok));
        entries.insert("ms".into(), Value::Int(i64::try_from(self.took.as_millis()).unwrap_or(i64::MAX)));
        entries.insert("error".into(), self.error.map_or(Value::Unit, Value::Text));
        Value::Map(entries)
    }
}

/// A question that cannot be asked.
fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(code::VALUE_BAD, what)
}

#[cfg(test)]
mod tests;
