//! JSON lines for programs: one object for each event, and a last one with the exit code.
//!
//! Promises: converted by hand from the records, so that what is stored and what is shown can change apart;
//! `wire.rs` documents every kind. Every event has its line, and every line names the run.

#![deny(clippy::wildcard_enum_match_arm)]

use runbook_model::record::{
    Answer, Closing, GateOpened, Kind, Outcome, Purpose, Ruling, RunClosed, RunOpened, StepBegun, StepRuled,
    StepSettled,
};
use runbook_model::survey::Survey;
use runbook_model::{Body, Event, Failure, Holder, Key, Millis, Place, Progress, Value};

use crate::exit;
use crate::wire::{At, By, Doubtful, Drifted, Edited, Line, Link, Trouble, What};

/// The line of one event. `now` is the time of an event that carries none.
pub fn line(run: &str, now: Millis, event: &Event) -> String {
    match event {
        Event::Recorded(record) => text(run, Some(record.seq), record.at, recorded(&record.body)),
        Event::Progress(news) => {
            let at = if let Progress::Output { at, .. } = news { *at } else { now };
            text(run, None, at, progress(news))
        }
    }
}

/// The last line of a process.
pub fn closing(run: &str, now: Millis, verdict: Option<Closing>, exit: u8, failure: Option<&Failure>) -> String {
    text(run, None, now, What::Closed { verdict: verdict.map(verdict_word), exit, failure: failure.map(trouble) })
}

/// The word for a verdict that programs read.
pub fn verdict_word(verdict: Closing) -> &'static str {
    match verdict {
        Closing::Done => "done",
        Closing::Failed => "failed",
        Closing::Refused => "refused",
        Closing::Stopped => "stopped",
        Closing::InDoubt => "in_doubt",
        Closing::Undone => "undone",
        Closing::UndoFailed => "undo_failed",
        Closing::Abandoned => "abandoned",
    }
}

/// RFC 3339 in UTC with milliseconds; nothing for a time no calendar holds, or none at all.
pub fn time(at: Millis) -> Option<String> {
    let stamp = jiff::Timestamp::from_millisecond(at).ok().filter(|_| at != 0)?;
    Some(stamp.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

fn text(run: &str, seq: Option<u64>, at: Millis, what: What<'_>) -> String {
    // Every key is text and every number finite, so nothing here can fail; an empty object would be the honest rest.
    serde_json::to_string(&Line { seq, at: time(at), run, what }).unwrap_or_else(|_| "{}".into())
}

fn recorded(body: &Body) -> What<'_> {
    match body {
        Body::RunOpened(opened) => run_opened(opened),
        Body::RunTaken(taken) => What::RunTaken {
            by: by(&taken.by),
            purpose: match taken.purpose {
                Purpose::Resume => "resume",
                Purpose::Undo => "undo",
                Purpose::Settle => "settle",
            },
            edited: taken.sources.is_some(),
        },
        Body::StepBegun(begun) => step_begun(begun),
        Body::CallNoted(noted) => What::CallNoted {
            key: noted.key.as_str(),
            nth: noted.nth,
            word: &noted.call.word,
            brief: &noted.call.brief,
            repeat: noted.call.repeat.to_string(),
        },
        Body::CallAnswered(answered) => {
            let (value, failure) = match &answered.answer {
                Answer::Value(value) => (Some(value.to_plain_json()), None),
                Answer::Failure(failure) => (None, Some(trouble(failure))),
            };
            What::CallAnswered { key: answered.key.as_str(), nth: answered.nth, value, failure }
        }
        Body::StepSettled(settled) => step_settled(settled),
        Body::StepRuled(ruled) => step_ruled(ruled),
        Body::GateOpened(gate) => gate_opened(gate),
        Body::GateAnswered(answer) => {
            What::GateAnswered { key: answer.key.as_str(), who: &answer.who, yes: answer.yes, note: &answer.note }
        }
        Body::Said(said) => {
            What::Said { key: said.key.as_str(), nth: said.nth, text: &said.text, warning: said.warning }
        }
        Body::GuardBroken(broken) => {
            What::GuardBroken { key: broken.key.as_str(), detail: &broken.detail, during: keys(&broken.during) }
        }
        Body::RunClosed(closed) => run_closed(closed),
    }
}

fn run_opened(opened: &RunOpened) -> What<'_> {
    What::RunOpened {
        runbook: &opened.runbook,
        version: opened.version.as_deref(),
        file: &opened.file,
        path: &opened.path,
        site: &opened.site,
        lock: opened.lock.as_deref(),
        engine: &opened.engine,
        inputs: opened.inputs.iter().map(|(name, value)| (name.as_str(), value.to_plain_json())).collect(),
        by: by(&opened.by),
    }
}

fn step_begun(begun: &StepBegun) -> What<'_> {
    What::StepBegun {
        key: begun.key.as_str(),
        thing: thing_word(begun.kind),
        attempt: begun.attempt,
        of: begun.of,
        place: place(&begun.place),
        why: begun.why.as_deref(),
        until: begun.until.and_then(time),
        items: &begun.items,
        undo: begun.undo,
    }
}

