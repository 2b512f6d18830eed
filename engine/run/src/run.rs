//! A run that is held by this process: every named thing of the runbook enters here and learns its next move.
//!
//! Promises: a key enters once in an evaluation; what is done gives its recorded value and is not done again; nothing
//! new begins once the run is to halt; what nobody knows the end of is handed back as a doubt and never just repeated.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use runbook_journal::History;
use runbook_journal::history::{Past, PastCall};
use runbook_journal::status::Status;
use runbook_model::record::{Kind, Ruling, Said, StepBegun, StepRuled};
use runbook_model::{Body, Failure, Key, Place, Value, code};

use crate::clock::Clock;
pub use crate::enter::{Doubtful, Enter, Entered, Refusal};
use crate::ledger::Ledger;
use crate::step::{Container, OpenStep};
use crate::stop::{Halt, Stop};

/// What an evaluation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To run what has not run yet.
    Live,
    /// To learn how an edited runbook meets the records; it ends where they end, and writes nothing.
    Survey,
    /// To put up the undo closures of what has run; it ends where the records end, and writes nothing.
    Rebuild,
}

/// How a run is to go.
#[derive(Clone, Debug)]
pub struct Options {
    /// What this evaluation is for.
    pub mode: Mode,
    /// The step before which the run stops.
    pub until: Option<Key>,
    /// The failed steps that are tried again: those that ended the run the last time.
    pub retry: HashSet<Key>,
}

impl Options {
    /// A live evaluation to the end.
    pub fn live() -> Self {
        Self { mode: Mode::Live, until: None, retry: HashSet::new() }
    }
}

/// A run that is held by this process.
pub struct Run {
    /// Its name.
    pub name: String,
    /// Its journal.
    pub ledger: Arc<Ledger>,
    /// Its switch.
    pub stop: Stop,
    /// How it is to go.
    pub options: Options,
    met: Mutex<Met>,
    scopes: AtomicU64,
    live: AtomicBool,
    inside: OnceLock<HashSet<Key>>,
}

/// Every key that has a step or a compensation below it.
fn inside(history: &History) -> HashSet<Key> {
    let below = history.keys().filter(|(_, past)| matches!(past.kind, Kind::Step | Kind::Undo));
    below.flat_map(|(key, _)| std::iter::successors(key.parent(), Key::parent)).collect()
}

/// What this evaluation has met so far.
#[derive(Default)]
struct Met {
    keys: HashMap<Key, (u64, Place)>,
    spoken: HashMap<Key, u32>,
    spoken_bytes: usize,
    counts: HashMap<(u64, Key), u32>,
    replayed_failures: HashSet<Key>,
}

impl Run {
    /// A run over its ledger.
    pub fn new(name: &str, ledger: Arc<Ledger>, stop: Stop, options: Options) -> Self {
        Self {
            name: name.to_owned(),
            ledger,
            stop,
            options,
            met: Mutex::default(),
            scopes: AtomicU64::new(0),
            live: AtomicBool::new(false),
            inside: OnceLock::new(),
        }
    }

    /// The same run for another evaluation from the top.
    pub fn again(&self, options: Options) -> Self {
        Self::new(&self.name, Arc::clone(&self.ledger), self.stop.clone(), options)
    }

    /// The clock of the run.
    pub fn clock(&self) -> &Clock {
        self.ledger.clock()
    }

