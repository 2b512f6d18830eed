//! One named thing of a run as it stands now: a step, a check, a gate, a branch.

use std::collections::VecDeque;
use std::sync::Arc;

use runbook_model::record::{GateOpened, Kind, Ruling};
use runbook_model::survey::Doubt;
use runbook_model::{Failure, Key, Millis, Place};

use crate::text::clean;

/// Where a thing stands on the board.
pub type Id = usize;

/// How many calls and lines of output of an open step are kept.
pub const KEPT_MAX: usize = 5;
/// How many lines that one step said are kept.
pub const SAID_MAX: usize = 50;

/// What is true of a thing now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Known of, and not begun; or to be begun again.
    #[default]
    Pending,
    /// An attempt goes on.
    Running,
    /// An attempt failed; the next begins then.
    Again(Millis),
    /// A gate waits for a person.
    Asking,
    /// It gave its value.
    Done,
    /// It failed for good.
    Failed,
    /// It was left out.
    Skipped,
    /// It stopped where it was, and is taken up again.
    Stopped,
    /// It was begun, and nobody knows whether it ended.
    InDoubt,
    /// Its effects are gone.
    Undone,
    /// A check that said no, and was accepted.
    Accepted,
}

impl Status {
    /// Whether it goes on now.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Again(_) | Self::Asking)
    }

    /// Whether nobody needs to look at it.
    pub fn is_calm(self) -> bool {
        matches!(self, Self::Done | Self::Skipped | Self::Undone)
    }

    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "not begun",
            Self::Running => "running",
            Self::Again(_) => "tried again",
            Self::Asking => "waits for a person",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Stopped => "stopped",
            Self::InDoubt => "in doubt",
            Self::Undone => "undone",
            Self::Accepted => "accepted",
        }
    }
}

/// A named thing.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Its key.
    pub key: Key,
    /// What it is; unknown where only something under it was heard of.
    pub kind: Option<Kind>,
    /// Under what it stands; the run itself stands under nothing.
    pub parent: Option<Id>,
    /// What stands under it, in the order it was first heard of.
    pub children: Vec<Id>,
    /// What is true of it now.
    pub status: Status,
    /// The latest attempt; 0 before the first.
    pub attempt: u32,
    /// How many attempts it may have in a row.
    pub of: u32,
    /// When the latest attempt began.
    pub begun: Option<Millis>,
    /// When the latest attempt ended.
    pub ended: Option<Millis>,
    /// Where the runbook says so.
    pub place: Place,
    /// When it must have ended, or ends by itself.
    pub until: Option<Millis>,
    /// How many branches it has, where it is a fan-out.
    pub items: usize,
    /// How those right under it came out.
    pub counts: Counts,
    /// What goes on in it; gone once it is done.
    pub live: Option<Box<Live>>,
    /// What is worth telling of it, where there is anything.
    pub notes: Option<Box<Notes>>,
}

/// How many things of one kind came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Done, accepted or undone.
    pub done: usize,
    /// Failed for good.
    pub failed: usize,
    /// Left out.
    pub skipped: usize,
}

impl Counts {
    /// The count a status belongs to, if it belongs to one.
    pub(crate) fn of(&mut self, status: Status) -> Option<&mut usize> {
        match status {
            Status::Done | Status::Undone | Status::Accepted => Some(&mut self.done),
            Status::Failed => Some(&mut self.failed),
            Status::Skipped => Some(&mut self.skipped),
            Status::Pending
            | Status::Running
            | Status::Again(_)
            | Status::Asking
            | Status::Stopped
            | Status::InDoubt => None,
        }
    }
}

/// What goes on in an open attempt.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The latest calls, oldest first.
    pub calls: VecDeque<Seen>,
    /// How many calls there were.
    pub calls_all: usize,
    /// The latest lines of output, oldest first.
    pub output: VecDeque<String>,
    /// A read that goes on.
    pub reading: Option<String>,
    /// What is waited for, and until when.
    pub waiting: Option<(String, Option<Millis>)>,
}

/// A call as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its number in the attempt.
    pub nth: u32,
    /// The call in one line.
    pub brief: String,
    /// `ok`, or the code it failed with; nothing while it is out.
    pub answer: Option<String>,
}

/// What is worth telling of a thing after it ended.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// What a person is told of it.
    pub why: Option<String>,
    /// Why it failed.
    pub failure: Option<Arc<Failure>>,
    /// Why it was skipped or stopped.
    pub reason: Option<String>,
    /// What it said: the text, and whether that is a warning.
    pub said: VecDeque<(String, bool)>,
    /// The gate it is.
    pub gate: Option<Gate>,
    /// What a guard saw broken.
    pub broken: Option<String>,
    /// What the resume found of it.
    pub doubt: Option<Doubt>,
    /// What was decided over it.
    pub ruled: Option<Ruled>,
}

