//! The life of a step: begun, its calls noted, settled.
//!
//! Dropping an open step writes nothing, and that is exactly what *in doubt* means: crash, panic and kill need no code
//! of their own. One sync a step: the begin record goes to disk with the first call that changes something, or, where
//! there is none, with the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use runbook_journal::history::PastCall;
use runbook_journal::status::Status;
use runbook_model::call::Verdict;
use runbook_model::record::{Answer, CallAnswered, CallNoted, Kind, StepSettled};
use runbook_model::{Body, Call, Failure, Key, Repeat, Value, record};

use crate::ledger::Ledger;
use crate::retry::Retry;
use crate::run::{Enter, Mode, Run, begun, store};
use crate::stop::Halt;

/// How an attempt ended, and what follows.
#[derive(Debug)]
pub enum Outcome {
    /// It is tried again after this wait.
    Again(Duration),
    /// It failed for good.
    Failed(Box<Failure>),
}

/// What becomes of a call.
#[derive(Debug)]
pub enum Noted {
    /// It was made before: this is what it answered.
    Recorded(Answer),
    /// It is to be made.
    Go(Going),
}

/// A call that is to be made.
#[derive(Debug)]
pub struct Going {
    /// Its number in the attempt.
    pub nth: u32,
    /// What a look at the world will need: what was recorded when it went out first.
    pub proof: Option<Value>,
}

/// An attempt that has begun and not ended.
#[must_use = "an open step is settled with `done` or `failed`; dropped, it is in doubt"]
pub struct OpenStep {
    /// The step as it entered.
    pub enter: Enter,
    /// Which attempt this is.
    pub attempt: u32,
    /// The record with which it began; 0 where that was in an earlier process.
    pub begun_seq: u64,
    calls: Arc<Calls>,
}

/// The calls of an open step, shared with the primitives in its body.
pub struct Calls {
    key: Key,
    ledger: Arc<Ledger>,
    /// The record that must be on disk before the first effect.
    begun_seq: u64,
    on_disk: AtomicBool,
    /// Whether nothing may go out.
    replays: bool,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    recorded: Vec<(PastCall, bool)>,
    last: u32,
    doubt: Option<u32>,
    lost: bool,
}

impl OpenStep {
    pub(crate) fn begun(run: &Run, enter: Enter, attempt: u32, seq: u64) -> Self {
        let calls = Calls {
            key: enter.key.clone(),
            ledger: Arc::clone(&run.ledger),
            begun_seq: seq,
            on_disk: AtomicBool::new(false),
            replays: false,
            book: Mutex::default(),
        };
        Self { enter, attempt, begun_seq: seq, calls: Arc::new(calls) }
    }

    /// The attempt of an earlier process, with what its calls answered.
    pub(crate) fn taken_up(run: &Run, enter: Enter, attempt: u32) -> Self {
        let (recorded, seq) = run.ledger.look(|history| {
            let recorded = history.past(&enter.key).map_or(Vec::new(), |past| past.open_calls().to_vec());
            (recorded, history.seq)
        });
        let mut step = Self::begun(run, enter, attempt, seq);
        let last = recorded.iter().map(|call| call.nth).max().unwrap_or(0);
        let book =
            Book { recorded: recorded.into_iter().map(|call| (call, false)).collect(), last, doubt: None, lost: false };
        step.calls = Arc::new(Calls {
            key: step.enter.key.clone(),
            ledger: Arc::clone(&run.ledger),
            begun_seq: seq,
            on_disk: AtomicBool::new(false),
            replays: false,
            book: Mutex::new(book),
        });
        step.begun_seq = 0;
        step
    }

    /// Where the primitives in its body note their calls.
    pub fn calls(&self) -> &Arc<Calls> {
        &self.calls
    }

    /// Settles the attempt with what the body gave.
    pub fn done(self, value: Value) -> Result<(), Halt> {
        self.settle(record::Outcome::Done(value))
    }

    /// Settles the attempt as left where it is: the run stops within it, and it goes on with the next resume.
    pub fn stopped(self, why: &str) -> Result<(), Halt> {
        self.settle(record::Outcome::Stopped { why: why.to_owned() })
    }

