//! The records of a run folded into what is true now: where every key stands, and what it gave.
//!
//! Pure: no I/O, no clock. A record that contradicts those before it is refused, never guessed around.
#![deny(clippy::wildcard_enum_match_arm)]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use runbook_model::call::Verdict;
use runbook_model::record::{
    Answer, CallAnswered, CallNoted, GateAnswered, GateOpened, Kind, Outcome, Purpose, Ruling, RunClosed, RunOpened,
    StepBegun, StepRuled,
};
use runbook_model::{Body, Call, Failure, Key, Millis, Place, Record, Value};

use crate::status::{Status, next};

/// What the records of a run amount to.
#[derive(Debug, Default)]
pub struct History {
    /// How the run was opened; with the sources that hold now, where an edited runbook was accepted.
    pub opened: Option<Box<RunOpened>>,
    /// How the last process let it go; none while it is held, or after a crash.
    pub closed: Option<Box<RunClosed>>,
    /// The number of the last record.
    pub seq: u64,
    /// The time of the last record.
    pub at: Millis,
    /// The epoch of the last record.
    pub epoch: u32,
    /// Whether the run was last taken up to be undone.
    pub undoing: bool,
    /// Whether a guard is broken, and what it saw.
    pub broken: Option<(Key, String)>,
    /// Names that many records repeat, kept once.
    last_file: Arc<str>,
    last_fingerprint: Arc<str>,
    steps: HashMap<Key, Past>,
    said: HashMap<Key, u32>,
}

/// What is known of one key.
#[derive(Clone, Debug)]
pub struct Past {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// The attempts before the present row of them: a step tried again after it had failed for good begins a new row.
    pub row: u32,
    /// Where the runbook says it.
    pub place: Place,
    /// The hash of its text when it was begun.
    pub fingerprint: Arc<str>,
    /// What it gave, once it is done.
    pub value: Value,
    /// Why its last attempt failed.
    pub failure: Option<Box<Failure>>,
    /// When the next attempt is due.
    pub again_at: Option<Millis>,
    /// Its own limit of time.
    pub until: Option<Millis>,
    /// When it was begun.
    pub begun_at: Millis,
    /// The number of the record that last changed its status.
    pub seq: u64,
    /// The calls of its last attempt, those of earlier attempts before them.
    pub calls: Vec<PastCall>,
    /// Where the calls of the last attempt begin.
    pub calls_from: usize,
    /// The gate it opened.
    pub gate: Option<Box<GateOpened>>,
    /// The answers to that gate.
    pub answers: Vec<GateAnswered>,
    /// Whether it says how to undo itself.
    pub undo: bool,
}

/// One call of a step.
#[derive(Clone, Debug)]
pub struct PastCall {
    /// Its number in the attempt.
    pub nth: u32,
    /// The call.
    pub call: Call,
    /// What was there before.
    pub before: Option<Value>,
    /// What a look at the world needs in order to tell whether it took place.
    pub proof: Option<Value>,
    /// What it answered, if that is known.
    pub answer: Option<Answer>,
    /// What a look at the world or a person said of it.
    pub verdict: Option<Verdict>,
}

impl PastCall {
    /// Whether nobody knows how it came out: no answer, or one that may have acted, and no verdict that says.
    pub fn is_open(&self) -> bool {
        let unknown = match &self.answer {
            None => true,
            Some(Answer::Failure(failure)) => failure.may_have_acted && self.call.repeat.needs_intent_on_disk(),
            Some(Answer::Value(_)) => false,
        };
        unknown && matches!(self.verdict, None | Some(Verdict::Unknown))
    }

    /// Whether it may have changed something.
    pub fn may_have_acted(&self) -> bool {
        match (&self.verdict, &self.answer) {
            (Some(Verdict::NotDone), _) => false,
            (Some(Verdict::Done { .. } | Verdict::Partly | Verdict::Unknown), _) => true,
            (None, Some(Answer::Failure(failure))) => failure.may_have_acted || failure.acted,
            (None, Some(Answer::Value(_)) | None) => true,
        }
    }
}

impl Past {
    /// The calls of the last attempt.
    pub fn open_calls(&self) -> &[PastCall] {
        self.calls.get(self.calls_from..).unwrap_or_default()
    }

    /// How many attempts of the present row are used up.
    pub fn used(&self) -> u32 {
        self.status.attempt().saturating_sub(self.row)
    }
}