    /// A number for one evaluation of a body.
    pub fn new_scope(&self) -> u64 {
        self.scopes.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether this evaluation has begun something new, past all that was recorded.
    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Relaxed)
    }

    /// What is known of `key`.
    pub fn past(&self, key: &Key) -> Option<Past> {
        self.ledger.look(|history| history.past(key).cloned())
    }

    /// Whether the records say that it has begun.
    pub fn has_begun(&self, key: &Key) -> bool {
        self.past(key).is_some_and(|past| past.status != Status::New)
    }

    /// Whether the records say that it ended well.
    pub fn is_done(&self, key: &Key) -> bool {
        self.past(key).is_some_and(|past| matches!(past.status, Status::Done { .. }))
    }

    /// Whether something that can be undone stands inside `key`: a replay that rebuilds the undo must look into it.
    pub fn has_inside(&self, key: &Key) -> bool {
        self.inside.get_or_init(|| self.ledger.look(inside)).contains(key)
    }

    /// The failures that this evaluation replayed from the records.
    pub fn replayed_failures(&self) -> HashSet<Key> {
        self.met().replayed_failures.clone()
    }

    /// The settled steps that this evaluation never came to.
    pub fn orphans(&self) -> Vec<Key> {
        let met = self.met();
        let mut orphans: Vec<(u64, Key)> = self.ledger.look(|history| {
            let settled = history.keys().filter(|(key, past)| {
                past.status.is_settled() && past.kind != Kind::Unwind && !met.keys.contains_key(*key)
            });
            settled.map(|(key, past)| (past.seq, key.clone())).collect()
        });
        // What stands in a finished branch or step is not evaluated again, and is no orphan.
        orphans.retain(|(_, key)| !has_met_above(&met, key));
        orphans.sort();
        orphans.into_iter().map(|(_, key)| key).collect()
    }

    /// The next move of what enters.
    pub fn enter(&self, enter: Enter) -> Result<Entered, Refusal> {
        self.meet(&enter)?;
        let (status, settled) = self.ledger.look(|history| match history.past(&enter.key) {
            None => (Status::New, None),
            Some(past) => (past.status, Settled::of(past)),
        });
        match enter.kind {
            Kind::Phase | Kind::Fan => return self.enter_container(enter, status),
            Kind::Branch if self.options.mode != Mode::Live || !matches!(status, Status::Done { .. }) => {
                return self.enter_container(enter, status);
            }
            Kind::Check if self.options.mode == Mode::Live => return self.begin(enter, status),
            Kind::Step
            | Kind::Check
            | Kind::Gate
            | Kind::Branch
            | Kind::Wait
            | Kind::Guard
            | Kind::Sleep
            | Kind::Now
            | Kind::Undo
            | Kind::Unwind
            | Kind::Point => {}
        }
        match (status, settled) {
            (Status::Done { .. } | Status::Skipped { .. }, Some(Settled::Value(value))) => Ok(Entered::Known(value)),
            // What is put back already has no more to say; what came before and after it still has.
            (Status::Fresh { .. }, Some(Settled::Value(value))) if self.options.mode == Mode::Rebuild => {
                Ok(Entered::Known(value))
            }
            (Status::Failed { .. }, Some(Settled::Failure(failure, seq)))
                if seq > enter.since && !self.options.retry.contains(&enter.key) =>
            {
                self.met().replayed_failures.insert(enter.key.clone());
                Ok(Entered::Failed(failure))
            }
            _ if self.options.mode != Mode::Live && enter.kind != Kind::Unwind => Err(Halt::EndOfRecords.into()),
            (Status::Open { .. } | Status::Stopped { .. }, _) if matches!(enter.kind, Kind::Step | Kind::Unwind) => {
                self.enter_interrupted(enter, status)
            }
            _ => self.begin(enter, status),
        }
    }

    /// Notes that `enter` was met; the same key twice in one evaluation of one body is a mistake.
    fn meet(&self, enter: &Enter) -> Result<(), Refusal> {
        let first = self.met().keys.insert(enter.key.clone(), (enter.scope, enter.place.clone()));
        match first {
            Some((scope, place)) if scope == enter.scope => {
                let where_they_are = if place == enter.place {
                    format!("both come from {place}, in a loop or a function that is called twice")
                } else {
                    format!("the first is at {place}, the second at {}", enter.place)
                };
                let what = format!("two steps are named `{}`", enter.key);
                let failure = Failure::new(code::STEP_REPEATED, what).because(where_they_are).hint(format!(
                    "give each its own name: `` `{} ${{item}}` ``, or the option `key`",
                    enter.key.last()
                ));
                Err(Refusal::Failure(Box::new(failure)))
            }
            _ => Ok(()),
        }
    }

    fn enter_container(&self, enter: Enter, status: Status) -> Result<Entered, Refusal> {
        let container = Arc::new(Container::new(enter, status, self.options.mode));
        if status == Status::New {
            if self.options.mode == Mode::Live {
                self.may_begin(container.key())?;
            }
            container.ensure_begun(self)?;
        }
        Ok(Entered::Container(container))
    }

    /// A step whose attempt was begun and not ended: goes on where its calls allow it, and is a doubt where they do not.
    fn enter_interrupted(&self, enter: Enter, status: Status) -> Result<Entered, Refusal> {
        let calls =
            self.ledger.look(|history| history.past(&enter.key).map_or(Vec::new(), |past| past.open_calls().to_vec()));
        let open: Vec<PastCall> =
            calls.iter().filter(|call| call.is_open() && call.call.repeat.needs_intent_on_disk()).cloned().collect();
        if !open.is_empty() {
            return Ok(Entered::Doubt(Doubtful { enter, calls: open }));
        }
        if calls.is_empty() && matches!(status, Status::Open { .. }) {
            return self.begin(enter, status);
        }
        let why = if calls.is_empty() { "" } else { "every call of it is answered or repeats safely" };
        self.take_up(enter, "the records", why)
    }

    /// Takes the interrupted attempt of a step up again; what its calls answered is kept.
    pub fn take_up(&self, enter: Enter, by: &str, why: &str) -> Result<Entered, Refusal> {
        self.may_begin(&enter.key)?;
        self.rule(&enter.key, Ruling::Again, by, why)?;
        let status = self.ledger.look(|history| history.past(&enter.key).map_or(Status::New, |past| past.status));
        self.begin(enter, status)
    }

    fn begin(&self, enter: Enter, status: Status) -> Result<Entered, Refusal> {
        self.may_begin(&enter.key)?;
        if let Some(within) = &enter.within {
            within.ensure_begun(self)?;
        }
        self.live.store(true, Ordering::Relaxed);
        if let Status::Open { attempt } = status {
            return Ok(Entered::Open(OpenStep::taken_up(self, enter, attempt)));
        }
        if let Status::Stopped { .. } = status {
            return self.take_up(enter, "the records", "");
        }
        let attempt = status.attempt() + 1;
        let seq = self.ledger.append(Body::StepBegun(begun(&enter, attempt))).map_err(store)?;
        Ok(Entered::Open(OpenStep::begun(self, enter, attempt, seq)))
    }

    /// Whether something new may begin.
    fn may_begin(&self, key: &Key) -> Result<(), Halt> {
        if let Some(halt) = self.stop.halted() {
            return Err(halt);
        }
        if self.options.until.as_ref() == Some(key) {
            self.stop.halt(Halt::Until(key.clone()));
            return Err(Halt::Until(key.clone()));
        }
        Ok(())
    }

    /// Writes down a decision.
    pub fn rule(&self, key: &Key, ruling: Ruling, by: &str, why: &str) -> Result<(), Halt> {
        let ruled = StepRuled { key: key.clone(), ruling, by: by.to_owned(), why: why.to_owned() };
        self.ledger.append(Body::StepRuled(ruled)).map(|_| ()).map_err(store)
    }

    /// The key of the next thing called `name` in this evaluation of a body, for words that have no name of their own.
    pub fn counted(&self, within: &Key, scope: u64, name: &str) -> Key {
        let mut met = self.met();
        let count = met.counts.entry((scope, within.child(name, None))).or_default();
        *count += 1;
        let nth = count.to_string();
        drop(met);
        within.child(name, Some(&nth))
    }

    /// Says something on behalf of the runbook, once: what was said before is not said again.
    pub fn say(&self, key: &Key, text: String, warning: bool) -> Result<(), Refusal> {
        let (nth, bytes) = {
            let mut met = self.met();
            met.spoken_bytes += text.len();
            let bytes = met.spoken_bytes;
            let spoken = met.spoken.entry(key.clone()).or_default();
            *spoken += 1;
            (*spoken, bytes)
        };
        if nth > SAID_MAX || bytes > SAID_BYTES_MAX {
            let what = format!(
                "the runbook said more than {SAID_MAX} lines in one place, or {} MiB in all",
                SAID_BYTES_MAX >> 20
            );
            let failure = Failure::new(code::SCRIPT_LOUD, what)
                .hint("gather the lines, or write them to a file with `file::write`");
            return Err(Refusal::Failure(Box::new(failure)));
        }
        if self.options.mode != Mode::Live || self.ledger.look(|history| history.said(key)) >= nth {
            return Ok(());
        }
        self.ledger.append(Body::Said(Said { key: key.clone(), nth, text, warning })).map_err(store)?;
        Ok(())
    }

    fn met(&self) -> MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often a runbook may speak in one place.
