//! What is true of a run now, folded from its events: a tree of named things by key.
//!
//! Promises: pure, no clock, no I/O. Total: any records in any order fold, and whatever is on the board can be drawn.
//! The work for one event does not grow with the number of things. A value is never kept.

#![deny(clippy::wildcard_enum_match_arm)]

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use runbook_model::record::{
    Answer, CallAnswered, CallNoted, GateAnswered, GateOpened, GuardBroken, Kind, Outcome, Ruling, RunClosed,
    RunOpened, RunTaken, Said, StepBegun, StepRuled, StepSettled,
};
use runbook_model::survey::Survey;
use runbook_model::{Body, Event, Key, Millis, Progress, Record};

use crate::head::{Closed, Head, Hold};
use crate::phrase::check_says;
use crate::text::clean;
use crate::thing::{Counts, Gate, Id, Ruled, SAID_MAX, Status, Thing, ruling_words};

/// Deeper keys than this are hung up at the root: no runbook nests so deep.
const DEPTH_MAX: usize = 64;

/// All that is known of a run.
#[derive(Clone, Debug)]
pub struct Board {
    /// The run's name, where its first record was not heard.
    pub name: String,
    /// What the run is, where its first record was heard.
    pub head: Option<Head>,
    /// Who holds it, or held it last.
    pub hold: Option<Hold>,
    /// How it was let go; nothing while it is held.
    pub closed: Option<Closed>,
    /// What the resume found, where this is one.
    pub survey: Option<Survey>,
    /// What is waited for before the run stops, where it was asked to.
    pub stopping: Option<Vec<Key>>,
    /// How the steps came out that this holder settled.
    pub steps: Counts,
    /// The latest time heard of.
    pub now: Millis,
    /// The guards that were put up.
    pub guards: BTreeSet<Id>,
    /// The latest point of no return that was passed.
    pub point: Option<Id>,
    things: Vec<Thing>,
    by_key: HashMap<Key, Id>,
    open: BTreeSet<Id>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            name: String::new(),
            head: None,
            hold: None,
            closed: None,
            survey: None,
            stopping: None,
            steps: Counts::default(),
            now: 0,
            guards: BTreeSet::new(),
            point: None,
            things: vec![Thing::new(Key::root(), None)],
            by_key: HashMap::from([(Key::root(), 0)]),
            open: BTreeSet::new(),
        }
    }
}