    /// Settles the attempt with a failure; says whether it is tried again.
    pub fn failed(self, run: &Run, failure: Failure, retry: &Retry) -> Result<Outcome, Halt> {
        let used = run.ledger.look(|history| history.past(&self.enter.key).map_or(1, |past| past.used().max(1)));
        let wait = retry.wait(used, &failure);
        let again_at = wait.map(|wait| run.clock().now() + crate::clock::millis(wait));
        let boxed = Box::new(failure);
        self.settle(record::Outcome::Failed { failure: boxed.clone(), again_at })?;
        Ok(wait.map_or(Outcome::Failed(boxed), Outcome::Again))
    }

    fn settle(self, outcome: record::Outcome) -> Result<(), Halt> {
        let settled = StepSettled { key: self.enter.key.clone(), attempt: self.attempt, outcome };
        let seq = self.calls.ledger.append(Body::StepSettled(settled)).map_err(store)?;
        let waits = matches!(self.enter.kind, Kind::Step | Kind::Unwind | Kind::Now | Kind::Sleep | Kind::Gate);
        // What had an effect is on disk already, and its end shares the sync of the next beginning.
        if waits && !self.calls.on_disk.load(Ordering::Relaxed) {
            self.calls.ledger.through(seq).map_err(store)?;
        }
        Ok(())
    }
}

impl Calls {
    /// The calls of a finished step, for a look into its body: what was called gives what it gave, and nothing goes out.
    pub fn replay(run: &Run, key: &Key) -> Arc<Self> {
        let recorded = run.past(key).map_or(Vec::new(), |past| past.open_calls().to_vec());
        let book = Book {
            recorded: recorded.into_iter().map(|call| (call, false)).collect(),
            last: 0,
            doubt: None,
            lost: false,
        };
        Arc::new(Self {
            key: key.clone(),
            ledger: Arc::clone(&run.ledger),
            begun_seq: 0,
            on_disk: AtomicBool::new(true),
            replays: true,
            book: Mutex::new(book),
        })
    }

    /// The step these calls are in.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The number that the next call will have.
    pub fn next_nth(&self) -> u32 {
        self.book().last + 1
    }

    /// What is known of `call` from before the interruption: its answer, or that it goes out once more. Nothing where
    /// it was never noted.
    pub fn known(&self, call: &Call) -> Result<Option<Noted>, Halt> {
        let mut book = self.book();
        let found = book
            .recorded
            .iter_mut()
            .find(|(past, met)| !met && past.call.word == call.word && past.call.args == call.args);
        let Some((past, met)) = found else {
            return if self.replays { Err(Halt::EndOfRecords) } else { Ok(None) };
        };
        *met = true;
        let past = past.clone();
        drop(book);
        if self.replays {
            return past.answer.map(|answer| Some(Noted::Recorded(answer))).ok_or(Halt::EndOfRecords);
        }
        if call.repeat.needs_intent_on_disk() {
            match (past.verdict, past.answer) {
                (Some(Verdict::Done { value }), _) => return Ok(Some(Noted::Recorded(Answer::Value(value)))),
                (None, Some(answer)) => return Ok(Some(Noted::Recorded(answer))),
                (Some(Verdict::NotDone | Verdict::Partly | Verdict::Unknown) | None, _) => {}
            }
            // Or a kill in the middle of it would find the verdict of the last time, and send it once more.
            let proof = past.proof.clone();
            self.go(CallNoted { key: self.key.clone(), nth: past.nth, call: call.clone(), before: None, proof })?;
        } else {
            self.ensure_on_disk(self.begun_seq)?;
        }
        Ok(Some(Noted::Go(Going { nth: past.nth, proof: past.proof })))
    }

    /// Notes that `call`, which was not known, is about to go out.
    pub fn note(&self, call: Call, before: Option<Value>, proof: Option<Value>) -> Result<Going, Halt> {
        let nth = {
            let mut book = self.book();
            book.last += 1;
            book.last
        };
        self.go(CallNoted { key: self.key.clone(), nth, call, before, proof: proof.clone() })?;
        Ok(Going { nth, proof })
    }

