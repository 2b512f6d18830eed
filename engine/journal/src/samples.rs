//! Any record there can be, for the tests.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use runbook_model::call::Verdict;
use runbook_model::failure::Frame;
use runbook_model::record::{
    Answer, CallAnswered, CallNoted, Closing, GateAnswered, GateOpened, GuardBroken, Kind, Outcome, Purpose, Ruling,
    RunClosed, RunOpened, RunTaken, Said, StepBegun, StepRuled, StepSettled,
};
use runbook_model::{Body, Call, Failure, Holder, Key, Place, Record, Repeat, Value};

/// Few keys, so that records meet.
pub(crate) fn key() -> impl Strategy<Value = Key> {
    prop::sample::select(vec!["a", "b", "a/c", "f[1]/c", "a~undo", "b~undo"]).prop_map(Key::from_text)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Unit),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("compared with ==", |x| !x.is_nan()).prop_map(Value::Float),
        any::<char>().prop_map(Value::Char),
        ".*".prop_map(Value::Text),
        any::<Vec<u8>>().prop_map(Value::Blob),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let names = prop_oneof![Just("$t".to_owned()), Just("v".to_owned()), ".*"];
        prop_oneof![vec(inner.clone(), 0..3).prop_map(Value::List), btree_map(names, inner, 0..3).prop_map(Value::Map)]
    })
}

/// A value that is there: text cannot tell a field that holds nothing from one that is left out.
fn something() -> impl Strategy<Value = Option<Value>> {
    option::of(value()).prop_map(|value| value.filter(|value| *value != Value::Unit))
}

fn place() -> impl Strategy<Value = Place> {
    (".*", any::<u32>(), any::<u32>()).prop_map(|(file, line, col)| Place { file: file.into(), line, col })
}

fn failure() -> impl Strategy<Value = Failure> {
    let frame = (place(), ".*", ".*", any::<u32>());
    let frame = frame.prop_map(|(place, function, text, width)| Frame { place, function, text, width });
    let texts = || vec(".*", 0..2);
    let about = (".*", ".*", texts(), texts(), any::<[bool; 3]>());
    (about, vec(frame, 0..2), option::of(key()), something()).prop_map(|(about, frames, step, data)| {
        let (code, what, causes, hints, [retryable, may_have_acted, acted]) = about;
        Failure { code, what, causes, retryable, may_have_acted, acted, hints, frames, step, data }
    })
}

fn holder() -> impl Strategy<Value = Holder> {
    let holder = (".*", ".*", any::<u32>(), any::<u64>(), ".*", any::<i64>());
    holder.prop_map(|(user, host, pid, pid_started, boot, since)| Holder { user, host, pid, pid_started, boot, since })
}

fn sources() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(".*", ".*", 0..3)
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::Step,
        Kind::Check,
        Kind::Gate,
        Kind::Fan,
        Kind::Branch,
        Kind::Phase,
        Kind::Wait,
        Kind::Guard,
        Kind::Sleep,
        Kind::Now,
        Kind::Undo,
        Kind::Unwind,
        Kind::Point,
    ])
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        value().prop_map(|value| Verdict::Done { value }),
        Just(Verdict::NotDone),
        Just(Verdict::Partly),
        Just(Verdict::Unknown),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    let repeat = prop::sample::select(vec![Repeat::Reads, Repeat::Safe, Repeat::Probed, Repeat::Ask]);
    (".*", ".*", ".*", repeat).prop_map(|(word, brief, args, repeat)| Call { word, brief, args, repeat })
}

fn opened() -> impl Strategy<Value = Body> {
    let names = (".*", ".*", option::of(".*"), ".*", ".*", ".*", option::of(".*"), ".*");
    (names, sources(), btree_map(".*", value(), 0..3), holder()).prop_map(|(names, sources, inputs, by)| {
        let (run, runbook, version, file, path, site, lock, engine) = names;
        let opened = RunOpened {
            run,
            runbook,
            version,
            file,
            path,
            sources,
            inputs,
            site,
            aim: runbook_model::record::Aim::default(),
            lock,
            engine,
            by,
        };
        Body::RunOpened(Box::new(opened))
    })
}

fn taken() -> impl Strategy<Value = Body> {
    let purpose = prop::sample::select(vec![Purpose::Resume, Purpose::Undo, Purpose::Settle]);
    (holder(), purpose, option::of(sources()))
        .prop_map(|(by, purpose, sources)| Body::RunTaken(Box::new(RunTaken { by, purpose, sources })))
}