impl History {
    /// Folds one more record; refuses one that contradicts those before it.
    pub fn fold(&mut self, record: &Record) -> Result<(), String> {
        if record.seq != self.seq + 1 {
            return Err(format!("record {} follows record {}", record.seq, self.seq));
        }
        if record.epoch < self.epoch {
            return Err(format!("record {} is of epoch {}, after epoch {}", record.seq, record.epoch, self.epoch));
        }
        self.body(record).map_err(|why| format!("record {}: {why}", record.seq))?;
        self.seq = record.seq;
        self.at = self.at.max(record.at);
        self.epoch = record.epoch;
        Ok(())
    }

    fn body(&mut self, record: &Record) -> Result<(), String> {
        if (self.opened.is_some()) == matches!(record.body, Body::RunOpened(_)) {
            return Err("a run is opened once, by its first record".to_owned());
        }
        match &record.body {
            Body::RunOpened(opened) => self.opened = Some(opened.clone()),
            Body::RunTaken(taken) => {
                if let (Some(opened), Some(sources)) = (&mut self.opened, &taken.sources) {
                    opened.sources.clone_from(sources);
                }
                self.closed = None;
                self.broken = None;
                self.undoing = match taken.purpose {
                    Purpose::Undo => true,
                    Purpose::Resume => false,
                    Purpose::Settle => self.undoing,
                };
            }
            Body::StepBegun(begun) => self.begin(record, begun)?,
            Body::CallNoted(noted) => self.call(record, noted)?,
            Body::CallAnswered(answered) => self.answer(record, answered)?,
            Body::StepSettled(settled) => {
                let past = self.moved(&settled.key, record)?;
                past.failure = None;
                past.again_at = None;
                match &settled.outcome {
                    Outcome::Done(value) => past.value = value.clone(),
                    Outcome::Failed { failure, again_at } => {
                        past.failure = Some(failure.clone());
                        past.again_at = *again_at;
                    }
                    Outcome::Skipped { .. } | Outcome::Stopped { .. } => {}
                }
                if past.kind == Kind::Unwind && matches!(settled.outcome, Outcome::Done(_)) {
                    self.unwound(&settled.key);
                }
            }
            Body::StepRuled(ruled) => self.rule(record, ruled)?,
            Body::GateOpened(opened) => self.moved(&opened.key, record)?.gate = Some(Box::new(opened.clone())),
            Body::GateAnswered(answered) => self.moved(&answered.key, record)?.answers.push(answered.clone()),
            Body::Said(said) => {
                let count = self.said.entry(said.key.clone()).or_default();
                *count = (*count).max(said.nth);
            }
            Body::GuardBroken(broken) => self.broken = Some((broken.key.clone(), broken.detail.clone())),
            Body::RunClosed(closed) => self.closed = Some(closed.clone()),
        }
        Ok(())
    }

    fn begin(&mut self, record: &Record, begun: &StepBegun) -> Result<(), String> {
        let from = self.steps.get(&begun.key).map_or(Status::New, |past| past.status);
        let to = next(&begun.key, from, &record.body).map_err(|illegal| illegal.to_string())?;
        let past = self.steps.entry(begun.key.clone()).or_insert_with(|| Past::new(begun));
        past.status = to;
        match from {
            Status::Waiting { .. } => {}
            Status::New
            | Status::Open { .. }
            | Status::Stopped { .. }
            | Status::Done { .. }
            | Status::Failed { .. }
            | Status::Skipped { .. }
            | Status::Fresh { .. } => past.row = from.attempt(),
        }
        past.kind = begun.kind;
        past.place = begun.place.clone();
        past.place.file = shared(&mut self.last_file, &begun.place.file);
        past.fingerprint = shared(&mut self.last_fingerprint, &begun.fingerprint);
        past.until = begun.until;
        past.undo = begun.undo;
        past.begun_at = record.at;
        past.seq = record.seq;
        past.failure = None;
        past.again_at = None;
        past.calls_from = past.calls.len();
        past.gate = None;
        past.answers.clear();
        Ok(())
    }

    fn call(&mut self, record: &Record, noted: &CallNoted) -> Result<(), String> {
        let past = self.moved(&noted.key, record)?;
        let from = past.calls_from;
        if let Some(call) = past.calls[from..].iter_mut().find(|call| call.nth == noted.nth) {
            // It goes out once more: what was said of the last time says nothing of this one.
            call.answer = None;
            call.verdict = None;
            return Ok(());
        }
        past.calls.push(PastCall {
            nth: noted.nth,
            call: noted.call.clone(),
            before: noted.before.clone(),
            proof: noted.proof.clone(),
            answer: None,
            verdict: None,
        });
        Ok(())
    }

    fn answer(&mut self, record: &Record, answered: &CallAnswered) -> Result<(), String> {
        let past = self.moved(&answered.key, record)?;
        let from = past.calls_from;
        let call = past.calls[from..].iter_mut().find(|call| call.nth == answered.nth);
        let call = call.ok_or_else(|| format!("`{}` has no call {}", answered.key, answered.nth))?;
        call.answer = Some(answered.answer.clone());
        call.verdict = None;
        Ok(())
    }