    /// Writes down that a call goes out; one that may not just be repeated waits until that is on disk.
    fn go(&self, noted: CallNoted) -> Result<(), Halt> {
        let needs_intent = noted.call.repeat.needs_intent_on_disk();
        let seq = self.ledger.append(Body::CallNoted(noted)).map_err(store)?;
        if needs_intent {
            self.ledger.through(seq).map_err(store)?;
            self.on_disk.store(true, Ordering::Relaxed);
            return Ok(());
        }
        self.ensure_on_disk(seq)
    }

    /// Notes what a call answered. A failure that may have acted puts the step in doubt where the call may not just be
    /// repeated.
    pub fn answered(&self, nth: u32, call: &Call, answer: Answer) -> Result<(), Halt> {
        if let Answer::Failure(failure) = &answer
            && failure.may_have_acted
        {
            match call.repeat {
                Repeat::Probed | Repeat::Ask => self.book().doubt = Some(nth),
                Repeat::Safe => self.book().lost = failure.retryable,
                Repeat::Reads => {}
            }
        }
        let answered = CallAnswered { key: self.key.clone(), nth, answer };
        self.ledger.append(Body::CallAnswered(answered)).map(|_| ()).map_err(store)
    }

    /// The call of this attempt of which nobody knows whether it acted.
    pub fn doubt(&self) -> Option<u32> {
        self.book().doubt
    }

    /// Whether the last failure of this attempt is of a call whose reply was lost and that may just be repeated.
    pub fn lost(&self) -> bool {
        self.book().lost
    }

    /// No effect without a begun record on disk.
    fn ensure_on_disk(&self, seq: u64) -> Result<(), Halt> {
        if !self.on_disk.load(Ordering::Relaxed) {
            self.ledger.through(seq).map_err(store)?;
            self.on_disk.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A heading, a fan-out or a branch: it has no effect of its own, and is written down with the first thing in it that
/// has. So a replay writes nothing.
#[derive(Debug)]
pub struct Container {
    enter: Enter,
    mode: Mode,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Pending(Status),
    Begun(u32),
    Past,
}

impl Container {
    pub(crate) fn new(enter: Enter, status: Status, mode: Mode) -> Self {
        let state = match status {
            Status::Open { attempt } => State::Begun(attempt),
            Status::Done { .. } | Status::Skipped { .. } => State::Past,
            Status::New
            | Status::Waiting { .. }
            | Status::Stopped { .. }
            | Status::Failed { .. }
            | Status::Fresh { .. } => State::Pending(status),
        };
        Self { enter, mode, state: Mutex::new(state) }
    }

    /// Its key.
    pub fn key(&self) -> &Key {
        &self.enter.key
    }

    /// Writes its beginning down, and that of what it stands in, unless that is done.
    pub fn ensure_begun(&self, run: &Run) -> Result<(), Halt> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State::Pending(status) = *state else { return Ok(()) };
        if self.mode != Mode::Live {
            return Ok(());
        }
        if let Some(within) = &self.enter.within {
            within.ensure_begun(run)?;
        }
        let attempt = status.attempt() + 1;
        run.ledger.append(Body::StepBegun(begun(&self.enter, attempt))).map_err(store)?;
        *state = State::Begun(attempt);
        Ok(())
    }

    /// Writes its end down; one that was written in an earlier evaluation stays as it is.
    pub fn settle(&self, run: &Run, outcome: record::Outcome) -> Result<(), Halt> {
        if self.mode != Mode::Live {
            return Ok(());
        }
        if matches!(outcome, record::Outcome::Done(_)) {
            self.ensure_begun(run)?;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State::Begun(attempt) = *state else { return Ok(()) };
        let settled = StepSettled { key: self.enter.key.clone(), attempt, outcome };
        run.ledger.append(Body::StepSettled(settled)).map_err(store)?;
        *state = State::Past;
        Ok(())
    }
}
