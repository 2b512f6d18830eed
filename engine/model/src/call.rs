//! A call of a primitive inside a step, and what may be done with it when its end is not known.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Value;

/// What resume may do with a call that was begun and has no recorded end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Repeat {
    /// It changes nothing: noted lazily, repeated freely.
    Reads,
    /// It changes something, and doing it twice is as doing it once: repeated when in doubt.
    Safe,
    /// Its intent is on disk before it goes out; in doubt, a look at the world decides.
    Probed,
    /// Its intent is on disk before it goes out; in doubt, a person decides.
    Ask,
}

impl Repeat {
    /// Whether the intent must be on disk before the call goes out.
    pub fn needs_intent_on_disk(self) -> bool {
        matches!(self, Self::Probed | Self::Ask)
    }
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reads => "reads",
            Self::Safe => "safe",
            Self::Probed => "probed",
            Self::Ask => "ask",
        })
    }
}

/// One call of a primitive, as it is noted in the open step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The word, `local::run`.
    pub word: String,
    /// One line for people: the word and what matters of its arguments, secrets masked.
    pub brief: String,
    /// A hash of all arguments, secrets masked: tells two calls of one word apart when a step is taken up again.
    pub args: String,
    /// What may be done with it in doubt.
    pub repeat: Repeat,
}

/// What a look at the world says of a call or a step in doubt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// It was done; this is what it answered.
    Done {
        /// The value the call gives.
        value: Value,
    },
    /// It was not done: it may be called.
    NotDone,
    /// It was done in part: it may be called again, and will find part of its work done.
    Partly,
    /// Nobody can tell: a person decides.
    Unknown,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done { .. } => "done",
            Self::NotDone => "not done",
            Self::Partly => "partly done",
            Self::Unknown => "unknown",
        })
    }
}
