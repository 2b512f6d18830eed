//! One durable fact of a run. A record is never changed and never removed.
//!
//! This is the only vocabulary that is written to disk; `journal/format.rs` holds its versions. What people and
//! programs see of it is made elsewhere, so that the two can change apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::aim::Aim;
use crate::call::Verdict;
pub use crate::closing::Closing;
use crate::{Call, Failure, Holder, Key, Millis, Place, Value};

/// A durable fact, its place in the run and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in the run, from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Millis,
    /// Which holder of the run wrote it: the first is 1, each that takes over one more.
    pub epoch: u32,
    /// What.
    pub body: Body,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// The first record of every run.
    RunOpened(Box<RunOpened>),
    /// A process took an unfinished run up.
    RunTaken(Box<RunTaken>),
    /// A step, or another named thing, begins an attempt.
    StepBegun(StepBegun),
    /// A call is about to go out.
    CallNoted(CallNoted),
    /// A call came back.
    CallAnswered(CallAnswered),
    /// An attempt ended.
    StepSettled(StepSettled),
    /// Evidence or a person decided over a step.
    StepRuled(StepRuled),
    /// A gate waits for a person.
    GateOpened(GateOpened),
    /// A person answered a gate.
    GateAnswered(GateAnswered),
    /// The runbook said something.
    Said(Said),
    /// A guard saw its invariant broken.
    GuardBroken(GuardBroken),
    /// The process let the run go. An unfinished run can be taken up again.
    RunClosed(Box<RunClosed>),
}

/// The first record: all that is needed to run the same again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunOpened {
    /// The run's own name.
    pub run: String,
    /// The runbook's name, from its front matter or its file.
    pub runbook: String,
    /// The runbook's version, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The main file, as it was typed.
    pub file: String,
    /// The main file's full path, by which a resume finds its run.
    pub path: String,
    /// Every source the run may use, by the name it is imported as; the main file under `file`.
    pub sources: BTreeMap<String, String>,
    /// The inputs as they were resolved; a secret as its reference.
    pub inputs: BTreeMap<String, Value>,
    /// The named place to act.
    pub site: String,
    /// The cluster and the machines it acts on, and how they are reached.
    #[serde(default, skip_serializing_if = "Aim::is_empty")]
    pub aim: Aim,
    /// The lock the run holds while it is unfinished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
    /// The engine's version.
    pub engine: String,
    /// Who began it.
    pub by: Holder,
}

/// A process took the run up again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunTaken {
    /// Who.
    pub by: Holder,
    /// What for.
    pub purpose: Purpose,
    /// The sources from now on, where an edited runbook was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<BTreeMap<String, String>>,
}

/// What a process takes a run up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To go on where it was.
    Resume,
    /// To unwind it.
    Undo,
    /// To write down what a person decided.
    Settle,
}

/// What a named thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The durable unit.
    Step,
    /// A read-only assertion, asked again by every process that takes the run up.
    Check,
    /// A wait for a person.
    Gate,
    /// A bounded fan-out.
    Fan,
    /// One branch of a fan-out.
    Branch,
    /// A heading.
    Phase,
    /// A wait until something is true.
    Wait,
    /// An invariant probed throughout; its value is the baseline.
    Guard,
    /// A durable sleep; its value is when it ends.
    Sleep,
    /// A durable reading of the clock.
    Now,
    /// A free-standing compensation, put up.
    Undo,
    /// The unwinding of one step.
    Unwind,
    /// A point after which undo needs an explicit word.
    Point,
}

/// An attempt begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepBegun {
    /// Which step.
    pub key: Key,
    /// What it is.
    pub kind: Kind,
    /// Which attempt, from 1; it counts on across resumes.
    pub attempt: u32,
    /// How many attempts it may have in a row.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub of: u32,
    /// Where the runbook says so.
    pub place: Place,
    /// A hash of the step's own text and of what it calls, to tell an edited step from the one that ran.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// What a person is told of it: a step's `why`, a wait's time limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When it must have ended: a step's timeout, the end of a sleep, the time limit of a wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// The names of the branches, where it is a fan-out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// Whether it says how to undo itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
}

fn one() -> u32 {
    1
}

fn is_one(n: &u32) -> bool {
    *n == 1
}

/// A call goes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallNoted {
    /// The step it is in.
    pub key: Key,
    /// Its number in the attempt, from 1.
    pub nth: u32,
    /// The call.
    pub call: Call,
    /// What was there before, so that a safe call can be put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What a look at the world needs in order to tell whether the call took place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Value>,
}

/// A call came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallAnswered {
    /// The step it is in.
    pub key: Key,
    /// Its number in the attempt.
    pub nth: u32,
    /// What it answered.
    pub answer: Answer,
}

/// How a call or an attempt came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// With this value.
    Value(Value),
    /// With this failure.
    Failure(Box<Failure>),
}

/// An attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepSettled {
    /// Which step.
    pub key: Key,
    /// Which attempt.
    pub attempt: u32,
    /// How.
    pub outcome: Outcome,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It gave this value.
    Done(Value),
    /// It failed; with `again_at` it is tried again then.
    Failed {
        /// Why.
        failure: Box<Failure>,
        /// When the next attempt begins, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again_at: Option<Millis>,
    },
    /// It was left out.
    Skipped {
        /// Why, or who said so.
        why: String,
    },
    /// It stopped where it was: a person or a gate stopped the run within it. It is taken up again.
    Stopped {
        /// Why.
        why: String,
    },
}

/// A decision over a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRuled {
    /// Which step.
    pub key: Key,
    /// What is decided.
    pub ruling: Ruling,
    /// Who or what decided: `user@host`, or the name of the evidence.
    pub by: String,
    /// On what grounds, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What is decided over a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It counts as done, with this value.
    Done(Value),
    /// It is run again from its beginning; what its calls answered is forgotten.
    Redo,
    /// The interrupted attempt is taken up again; what its calls answered is kept.
    Again,
    /// It is left out, now and on every resume.
    Skip,
    /// Its effects are gone; it counts as not begun.
    Undone,
    /// A check that says no is accepted.
    Accept,
    /// One call of it is decided: it was done (its answer), or was not.
    Call {
        /// Which call of the open attempt.
        nth: u32,
        /// What was found.
        verdict: Verdict,
    },
}

/// A gate waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateOpened {
    /// Which.
    pub key: Key,
    /// What the person is told.
    pub text: String,
    /// The question, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// Who may answer; empty: anyone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// How many different people must approve.
    pub people: u32,
    /// When it closes by itself, unanswered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Millis>,
}

/// A person answered a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateAnswered {
    /// Which.
    pub key: Key,
    /// Who, `user@host`.
    pub who: String,
    /// Yes or no.
    pub yes: bool,
    /// What they said with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The runbook said something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// In which step; the root for the runbook itself.
    pub key: Key,
    /// Its number there, from 1.
    pub nth: u32,
    /// What.
    pub text: String,
    /// Whether it is a warning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warning: bool,
}

/// A guard saw its invariant broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardBroken {
    /// Which guard.
    pub key: Key,
    /// What it saw.
    pub detail: String,
    /// What was going on.
    pub during: Vec<Key>,
}

/// The process let the run go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunClosed {
    /// How it ended.
    pub verdict: Closing,
    /// What the runbook gave, where it is done.
    #[serde(default)]
    pub value: Value,
    /// What ended it, where it did not end well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The steps whose failure ended it: they are tried again on resume.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub culprits: Vec<Key>,
    /// Settled steps that this process never came to, where it came to the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<Key>,
    /// What an undo could not put back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}