/// The word for what a named thing is.
fn thing_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Step => "step",
        Kind::Check => "check",
        Kind::Gate => "gate",
        Kind::Fan => "fan",
        Kind::Branch => "branch",
        Kind::Phase => "phase",
        Kind::Wait => "wait",
        Kind::Guard => "guard",
        Kind::Sleep => "sleep",
        Kind::Now => "now",
        Kind::Undo => "undo",
        Kind::Unwind => "unwind",
        Kind::Point => "point",
    }
}

fn step_settled(settled: &StepSettled) -> What<'_> {
    let key = settled.key.as_str();
    let attempt = settled.attempt;
    let (mut value, mut failure, mut again_at, mut why) = (None, None, None, None);
    let outcome = match &settled.outcome {
        Outcome::Done(given) => {
            value = Some(given.to_plain_json());
            "done"
        }
        Outcome::Failed { failure: of, again_at: again } => {
            failure = Some(trouble(of));
            again_at = again.and_then(time);
            "failed"
        }
        Outcome::Skipped { why: because } => {
            why = Some(because.as_str());
            "skipped"
        }
        Outcome::Stopped { why: because } => {
            why = Some(because.as_str());
            "stopped"
        }
    };
    What::StepSettled { key, attempt, outcome, value, failure, again_at, why }
}

fn step_ruled(ruled: &StepRuled) -> What<'_> {
    let plain = |value: &Value| Some(value.to_plain_json());
    let (ruling, value, nth, verdict) = match &ruled.ruling {
        Ruling::Done(value) => ("done", plain(value), None, None),
        Ruling::Redo => ("redo", None, None, None),
        Ruling::Again => ("again", None, None, None),
        Ruling::Skip => ("skip", None, None, None),
        Ruling::Undone => ("undone", None, None, None),
        Ruling::Accept => ("accept", None, None, None),
        Ruling::Call { nth, verdict } => ("call", None, Some(*nth), Some(verdict.to_string())),
    };
    What::StepRuled { key: ruled.key.as_str(), ruling, by: &ruled.by, why: &ruled.why, value, nth, verdict }
}

fn gate_opened(gate: &GateOpened) -> What<'_> {
    What::GateOpened {
        key: gate.key.as_str(),
        text: &gate.text,
        ask: gate.ask.as_deref(),
        approvers: &gate.approvers,
        people: gate.people,
        expires: gate.expires.and_then(time),
    }
}

fn run_closed(closed: &RunClosed) -> What<'_> {
    What::RunClosed {
        verdict: verdict_word(closed.verdict),
        exit: exit::of(closed.verdict),
        value: closed.value.to_plain_json(),
        failure: closed.failure.as_ref().map(trouble),
        culprits: keys(&closed.culprits),
        orphans: keys(&closed.orphans),
        left: &closed.left,
    }
}

fn progress(news: &Progress) -> What<'_> {
    match news {
        Progress::Output { key, at: _, line, error } => What::Output { key: key.as_str(), line, error: *error },
        Progress::Reading { key, brief } => What::Reading { key: key.as_str(), brief },
        Progress::Waiting { key, why, until } => What::Waiting { key: key.as_str(), why, until: until.and_then(time) },
        Progress::Surveyed(survey) => surveyed(survey),
        Progress::Stopping { after } => What::Stopping { after: keys(after) },
    }
}

fn surveyed(survey: &Survey) -> What<'_> {
    let edits = &survey.edits;
    What::Surveyed {
        doubts: survey
            .doubts
            .iter()
            .map(|doubt| Doubtful {
                key: doubt.key.as_str(),
                call: &doubt.call,
                verdict: &doubt.verdict,
                evidence: &doubt.evidence,
            })
            .collect(),
        drift: survey.drift.iter().map(|d| Drifted { key: d.key.as_str(), detail: &d.detail }).collect(),
        reused: edits.reused,
        edits: [("changed", &edits.changed), ("new", &edits.new), ("gone", &edits.gone), ("retried", &edits.retried)]
            .into_iter()
            .flat_map(|(edit, list)| {
                list.iter().map(move |e| Edited { edit, key: e.key.as_str(), place: place(&e.place) })
            })
            .collect(),
    }
}

fn keys(keys: &[Key]) -> Vec<&str> {
    keys.iter().map(Key::as_str).collect()
}

fn by(holder: &Holder) -> By<'_> {
    By { user: &holder.user, host: &holder.host, pid: holder.pid }
}

fn place(place: &Place) -> At<'_> {
    At { file: &place.file, line: place.line, col: place.col }
}

fn trouble(failure: &Failure) -> Trouble<'_> {
    Trouble {
        code: &failure.code,
        what: &failure.what,
        causes: &failure.causes,
        retryable: failure.retryable,
        may_have_acted: failure.may_have_acted,
        hints: &failure.hints,
        step: failure.step.as_ref().map(Key::as_str),
        frames: failure
            .frames
            .iter()
            .map(|frame| Link { place: place(&frame.place), function: &frame.function, text: &frame.text })
            .collect(),
        data: failure.data.as_ref().map(Value::to_plain_json),
    }
}
