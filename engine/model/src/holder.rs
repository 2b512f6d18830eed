//! Who holds a run: one process at a time.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Millis;

/// The process that holds a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The person, as the operating system names them.
    pub user: String,
    /// The machine it runs on.
    pub host: String,
    /// Its process number there.
    pub pid: u32,
    /// When that process started, in the machine's own clock ticks: a reused number is not the same process.
    pub pid_started: u64,
    /// Which boot of the machine that was.
    pub boot: String,
    /// Since when it holds the run.
    pub since: Millis,
}

impl Holder {
    /// `user@host`.
    pub fn who(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}, process {}", self.user, self.host, self.pid)
    }
}

/// What is known of a holder's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It runs.
    Alive,
    /// It is gone.
    Gone,
    /// It is on another machine: only its lease could tell.
    Elsewhere,
}
