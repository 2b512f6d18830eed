//! The plain lines of a run: append-only, one for each thing that matters, in the order they became true.
//!
//! Promises: what is told is never told again, and a failure is drawn once, where it happened. The same lines scroll
//! up on a terminal and go to a CI log. Must never look at a clock.

#![deny(clippy::wildcard_enum_match_arm)]

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use runbook_model::record::{
    GateAnswered, GuardBroken, Kind, Outcome, Purpose, RunOpened, RunTaken, Said, StepBegun, StepRuled, StepSettled,
};
use runbook_model::{Body, Event, Failure, Millis, Progress, Record};

use crate::board::Board;
use crate::failure::{self, Around};
use crate::names::{about, subject};
use crate::phrase::{again, attempt, branches, check_says, line, listed, took, what};
use crate::style::{Icon, Paint, Style, between, duration};
use crate::text::{clean, clean_lines, count};
use crate::thing::{Id, Thing, ruling_words};
use crate::{closing, gate, survey};

/// A sleep or a wait at least this long is announced when it begins.
const ANNOUNCED: Millis = 10_000;
/// What goes on this long is told of; and again each time it has gone on twice as long.
const SLOW: Millis = 60_000;
/// How many lines of one thing that was said are shown.
const SAID_LINES_MAX: usize = 200;

/// What was told so far, as far as it must be known not to tell it again.
#[derive(Debug, Default)]
pub struct Lines {
    drawn: HashSet<u64>,
    slow: HashMap<Id, (u32, Millis)>,
    stopping: bool,
}

impl Lines {
    /// The lines for one event; `board` has already heard it.
    pub fn tell(&mut self, board: &Board, event: &Event, style: &Style) -> Vec<String> {
        match event {
            Event::Recorded(record) => self.record(board, record, style),
            Event::Progress(progress) => match progress {
                Progress::Surveyed(found) => survey::draw(found, style),
                Progress::Stopping { after } if !std::mem::replace(&mut self.stopping, true) => {
                    vec![stopping(after.iter().map(runbook_model::Key::as_str), style)]
                }
                Progress::Stopping { .. }
                | Progress::Output { .. }
                | Progress::Reading { .. }
                | Progress::Waiting { .. } => Vec::new(),
            },
        }
    }

    /// Lines for what has gone on for long, so that a log does not fall silent.
    pub fn slow(&mut self, board: &Board, now: Millis, style: &Style) -> Vec<String> {
        let mut lines = Vec::new();
        for &id in board.open() {
            let thing = board.thing(id);
            let (Some(begun), false) = (thing.begun, thing.is_container()) else { continue };
            let going = between(begun, now);
            if going < SLOW || matches!(thing.kind, Some(Kind::Gate | Kind::Sleep)) {
                continue;
            }
            let told = self.slow.entry(id).or_insert((thing.attempt, 0));
            if told.0 == thing.attempt && going / 2 < told.1 {
                continue;
            }
            told.0 = thing.attempt;
            told.1 = going;
            let why = thing.live.as_ref().and_then(|live| live.waiting.as_ref()).map(|(why, _)| why.clone());
            let still = format!("still going after {}", duration(going));
            lines.push(line(Icon::Waiting, &subject(thing), [Some(still), why], style));
        }
        lines
    }

    /// The failure in full, where it was not drawn before.
    pub(crate) fn draw_once(&mut self, failure: &Failure, around: Around<'_>, style: &Style) -> Vec<String> {
        if self.drawn.insert(signature(failure)) { failure::draw(failure, around, style) } else { Vec::new() }
    }

    fn record(&mut self, board: &Board, record: &Record, style: &Style) -> Vec<String> {
        match &record.body {
            Body::RunOpened(run) => vec![opened(run, style)],
            Body::RunTaken(taken) => {
                self.stopping = false;
                vec![taken_up(board, taken, style)]
            }
            Body::StepBegun(begun) => begin(board, begun, record.at, style),
            Body::CallNoted(_) | Body::CallAnswered(_) => Vec::new(),
            Body::StepSettled(settled) => {
                board.find(&settled.key).map_or_else(Vec::new, |thing| self.settle(thing, settled, record.at, style))
            }
            Body::StepRuled(ruled) => vec![rule(board, ruled, style)],
            Body::GateOpened(opened) => gate::opened(board, &opened.key, style),
            Body::GateAnswered(answer) => vec![answered(board, answer, style)],
            Body::Said(said) => say(said, style),
            Body::GuardBroken(broken) => guard_broken(board, broken, style),
            Body::RunClosed(_) => closing::draw(board, self, style),
        }
    }