    fn rule(&mut self, record: &Record, ruled: &StepRuled) -> Result<(), String> {
        if matches!(ruled.ruling, Ruling::Skip) && !self.steps.contains_key(&ruled.key) {
            self.steps.insert(ruled.key.clone(), Past::unbegun());
        }
        let past = self.moved(&ruled.key, record)?;
        match &ruled.ruling {
            Ruling::Done(value) => {
                past.value = value.clone();
                past.failure = None;
                if past.kind == Kind::Unwind {
                    self.unwound(&ruled.key);
                }
            }
            Ruling::Accept => {
                past.value = Value::Bool(true);
                past.failure = None;
            }
            Ruling::Redo | Ruling::Undone => {
                past.calls_from = past.calls.len();
                self.reopen_above(&ruled.key);
            }
            Ruling::Skip => past.value = Value::Unit,
            Ruling::Again => {}
            Ruling::Call { nth, verdict } => {
                let from = past.calls_from;
                let call = past.calls[from..].iter_mut().find(|call| call.nth == *nth);
                let call = call.ok_or_else(|| format!("`{}` has no call {nth}", ruled.key))?;
                call.verdict = Some(verdict.clone());
            }
        }
        Ok(())
    }

    /// The key `record` is about, moved to its next status.
    fn moved(&mut self, key: &Key, record: &Record) -> Result<&mut Past, String> {
        let past = self.steps.get_mut(key).ok_or_else(|| format!("`{key}` was never begun"))?;
        let to = next(key, past.status, &record.body).map_err(|illegal| illegal.to_string())?;
        if to != past.status {
            past.status = to;
            past.seq = record.seq;
        }
        Ok(past)
    }

    /// The step that an unwinding stands for counts as not begun once the unwinding is done.
    fn unwound(&mut self, unwinding: &Key) {
        if let Some(past) = unwinding.unwound().and_then(|step| self.steps.get_mut(&step)) {
            past.status = Status::Fresh { attempt: past.status.attempt() };
            past.calls_from = past.calls.len();
            if let Some(step) = unwinding.unwound() {
                self.reopen_above(&step);
            }
        }
    }

    /// A finished branch or step is not finished while something in it is to be done again.
    fn reopen_above(&mut self, key: &Key) {
        for above in std::iter::successors(key.parent(), Key::parent) {
            if let Some(past) = self.steps.get_mut(&above)
                && matches!(past.kind, Kind::Branch | Kind::Step)
                && let Status::Done { attempt } = past.status
            {
                past.status = Status::Fresh { attempt };
            }
        }
    }

    /// What is known of `key`.
    pub fn past(&self, key: &Key) -> Option<&Past> {
        self.steps.get(key)
    }

    /// How often the runbook has spoken in `key`.
    pub fn said(&self, key: &Key) -> u32 {
        self.said.get(key).copied().unwrap_or(0)
    }

    /// Every key, in no order.
    pub fn keys(&self) -> impl Iterator<Item = (&Key, &Past)> {
        self.steps.iter()
    }

    /// The steps that were begun and have not ended, by the order of their records.
    pub fn open(&self) -> Vec<(&Key, &Past)> {
        let mut open: Vec<_> = self
            .steps
            .iter()
            .filter(|(_, past)| matches!(past.status, Status::Open { .. } | Status::Stopped { .. }))
            .collect();
        open.sort_by_key(|(_, past)| past.seq);
        open
    }

    /// The sources of the run, by name.
    pub fn sources(&self) -> Option<&BTreeMap<String, String>> {
        self.opened.as_ref().map(|opened| &opened.sources)
    }
}

/// `text` as the record before had it, where it is the same.
fn shared(last: &mut Arc<str>, text: &str) -> Arc<str> {
    if **last != *text {
        *last = text.into();
    }
    Arc::clone(last)
}

impl Past {
    fn new(begun: &StepBegun) -> Self {
        Self { kind: begun.kind, ..Self::unbegun() }
    }

    fn unbegun() -> Self {
        Self {
            kind: Kind::Step,
            status: Status::New,
            row: 0,
            place: Place::default(),
            fingerprint: Arc::default(),
            value: Value::Unit,
            failure: None,
            again_at: None,
            until: None,
            begun_at: 0,
            seq: 0,
            calls: Vec::new(),
            calls_from: 0,
            gate: None,
            answers: Vec::new(),
            undo: false,
        }
    }
}

#[cfg(test)]
mod tests;
