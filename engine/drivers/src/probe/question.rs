//! What is asked from a place, and what it answered.

use runbook_model::Value;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Whether a port takes a connection.
    Open {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// Which of the test pods answers at a port.
    Name {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// The pods that may answer.
        of: Vec<String>,
    },
    /// Whether a server knows a name.
    Dns {
        /// The server; `own` for the one the place itself asks.
        server: String,
        /// The name, whole.
        name: String,
        /// Whether it is asked by TCP.
        tcp: bool,
        /// The address it must have, where that is known.
        address: Option<String>,
    },
    /// Whether a packet comes through that must not be cut.
    Large {
        /// The host.
        host: String,
        /// Its size in bytes; the largest that leaves the place where it is not said.
        bytes: Option<u32>,
    },
}

/// A question of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What kind of question it is, for people: `pod`, `dns tcp`.
    pub kind: &'static str,
    /// What is asked for, for people: `pod on n2`.
    pub to: String,
    /// What is asked.
    pub ask: Ask,
}

/// What is known of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// Nobody knows: it could not be asked.
    Unknown,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// From where it was asked: `pod on n1`, `node n1`, `here`.
    pub from: String,
    /// What was asked for.
    pub to: String,
    /// What kind of question it was.
    pub kind: String,
    /// What is known.
    pub known: Known,
    /// What was seen, or why nothing is known.
    pub why: String,
    /// How long it took, in milliseconds.
    pub ms: Option<i64>,
}

impl Answer {
    /// The answer to a question that could not be asked.
    pub fn unknown(from: &str, question: &Question, why: impl Into<String>) -> Self {
        Self::of(from, question, Known::Unknown, why, None)
    }

    pub(super) fn of(from: &str, question: &Question, known: Known, why: impl Into<String>, ms: Option<i64>) -> Self {
        let (to, kind) = (question.to.clone(), question.kind.to_owned());
        Self { from: from.to_owned(), to, kind, known, why: why.into(), ms }
    }

    /// As a script sees it: `#{from, to, kind, ok, known, why, ms}`. What is not known is not `ok`.
    pub fn to_value(&self) -> Value {
        Value::from([
            ("from", Value::from(self.from.as_str())),
            ("to", Value::from(self.to.as_str())),
            ("kind", Value::from(self.kind.as_str())),
            ("ok", Value::Bool(self.known == Known::Yes)),
            ("known", Value::Bool(self.known != Known::Unknown)),
            ("why", Value::from(self.why.as_str())),
            ("ms", self.ms.map_or(Value::Unit, Value::Int)),
        ])
    }
}
