//! What a program reads of a run: the kinds of JSON lines, field by field.
//!
//! Promises: an interface. A field may be added and a kind may be added; none changes its meaning and none goes away.
//! Optional fields are left out where there is nothing to say. A key is a path of names, `move nodes[n3]/drain`;
//! a time is RFC 3339 in UTC with milliseconds; a value is plain JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

/// One line.
#[derive(Clone, Debug, Serialize)]
pub struct Line<'a> {
    /// The number of the record, from 1 without gaps; absent where the line is not a record: it may then be dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The run's own name.
    pub run: &'a str,
    /// What the line says: its `kind`, and that kind's fields.
    #[serde(flatten)]
    pub what: What<'a>,
}

/// The kinds of lines.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What<'a> {
    /// A run begins.
    RunOpened {
        /// The runbook's name.
        runbook: &'a str,
        /// The runbook's version.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<&'a str>,
        /// The main file, as it was typed.
        file: &'a str,
        /// The main file's full path.
        path: &'a str,
        /// The named place to act.
        site: &'a str,
        /// The lock the run holds.
        #[serde(skip_serializing_if = "Option::is_none")]
        lock: Option<&'a str>,
        /// The engine's version.
        engine: &'a str,
        /// The inputs; a secret as its reference.
        inputs: BTreeMap<&'a str, Json>,
        /// Who began it.
        by: By<'a>,
    },
    /// A process took the run up again.
    RunTaken {
        /// Who.
        by: By<'a>,
        /// `resume`, `undo` or `settle`.
        purpose: &'static str,
        /// Whether an edited runbook was accepted.
        edited: bool,
    },
    /// An attempt of a named thing begins.
    StepBegun {
        /// Which.
        key: &'a str,
        /// What it is: `step`, `check`, `gate`, `fan`, `branch`, `phase`, `wait`, `guard`, `sleep`, `now`, `undo`,
        /// `unwind` or `point`.
        thing: &'static str,
        /// Which attempt, from 1; it counts on across resumes.
        attempt: u32,
        /// How many attempts it may have in a row.
        of: u32,
        /// Where the runbook says so.
        place: At<'a>,
        /// What a person is told of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'a str>,
        /// When it must have ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// The names of the branches of a fan-out.
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        items: &'a [String],
        /// Whether it says how to undo itself.
        undo: bool,
    },
    /// A call is about to go out.
    CallNoted {
        /// The step it is in.
        key: &'a str,
        /// Its number in the attempt.
        nth: u32,
        /// The word, `local::run`.
        word: &'a str,
        /// The call in one line.
        brief: &'a str,
        /// What may be done with it in doubt: `reads`, `safe`, `probed` or `ask`.
        repeat: String,
    },
    /// A call came back: with a `value` or with a `failure`.
    CallAnswered {
        /// The step it is in.
        key: &'a str,
        /// Its number in the attempt.
        nth: u32,
        /// What it gave.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Json>,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        failure: Option<Trouble<'a>>,
    },
    /// An attempt ended.
    StepSettled {
        /// Which.
        key: &'a str,
        /// Which attempt.
        attempt: u32,
        /// `done`, `failed`, `skipped` or `stopped`.
        outcome: &'static str,
        /// What it gave, where it is done.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Json>,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        failure: Option<Trouble<'a>>,
        /// When it is tried again, where it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        again_at: Option<String>,
        /// Why it was skipped or stopped.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'a str>,
    },
    /// Evidence or a person decided over a step.
    StepRuled {
        /// Which.
        key: &'a str,
        /// `done`, `redo`, `again`, `skip`, `undone`, `accept` or `call`.
        ruling: &'static str,
        /// Who or what decided.
        by: &'a str,
        /// On what grounds.
        why: &'a str,
        /// The value it counts as done with.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Json>,
        /// Which call is decided, where the ruling is `call`.
        #[serde(skip_serializing_if = "Option::is_none")]
        nth: Option<u32>,
        /// What was found of that call: `done`, `not done`, `partly done` or `unknown`.
        #[serde(skip_serializing_if = "Option::is_none")]
        verdict: Option<String>,
    },
    /// A gate waits for a person.
    GateOpened {
        /// Which.
        key: &'a str,
        /// What the person is told.
        text: &'a str,
        /// The question.
        #[serde(skip_serializing_if = "Option::is_none")]
        ask: Option<&'a str>,
        /// Who may answer; empty: anyone.
        approvers: &'a [String],
        /// How many different people must approve.
        people: u32,
        /// When it closes unanswered.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires: Option<String>,
    },
    /// A person answered a gate.
    GateAnswered {
        /// Which.
        key: &'a str,
        /// Who, `user@host`.
        who: &'a str,
        /// Yes or no.
        yes: bool,
        /// What they said with it.
        note: &'a str,
    },
    /// The runbook said something.
    Said {
        /// In which step; empty for the runbook itself.
        key: &'a str,
        /// Its number there.
        nth: u32,
        /// What.
        text: &'a str,
        /// Whether it is a warning.
        warning: bool,
    },
    /// A guard saw its invariant broken.
    GuardBroken {
        /// Which guard.
        key: &'a str,
        /// What it saw.
        detail: &'a str,
        /// What was going on.
        during: Vec<&'a str>,
    },
    /// The process let the run go.
    RunClosed {
        /// `done`, `failed`, `refused`, `stopped`, `in_doubt`, `undone`, `undo_failed` or `abandoned`.
        verdict: &'static str,
        /// The exit code that goes with it.
        exit: u8,
        /// What the runbook gave.
        value: Json,
        /// What ended it.
        #[serde(skip_serializing_if = "Option::is_none")]
        failure: Option<Trouble<'a>>,
        /// The steps whose failure ended it.
        culprits: Vec<&'a str>,
        /// Settled steps that were not reached again.
        orphans: Vec<&'a str>,
        /// What an undo could not put back.
        left: &'a [String],
    },
    /// A command or a call printed a line.
    Output {
        /// The step it belongs to.
        key: &'a str,
        /// The line.
        line: &'a str,
        /// Whether it came on the error channel.
        error: bool,
    },
    /// A read goes out.
    Reading {
        /// The step it belongs to.
        key: &'a str,
        /// The call in one line.
        brief: &'a str,
    },
    /// A wait, sleep or back-off goes on.
    Waiting {
        /// The step it belongs to.
        key: &'a str,
        /// What for.
        why: &'a str,
        /// Until when.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
    },
    /// What a resume found, before any new effect.
    Surveyed {
        /// Steps in doubt.
        doubts: Vec<Doubtful<'a>>,
        /// Finished steps that no longer hold.
        drift: Vec<Drifted<'a>>,
        /// How many finished steps an edited runbook reuses.
        reused: usize,
        /// What an edited runbook touches.
        edits: Vec<Edited<'a>>,
    },
    /// The run will stop at the next safe point.
    Stopping {
        /// What is waited for.
        after: Vec<&'a str>,
    },
    /// The last line: this process ends.
    Closed {
        /// How it left the run, as in `run_closed`; absent where it never held one.
        #[serde(skip_serializing_if = "Option::is_none")]
        verdict: Option<&'static str>,
        /// The exit code.
        exit: u8,
        /// What kept it from going on, where no other line says so.
        #[serde(skip_serializing_if = "Option::is_none")]
        failure: Option<Trouble<'a>>,
    },
}