impl Board {
    /// An empty board of the run called `name`.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The board of all these records.
    pub fn of<'r>(records: impl IntoIterator<Item = &'r Record>) -> Self {
        let mut board = Self::default();
        records.into_iter().for_each(|record| board.record(record));
        board
    }

    /// Takes one event in.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Recorded(record) => self.record(record),
            Event::Progress(progress) => self.progress(progress),
        }
    }

    /// Takes one record in.
    pub fn record(&mut self, record: &Record) {
        let at = record.at;
        self.now = at;
        match &record.body {
            Body::RunOpened(opened) => self.opened(at, opened),
            Body::RunTaken(taken) => self.taken(at, taken),
            Body::StepBegun(begun) => self.begun(at, begun),
            Body::CallNoted(noted) => self.noted(noted),
            Body::CallAnswered(answered) => self.answered(answered),
            Body::StepSettled(settled) => self.settled(at, settled),
            Body::StepRuled(ruled) => self.ruled(ruled),
            Body::GateOpened(gate) => self.gate_opened(at, gate),
            Body::GateAnswered(answer) => self.gate_answered(answer),
            Body::Said(said) => self.said(said),
            Body::GuardBroken(broken) => self.guard_broken(broken),
            Body::RunClosed(closed) => self.run_closed(at, closed),
        }
    }

    fn progress(&mut self, progress: &Progress) {
        match progress {
            Progress::Output { key, at, line, error: _ } => {
                self.now = *at;
                self.thing_mut(key).live().line(clean(line).into_owned());
            }
            Progress::Reading { key, brief } => {
                self.thing_mut(key).live().reading = Some(clean(brief).into_owned());
            }
            Progress::Waiting { key, why, until } => {
                self.thing_mut(key).live().waiting = Some((clean(why).into_owned(), *until));
            }
            Progress::Surveyed(survey) => {
                for doubt in &survey.doubts {
                    self.thing_mut(&doubt.key).notes().doubt = Some(doubt.clone());
                }
                self.survey = Some(survey.clone());
            }
            Progress::Stopping { after } => self.stopping = Some(after.clone()),
        }
    }

    /// The run's own name.
    pub fn run(&self) -> &str {
        self.head.as_ref().map_or(&self.name, |head| &head.run)
    }

    /// The thing of that number.
    pub fn thing(&self, id: Id) -> &Thing {
        &self.things[id]
    }

    /// The thing of that key, where it was heard of.
    pub fn find(&self, key: &Key) -> Option<&Thing> {
        self.by_key.get(key).map(|&id| &self.things[id])
    }

    /// All things, the run itself first, each after the one it stands under.
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    /// What goes on now, in the order it was first heard of.
    pub fn open(&self) -> &BTreeSet<Id> {
        &self.open
    }

    /// The gates that wait for a person, in the order they were opened first.
    pub fn gates(&self) -> impl Iterator<Item = &Thing> {
        self.things.iter().filter(|thing| thing.gate().is_some_and(Gate::waits) && !thing.status.is_calm())
    }

    /// The steps in doubt.
    pub fn doubts(&self) -> impl Iterator<Item = &Thing> {
        self.things.iter().filter(|thing| thing.status == Status::InDoubt)
    }

    /// How long the present or last holder has had the run.
    pub fn took(&self, now: Millis) -> Option<Millis> {
        let until = self.closed.as_ref().map_or(now, |closed| closed.at);
        self.hold.as_ref().map(|hold| crate::style::between(hold.since, until))
    }

    /// The process that held the run is gone without letting it go: what was open is in doubt or stopped.
    pub fn cut_off(&mut self) {
        for id in std::mem::take(&mut self.open) {
            let thing = &self.things[id];
            let status = if thing.status == Status::Running && thing.changes() {
                Status::InDoubt
            } else if thing.status == Status::Asking {
                continue;
            } else {
                Status::Stopped
            };
            self.set(id, status);
        }
    }

    fn opened(&mut self, at: Millis, opened: &RunOpened) {
        let head = Head::of(opened, at);
        self.hold = Some(Hold { by: head.by.clone(), purpose: None, since: at });
        self.head = Some(head);
        self.closed = None;
    }

    fn taken(&mut self, at: Millis, taken: &RunTaken) {
        self.cut_off();
        let by = clean(&taken.by.who()).into_owned();
        self.hold = Some(Hold { by, purpose: Some(taken.purpose), since: at });
        self.closed = None;
        self.survey = None;
        self.stopping = None;
        self.steps = Counts::default();
    }

    fn begun(&mut self, at: Millis, begun: &StepBegun) {
        let id = self.id(&begun.key);
        let thing = &mut self.things[id];
        thing.kind = Some(begun.kind);
        thing.attempt = begun.attempt;
        thing.of = begun.of;
        thing.begun = Some(at);
        thing.ended = None;
        thing.place = begun.place.clone();
        thing.until = begun.until;
        thing.items = begun.items.len();
        thing.live = None;
        if let Some(why) = &begun.why {
            thing.notes().why = Some(clean(why).into_owned());
        }
        if let Some(notes) = &mut thing.notes {
            notes.failure = None;
            notes.reason = None;
            notes.doubt = None;
            notes.ruled = None;
        }
        if begun.kind == Kind::Guard {
            self.guards.insert(id);
        } else if begun.kind == Kind::Point {
            self.point = Some(id);
        }
        self.set(id, Status::Running);
    }

    fn noted(&mut self, noted: &CallNoted) {
        let brief = clean(&noted.call.brief).into_owned();
        self.thing_mut(&noted.key).live().call(noted.nth, brief);
    }

    fn answered(&mut self, answered: &CallAnswered) {
        let live = self.thing_mut(&answered.key).live();
        if let Some(seen) = live.calls.iter_mut().rev().find(|seen| seen.nth == answered.nth) {
            seen.answer = Some(match &answered.answer {
                Answer::Value(_) => "ok".into(),
                Answer::Failure(failure) => clean(&failure.code).into_owned(),
            });
        }
    }

    fn settled(&mut self, at: Millis, settled: &StepSettled) {
        let id = self.id(&settled.key);
        let thing = &mut self.things[id];
        thing.attempt = thing.attempt.max(settled.attempt);
        thing.ended = Some(at);
        let status = match &settled.outcome {
            Outcome::Done(value) => {
                thing.live = None;
                if let (Some(Kind::Check), (false, says)) = (thing.kind, check_says(value)) {
                    thing.notes().said.push_back((says.unwrap_or_else(|| "it says no".into()), true));
                }
                Status::Done
            }
            Outcome::Failed { failure, again_at } => {
                thing.notes().failure = Some(Arc::new((**failure).clone()));
                again_at.map_or(Status::Failed, Status::Again)
            }
            Outcome::Skipped { why } => {
                thing.notes().reason = Some(clean(why).into_owned());
                Status::Skipped
            }
            Outcome::Stopped { why } => {
                thing.notes().reason = Some(clean(why).into_owned());
                Status::Stopped
            }
        };
        let unwound = (status == Status::Done && thing.kind == Some(Kind::Unwind)).then_some(thing.parent).flatten();
        self.set(id, status);
        if let Some(step) = unwound.filter(|&step| self.things[step].kind == Some(Kind::Step)) {
            self.set(step, Status::Undone);
        }
    }

    fn ruled(&mut self, ruled: &StepRuled) {
        let id = self.id(&ruled.key);
        let thing = &mut self.things[id];
        thing.notes().ruled = Some(Ruled {
            what: ruling_words(&ruled.ruling),
            by: clean(&ruled.by).into_owned(),
            why: clean(&ruled.why).into_owned(),
        });
        let status = match &ruled.ruling {
            Ruling::Done(_) => Status::Done,
            Ruling::Redo | Ruling::Again => Status::Pending,
            Ruling::Skip => Status::Skipped,
            Ruling::Undone => Status::Undone,
            Ruling::Accept => Status::Accepted,
            Ruling::Call { .. } => thing.status,
        };
        self.set(id, status);
    }

    fn gate_opened(&mut self, at: Millis, opened: &GateOpened) {
        let id = self.id(&opened.key);
        let thing = &mut self.things[id];
        thing.kind.get_or_insert(Kind::Gate);
        thing.begun.get_or_insert(at);
        thing.notes().gate = Some(Gate::of(opened));
        self.set(id, Status::Asking);
    }

    fn gate_answered(&mut self, answer: &GateAnswered) {
        let (who, note) = (clean(&answer.who).into_owned(), clean(&answer.note).into_owned());
        if let Some(gate) = &mut self.thing_mut(&answer.key).notes().gate {
            gate.answers.push((who, answer.yes, note));
        }
    }

    fn said(&mut self, said: &Said) {
        let lines = &mut self.thing_mut(&said.key).notes().said;
        if lines.len() == SAID_MAX {
            lines.pop_front();
        }
        lines.push_back((clean(&said.text).into_owned(), said.warning));
    }

    fn guard_broken(&mut self, broken: &GuardBroken) {
        let id = self.id(&broken.key);
        self.guards.insert(id);
        let thing = &mut self.things[id];
        thing.kind.get_or_insert(Kind::Guard);
        thing.notes().broken = Some(clean(&broken.detail).into_owned());
    }

    fn run_closed(&mut self, at: Millis, closed: &RunClosed) {
        self.cut_off();
        self.closed = Some(Closed::of(closed, at));
    }

    /// The one place where a status changes: the counts and the list of what goes on follow.
    fn set(&mut self, id: Id, status: Status) {
        let thing = &mut self.things[id];
        let old = std::mem::replace(&mut thing.status, status);
        let is_step = thing.kind == Some(Kind::Step);
        let parent = thing.parent;
        if status.is_open() {
            self.open.insert(id);
        } else {
            self.open.remove(&id);
        }
        for counts in [parent.map(|id| &mut self.things[id].counts), is_step.then_some(&mut self.steps)] {
            let Some(counts) = counts else { continue };
            if let Some(count) = counts.of(old) {
                *count = count.saturating_sub(1);
            }
            if let Some(count) = counts.of(status) {
                *count += 1;
            }
        }
    }

    fn thing_mut(&mut self, key: &Key) -> &mut Thing {
        let id = self.id(key);
        &mut self.things[id]
    }

    /// The number of the thing of that key; it and what it stands under are made where they are new.
    fn id(&mut self, key: &Key) -> Id {
        if let Some(&id) = self.by_key.get(key) {
            return id;
        }
        let mut missing = vec![key.clone()];
        let mut under = 0;
        let mut next = crate::names::above(key);
        while let Some(parent) = next {
            if let Some(&id) = self.by_key.get(&parent) {
                under = id;
                break;
            }
            if missing.len() == DEPTH_MAX {
                missing.truncate(1);
                break;
            }
            next = crate::names::above(&parent);
            missing.push(parent);
        }
        for key in missing.into_iter().rev() {
            let id = self.things.len();
            self.things.push(Thing::new(key.clone(), Some(under)));
            self.things[under].children.push(id);
            self.by_key.insert(key, id);
            under = id;
        }
        under
    }
}
