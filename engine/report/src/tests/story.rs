//! Tells a run for the tests: records numbered and timed, then drawn by any renderer.

use std::io::Write;
use std::sync::{Arc, Mutex};

use runbook_model::call::{Call, Repeat};
use runbook_model::failure::Frame;
use runbook_model::record::{
    Answer, CallAnswered, CallNoted, Closing, GateAnswered, GateOpened, Kind, Outcome, Purpose, RunClosed, RunOpened,
    RunTaken, Said, StepBegun, StepSettled,
};
use runbook_model::{Body, Event, Failure, Holder, Key, Millis, Place, Progress, Record, Value};

use crate::reporter::{Mode, Report};
use crate::style::Style;
use crate::tty::Size;

/// 2026-01-02 14:03:20 UTC.
pub(crate) const BEGIN: Millis = 1_767_362_600_000;

/// A run as it is told.
#[derive(Clone, Default)]
pub(crate) struct Story {
    pub(crate) events: Vec<Event>,
    seq: u64,
    at: Millis,
}

/// Something to write to that can be read afterwards.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Shared {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

pub(crate) fn holder() -> Holder {
    let (user, host, boot) = ("ann".into(), "laptop".into(), "b".into());
    Holder { user, host, pid: 7, pid_started: 1, boot, since: BEGIN }
}

pub(crate) fn failure() -> Failure {
    let place = |file: &str, line, col| Place { file: file.into(), line, col };
    let mut failure = Failure::new("kube.evict.blocked", "pod `db-0` cannot be evicted")
        .because("disruption budget `db` allows 0 disruptions now")
        .hint("scale `db` up, then `runbook run drain.rhai --resume`");
    failure.frames = vec![
        Frame {
            place: place("std/nodes", 6, 9),
            function: "drain".into(),
            text: "        kube::evict(pod);".into(),
            width: 11,
        },
        Frame {
            place: place("drain.rhai", 18, 18),
            function: "<closure>".into(),
            text: "step(\"evict\", || nodes::drain(node));".into(),
            width: 12,
        },
        Frame {
            place: place("drain.rhai", 18, 1),
            function: String::new(),
            text: "step(\"evict\", || nodes::drain(node));".into(),
            width: 4,
        },
    ];
    failure
}

pub(crate) fn begun(key: &str, kind: Kind) -> StepBegun {
    StepBegun {
        key: Key::from_text(key),
        kind,
        attempt: 1,
        of: 1,
        place: Place::default(),
        fingerprint: String::new(),
        why: None,
        until: None,
        items: Vec::new(),
        undo: false,
    }
}

impl Story {
    pub(crate) fn new() -> Self {
        Self { at: BEGIN, ..Self::default() }
    }

    pub(crate) fn opened() -> Self {
        Self::new().record(Body::RunOpened(Box::new(RunOpened {
            run: "drain-7k2f".into(),
            runbook: "drain".into(),
            version: Some("1.2.0".into()),
            file: "drain.rhai".into(),
            path: "/r/drain.rhai".into(),
            sources: [].into(),
            inputs: [("node".to_owned(), Value::from("n3"))].into(),
            site: "twin".into(),
            lock: None,
            engine: "0.1.0".into(),
            by: holder(),
        })))
    }

    pub(crate) fn record(mut self, body: Body) -> Self {
        self.seq += 1;
        self.events.push(Event::Recorded(Arc::new(Record { seq: self.seq, at: self.at, epoch: 1, body })));
        self
    }

    pub(crate) fn progress(mut self, progress: Progress) -> Self {
        self.events.push(Event::Progress(progress));
        self
    }

    pub(crate) fn after(mut self, seconds: Millis) -> Self {
        self.at += seconds * 1000;
        self
    }

    pub(crate) fn now(&self) -> Millis {
        self.at
    }

    pub(crate) fn begin(self, key: &str, kind: Kind) -> Self {
        self.record(Body::StepBegun(begun(key, kind)))
    }

    pub(crate) fn attempt(self, key: &str, attempt: u32, of: u32) -> Self {
        self.record(Body::StepBegun(StepBegun { attempt, of, ..begun(key, Kind::Step) }))
    }

