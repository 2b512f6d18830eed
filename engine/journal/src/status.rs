//! The legal moves of one key. One total function, used while writing and while loading, so that a damaged store and a
//! bug of ours trip over the same wire.
#![deny(clippy::wildcard_enum_match_arm)]

use runbook_model::record::{Kind, Outcome, Ruling};
use runbook_model::{Body, Key};

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Never begun.
    New,
    /// An attempt was begun and has not ended: running, or in doubt once its process is gone.
    Open {
        /// Which attempt.
        attempt: u32,
    },
    /// An attempt failed, and the next one is due.
    Waiting {
        /// The attempt that failed.
        attempt: u32,
    },
    /// An attempt was left where it was; the same attempt goes on.
    Stopped {
        /// Which attempt.
        attempt: u32,
    },
    /// It ended well.
    Done {
        /// The last attempt.
        attempt: u32,
    },
    /// It failed for good.
    Failed {
        /// The last attempt.
        attempt: u32,
    },
    /// It was left out.
    Skipped {
        /// The last attempt, 0 where there was none.
        attempt: u32,
    },
    /// It is to begin again, as if it were new.
    Fresh {
        /// The last attempt.
        attempt: u32,
    },
}

/// A move that is not legal: the records contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Illegal {
    /// The key.
    pub key: Key,
    /// Where it stood.
    pub from: Status,
    /// What was to happen.
    pub step: &'static str,
}

impl std::fmt::Display for Illegal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is {:?} and cannot be {}", self.key, self.from, self.step)
    }
}

impl Status {
    /// The number of the last attempt, 0 where there was none.
    pub fn attempt(self) -> u32 {
        match self {
            Self::New => 0,
            Self::Open { attempt }
            | Self::Waiting { attempt }
            | Self::Stopped { attempt }
            | Self::Done { attempt }
            | Self::Failed { attempt }
            | Self::Skipped { attempt }
            | Self::Fresh { attempt } => attempt,
        }
    }

    /// Whether it has ended, well or not.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Done { .. } | Self::Failed { .. } | Self::Skipped { .. } => true,
            Self::New | Self::Open { .. } | Self::Waiting { .. } | Self::Stopped { .. } | Self::Fresh { .. } => false,
        }
    }
}

/// Where a key stands after `body`, which must be about that key.
pub fn next(key: &Key, from: Status, body: &Body) -> Result<Status, Illegal> {
    let attempt = from.attempt();
    let illegal = |step| Err(Illegal { key: key.clone(), from, step });
    match body {
        Body::StepBegun(begun) => {
            if Some(begun.attempt) != attempt.checked_add(1) {
                return illegal("begun out of turn");
            }
            match from {
                Status::Open { .. } | Status::Stopped { .. } => illegal("begun"),
                Status::Done { .. } | Status::Skipped { .. } if begun.kind != Kind::Check => illegal("begun"),
                Status::New
                | Status::Waiting { .. }
                | Status::Done { .. }
                | Status::Failed { .. }
                | Status::Skipped { .. }
                | Status::Fresh { .. } => Ok(Status::Open { attempt: begun.attempt }),
            }
        }
        Body::CallNoted(_) | Body::CallAnswered(_) => match from {
            Status::Open { .. } => Ok(from),
            Status::New
            | Status::Waiting { .. }
            | Status::Stopped { .. }
            | Status::Done { .. }
            | Status::Failed { .. }
            | Status::Skipped { .. }
            | Status::Fresh { .. } => illegal("called from"),
        },
        Body::StepSettled(settled) => match from {
            Status::Open { attempt } if settled.attempt == attempt => Ok(match &settled.outcome {
                Outcome::Done(_) => Status::Done { attempt },
                Outcome::Failed { again_at: Some(_), .. } => Status::Waiting { attempt },
                Outcome::Failed { again_at: None, .. } => Status::Failed { attempt },
                Outcome::Skipped { .. } => Status::Skipped { attempt },
                Outcome::Stopped { .. } => Status::Stopped { attempt },
            }),
            Status::New
            | Status::Open { .. }
            | Status::Waiting { .. }
            | Status::Stopped { .. }
            | Status::Done { .. }
            | Status::Failed { .. }
            | Status::Skipped { .. }
            | Status::Fresh { .. } => illegal("settled"),
        },
        Body::StepRuled(ruled) => rule(key, from, &ruled.ruling),
        Body::GateOpened(_) | Body::GateAnswered(_) => match from {
            Status::Open { .. } => Ok(from),
            Status::New
            | Status::Waiting { .. }
            | Status::Stopped { .. }
            | Status::Done { .. }
            | Status::Failed { .. }
            | Status::Skipped { .. }
            | Status::Fresh { .. } => illegal("a gate that waits"),
        },
        Body::RunOpened(_) | Body::RunTaken(_) | Body::Said(_) | Body::GuardBroken(_) | Body::RunClosed(_) => Ok(from),
    }
}

fn rule(key: &Key, from: Status, ruling: &Ruling) -> Result<Status, Illegal> {
    let attempt = from.attempt();
    let open = match from {
        Status::Open { .. } | Status::Stopped { .. } | Status::Waiting { .. } => true,
        Status::New | Status::Done { .. } | Status::Failed { .. } | Status::Skipped { .. } | Status::Fresh { .. } => {
            false
        }
    };
    let illegal = |step| Err(Illegal { key: key.clone(), from, step });
    match ruling {
        Ruling::Done(_) if open || matches!(from, Status::Failed { .. }) => Ok(Status::Done { attempt }),
        Ruling::Done(_) => illegal("ruled done"),
        Ruling::Redo if from == Status::New => illegal("redone"),
        Ruling::Redo => Ok(Status::Fresh { attempt }),
        Ruling::Again if open => Ok(Status::Open { attempt }),
        Ruling::Again => illegal("taken up again"),
        Ruling::Skip => Ok(Status::Skipped { attempt }),
        Ruling::Undone if from == Status::New => illegal("undone"),
        Ruling::Undone => Ok(Status::Fresh { attempt }),
        Ruling::Accept => match from {
            Status::Failed { .. } => Ok(Status::Done { attempt }),
            Status::New
            | Status::Open { .. }
            | Status::Waiting { .. }
            | Status::Stopped { .. }
            | Status::Done { .. }
            | Status::Skipped { .. }
            | Status::Fresh { .. } => illegal("accepted"),
        },
        Ruling::Call { .. } if open => Ok(from),
        Ruling::Call { .. } => illegal("asked about a call"),
    }
}

#[cfg(test)]
mod tests;