fn closed() -> impl Strategy<Value = Body> {
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
    let keys = || vec(key(), 0..2);
    let closed = (verdict, value(), option::of(failure()), keys(), keys(), vec(".*", 0..2));
    closed.prop_map(|(verdict, value, failure, culprits, orphans, left)| {
        Body::RunClosed(Box::new(RunClosed { verdict, value, failure, culprits, orphans, left }))
    })
}

fn begun() -> impl Strategy<Value = Body> {
    let numbers = (0..4u32, 1..4u32, option::of(any::<i64>()), any::<bool>());
    let texts = (".*", option::of(".*"), vec(".*", 0..2));
    (key(), kind(), place(), numbers, texts).prop_map(|(key, kind, place, numbers, texts)| {
        let ((attempt, of, until, undo), (fingerprint, why, items)) = (numbers, texts);
        Body::StepBegun(StepBegun { key, kind, attempt, of, place, fingerprint, why, until, items, undo })
    })
}

fn settled() -> impl Strategy<Value = Body> {
    let failed = (failure(), option::of(any::<i64>()));
    let outcome = prop_oneof![
        3 => value().prop_map(Outcome::Done),
        2 => failed.prop_map(|(failure, again_at)| Outcome::Failed { failure: Box::new(failure), again_at }),
        1 => ".*".prop_map(|why| Outcome::Skipped { why }),
        1 => ".*".prop_map(|why| Outcome::Stopped { why }),
    ];
    (key(), 0..4u32, outcome)
        .prop_map(|(key, attempt, outcome)| Body::StepSettled(StepSettled { key, attempt, outcome }))
}

fn ruled() -> impl Strategy<Value = Body> {
    let ruling = prop_oneof![
        value().prop_map(Ruling::Done),
        Just(Ruling::Redo),
        Just(Ruling::Again),
        Just(Ruling::Skip),
        Just(Ruling::Undone),
        Just(Ruling::Accept),
        (0..3u32, verdict()).prop_map(|(nth, verdict)| Ruling::Call { nth, verdict }),
    ];
    (key(), ruling, ".*", ".*").prop_map(|(key, ruling, by, why)| Body::StepRuled(StepRuled { key, ruling, by, why }))
}

fn called() -> impl Strategy<Value = Body> {
    let answer =
        prop_oneof![value().prop_map(Answer::Value), failure().prop_map(|failure| Answer::Failure(Box::new(failure))),];
    prop_oneof![
        (key(), 0..3u32, call(), something(), something()).prop_map(|(key, nth, call, before, proof)| {
            Body::CallNoted(CallNoted { key, nth, call, before, proof })
        }),
        (key(), 0..3u32, answer).prop_map(|(key, nth, answer)| Body::CallAnswered(CallAnswered { key, nth, answer })),
    ]
}

fn gates() -> impl Strategy<Value = Body> {
    let opened = (key(), ".*", option::of(".*"), vec(".*", 0..2), any::<u32>(), option::of(any::<i64>()));
    prop_oneof![
        opened.prop_map(|(key, text, ask, approvers, people, expires)| {
            Body::GateOpened(GateOpened { key, text, ask, approvers, people, expires })
        }),
        (key(), ".*", any::<bool>(), ".*").prop_map(|(key, who, yes, note)| Body::GateAnswered(GateAnswered {
            key,
            who,
            yes,
            note
        })),
    ]
}

fn told() -> impl Strategy<Value = Body> {
    prop_oneof![
        (key(), any::<u32>(), ".*", any::<bool>()).prop_map(|(key, nth, text, warning)| Body::Said(Said {
            key,
            nth,
            text,
            warning
        })),
        (key(), ".*", vec(key(), 0..3)).prop_map(|(key, detail, during)| Body::GuardBroken(GuardBroken {
            key,
            detail,
            during
        })),
    ]
}

/// Any body; what moves a step more often than what does not.
pub(crate) fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        1 => opened(),
        1 => taken(),
        1 => closed(),
        6 => begun(),
        6 => settled(),
        4 => ruled(),
        4 => called(),
        2 => gates(),
        1 => told(),
    ]
}

/// The first body of a run.
pub(crate) fn first() -> impl Strategy<Value = Body> {
    opened()
}

/// Any record, at any place of a run.
pub(crate) fn record() -> impl Strategy<Value = Record> {
    (any::<u64>(), any::<i64>(), any::<u32>(), body()).prop_map(|(seq, at, epoch, body)| Record {
        seq,
        at,
        epoch,
        body,
    })
}