    pub(crate) fn call(self, key: &str, brief: &str, answer: Option<Answer>) -> Self {
        let (word, args, brief) = ("kube::evict".into(), String::new(), brief.into());
        let call = Call { word, brief, args, repeat: Repeat::Probed };
        let key = Key::from_text(key);
        let noted =
            self.record(Body::CallNoted(CallNoted { key: key.clone(), nth: 1, call, before: None, proof: None }));
        match answer {
            Some(answer) => noted.record(Body::CallAnswered(CallAnswered { key, nth: 1, answer })),
            None => noted,
        }
    }

    pub(crate) fn settle(self, key: &str, attempt: u32, outcome: Outcome) -> Self {
        self.record(Body::StepSettled(StepSettled { key: Key::from_text(key), attempt, outcome }))
    }

    pub(crate) fn done(self, key: &str) -> Self {
        self.settle(key, 1, Outcome::Done(Value::Unit))
    }

    pub(crate) fn failed(self, key: &str, attempt: u32, failure: Failure, again_at: Option<Millis>) -> Self {
        self.settle(key, attempt, Outcome::Failed { failure: Box::new(failure), again_at })
    }

    /// A step that takes so many seconds and is done.
    pub(crate) fn step(self, key: &str, seconds: Millis) -> Self {
        self.begin(key, Kind::Step).after(seconds).done(key)
    }

    pub(crate) fn said(self, key: &str, text: &str, warning: bool) -> Self {
        self.record(Body::Said(Said { key: Key::from_text(key), nth: 1, text: text.into(), warning }))
    }

    pub(crate) fn output(self, key: &str, line: &str) -> Self {
        let at = self.at;
        self.progress(Progress::Output { key: Key::from_text(key), at, line: line.into(), error: false })
    }

    pub(crate) fn gate(self, key: &str, text: &str, people: u32) -> Self {
        let approvers = if people > 1 { vec!["ann".into(), "bob".into()] } else { Vec::new() };
        let opened =
            GateOpened { key: Key::from_text(key), text: text.into(), ask: None, approvers, people, expires: None };
        self.begin(key, Kind::Gate).record(Body::GateOpened(opened))
    }

    pub(crate) fn answer(self, key: &str, who: &str, yes: bool) -> Self {
        let (key, who, note) = (Key::from_text(key), who.into(), String::new());
        self.record(Body::GateAnswered(GateAnswered { key, who, yes, note }))
    }

    pub(crate) fn taken(self, purpose: Purpose) -> Self {
        let by = Holder { user: "bob".into(), ..holder() };
        self.record(Body::RunTaken(Box::new(RunTaken { by, purpose, sources: None })))
    }

    pub(crate) fn closed(self, verdict: Closing) -> Self {
        self.closed_with(verdict, None, &[])
    }

    pub(crate) fn closed_with(self, verdict: Closing, failure: Option<Failure>, culprits: &[&str]) -> Self {
        let culprits = culprits.iter().map(|key| Key::from_text(key)).collect();
        let (value, orphans, left) = (Value::Unit, Vec::new(), Vec::new());
        self.record(Body::RunClosed(Box::new(RunClosed { verdict, value, failure, culprits, orphans, left })))
    }

    /// What the story writes to `out` and `err` in a mode.
    pub(crate) fn told(&self, mode: Mode, style: Style) -> (String, String) {
        let (out, err) = (Shared::default(), Shared::default());
        let mut report = Report::new(mode, Box::new(out.clone()), Box::new(err.clone()), style, "drain-7k2f")
            .sized(|| Some(Size { columns: 80, rows: 24 }));
        self.events.iter().for_each(|event| report.hear(event));
        report.close(0, None);
        drop(report);
        (out.text(), err.text())
    }

    /// The story as plain lines.
    pub(crate) fn lines(&self) -> String {
        self.told(Mode::Lines, Style::plain()).1
    }

    /// The board after the story.
    pub(crate) fn board(&self) -> crate::Board {
        let mut board = crate::Board::named("drain-7k2f");
        self.events.iter().for_each(|event| board.hear(event));
        board
    }
}
