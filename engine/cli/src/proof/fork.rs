//! Forks: a stage that begins in the middle, with a world and the records that belong to it.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use runbook_journal::{History, Store};
use runbook_model::record::Closing;
use runbook_model::{Body, Failure, Millis, Record, code};
use runbook_run::unwind::points;
use runbook_twin::clock::Speed;
use runbook_twin::world::World;

use super::path::{Follower, Path};
use crate::rehearsal::stage::Stage;

/// How long one process may take of real time before it is held to hang.
const REAL_MAX: Duration = Duration::from_secs(180);
/// How often one looks whether a process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// A stage in the middle of a run.
pub(crate) struct Fork {
    /// The stage.
    pub stage: Stage,
    /// The run.
    pub run: String,
    /// The moment of the modelled world at which it is held to go round in circles.
    pub latest: Millis,
    /// Whether it is back on the path of the uncut run.
    met: Arc<AtomicBool>,
}

/// How a process on a fork ended.
pub(crate) enum Ended {
    /// By itself.
    With(ExitStatus, String),
    /// It never ended, and was killed.
    Never,
    /// It was back on the path of the uncut run, and is not seen to its end.
    Met,
}

impl Fork {
    /// The stage of a run that nobody has begun yet.
    pub(crate) fn first(stage: Stage) -> Self {
        Self { stage, run: String::new(), latest: Millis::MAX, met: Arc::default() }
    }

    /// Ends what is played as soon as the run is back on this path.
    pub(crate) fn follow(&self, path: &Arc<Path>) -> Result<(), Failure> {
        let follower = Follower::new(Arc::clone(path), &self.stage.records()?, &self.stage);
        let met = Arc::clone(&self.met);
        self.stage.twin.show(Arc::new(move |_, world| {
            if !met.load(Ordering::Relaxed) && follower.look(world) {
                met.store(true, Ordering::Relaxed);
            }
        }));
        Ok(())
    }

    /// A stage with this world, which nobody is connected with.
    pub(crate) fn stage(world: &World) -> Result<Stage, Failure> {
        let mut world = world.clone();
        world.lose_connections();
        Stage::open(world, Speed::Led)
    }

    /// A fork on this stage, of a run that has these records.
    pub(crate) fn open(stage: Stage, records: &[Record]) -> Result<Self, Failure> {
        let mut history = History::default();
        for record in records {
            history.fold(record).map_err(|what| Failure::new(code::RUN_BUG, what))?;
        }
        let opened = history.opened.clone().ok_or_else(|| Failure::new(code::RUN_BUG, "a fork without a run"))?;
        let verdict = history.closed.as_ref().map_or(Closing::Stopped, |closed| closed.verdict);
        let mut here = (*opened).clone();
        here.lock = None;
        Store::open(&stage.state)?.import(&here, history.epoch, records, verdict.word())?;
        Ok(Self { stage, run: opened.run.clone(), latest: Millis::MAX, met: Arc::default() })
    }

    /// Plays a command to its end, or until it is plain that there will be none.
    pub(crate) fn play(&self, command: &str, typed: &[String]) -> Result<Ended, Failure> {
        let trouble = |error: std::io::Error| {
            Failure::new(code::RUN_DIED, "the process of the run could not be started").because(error)
        };
        let said = self.stage.folder().join("said");
        let file = std::fs::File::create(&said).map_err(trouble)?;
        let words = self.stage.folder().join("words");
        drop(std::fs::remove_file(&words));
        let mut program = self.stage.program(command, typed)?;
        if matches!(command, "run" | "undo") {
            program.arg("--watched").arg(&words);
        }
        program.args(["--output", "lines"]).env("NO_COLOR", "1").stdin(Stdio::null());
        program.stdout(file.try_clone().map_err(trouble)?).stderr(file);
        let mut child = program.spawn().map_err(trouble)?;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(trouble)? {
                break Some(status);
            }
            let now = self.stage.twin.now().0 / 1000;
            let met = self.met.load(Ordering::Relaxed);
            if met || now > self.latest || begun.elapsed() > REAL_MAX {
                drop(child.kill());
                drop(child.wait());
                if met {
                    return Ok(Ended::Met);
                }
                break None;
            }
            std::thread::sleep(LOOK_EVERY);
        };
        let mut said = std::fs::read_to_string(&said).unwrap_or_default();
        said.push_str(&std::fs::read_to_string(&words).unwrap_or_default());
        Ok(status.map_or(Ended::Never, |status| Ended::With(status, said)))
    }

    /// The gates that wait for a person now.
    pub(crate) fn gates(&self) -> Result<Vec<String>, Failure> {
        let history = self.history()?;
        let waits = |past: &runbook_journal::history::Past| past.gate.is_some() && !past.status.is_settled();
        Ok(history.keys().filter(|(_, past)| waits(past)).map(|(key, _)| key.to_string()).collect())
    }

    /// Whether the run has passed a point of no return: then nobody promises that it can be undone.
    pub(crate) fn is_past_return(&self) -> Result<bool, Failure> {
        Ok(!points(&self.history()?, None).is_empty())
    }

    fn history(&self) -> Result<History, Failure> {
        let mut history = History::default();
        for record in self.stage.records()? {
            history.fold(&record).map_err(|what| Failure::new(code::RUN_BUG, what))?;
        }
        Ok(history)
    }
}

/// The last moment of some records.
pub(crate) fn last_at(records: &[Record]) -> Millis {
    records.iter().map(|record| record.at).max().unwrap_or(0)
}

/// Whether these records are of a run that is over for good.
pub(crate) fn is_over(records: &[Record]) -> bool {
    records.iter().rev().find_map(|record| match &record.body {
        Body::RunClosed(closed) => Some(closed.verdict.is_final()),
        Body::RunTaken(_) => Some(false),
        _ => None,
    }) == Some(true)
}
