//! How a run ended, or was left.

use serde::{Deserialize, Serialize};

/// How a run ended, or how the process that held it left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// To its end.
    Done,
    /// With a failure; it can be resumed or undone.
    Failed,
    /// A check said no before anything was changed.
    Refused,
    /// At a gate, by a person, by a guard, or where `--until` said.
    Stopped,
    /// With a step nobody knows the end of.
    InDoubt,
    /// All that could be undone is undone.
    Undone,
    /// The undo itself failed; it can be resumed.
    UndoFailed,
    /// Given up by a person: it will not be resumed, and its lock is free.
    Abandoned,
}

impl Closing {
    /// Whether nothing is left to resume.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Undone | Self::Abandoned)
    }

    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
            Self::InDoubt => "in doubt",
            Self::Undone => "undone",
            Self::UndoFailed => "undo failed",
            Self::Abandoned => "abandoned",
        }
    }
}
