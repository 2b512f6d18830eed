//! The process group of a running command: all it started, unless a program made itself a group of its own.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;

/// How long a group that was asked to end may take.
const TERM_TO_KILL: Duration = Duration::from_secs(2);
/// How often is looked whether the group is gone once its first process is.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A group that is killed when this is dropped, unless it was released.
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The group of a child that was started as the first of its own.
    pub(super) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// Lets the group be: the command is over, and what it left running was left on purpose.
    pub(super) fn release(&mut self) {
        self.0 = None;
    }

    /// Asks the group to end.
    pub(super) fn ask_to_end(&self) {
        if let Some(pid) = self.0 {
            // A signal fails only when nobody is left to get it.
            let _ = kill_process_group(pid, Signal::TERM);
        }
    }

    /// Asks the group to end, and kills what has not after two seconds.
    pub(super) async fn end(&mut self, child: &mut Child) {
        let Some(pid) = self.0 else { return };
        self.ask_to_end();
        let gone = async {
            let _ = child.wait().await;
            while test_kill_process_group(pid).is_ok() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(TERM_TO_KILL, gone).await.is_err() {
            let _ = kill_process_group(pid, Signal::KILL);
            // Even a killed process may stay for as long as a disk or a network file system does not answer.
            let _ = tokio::time::timeout(TERM_TO_KILL, child.wait()).await;
        }
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}