/// A gate and its answers.
#[derive(Clone, Debug)]
pub struct Gate {
    /// What the person is told.
    pub text: String,
    /// The question, where it is not the usual one.
    pub ask: Option<String>,
    /// Who may answer; empty: anyone.
    pub approvers: Vec<String>,
    /// How many different people must approve.
    pub people: u32,
    /// When it closes unanswered.
    pub expires: Option<Millis>,
    /// Who answered, yes or no, with what note.
    pub answers: Vec<(String, bool, String)>,
}

impl Gate {
    /// What a gate says of itself when it opens.
    pub(crate) fn of(opened: &GateOpened) -> Self {
        Self {
            text: opened.text.clone(),
            ask: opened.ask.clone(),
            approvers: opened.approvers.iter().map(|who| clean(who).into_owned()).collect(),
            people: opened.people,
            expires: opened.expires,
            answers: Vec::new(),
        }
    }

    /// Whether it still waits for somebody.
    pub fn waits(&self) -> bool {
        let yes = self.answers.iter().filter(|(_, yes, _)| *yes).count();
        self.answers.iter().all(|(_, yes, _)| *yes) && yes < self.people.max(1) as usize
    }
}

/// A decision over a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled {
    /// What was decided, in words.
    pub what: String,
    /// Who or what decided.
    pub by: String,
    /// On what grounds; may be empty.
    pub why: String,
}

/// What was decided, in words that follow the name of the thing.
pub fn ruling_words(ruling: &Ruling) -> String {
    match ruling {
        Ruling::Done(_) => "counts as done".into(),
        Ruling::Redo => "is run again from its beginning".into(),
        Ruling::Again => "is taken up again".into(),
        Ruling::Skip => "is left out".into(),
        Ruling::Undone => "counts as undone".into(),
        Ruling::Accept => "is accepted although it says no".into(),
        Ruling::Call { nth, verdict } => format!("call {nth} was {verdict}"),
    }
}

impl Thing {
    /// A thing of which nothing is known but its name.
    pub(crate) fn new(key: Key, parent: Option<Id>) -> Self {
        Self {
            key,
            kind: None,
            parent,
            children: Vec::new(),
            status: Status::Pending,
            attempt: 0,
            of: 1,
            begun: None,
            ended: None,
            place: Place::default(),
            until: None,
            items: 0,
            counts: Counts::default(),
            live: None,
            notes: None,
        }
    }

    /// Whether it only holds others.
    pub fn is_container(&self) -> bool {
        match self.kind {
            Some(Kind::Phase | Kind::Fan | Kind::Branch) => true,
            None => !self.children.is_empty(),
            Some(
                Kind::Step
                | Kind::Check
                | Kind::Gate
                | Kind::Wait
                | Kind::Guard
                | Kind::Sleep
                | Kind::Now
                | Kind::Undo
                | Kind::Unwind
                | Kind::Point,
            ) => false,
        }
    }

    /// Whether it can be in doubt: it changes something.
    pub fn changes(&self) -> bool {
        matches!(self.kind, Some(Kind::Step | Kind::Unwind))
    }

    /// How long the latest attempt took, where it has ended.
    pub fn took(&self) -> Option<Millis> {
        Some(crate::style::between(self.begun?, self.ended?))
    }

    /// The failure, where it failed.
    pub fn failure(&self) -> Option<&Arc<Failure>> {
        self.notes.as_ref()?.failure.as_ref()
    }

    /// The gate, where it is one.
    pub fn gate(&self) -> Option<&Gate> {
        self.notes.as_ref()?.gate.as_ref()
    }

    pub(crate) fn live(&mut self) -> &mut Live {
        self.live.get_or_insert_default()
    }

    pub(crate) fn notes(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }
}

impl Live {
    /// Takes one more call; the oldest goes where there are too many.
    pub(crate) fn call(&mut self, nth: u32, brief: String) {
        self.reading = None;
        self.waiting = None;
        if let Some(again) = self.calls.iter_mut().find(|seen| seen.nth == nth) {
            again.answer = None;
            return;
        }
        if self.calls.len() == KEPT_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back(Seen { nth, brief, answer: None });
        self.calls_all += 1;
    }

    /// Takes one more line of output; the oldest goes where there are too many.
    pub(crate) fn line(&mut self, line: String) {
        if self.output.len() == KEPT_MAX {
            self.output.pop_front();
        }
        self.output.push_back(line);
    }
}
