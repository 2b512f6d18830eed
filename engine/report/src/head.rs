//! What a run as a whole is, who holds it, and how it was let go.

use std::sync::Arc;

use runbook_model::record::{Closing, Purpose, RunClosed, RunOpened};
use runbook_model::{Failure, Key, Millis};

use crate::text::clean;

/// What a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its own name.
    pub run: String,
    /// The runbook's name.
    pub runbook: String,
    /// The runbook's version.
    pub version: Option<String>,
    /// The main file, as it was typed.
    pub file: String,
    /// The named place to act.
    pub site: String,
    /// Who began it, `user@host`.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// One process' time with the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Who, `user@host`.
    pub by: String,
    /// What for; nothing for the process that began it.
    pub purpose: Option<Purpose>,
    /// Since when.
    pub since: Millis,
}

/// How the run was let go.
#[derive(Clone, Debug)]
pub struct Closed {
    /// How it ended.
    pub verdict: Closing,
    /// When.
    pub at: Millis,
    /// What ended it.
    pub failure: Option<Arc<Failure>>,
    /// The steps whose failure ended it.
    pub culprits: Vec<Key>,
    /// Settled steps this process never came to.
    pub orphans: Vec<Key>,
    /// What an undo could not put back.
    pub left: Vec<String>,
}

impl Head {
    /// What the first record of a run says of it.
    pub(crate) fn of(opened: &RunOpened, at: Millis) -> Self {
        let line = |text: &str| clean(text).into_owned();
        Self {
            run: line(&opened.run),
            runbook: line(&opened.runbook),
            version: opened.version.as_deref().map(line),
            file: line(&opened.file),
            site: line(&opened.site),
            by: line(&opened.by.who()),
            at,
        }
    }
}

impl Closed {
    /// What the last record of a process says of the run.
    pub(crate) fn of(closed: &RunClosed, at: Millis) -> Self {
        Self {
            verdict: closed.verdict,
            at,
            failure: closed.failure.clone().map(Arc::new),
            culprits: closed.culprits.clone(),
            orphans: closed.orphans.clone(),
            left: closed.left.iter().map(|line| clean(line).into_owned()).collect(),
        }
    }
}