const SAID_MAX: u32 = 10_000;
/// How much a runbook may say in all.
const SAID_BYTES_MAX: usize = 8 << 20;

enum Settled {
    Value(Value),
    Failure(Box<Failure>, u64),
}

impl Settled {
    fn of(past: &Past) -> Option<Self> {
        match past.status {
            Status::Done { .. } | Status::Skipped { .. } | Status::Fresh { .. } => {
                Some(Self::Value(past.value.clone()))
            }
            Status::Failed { .. } => past.failure.clone().map(|failure| Self::Failure(failure, past.seq)),
            Status::New | Status::Open { .. } | Status::Waiting { .. } | Status::Stopped { .. } => None,
        }
    }
}

fn has_met_above(met: &Met, key: &Key) -> bool {
    let mut at = key.parent();
    while let Some(key) = at.filter(|key| !key.is_root()) {
        if met.keys.contains_key(&key) {
            return true;
        }
        at = key.parent();
    }
    false
}

/// The record with which an attempt begins.
pub(crate) fn begun(enter: &Enter, attempt: u32) -> StepBegun {
    StepBegun {
        key: enter.key.clone(),
        kind: enter.kind,
        attempt,
        of: enter.of,
        place: enter.place.clone(),
        fingerprint: enter.fingerprint.clone(),
        why: enter.why.clone(),
        until: enter.until,
        items: enter.items.clone(),
        undo: enter.undo,
    }
}

/// A store that cannot be written halts the run.
pub(crate) fn store(failure: Failure) -> Halt {
    if failure.code == code::RUN_BUG { Halt::Bug(failure.what) } else { Halt::Store(Box::new(failure)) }
}
