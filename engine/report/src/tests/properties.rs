//! Any records, in any order, fold and are drawn by every renderer.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use runbook_model::call::{Call, Repeat, Verdict};
use runbook_model::failure::Frame;
use runbook_model::record::{
    Answer, CallAnswered, CallNoted, Closing, GateAnswered, GateOpened, GuardBroken, Kind, Outcome, Purpose, Ruling,
    RunClosed, RunOpened, RunTaken, Said, StepBegun, StepRuled, StepSettled,
};
use runbook_model::survey::{Doubt, Drift, Edit, Edits, Survey};
use runbook_model::{Body, Event, Failure, Holder, Key, Millis, Place, Progress, Record, Value};

use crate::reporter::Mode;
use crate::style::Style;
use crate::tests::story::Story;
use crate::text::width;
use crate::tty::{self, Size};
use crate::{Board, show};

fn text() -> BoxedStrategy<String> {
    prop_oneof![".{0,12}", "[\\x00-\\x20\\x1b\\[\\]mK`\u{202e}漢é]{0,12}", Just("x\n\ty\r\n".to_owned())].boxed()
}

fn key() -> BoxedStrategy<Key> {
    let known =
        ["", "a", "a/b", "a/b/c", "f", "f[x]", "f[x]/a", "f[y]/a~undo", "]", "[", "[]", "/", "\\", "a\\]", "f[[x]]"];
    let known = prop::sample::select(known.to_vec()).prop_map(Key::from_text);
    prop_oneof![8 => known, 1 => text().prop_map(|t| Key::from_text(&t)), 1 => Just(Key::from_text(&"d/".repeat(300)))]
        .boxed()
}

fn millis() -> BoxedStrategy<Millis> {
    prop_oneof![0..2_000_000_000_000i64, any::<i64>()].boxed()
}

fn kind() -> BoxedStrategy<Kind> {
    use Kind::{Branch, Check, Fan, Gate, Guard, Now, Phase, Point, Sleep, Step, Undo, Unwind, Wait};
    prop::sample::select(vec![Step, Check, Gate, Fan, Branch, Phase, Wait, Guard, Sleep, Now, Undo, Unwind, Point])
        .boxed()
}

fn place() -> BoxedStrategy<Place> {
    (text(), prop_oneof![0..20u32, any::<u32>()], prop_oneof![0..20u32, any::<u32>()])
        .prop_map(|(file, line, col)| Place { file: file.into(), line, col })
        .boxed()
}

fn failure() -> BoxedStrategy<Failure> {
    let frame = (place(), text(), text(), prop_oneof![0..9u32, any::<u32>()])
        .prop_map(|(place, function, text, width)| Frame { place, function, text, width });
    (text(), text(), vec(text(), 0..3), vec(text(), 0..3), vec(frame, 0..9), option::of(key()), any::<bool>())
        .prop_map(|(code, what, causes, hints, frames, step, flag)| Failure {
            code,
            what,
            causes,
            hints,
            frames,
            step,
            retryable: flag,
            may_have_acted: flag,
            acted: false,
            data: None,
        })
        .boxed()
}

fn value() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(Value::Unit),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Float(f64::NAN)),
        text().prop_map(|text| Value::from([("ok", Value::Bool(false)), ("detail", text.into())])),
    ]
    .boxed()
}

fn holder() -> BoxedStrategy<Holder> {
    text().prop_map(|user| Holder { user, ..crate::tests::story::holder() }).boxed()
}

fn run_body() -> BoxedStrategy<Body> {
    let opened =
        (text(), text(), option::of(text()), text(), holder()).prop_map(|(run, runbook, version, file, by)| {
            let (path, site) = (file.clone(), runbook.clone());
            let (sources, inputs, engine) = ([].into(), [].into(), String::new());
            Body::RunOpened(Box::new(RunOpened {
                run,
                runbook,
                version,
                file,
                path,
                sources,
                inputs,
                site,
                aim: runbook_model::record::Aim::default(),
                lock: None,
                engine,
                by,
            }))
        });
    let purpose = prop::sample::select(vec![Purpose::Resume, Purpose::Undo, Purpose::Settle]);
    let taken =
        (holder(), purpose).prop_map(|(by, purpose)| Body::RunTaken(Box::new(RunTaken { by, purpose, sources: None })));
    let verdict = prop::sample::select(vec![
        Closing::Done,
        Closing::Failed,
        Closing::Refused,
        Closing::Stopped,
        Closing::InDoubt,
        Closing::Undone,
        Closing::UndoFailed,
        Closing::Abandoned,
    ]);
    let closed = (verdict, value(), option::of(failure()), vec(key(), 0..8), vec(text(), 0..3)).prop_map(
        |(verdict, value, failure, culprits, left)| {
            let orphans = culprits.clone();
            Body::RunClosed(Box::new(RunClosed { verdict, value, failure, culprits, orphans, left }))
        },
    );
    prop_oneof![opened, taken, closed].boxed()
}