    fn settle(&mut self, thing: &Thing, settled: &StepSettled, at: Millis, style: &Style) -> Vec<String> {
        match &settled.outcome {
            Outcome::Done(value) => done(thing, value, style).into_iter().collect(),
            Outcome::Failed { failure, again_at: Some(again_at) } => {
                let tail = [attempt(thing, true), took(thing), Some(again(*again_at, at))];
                vec![line(Icon::Again, &format!("{}: {}", subject(thing), what(failure)), tail, style)]
            }
            Outcome::Failed { failure, again_at: None } => self.fail(thing, failure, style),
            Outcome::Skipped { why } => {
                let why = if why.is_empty() { "skipped".into() } else { format!("skipped: {}", clean(why)) };
                vec![line(Icon::Skipped, &subject(thing), [Some(why)], style)]
            }
            Outcome::Stopped { why } => {
                // A gate that waits has told so; what only holds others stops because one of them did.
                if thing.is_container() || thing.gate().is_some() {
                    return Vec::new();
                }
                let why = if why.is_empty() { "stopped".into() } else { format!("stopped: {}", clean(why)) };
                vec![line(Icon::Stopped, &subject(thing), [Some(why)], style)]
            }
        }
    }

    fn fail(&mut self, thing: &Thing, failure: &Failure, style: &Style) -> Vec<String> {
        let known = self.drawn.contains(&signature(failure));
        if known && matches!(thing.kind, Some(Kind::Phase | Kind::Branch) | None) {
            return Vec::new();
        }
        let fan = thing.kind == Some(Kind::Fan);
        let parts = [attempt(thing, false), if fan { branches(thing) } else { None }, took(thing)];
        if known && !fan {
            return vec![line(Icon::Failed, &format!("{}: {}", subject(thing), what(failure)), parts, style)];
        }
        let mut lines = vec![line(Icon::Failed, &subject(thing), parts, style)];
        let around = Around { under: Some(&thing.key), live: thing.live.as_deref() };
        lines.extend(self.draw_once(failure, around, style));
        lines
    }
}

/// Tells two failures apart: the same one met again further out has more frames, and is still the same.
fn signature(failure: &Failure) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&failure.code, &failure.what, &failure.causes).hash(&mut hasher);
    hasher.finish()
}

fn opened(run: &RunOpened, style: &Style) -> String {
    let version = run.version.as_ref().map_or_else(String::new, |version| format!(" {}", clean(version)));
    let site = if run.site.is_empty() { String::new() } else { format!(" on {}", clean(&run.site)) };
    let name = style.paint(Paint::Strong, &format!("run {}", clean(&run.run)));
    let tail = format!("{}{version}, {}{site}, by {}", clean(&run.runbook), clean(&run.file), clean(&run.by.who()));
    format!("{name}  {}", style.paint(Paint::Dim, &tail))
}

fn taken_up(board: &Board, taken: &RunTaken, style: &Style) -> String {
    let purpose = match taken.purpose {
        Purpose::Resume => "goes on",
        Purpose::Undo => "is undone",
        Purpose::Settle => "is settled",
    };
    let name = style.paint(Paint::Strong, &format!("run {}", clean(board.run())));
    let edited = if taken.sources.is_some() { ", with the edited runbook" } else { "" };
    format!("{name} {purpose}  {}", style.paint(Paint::Dim, &format!("by {}{edited}", clean(&taken.by.who()))))
}

fn stopping<'k>(after: impl ExactSizeIterator<Item = &'k str>, style: &Style) -> String {
    let after = if after.len() == 0 { "at the next safe point".to_owned() } else { format!("after {}", listed(after)) };
    line(Icon::Stopped, &format!("stopping {after}"), [Some("Ctrl-C again stops now".into())], style)
}

/// Only what is long from its beginning is announced; everything else has its line when it ends.
fn begin(board: &Board, begun: &StepBegun, at: Millis, style: &Style) -> Vec<String> {
    let Some(thing) = board.find(&begun.key) else { return Vec::new() };
    match begun.kind {
        Kind::Sleep => {
            let until = begun.until.filter(|&until| between(at, until) >= ANNOUNCED);
            let told = until.map(|until| format!("until {}", style.clock(until, at)));
            told.map(|told| line(Icon::Waiting, &subject(thing), [Some(told)], style)).into_iter().collect()
        }
        Kind::Point => {
            let why = begun.why.as_deref().map_or_else(String::new, |why| format!(": {}", clean(why)));
            vec![line(Icon::Warn, &format!("point of no return{why}"), [None], style)]
        }
        Kind::Gate if thing.gate().is_some_and(crate::thing::Gate::waits) => gate::opened(board, &begun.key, style),
        Kind::Step
        | Kind::Check
        | Kind::Gate
        | Kind::Fan
        | Kind::Branch
        | Kind::Phase
        | Kind::Wait
        | Kind::Guard
        | Kind::Now
        | Kind::Undo
        | Kind::Unwind => Vec::new(),
    }
}

