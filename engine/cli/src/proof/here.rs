//! What a run changes of this machine itself, which no copy of the twin's world holds.
//!
//! What lies in the folder of the stage is copied into each fork, and what the run changed after the point of the fork is
//! put back there. What lies elsewhere is one for all trials: they go one after another, and each leaves it as it was. What
//! a command did here nobody can tell: where one ran there are no forks. Each trial is played from the beginning, killed
//! for real, and undone when it is over.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use runbook_drivers::file;
use runbook_model::{Body, Failure, Record, Value, code};

use super::fork::Fork;
use crate::rehearsal::files;
use crate::rehearsal::stage::{GIVEN, Stage, trouble};

/// The word with which a command of this machine is called.
const COMMAND: &str = "local::run";

/// What the uncut run changed here.
pub(crate) struct Here {
    /// Where it was played. What it left there is kept as long as this is.
    stage: Stage,
    /// What it found where it wrote, by path.
    first: BTreeMap<String, Value>,
    /// What it left where it wrote outside its stage; the first that was written comes first.
    outside: Vec<Value>,
    /// Whether its trials must be played from the beginning.
    played: bool,
}

impl Here {
    /// What the run of these records changed. Where its trials must begin as it began, what it did here is undone.
    pub(crate) fn begin(fork: Fork, records: &[Record]) -> Result<Self, Failure> {
        let (mut first, mut outside) = (BTreeMap::new(), Vec::new());
        for before in records.iter().filter_map(files::found) {
            let path = before.get("path").and_then(Value::as_text).unwrap_or_default();
            if first.contains_key(path) {
                continue;
            }
            if !Path::new(path).starts_with(fork.stage.folder()) {
                outside.push(file::before_remove(Path::new(path))?.to_value(Path::new(path)));
            }
            first.insert(path.to_owned(), before.clone());
        }
        let commands = records.iter().any(|record| match &record.body {
            Body::CallNoted(noted) => noted.call.word == COMMAND,
            _ => false,
        });
        // What is too large to be kept cannot be laid out for a fork either.
        let played = commands || outside.iter().any(|left| left.get("sha256").is_some());
        if played {
            undo(&fork)?;
            files::put_back(records)?;
        }
        Ok(Self { stage: fork.stage, first, outside, played })
    }

    /// Whether every trial must be played from the beginning.
    pub(crate) fn is_played(&self) -> bool {
        self.played
    }

    /// Whether trials would come in each other's way.
    pub(crate) fn is_shared(&self) -> bool {
        self.played || !self.outside.is_empty()
    }

    /// These records as if all of it had happened on another stage.
    pub(crate) fn moved(&self, records: &[Record], to: &Stage) -> Result<Vec<Record>, Failure> {
        if self.first.is_empty() {
            return Ok(records.to_vec());
        }
        let (from, to) = (self.stage.folder().display().to_string(), to.folder().display().to_string());
        let bug =
            |error: serde_json::Error| Failure::new(code::RUN_BUG, "a record cannot be read again").because(error);
        let moved = |record: &Record| {
            let text = serde_json::to_string(record).map_err(bug)?;
            serde_json::from_str(&text.replace(&from, &to)).map_err(bug)
        };
        records.iter().map(moved).collect()
    }

    /// Lays out the files of this machine as they were when record `seq` was the last. `records` are all there were, moved
    /// to this stage.
    pub(crate) fn lay_out(&self, stage: &Stage, records: &[Record], seq: u64) -> Result<(), Failure> {
        if self.first.is_empty() {
            return Ok(());
        }
        for folder in [self.stage.own_files(), self.stage.folder().join(GIVEN)] {
            let Ok(within) = folder.strip_prefix(self.stage.folder()) else { continue };
            copy(&folder, &stage.folder().join(within)).map_err(trouble)?;
        }
        self.outside.iter().map(|left| file::put_back(left, None)).fold(Ok(()), Result::and)?;
        files::put_back(&undone(records, seq))
    }

    /// Leaves this machine to the next trial as this one found it.
    pub(crate) fn leave(&self, fork: &Fork, seq: u64) -> Result<(), Failure> {
        if self.played {
            undo(fork)?;
            return files::put_back(&fork.stage.records()?);
        }
        if self.outside.is_empty() {
            return Ok(());
        }
        let new: Vec<Record> = fork.stage.records()?.into_iter().filter(|record| record.seq > seq).collect();
        // A folder in which a killed process left half a file stays; the next trial lays out what it knows of all the same.
        drop(files::put_back(&new));
        Ok(())
    }

    /// What of the files where the uncut run wrote is not as it found it.
    pub(crate) fn unlike_first(&self, stage: &Stage) -> Result<Vec<String>, Failure> {
        let mut wrong = Vec::new();
        for (path, found) in self.first.iter().filter(|_| !self.played) {
            let here = match Path::new(path).strip_prefix(self.stage.folder()) {
                Ok(within) => stage.folder().join(within),
                Err(_) => PathBuf::from(path),
            };
            let stands = file::before_remove(&here)?.to_value(Path::new(path));
            if stands != *found {
                let was = if found.get("existed") == Some(&Value::Bool(true)) { "is not as it was" } else { "is left" };
                wrong.push(format!("`{path}` on this machine {was}"));
            }
        }
        Ok(wrong)
    }
}

/// The calls that a run of these records had not made, or not finished, when record `seq` was the last.
fn undone(records: &[Record], seq: u64) -> Vec<Record> {
    let answered = |noted: &runbook_model::record::CallNoted| {
        records.iter().take_while(|record| record.seq <= seq).any(|record| match &record.body {
            Body::CallAnswered(answered) => (&answered.key, answered.nth) == (&noted.key, noted.nth),
            _ => false,
        })
    };
    let is_undone = |record: &&Record| match &record.body {
        Body::CallNoted(noted) => record.seq > seq || !answered(noted),
        _ => false,
    };
    records.iter().filter(is_undone).cloned().collect()
}

/// Undoes a run as far as its runbook says how: what its commands did here is nobody else's to put back.
fn undo(fork: &Fork) -> Result<(), Failure> {
    let words = [fork.run.clone(), "--past-point-of-no-return".to_owned()];
    if fork.run.is_empty() { Ok(()) } else { fork.play("undo", &words).map(drop) }
}

/// Copies a folder and all that is in it; one that is not there is nothing to copy.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    fs::set_permissions(to, from.metadata()?.permissions())
}
