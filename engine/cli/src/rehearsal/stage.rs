//! A stage: a twin with its doors open, a folder for all that is written, and this very program played on it.
//!
//! Promises: what is played reaches nothing but the twin by the addresses it is given: `ssh` knows no other machine and
//! `kubectl` no other cluster. When the stage is dropped all of it is gone.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use runbook_journal::Store;
use runbook_model::{Failure, Record, code};
use runbook_twin::clock::Speed;
use runbook_twin::serve::{Running, Start, start};
use runbook_twin::world::World;
use tempfile::TempDir;

/// The folder for the paths that nobody gave.
pub(crate) const GIVEN: &str = "given";

/// A twin, and a place to run against it.
pub(crate) struct Stage {
    /// The twin.
    pub twin: Running,
    /// The state directory of what is played.
    pub state: PathBuf,
    /// The ssh configuration that is given to it.
    pub ssh_config: PathBuf,
    helm: PathBuf,
    folder: TempDir,
}

/// Why there is no stage.
pub(crate) fn trouble(error: impl std::fmt::Display) -> Failure {
    Failure::new(code::RUN_DIED, "the twin could not be started").because(error)
}

impl Stage {
    /// Opens a stage with this world on it.
    pub(crate) fn open(world: World, speed: Speed) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("runbook-twin-").tempdir().map_err(trouble)?;
        let doors = folder.path().join("doors");
        std::fs::create_dir(&doors).map_err(trouble)?;
        let twin = start(Start { world, speed, folder: doors, port: 0 }).map_err(trouble)?;
        let ssh_config = folder.path().join("ssh_config");
        let text = std::fs::read_to_string(&twin.ssh_config).map_err(trouble)?;
        std::fs::write(&ssh_config, only_these(&text)).map_err(trouble)?;
        let helm = crate::helm::write(folder.path(), Some(&twin.time)).map_err(trouble)?;
        let state = folder.path().join("state");
        Ok(Self { twin, state, ssh_config, helm, folder })
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where what is played keeps its own files.
    pub(crate) fn own_files(&self) -> PathBuf {
        crate::places::artifacts(&self.state, "")
    }

    /// This program, told to act here. What is typed comes after the name of the command.
    pub(crate) fn program<W: AsRef<OsStr>>(&self, command: &str, typed: &[W]) -> Result<Command, Failure> {
        let program = std::env::current_exe().map_err(trouble)?;
        let mut words: Vec<OsString> = vec![command.into()];
        let mut give = |name: &str, value: &Path| words.extend([name.into(), value.into()]);
        give("--state", &self.state);
        give("--time", &self.twin.time);
        if matches!(command, "run" | "undo") {
            give("--kubeconfig", &self.twin.kubeconfig);
            give("--ssh-config", &self.ssh_config);
        }
        words.extend(typed.iter().map(|word| word.as_ref().to_owned()));
        let mut program = Command::new(program);
        program.args(words).stdin(Stdio::null());
        // What the runbook itself starts must find no other cluster either.
        program.env("KUBECONFIG", &self.twin.kubeconfig).env_remove("RUNBOOK_STATE");
        program.env(crate::helm::PROGRAM, &self.helm);
        Ok(program)
    }

    /// Plays a command in sight of whoever watches.
    pub(crate) fn play<W: AsRef<OsStr>>(&self, command: &str, typed: &[W]) -> Result<ExitStatus, Failure> {
        self.program(command, typed)?.status().map_err(trouble)
    }

    /// The records of the only run here; none where there is no run.
    pub(crate) fn records(&self) -> Result<Vec<Record>, Failure> {
        let mut records = Vec::new();
        if !self.state.exists() {
            return Ok(records);
        }
        let store = Store::open(&self.state)?;
        if let Some(row) = store.runs()?.first() {
            store.read(&row.run, 0, |record| {
                records.push(record);
                Ok(())
            })?;
        }
        Ok(records)
    }
}

/// The ssh configuration of the twin, with which no other machine can be reached.
fn only_these(text: &str) -> String {
    let hosts = text.lines().filter_map(|line| line.strip_prefix("Host ")).flat_map(str::split_whitespace);
    let others: String = hosts.map(|host| format!("!{host} ")).collect();
    let refuse = "sh -c 'echo \"the twin has no machine %h\" >&2; exit 255'";
    format!("{text}\nHost {others}*\n  ProxyCommand {refuse}\n  IdentityFile none\n  IdentityAgent none\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_machine_outside_the_twin_can_be_reached() {
        let text = only_these("Host n1 127.64.1.2\n  Port 22\n\nHost n2 127.64.1.3\n");
        assert!(text.contains("\nHost !n1 !127.64.1.2 !n2 !127.64.1.3 *\n  ProxyCommand sh -c"), "{text}");
    }
}