fn done(thing: &Thing, value: &runbook_model::Value, style: &Style) -> Option<String> {
    let plain = |tail: [Option<String>; 2]| Some(line(Icon::Done, &subject(thing), tail, style));
    match thing.kind {
        Some(Kind::Check) => {
            let (yes, says) = check_says(value);
            let icon = if yes { Icon::Done } else { Icon::Warn };
            Some(line(icon, &subject(thing), [says, took(thing)], style))
        }
        Some(Kind::Unwind) => {
            let tail = [attempt(thing, false), took(thing)];
            Some(line(Icon::Undone, &format!("undone {}", about(thing)), tail, style))
        }
        Some(Kind::Guard) => plain([Some("watched from now on".into()), None]),
        Some(Kind::Fan) => plain([branches(thing), took(thing)]),
        Some(Kind::Gate) if thing.gate().is_some_and(|gate| !gate.answers.is_empty()) => None,
        Some(Kind::Sleep) => thing.took().filter(|&took| took >= ANNOUNCED).and_then(|_| plain([took(thing), None])),
        // Its steps have told of it.
        Some(Kind::Branch) if !thing.children.is_empty() => None,
        Some(Kind::Now | Kind::Undo | Kind::Point) => None,
        Some(Kind::Phase) => plain([took(thing), None]),
        Some(Kind::Step | Kind::Branch | Kind::Wait | Kind::Gate) | None => plain([attempt(thing, false), took(thing)]),
    }
}

fn rule(board: &Board, ruled: &StepRuled, style: &Style) -> String {
    let name = board.find(&ruled.key).map_or_else(|| clean(ruled.key.as_str()).into_owned(), subject);
    let by = (!ruled.by.is_empty()).then(|| format!("by {}", clean(&ruled.by)));
    let why = (!ruled.why.is_empty()).then(|| clean(&ruled.why).into_owned());
    line(Icon::Ruled, &format!("{name} {}", ruling_words(&ruled.ruling)), [by, why], style)
}

fn answered(board: &Board, answer: &GateAnswered, style: &Style) -> String {
    let gate = board.find(&answer.key).and_then(Thing::gate);
    let of = gate.map_or(1, |gate| gate.people.max(1));
    let yes = gate.map_or(1, |gate| gate.answers.iter().filter(|(_, yes, _)| *yes).count());
    let (icon, word) = if answer.yes { (Icon::Done, "approved") } else { (Icon::Failed, "refused") };
    let so_far = if answer.yes && of > 1 { format!(" ({yes} of {of})") } else { String::new() };
    let note = (!answer.note.is_empty()).then(|| clean(&answer.note).into_owned());
    let name = clean(answer.key.as_str());
    let by = format!("{word} by {}{so_far}", clean(&answer.who));
    line(icon, &format!("gate {name}"), [Some(by), note], style)
}

fn say(said: &Said, style: &Style) -> Vec<String> {
    let mut lines = clean_lines(&said.text, SAID_LINES_MAX).into_iter();
    let whence = if said.key.is_root() { String::new() } else { format!("{}: ", clean(said.key.as_str())) };
    let first = format!("{}{}", style.paint(Paint::Dim, &whence), lines.next().unwrap_or_default());
    let icon = style.icon(if said.warning { Icon::Warn } else { Icon::Say });
    std::iter::once(format!("{icon} {first}")).chain(lines.map(|line| format!("  {line}"))).collect()
}

fn guard_broken(board: &Board, broken: &GuardBroken, style: &Style) -> Vec<String> {
    let name = board.find(&broken.key).map_or_else(|| clean(broken.key.as_str()).into_owned(), subject);
    let mut lines = vec![line(Icon::Failed, &format!("{name} is broken: {}", clean(&broken.detail)), [None], style)];
    if !broken.during.is_empty() {
        let during = listed(broken.during.iter().map(runbook_model::Key::as_str));
        let label = style.paint(Paint::Dim, "during:");
        let number = count(broken.during.len(), "step", "steps");
        lines.push(format!(
            "  {label} {during}{}",
            if broken.during.len() > 5 { format!(" ({number})") } else { String::new() }
        ));
    }
    lines
}
