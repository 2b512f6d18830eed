//! Hearing a command to its end over as many connections as that takes.

use std::time::{Duration, Instant};

use super::command::Command;
use super::report::{Report, State};
use super::{Error, Finished, OUTPUT_BYTES_MAX, Remote, error, scripts};
use crate::Clock;
use crate::local::printed::Printed;
use crate::ssh::remote::Question;

/// How long is waited between two tries to connect again, at first and at most.
const AGAIN_AFTER: Duration = Duration::from_millis(200);
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(2);

/// How a command stands and what was heard of it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) state: State,
    pub(super) finished: Finished,
    pub(super) timed_out: bool,
}

/// One command being followed.
pub(super) struct Follow<'a, H> {
    remote: &'a Remote,
    token: &'a str,
    patience: Duration,
    hear: H,
    /// Where the next piece of each channel begins.
    offsets: [u64; 2],
    printed: [Printed; 2],
}

impl<'a, H: Fn(&str, bool)> Follow<'a, H> {
    pub(super) fn new(remote: &'a Remote, token: &'a str, patience: Duration, hear: H) -> Self {
        Self { remote, token, patience, hear, offsets: [0; 2], printed: Default::default() }
    }

    pub(super) fn from(mut self, offsets: [u64; 2]) -> Self {
        self.offsets = offsets;
        self
    }

    /// Starts it, or finds that it was started. Gives its end where that came at once.
    pub(super) async fn begin(&mut self, command: &Command) -> Result<Option<Seen>, Error> {
        let script = scripts::start(self.token, command, self.offsets);
        let mut sent = false;
        let mut again = Again::new(self.remote.clock(), self.patience);
        loop {
            match self.report(&script, true).await {
                Ok(report) if report.state == State::Never => return Err(self.not_kept()),
                Ok(report) => return Ok(self.take(report)),
                // Starting twice is starting once, so a lost answer may be asked for again.
                Err(error @ (Error::Lost { .. } | Error::Timeout { .. })) => {
                    sent = true;
                    again.wait(error).await?;
                }
                Err(error @ Error::Unreachable { .. }) if sent => again.wait(lost(error)).await?,
                Err(error) if sent => return Err(lost(error)),
                Err(error) => return Err(error),
            }
        }
    }

    fn not_kept(&self) -> Error {
        let why = "its private folder cannot be written".to_owned();
        Error::Script { machine: self.remote.machine().name.clone(), what: "keep a command", why }
    }

    /// Follows what was begun to its end.
    pub(super) async fn hear_out(&mut self) -> Result<Seen, Error> {
        let mut again = Again::new(self.remote.clock(), self.patience);
        loop {
            let script = scripts::follow(self.token, self.offsets, true);
            match self.report(&script, true).await {
                Ok(report) => {
                    again = Again::new(self.remote.clock(), self.patience);
                    if let Some(seen) = self.take(report) {
                        return Ok(seen);
                    }
                }
                Err(error) if error.is_lost() => again.wait(lost(error)).await?,
                Err(error) => return Err(lost(error)),
            }
        }
    }

    /// How it stands now, with all it has printed so far.
    pub(super) async fn now(&mut self) -> Result<Seen, Error> {
        loop {
            let report = self.report(&scripts::follow(self.token, self.offsets, false), false).await?;
            if report.state == State::Running {
                return Ok(Seen { state: State::Running, finished: Finished::default(), timed_out: false });
            }
            if let Some(seen) = self.take(report) {
                return Ok(seen);
            }
        }
    }

    async fn report(&self, script: &str, changes: bool) -> Result<Report, Error> {
        let question = Question {
            changes,
            limit: scripts::ANSWER_MAX,
            most: 2 * scripts::CHUNK_BYTES + 4096,
            ..Question::reads(script, "while a command ran")
        };
        let answer = self.remote.question(question).await?;
        let report = (answer.status == 0).then(|| Report::read(&answer.stdout)).flatten();
        report.ok_or_else(|| error::script(self.remote, "keep a command", &answer))
    }

    /// Takes in a report; gives how it ended once it has and all was heard.
    fn take(&mut self, report: Report) -> Option<Seen> {
        let Report { state, sizes, pieces, timed_out } = report;
        for (channel, piece) in pieces.into_iter().enumerate() {
            let hear = &self.hear;
            self.printed[channel].push(&piece, |line| hear(line, channel == 1));
            self.offsets[channel] += piece.len() as u64;
        }
        if state == State::Running || (0..2).any(|channel| self.offsets[channel] < sizes[channel]) {
            return None;
        }
        let [mut out, mut err] = std::mem::take(&mut self.printed);
        out.end(|line| (self.hear)(line, false));
        err.end(|line| (self.hear)(line, true));
        let status = if let State::Done(status) = state { status } else { -1 };
        let cut = sizes.iter().any(|size| *size >= OUTPUT_BYTES_MAX as u64);
        let finished = Finished { status, stdout: out.text(), stderr: err.text(), cut };
        Some(Seen { state, finished, timed_out })
    }
}

/// The same trouble where something was begun before.
fn lost(error: Error) -> Error {
    match error {
        Error::Lost { machine, during, why, .. } => Error::Lost { machine, during, why, acted: true },
        Error::Timeout { machine, during, limit, .. } => Error::Timeout { machine, during, limit, acted: true },
        Error::Unreachable { machine, why } => {
            Error::Lost { machine, during: "while a command ran".to_owned(), why, acted: true }
        }
        // Everything else stands in the way of connecting again, and is told as it is; but something was begun.
        other => {
            let failure = runbook_model::Failure::from(other).may_have_acted();
            failure.into()
        }
    }
}

/// The tries to connect again.
struct Again {
    clock: Clock,
    until: Instant,
    pause: Duration,
}

impl Again {
    fn new(clock: &Clock, patience: Duration) -> Self {
        Self { clock: clock.clone(), until: clock.now() + patience, pause: AGAIN_AFTER }
    }

    /// Waits before the next try, or gives the trouble back where there is no time for one.
    async fn wait(&mut self, error: Error) -> Result<(), Error> {
        let now = self.clock.now();
        if now >= self.until {
            return Err(error);
        }
        self.clock.sleep_until((now + self.pause).min(self.until)).await;
        self.pause = (2 * self.pause).min(AGAIN_AFTER_MAX);
        Ok(())
    }
}
