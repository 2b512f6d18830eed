//! What a store promises: what was appended is read again, one holder writes, and a torn file loses nothing before it.

mod torn;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use runbook_model::record::RunOpened;
use runbook_model::{Body, Holder, Record};
use tempfile::TempDir;

use super::{Error, Journal, Store};
use crate::samples;

/// A folder in memory where there is one: these tests are about what is written, not about how fast.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn holder(pid: u32) -> Holder {
    let (user, host, boot) = ("ann".to_owned(), "here".to_owned(), "1".to_owned());
    Holder { user, host, pid, pid_started: 1, boot, since: 1 }
}

/// A run whose journal is still blank: these tests number their own records from 1.
fn blank(store: &Store, opened: RunOpened) -> Result<Journal, Error> {
    let (journal, _) = store.create(opened, 1)?;
    store.db().execute("DELETE FROM journal WHERE id >> 40 = ?1", [journal.number]).unwrap();
    Ok(journal)
}

fn opened(run: &str, lock: Option<&str>) -> RunOpened {
    RunOpened {
        run: run.to_owned(),
        runbook: "book".to_owned(),
        version: None,
        file: "book.rhai".to_owned(),
        path: "/book.rhai".to_owned(),
        sources: BTreeMap::new(),
        inputs: BTreeMap::new(),
        site: "local".to_owned(),
        aim: runbook_model::record::Aim::default(),
        lock: lock.map(str::to_owned),
        engine: "0".to_owned(),
        by: holder(1),
    }
}

/// Records of these bodies, numbered from `first`.
fn numbered(first: u64, bodies: Vec<Body>) -> Vec<Record> {
    (first..).zip(bodies).map(|(seq, body)| Record { seq, at: 1, epoch: 1, body }).collect()
}

fn read(store: &Store, run: &str, after: u64) -> Vec<Record> {
    let mut records = Vec::new();
    let heard = store.read(run, after, |record| {
        records.push(record);
        Ok(())
    });
    heard.unwrap();
    records
}

fn said(seq: u64) -> Record {
    let said = runbook_model::record::Said {
        key: runbook_model::Key::root(),
        nth: u32::try_from(seq).unwrap(),
        text: format!("line {seq}"),
        warning: false,
    };
    Record { seq, at: 1, epoch: 1, body: Body::Said(said) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_appended_in_any_batches_is_read_again_from_any_record_on(
        batches in vec((any::<bool>(), vec(samples::body(), 1..6)), 1..8),
        after in 0..40u64,
    ) {
        let folder = folder();
        let store = Store::open(folder.path()).unwrap();
        let journals = ["one", "two"].map(|run| blank(&store, opened(run, None)).unwrap());
        let mut written: [Vec<Record>; 2] = Default::default();
        for (which, bodies) in batches {
            let which = usize::from(which);
            let batch = numbered(written[which].len() as u64 + 1, bodies);
            journals[which].append(batch[0].seq, &batch).unwrap();
            written[which].extend(batch);
        }
        drop(journals);
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        for (run, written) in ["one", "two"].into_iter().zip(&written) {
            prop_assert_eq!(&read(&store, run, 0), written);
            let rest: Vec<Record> = written.iter().filter(|record| record.seq > after).cloned().collect();
            prop_assert_eq!(read(&store, run, after), rest);
        }
    }
}

#[test]
fn whoever_took_a_run_last_is_the_only_one_who_writes() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let elsewhere = Store::open(folder.path()).unwrap();
    let first = blank(&store, opened("run", None)).unwrap();
    first.append(1, &[said(1)]).unwrap();
    let held = elsewhere.take("run", &holder(2), |holder| holder.pid != 1);
    assert!(matches!(held, Err(Error::Held { .. })));
    first.append(2, &[said(2)]).unwrap();
    let second = elsewhere.take("run", &holder(2), |_| true).unwrap();
    assert_eq!((first.epoch, second.epoch), (1, 2));
    for late in [first.append(3, &[said(3)]), first.release("done", true, 9)] {
        assert!(late.unwrap_err().is_lost());
    }
    assert_eq!(read(&store, "run", 0), [said(1), said(2)]);
    second.append(3, &[said(3)]).unwrap();
    assert_eq!(read(&store, "run", 2), [said(3)]);
    let row = store.find("run").unwrap();
    assert_eq!((row.epoch, row.holder, row.verdict), (2, Some(holder(2)), None));
}

#[test]
fn a_record_is_never_written_over() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let journal = blank(&store, opened("run", None)).unwrap();
    journal.append(1, &[said(1)]).unwrap();
    let again = journal.append(1, &[said(7)]);
    assert!(again.is_err_and(|error| !error.is_lost()));
    assert_eq!(read(&store, "run", 0), [said(1)]);
}

#[test]
fn a_lock_is_held_until_its_run_is_over_for_good() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let refused = |run: &str| matches!(blank(&store, opened(run, Some("door"))), Err(Error::LockHeld { .. }));
    let first = blank(&store, opened("first", Some("door"))).unwrap();
    assert!(refused("second"));
    first.release("stopped", false, 2).unwrap();
    assert!(refused("second"));
    assert!(blank(&store, opened("other", Some("window"))).is_ok());
    let again = store.take("first", &holder(1), |_| false).unwrap();
    again.release("done", true, 3).unwrap();
    assert!(!refused("second"));
}

#[test]
fn whoever_lost_a_run_does_not_free_its_lock() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let late: Journal = blank(&store, opened("first", Some("door"))).unwrap();
    let _newest = store.take("first", &holder(2), |_| true).unwrap();
    assert!(late.release("done", true, 2).unwrap_err().is_lost());
    let second = blank(&store, opened("second", Some("door")));
    assert!(matches!(second, Err(Error::LockHeld { .. })), "the lock of a run under way was freed");
}

#[test]
fn a_run_is_found_by_its_name_the_beginning_of_it_or_as_the_last() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    assert!(matches!(store.find("last"), Err(Error::Unknown { .. })));
    for run in ["ab", "abc", "b_%"] {
        blank(&store, opened(run, None)).unwrap();
    }
    for (asked, found) in [("ab", "ab"), ("abc", "abc"), ("b", "b_%"), ("last", "b_%")] {
        assert_eq!(store.find(asked).unwrap().run, found);
    }
    assert!(matches!(store.find("a"), Err(Error::Ambiguous { .. })));
    for unknown in ["%", "_", "x", "abcd"] {
        assert!(matches!(store.find(unknown), Err(Error::Unknown { .. })), "`{unknown}` was found");
    }
}