/// A process that holds a run.
#[derive(Clone, Debug, Serialize)]
pub struct By<'a> {
    /// The person.
    pub user: &'a str,
    /// The machine.
    pub host: &'a str,
    /// The process number.
    pub pid: u32,
}

/// A place in a runbook's text.
#[derive(Clone, Debug, Serialize)]
pub struct At<'a> {
    /// The file.
    pub file: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub col: u32,
}

/// A failure.
#[derive(Clone, Debug, Serialize)]
pub struct Trouble<'a> {
    /// Its stable name.
    pub code: &'a str,
    /// One line.
    pub what: &'a str,
    /// Why, outermost first.
    pub causes: &'a [String],
    /// Whether the same call may well succeed again.
    pub retryable: bool,
    /// Whether something may have changed although it failed.
    pub may_have_acted: bool,
    /// What to do next.
    pub hints: &'a [String],
    /// The step in which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<&'a str>,
    /// The chain of calls in the script, innermost first.
    pub frames: Vec<Link<'a>>,
    /// What else the thrower said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Json>,
}

/// One link of a chain of calls.
#[derive(Clone, Debug, Serialize)]
pub struct Link<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: At<'a>,
    /// The function it is in.
    pub function: &'a str,
    /// That line of the source.
    pub text: &'a str,
}

/// A step in doubt.
#[derive(Clone, Debug, Serialize)]
pub struct Doubtful<'a> {
    /// Which.
    pub key: &'a str,
    /// The call that may have acted.
    pub call: &'a str,
    /// What was found.
    pub verdict: &'a str,
    /// What that rests on.
    pub evidence: &'a str,
}

/// A finished step that no longer holds.
#[derive(Clone, Debug, Serialize)]
pub struct Drifted<'a> {
    /// Which.
    pub key: &'a str,
    /// What was seen.
    pub detail: &'a str,
}

/// A step an edit touches.
#[derive(Clone, Debug, Serialize)]
pub struct Edited<'a> {
    /// `changed`, `new`, `gone` or `retried`.
    pub edit: &'static str,
    /// Which.
    pub key: &'a str,
    /// Where it stands.
    pub place: At<'a>,
}
