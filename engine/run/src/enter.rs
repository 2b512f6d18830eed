//! What enters a run, and the next move it is given.

use std::sync::Arc;

use runbook_journal::history::PastCall;
use runbook_model::record::Kind;
use runbook_model::{Failure, Key, Millis, Place, Value};

use crate::step::{Container, OpenStep};
use crate::stop::Halt;

/// A named thing that wants to go on.
#[derive(Clone, Debug)]
pub struct Enter {
    /// Its key.
    pub key: Key,
    /// What it is.
    pub kind: Kind,
    /// Where the runbook says it.
    pub place: Place,
    /// A hash of its text.
    pub fingerprint: String,
    /// How many attempts it may have in a row.
    pub of: u32,
    /// What a person is told of it.
    pub why: Option<String>,
    /// Its own limit of time.
    pub until: Option<Millis>,
    /// The names of its branches.
    pub items: Vec<String>,
    /// Whether it says how to undo itself.
    pub undo: bool,
    /// The evaluation of the body it stands in: the same name twice in one is a mistake.
    pub scope: u64,
    /// The record with which the step around it began: what failed before that belongs to an earlier attempt.
    pub since: u64,
    /// The heading or branch it stands in.
    pub within: Option<Arc<Container>>,
}

/// The next move of what entered.
pub enum Entered {
    /// It was done before: this is what it gave.
    Known(Value),
    /// It failed before, and the script went on: this is the failure it saw.
    Failed(Box<Failure>),
    /// It is open: do it, then settle it.
    Open(OpenStep),
    /// It was begun, and nobody knows whether its calls took place.
    Doubt(Doubtful),
    /// It is a heading, a fan-out or a branch: evaluate what is in it.
    Container(Arc<Container>),
}

/// A step in doubt.
pub struct Doubtful {
    /// The step as it entered.
    pub enter: Enter,
    /// Its calls whose end is not known.
    pub calls: Vec<PastCall>,
}

/// Why something may not go on.
#[derive(Debug)]
pub enum Refusal {
    /// The run halts.
    Halt(Halt),
    /// The script made a mistake.
    Failure(Box<Failure>),
}

impl From<Halt> for Refusal {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}
