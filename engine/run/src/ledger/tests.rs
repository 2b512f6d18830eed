//! What the ledger promises, on a real store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use runbook_journal::Store;
use runbook_model::record::{Kind, Outcome, RunOpened, Said, StepBegun, StepSettled};
use runbook_model::{Holder, Key, Place, Value};
use tempfile::TempDir;

use super::*;
use crate::identity;

struct Desk {
    folder: TempDir,
    store: Store,
    ledger: Arc<Ledger>,
    heard: Receiver<Event>,
}

fn holder() -> Holder {
    identity::this_process(1)
}

/// A ledger with its first record, the opening of the run.
fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let opened = RunOpened {
        run: "run".to_owned(),
        runbook: "book".to_owned(),
        version: None,
        file: "book.rhai".to_owned(),
        path: "/book.rhai".to_owned(),
        sources: BTreeMap::new(),
        inputs: BTreeMap::new(),
        site: "local".to_owned(),
        aim: runbook_model::record::Aim::default(),
        lock: None,
        engine: "0".to_owned(),
        by: holder(),
    };
    let (journal, first) = store.create(opened, 1).unwrap();
    let mut history = History::default();
    history.fold(&first).unwrap();
    let (tell, heard) = mpsc::channel();
    // Whoever opens the run publishes its first record, which is on disk already.
    tell.send(Event::Recorded(Arc::new(first))).unwrap();
    let hear: Hear = Box::new(move |event| tell.send(event).unwrap());
    let ledger = Ledger::open(journal, history, Clock::start(0), hear);
    Desk { folder, store, ledger, heard }
}

impl Desk {
    /// The numbers of the records on disk, as another process sees them.
    fn on_disk(&self) -> Vec<u64> {
        let mut seqs = Vec::new();
        let other = Store::open(self.folder.path()).unwrap();
        let read = other.read("run", 0, |record| {
            seqs.push(record.seq);
            Ok(())
        });
        read.unwrap();
        seqs
    }

    fn published(&self) -> Vec<u64> {
        let heard = self.heard.try_iter();
        heard.filter_map(|event| if let Event::Recorded(record) = event { Some(record.seq) } else { None }).collect()
    }
}

fn begun(name: &str) -> Body {
    Body::StepBegun(StepBegun {
        key: Key::root().child(name, None),
        kind: Kind::Step,
        attempt: 1,
        of: 1,
        place: Place::default(),
        fingerprint: String::new(),
        why: None,
        until: None,
        items: Vec::new(),
        undo: false,
    })
}

fn settled(name: &str) -> Body {
    let key = Key::root().child(name, None);
    Body::StepSettled(StepSettled { key, attempt: 1, outcome: Outcome::Done(Value::Unit) })
}

#[test]
fn what_write_returned_from_is_on_disk_with_all_before_it() {
    let desk = desk();
    desk.ledger.append(begun("a")).unwrap();
    let seq = desk.ledger.write(settled("a")).unwrap();
    assert_eq!(seq, 3);
    assert_eq!(desk.on_disk(), [1, 2, 3]);
    desk.ledger.close().unwrap();
}

#[test]
fn what_was_appended_is_on_disk_once_the_ledger_is_closed_and_was_published_in_order() {
    let desk = desk();
    let names: Vec<String> = (0..50).map(|nth| format!("step {nth}")).collect();
    for name in &names {
        desk.ledger.append(begun(name)).unwrap();
        desk.ledger.append(settled(name)).unwrap();
    }
    desk.ledger.close().unwrap();
    let all: Vec<u64> = (1..=101).collect();
    assert_eq!((desk.on_disk(), desk.published()), (all.clone(), all));
}

#[test]
fn many_branches_write_at_once_and_each_finds_its_own_on_disk() {
    let desk = desk();
    std::thread::scope(|scope| {
        for branch in 0..16 {
            let (ledger, store) = (&desk.ledger, &desk.store);
            scope.spawn(move || {
                for nth in 0..8 {
                    let name = format!("{branch} {nth}");
                    let first = ledger.append(begun(&name)).unwrap();
                    let last = ledger.write(settled(&name)).unwrap();
                    assert!(first < last);
                    assert!(store.read("run", last - 1, |_| Err("there".to_owned())).is_err(), "record {last}");
                }
            });
        }
    });
    desk.ledger.close().unwrap();
    let all: Vec<u64> = (1..=1 + 16 * 8 * 2).collect();
    assert_eq!((desk.on_disk(), desk.published()), (all.clone(), all));
}

#[test]
fn a_record_that_contradicts_those_before_it_is_refused_and_not_written() {
    let desk = desk();
    let refused = desk.ledger.append(settled("never begun")).unwrap_err();
    assert_eq!(refused.code, code::RUN_BUG);
    assert_eq!(desk.ledger.write(begun("a")).unwrap(), 2);
    assert_eq!(desk.on_disk(), [1, 2]);
    desk.ledger.close().unwrap();
}

#[test]
fn a_run_that_was_taken_over_is_told_so_and_writes_and_publishes_nothing_more() {
    let desk = desk();
    desk.ledger.write(begun("a")).unwrap();
    let newest = desk.store.take("run", &holder(), |_| true).unwrap();
    desk.published();
    assert_eq!(desk.ledger.write(settled("a")).unwrap_err().code, code::RUN_LOST);
    assert_eq!(desk.ledger.append(begun("b")).unwrap_err().code, code::RUN_LOST);
    assert_eq!(desk.ledger.close().unwrap_err().code, code::RUN_LOST);
    assert_eq!((desk.on_disk(), desk.published()), (vec![1, 2], vec![]));
    assert_eq!(newest.epoch, 2);
}

#[test]
fn the_time_of_a_record_is_never_before_that_of_the_one_before_it() {
    let desk = desk();
    let ahead = desk.ledger.clock().now() + 3_600_000;
    desk.ledger.pages().history.at = ahead;
    let said = Said { key: Key::root(), nth: 1, text: "late".to_owned(), warning: false };
    desk.ledger.write(Body::Said(said)).unwrap();
    assert_eq!(desk.ledger.look(|history| history.at), ahead);
    desk.ledger.close().unwrap();
}
