//! Runs a command on a machine exactly once, whatever happens to the connection and to us.
//!
//! Promises: a token is run once, also when two ask for it at the same instant. The command is detached from every
//! connection; a lost one is made again and its output goes on where it was heard. What the machine knows survives its
//! reboot: a command that was cut off is told from one that never began.
//! Never: run again what was begun, take another process for the command, fill the machine's disk with its output.

mod command;
mod error;
mod follow;
mod report;
mod scripts;

use std::time::Duration;

use runbook_model::Failure;

use super::remote::{ANSWER_BYTES_MAX, Question};
use super::{Error, Remote};
pub(super) use command::check_token;
use follow::{Follow, Seen};
use report::State;

pub use crate::local::Program;
pub use command::Command;
pub use report::Evidence;

/// How much of what a command prints on each channel is kept; the rest is thrown away.
pub const OUTPUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a command left when it ended well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Its exit status, one of those that were accepted.
    pub status: i32,
    /// What it printed; what is not UTF-8 is replaced.
    pub stdout: String,
    /// What it printed on its error channel.
    pub stderr: String,
    /// Whether it printed more than was kept.
    pub cut: bool,
}

/// How a command stands, as its machine knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It has ended, with whatever status.
    Done(Finished),
    /// It runs.
    Running,
    /// It was begun, has not ended, and does not run.
    CutOff {
        /// What shows it.
        evidence: Evidence,
        /// What it printed until then.
        left: Finished,
    },
    /// It was never begun.
    Never,
}

impl Remote {
    /// Runs `command` under `token`, or takes it up again where that was begun. `hear` gets each line it prints, with
    /// whether it came on the error channel. A connection that is lost is made again for as long as `patience`.
    ///
    /// Failures: where the machine cannot be reached to begin with, nothing was done. `ssh.exit` is a known end.
    /// After `ssh.lost` the command may still be running; `ssh.cut_off` and `ssh.timeout` say that it is not.
    pub async fn start_or_attach(
        &self,
        token: &str,
        command: &Command,
        patience: Duration,
        hear: impl Fn(&str, bool),
    ) -> Result<Finished, Failure> {
        check_token(token)?;
        command.check()?;
        let mut follow = Follow::new(self, token, patience, hear);
        let begun = follow.begin(command).await.map_err(|error| error::ended_early(error, command))?;
        let seen = match begun {
            Some(seen) => seen,
            None => follow.hear_out().await.map_err(|error| error::ended_early(error, command))?,
        };
        self.judge(command, seen)
    }

    /// Follows what was begun under `token` from these offsets of its two channels on.
    pub async fn attach(
        &self,
        token: &str,
        command: &Command,
        from: [u64; 2],
        patience: Duration,
        hear: impl Fn(&str, bool),
    ) -> Result<Finished, Failure> {
        check_token(token)?;
        let mut follow = Follow::new(self, token, patience, hear).from(from);
        let seen = follow.hear_out().await.map_err(|error| error::ended_early(error, command))?;
        self.judge(command, seen)
    }

    /// How what may have been begun under `token` stands, with all it has printed where it has ended.
    pub async fn look(&self, token: &str) -> Result<Look, Failure> {
        check_token(token)?;
        let mut follow = Follow::new(self, token, Duration::ZERO, |_, _| {});
        Ok(match follow.now().await? {
            Seen { state: State::Never, .. } => Look::Never,
            Seen { state: State::Running, .. } => Look::Running,
            Seen { state: State::Done(_), finished, .. } => Look::Done(finished),
            Seen { state: State::Cut(evidence), finished, .. } => Look::CutOff { evidence, left: finished },
        })
    }

    /// Sends `signal`, `TERM` or `KILL`, to the command of `token` and all it started. One that does not run is left be.
    pub async fn end(&self, token: &str, signal: &str) -> Result<(), Failure> {
        check_token(token)?;
        if signal.is_empty() || !signal.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) {
            return Err(Error::Word { what: "a signal", text: signal.to_owned() }.into());
        }
        let script = scripts::end(token, signal);
        let answer = self.question(Question::changes(&script, "while a command was ended")).await?;
        if answer.status == 0 { Ok(()) } else { Err(error::script(self, "end a command", &answer).into()) }
    }

    /// Takes away what the machine keeps of these tokens. What still runs is kept.
    pub async fn forget(&self, tokens: &[String]) -> Result<(), Failure> {
        tokens.iter().try_for_each(|token| check_token(token))?;
        for some in tokens.chunks(500) {
            let script = scripts::forget(some);
            let question = Question { most: ANSWER_BYTES_MAX, ..Question::changes(&script, "while it was tidied up") };
            let answer = self.question(question).await?;
            if answer.status != 0 {
                return Err(error::script(self, "forget commands", &answer).into());
            }
        }
        Ok(())
    }

    fn judge(&self, command: &Command, seen: Seen) -> Result<Finished, Failure> {
        match seen.state {
            State::Done(status) if !seen.timed_out && command.accepts(status) => Ok(seen.finished),
            _ => Err(error::ended(&self.machine().name, command, seen)),
        }
    }
}