fn step_body() -> BoxedStrategy<Body> {
    let begun =
        (key(), kind(), any::<u32>(), 0..4u32, place(), option::of(text()), option::of(millis()), vec(text(), 0..3))
            .prop_map(|(key, kind, attempt, of, place, why, until, items)| {
                let (fingerprint, undo) = (String::new(), false);
                Body::StepBegun(StepBegun { key, kind, attempt, of, place, fingerprint, why, until, items, undo })
            });
    let outcome = prop_oneof![
        value().prop_map(Outcome::Done),
        (failure(), option::of(millis())).prop_map(|(f, again_at)| Outcome::Failed { failure: Box::new(f), again_at }),
        text().prop_map(|why| Outcome::Skipped { why }),
        text().prop_map(|why| Outcome::Stopped { why }),
    ];
    let settled = (key(), any::<u32>(), outcome)
        .prop_map(|(key, attempt, outcome)| Body::StepSettled(StepSettled { key, attempt, outcome }));
    let ruling = prop_oneof![
        value().prop_map(Ruling::Done),
        Just(Ruling::Redo),
        Just(Ruling::Again),
        Just(Ruling::Skip),
        Just(Ruling::Undone),
        Just(Ruling::Accept),
        any::<u32>().prop_map(|nth| Ruling::Call { nth, verdict: Verdict::Partly }),
    ];
    let ruled = (key(), ruling, text(), text())
        .prop_map(|(key, ruling, by, why)| Body::StepRuled(StepRuled { key, ruling, by, why }));
    prop_oneof![3 => begun, 3 => settled, 1 => ruled].boxed()
}

fn other_body() -> BoxedStrategy<Body> {
    let noted = (key(), 0..3u32, text()).prop_map(|(key, nth, brief)| {
        let call = Call { word: brief.clone(), brief, args: String::new(), repeat: Repeat::Ask };
        Body::CallNoted(CallNoted { key, nth, call, before: None, proof: None })
    });
    let answer = prop_oneof![value().prop_map(Answer::Value), failure().prop_map(|f| Answer::Failure(Box::new(f)))];
    let answered =
        (key(), 0..3u32, answer).prop_map(|(key, nth, answer)| Body::CallAnswered(CallAnswered { key, nth, answer }));
    let opened = (key(), text(), option::of(text()), vec(text(), 0..3), 0..3u32, option::of(millis())).prop_map(
        |(key, text, ask, approvers, people, expires)| {
            Body::GateOpened(GateOpened { key, text, ask, approvers, people, expires })
        },
    );
    let answer = (key(), text(), any::<bool>(), text())
        .prop_map(|(key, who, yes, note)| Body::GateAnswered(GateAnswered { key, who, yes, note }));
    let said =
        (key(), text(), any::<bool>()).prop_map(|(key, text, warning)| Body::Said(Said { key, nth: 1, text, warning }));
    let broken = (key(), text(), vec(key(), 0..9))
        .prop_map(|(key, detail, during)| Body::GuardBroken(GuardBroken { key, detail, during }));
    prop_oneof![noted, answered, opened, answer, said, broken].boxed()
}

fn progress() -> BoxedStrategy<Progress> {
    let edit = (key(), place()).prop_map(|(key, place)| Edit { key, place });
    let surveyed = (vec((key(), text()), 0..3), vec(edit, 0..3)).prop_map(|(found, edits)| {
        let doubt = |(key, text): &(Key, String)| Doubt {
            key: key.clone(),
            call: text.clone(),
            verdict: text.clone(),
            evidence: text.clone(),
        };
        let drift = |(key, text): &(Key, String)| Drift { key: key.clone(), detail: text.clone() };
        Progress::Surveyed(Survey {
            doubts: found.iter().map(doubt).collect(),
            drift: found.iter().map(drift).collect(),
            edits: Edits { reused: 3, changed: edits.clone(), gone: edits, ..Edits::default() },
        })
    });
    prop_oneof![
        (key(), millis(), text()).prop_map(|(key, at, line)| Progress::Output { key, at, line, error: true }),
        (key(), text()).prop_map(|(key, brief)| Progress::Reading { key, brief }),
        (key(), text(), option::of(millis())).prop_map(|(key, why, until)| Progress::Waiting { key, why, until }),
        vec(key(), 0..9).prop_map(|after| Progress::Stopping { after }),
        surveyed,
    ]
    .boxed()
}

fn event() -> BoxedStrategy<Event> {
    let body = prop_oneof![1 => run_body(), 4 => step_body(), 3 => other_body()];
    let record = (any::<u64>(), millis(), body)
        .prop_map(|(seq, at, body)| Event::Recorded(Arc::new(Record { seq, at, epoch: 1, body })));
    prop_oneof![4 => record, 1 => progress().prop_map(Event::Progress)].boxed()
}

fn is_clean(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_fold_and_are_drawn_by_every_renderer(
        events in vec(event(), 0..60),
        now in millis(),
        (columns, rows) in (0..120u16, 0..40u16),
    ) {
        let mut board = Board::named("r");
        for event in &events {
            board.hear(event);
            let size = Size { columns, rows };
            let drawn = tty::draw(&board, size, now, &Style::plain());
            prop_assert!(drawn.len() < usize::from(rows.max(1)), "{drawn:?}");
            prop_assert!(drawn.iter().all(|row| width(row) < usize::from(columns.max(1))), "{drawn:?}");
            prop_assert!(drawn.iter().all(|row| is_clean(row) && !row.contains('\n')), "{drawn:?}");
        }
        let mut story = Story::new();
        story.events.clone_from(&events);
        prop_assert!(is_clean(&story.lines()), "{}", story.lines());
        story.told(Mode::Tty, Style::plain());
        let (out, _) = story.told(Mode::Json, Style::plain());
        prop_assert_eq!(out.lines().count(), events.len() + 1);
        for line in out.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            prop_assert!(line["kind"].is_string() && line["run"].is_string());
        }
        for life in [None, Some(runbook_model::holder::Life::Gone)] {
            let columns = Some(usize::from(columns));
            let options = show::Options { now, life, columns, all: false };
            let drawn = show::draw(&board, options, &Style::plain());
            prop_assert!(drawn.iter().all(|row| is_clean(row) && !row.contains('\n')), "{drawn:?}");
        }
    }
}
