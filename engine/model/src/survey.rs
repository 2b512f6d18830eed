//! What a resume tells before any new effect: doubts, drift, and what an edited runbook changes.

use crate::{Key, Place};

/// The findings of a resume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Steps that were begun and not ended when the run stopped.
    pub doubts: Vec<Doubt>,
    /// Finished steps whose own `done_when` says no now.
    pub drift: Vec<Drift>,
    /// How the runbook differs from the one that ran.
    pub edits: Edits,
}

impl Survey {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.doubts.is_empty() && self.drift.is_empty() && self.edits.is_empty()
    }
}

/// A step in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Which step.
    pub key: Key,
    /// The call that may or may not have acted, in one line; empty where only the step itself is open.
    pub call: String,
    /// `done`, `not done`, `partly done`, `unknown`, or `repeats safely`.
    pub verdict: String,
    /// What the verdict rests on.
    pub evidence: String,
}

/// A finished step that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Which step.
    pub key: Key,
    /// What was seen.
    pub detail: String,
}

/// How an edited runbook meets the records of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// How many finished steps are the same and are reused.
    pub reused: usize,
    /// Finished steps whose text changed: their recorded value is used all the same.
    pub changed: Vec<Edit>,
    /// Steps that the edit put before the point of resume.
    pub new: Vec<Edit>,
    /// Finished steps that the edited runbook no longer has.
    pub gone: Vec<Edit>,
    /// Unfinished steps whose text changed: they run as they now stand.
    pub retried: Vec<Edit>,
}

impl Edits {
    /// Whether the edit touches no recorded step.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.new.is_empty() && self.gone.is_empty() && self.retried.is_empty()
    }

    /// Whether the edit reaches behind the point of resume, so that a person must accept it.
    pub fn rewrites_the_past(&self) -> bool {
        !(self.changed.is_empty() && self.new.is_empty() && self.gone.is_empty())
    }
}

/// One step an edit touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Which step.
    pub key: Key,
    /// Where it stands, in the edited runbook where it is still there.
    pub place: Place,
}
