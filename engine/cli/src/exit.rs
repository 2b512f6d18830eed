//! The exit codes. They are an API: each has one meaning, on one page of the book.

use std::process::ExitCode;

use runbook_model::record::Closing;
use runbook_model::{Failure, code};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// It was used wrongly, or the script has a mistake.
    Usage = 2,
    /// A check said no.
    Refused = 3,
    /// Stopped at a gate or by a person.
    Stopped = 4,
    /// A step is in doubt.
    InDoubt = 5,
    /// The undo failed.
    UndoFailed = 6,
    /// The lock, or the run, is held by another.
    Held = 7,
    /// Our own mistake.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// What this very program meant, where it ended as another process; what a signal ended has failed.
    pub(crate) fn of_status(status: std::process::ExitStatus) -> Self {
        match status.code() {
            Some(0) => Self::Done,
            Some(1) | None => Self::Failed,
            Some(2) => Self::Usage,
            Some(3) => Self::Refused,
            Some(4) => Self::Stopped,
            Some(5) => Self::InDoubt,
            Some(6) => Self::UndoFailed,
            Some(7) => Self::Held,
            Some(_) => Self::Bug,
        }
    }
}

impl From<Closing> for Exit {
    fn from(verdict: Closing) -> Self {
        match verdict {
            Closing::Done | Closing::Undone => Self::Done,
            Closing::Failed => Self::Failed,
            Closing::Refused => Self::Refused,
            Closing::Stopped | Closing::Abandoned => Self::Stopped,
            Closing::InDoubt => Self::InDoubt,
            Closing::UndoFailed => Self::UndoFailed,
        }
    }
}

/// The exit for a failure that kept a command from doing its work.
pub(crate) fn of(failure: &Failure) -> Exit {
    match failure.code.as_str() {
        code::LOCK_HELD | code::RUN_HELD | code::RUN_LOST => Exit::Held,
        code::STEP_IN_DOUBT => Exit::InDoubt,
        code::STORE_FULL => Exit::Failed,
        code::RUN_BUG => Exit::Bug,
        code::KUBE_CONFIG | code::KUBE_OTHER => Exit::Usage,
        // The cluster, not what was typed.
        cluster if cluster.starts_with("kube.") => Exit::Failed,
        _ => Exit::Usage,
    }
}
