//! Whether a helm that we started goes on without us on this machine, after its engine was killed.
//!
//! Each helm that changes something carries its mark in its environment, where those of the same user can see it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The variable that carries the mark.
pub(super) const MARK: &str = "RUNBOOK_MARK";

/// How often a process that goes on is looked at: the system tells nobody but its parent when it ends.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The processes that carry `mark`; none where the system does not show them.
fn carrying(mark: &str) -> Vec<PathBuf> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes.flatten().map(|entry| entry.path()).filter(|folder| carries(folder, mark)).collect()
}

fn carries(folder: &Path, mark: &str) -> bool {
    let environ = fs::read(folder.join("environ")).unwrap_or_default();
    let variables = environ.split(|byte| *byte == 0);
    let values = variables.filter_map(|one| one.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="));
    values.into_iter().any(|value| value == mark.as_bytes())
}

/// Waits until no process of this machine carries `mark`; says whether there was one.
pub async fn wait_for_end(mark: &str) -> bool {
    let running = carrying(mark);
    for folder in &running {
        while carries(folder, mark) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    !running.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_mark_until_it_ends() {
        let mark = "runbook a-test-of-the-mark";
        let mut child = std::process::Command::new("cat")
            .env(MARK, mark)
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("`cat` is everywhere");
        // Until it has become `cat`, it is still this process, without the mark.
        while cfg!(target_os = "linux") && carrying(mark).is_empty() {
            std::thread::yield_now();
        }
        assert!(carrying("runbook another").is_empty());
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(carrying(mark).is_empty());
    }
}
