//! What holds for any history, sensible or not.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use runbook_model::call::Verdict;
use runbook_model::record::{CallNoted, Kind, Ruling, StepBegun, StepRuled};
use runbook_model::{Body, Call, Key, Place, Record, Repeat, Value};

use super::History;
use crate::{format, samples};

/// The records that `bodies` would be, without those that are refused.
fn accepted(bodies: Vec<Body>) -> Vec<Record> {
    let mut history = History::default();
    let mut records = Vec::new();
    for (nth, body) in bodies.into_iter().enumerate() {
        let nth = i64::try_from(nth).unwrap();
        let record = Record { seq: history.seq + 1, at: 1000 - nth % 7, epoch: 1 + history.epoch, body };
        if history.fold(&record).is_ok() {
            records.push(record);
        }
    }
    records
}

fn folded<'r>(records: impl IntoIterator<Item = &'r Record>) -> History {
    let mut history = History::default();
    records.into_iter().try_for_each(|record| history.fold(record)).unwrap();
    history
}

/// All that a history says, in an order of its own.
fn all(history: &History) -> (BTreeMap<String, String>, String) {
    let steps = history.keys().map(|(key, past)| (key.to_string(), format!("{past:?}, said {}", history.said(key))));
    let run = (&history.opened, &history.closed, history.seq, history.at, history.epoch, &history.broken);
    (steps.collect(), format!("{run:?}"))
}

fn bodies() -> impl Strategy<Value = Vec<Body>> {
    (samples::first(), vec(samples::body(), 0..60)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_records_in_any_order_are_folded_or_refused(records in vec(samples::record(), 0..20)) {
        let mut history = History::default();
        for record in &records {
            let before = history.seq;
            let taken = history.fold(record).is_ok();
            prop_assert_eq!(history.seq, if taken { record.seq } else { before });
        }
    }

    #[test]
    fn what_is_written_and_read_again_in_two_parts_amounts_to_the_same(bodies in bodies(), at in 0..60usize) {
        let records = accepted(bodies);
        let text = format::encode(&records).unwrap();
        let read: Vec<Record> = format::decode(&text).collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(&read, &records);
        let (first, rest) = read.split_at(at.min(read.len()));
        let mut again = folded(first);
        rest.iter().try_for_each(|record| again.fold(record)).unwrap();
        prop_assert_eq!(all(&again), all(&folded(&records)));
    }

    #[test]
    fn whatever_happened_every_question_has_an_answer(bodies in bodies()) {
        let records = accepted(bodies);
        let history = folded(&records);
        prop_assert_eq!(history.seq, records.len() as u64);
        for (key, past) in history.keys() {
            prop_assert!(past.open_calls().len() <= past.calls.len());
            prop_assert!(past.used() <= past.status.attempt());
            prop_assert!(past.seq <= history.seq);
            prop_assert!(history.past(key).is_some());
            for call in &past.calls {
                let _ = (call.is_open(), call.may_have_acted());
            }
        }
        let open = history.open();
        prop_assert!(open.windows(2).all(|pair| pair[0].1.seq <= pair[1].1.seq));
    }
}

#[test]
fn a_gap_and_an_epoch_that_falls_are_refused() {
    let mut history = History::default();
    let said = |seq, epoch| Record {
        seq,
        at: 1,
        epoch,
        body: Body::Said(runbook_model::record::Said {
            key: runbook_model::Key::root(),
            nth: 1,
            text: String::new(),
            warning: false,
        }),
    };
    assert!(history.fold(&said(1, 1)).unwrap_err().contains("opened once"));
    assert_eq!(history.fold(&said(2, 1)).unwrap_err(), "record 2 follows record 0");
    history.epoch = 3;
    assert_eq!(history.fold(&said(1, 2)).unwrap_err(), "record 1 is of epoch 2, after epoch 3");
}

#[test]
fn a_call_that_goes_out_once_more_is_in_doubt_once_more() {
    let key = Key::from_text("reboot");
    let call = Call { word: "ssh::reboot".into(), brief: "n1".into(), args: "1".into(), repeat: Repeat::Probed };
    let noted =
        |before, proof| Body::CallNoted(CallNoted { key: key.clone(), nth: 1, call: call.clone(), before, proof });
    let ruled =
        |ruling| Body::StepRuled(StepRuled { key: key.clone(), ruling, by: "ssh::reboot".into(), why: String::new() });
    let begun = StepBegun {
        key: key.clone(),
        kind: Kind::Step,
        attempt: 1,
        of: 1,
        place: Place::default(),
        fingerprint: String::new(),
        why: None,
        until: None,
        items: Vec::new(),
        undo: false,
    };
    let mut history = History::default();
    let mut open_after = |body| {
        let record = Record { seq: history.seq + 1, at: 0, epoch: 1, body };
        history.fold(&record).unwrap();
        history.past(&key).map(|past| past.open_calls().iter().filter(|call| call.is_open()).count())
    };
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    open_after(proptest::strategy::ValueTree::current(&samples::first().new_tree(&mut runner).unwrap()));
    open_after(Body::StepBegun(begun));
    assert_eq!(open_after(noted(Some(Value::Int(1)), Some(Value::Text("boot 1".into())))), Some(1));
    assert_eq!(open_after(ruled(Ruling::Call { nth: 1, verdict: Verdict::Unknown })), Some(1), "unknown is no verdict");
    assert_eq!(open_after(ruled(Ruling::Call { nth: 1, verdict: Verdict::NotDone })), Some(0));
    assert_eq!(open_after(noted(None, None)), Some(1), "what was seen of the last time says nothing of this one");
    let past = &history.past(&key).unwrap().calls;
    assert_eq!(past.len(), 1);
    assert_eq!(past[0].before, Some(Value::Int(1)), "what was there first is what is put back");
    assert_eq!(past[0].proof, Some(Value::Text("boot 1".into())));
}
