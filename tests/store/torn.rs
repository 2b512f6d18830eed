//! Files that were cut short or overwritten.

use std::fs;
use std::ops::Range;

use super::killed;
use crate::place::Place;

const LOG: &str = "runbook.db-wal";

/// Where the last transaction of a write-ahead log lies.
fn last_commit(log: &[u8]) -> Range<usize> {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap()) as usize;
    let frame = FRAME_HEADER + number(8);
    // The last frame of a transaction says how large the database is after it.
    let ends = (HEADER..log.len()).step_by(frame).filter(|at| number(at + 4) != 0).map(|at| at + frame);
    let ends: Vec<usize> = ends.collect();
    ends[ends.len() - 2]..ends[ends.len() - 1]
}

/// A place with a copy of the store files of `from`, one of them changed by `change`. The original stays as the kill
/// left it: whoever opens it last puts its log away.
fn copied(from: &Place, file: &str, change: impl FnOnce(&mut Vec<u8>)) -> Place {
    let place = Place::new();
    fs::create_dir(place.state()).unwrap();
    let mut change = Some(change);
    for name in ["runbook.db", LOG] {
        let Ok(mut bytes) = fs::read(from.state().join(name)) else { continue };
        if name == file
            && let Some(change) = change.take()
        {
            change(&mut bytes);
        }
        fs::write(place.state().join(name), bytes).unwrap();
    }
    place
}

/// Requires that the damaged store opens or says what is wrong with it, and gives the records it still has.
fn opens_or_says_why(place: &Place) -> Vec<String> {
    let shown = place.call(&["show", "last"]);
    let exported = place.call(&["export", "last"]);
    for ended in [&shown, &exported] {
        let said = format!("{}{}", ended.out, ended.err);
        assert!(!said.contains("panicked"), "{said}");
        let explained = said.contains("store.damaged") || said.contains("run.unknown");
        assert!(ended.code == Some(0) || ended.code == Some(2) && explained, "{ended:?}");
    }
    exported.out.lines().map(str::to_owned).collect()
}

#[test]
fn a_log_that_was_torn_anywhere_in_its_last_transaction_loses_nothing_before_it() {
    let place = killed();
    let log = fs::read(place.state().join(LOG)).unwrap();
    let all = opens_or_says_why(&copied(&place, LOG, |_| ()));
    let commit = last_commit(&log);
    let before = opens_or_says_why(&copied(&place, LOG, |log| log.truncate(commit.start)));
    assert!(before.len() < all.len() && all.starts_with(&before), "{before:#?}");
    for length in commit.clone().step_by(97) {
        let torn = copied(&place, LOG, |log| log.truncate(length));
        assert_eq!(opens_or_says_why(&torn), before, "cut at byte {length}");
        let wrong = copied(&place, LOG, |log| log[length] ^= 0x40);
        assert_eq!(opens_or_says_why(&wrong), before, "changed at byte {length}");
    }
    for length in [commit.start, commit.start + 1, commit.end - 1, commit.end] {
        let torn = copied(&place, LOG, |log| log.truncate(length));
        fs::copy(place.path("main.rhai"), torn.path("main.rhai")).unwrap();
        torn.call(&["run", "--resume=last"]).exits(0);
        let records = opens_or_says_why(&torn);
        assert!(records.starts_with(if length == commit.end { &all } else { &before }));
    }
}

#[test]
fn a_database_that_was_cut_short_or_overwritten_says_so() {
    let place = killed();
    let file = place.state().join("runbook.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(())).unwrap();
    drop(db);
    let whole = fs::read(&file).unwrap();
    let all = opens_or_says_why(&place);
    for length in (0..whole.len()).step_by(499) {
        let cut = opens_or_says_why(&copied(&place, "runbook.db", |db| db.truncate(length)));
        assert!(all.starts_with(&cut), "cut at byte {length}: {cut:#?}");
        opens_or_says_why(&copied(&place, "runbook.db", |db| db[length..].fill(0xa5)));
    }
}

#[test]
fn what_is_no_store_is_not_overwritten() {
    let place = Place::saying("step(\"one\", || 1)\n");
    fs::create_dir(place.state()).unwrap();
    let file = place.state().join("runbook.db");
    let garbage = "this is no database at all\n".repeat(1000);
    fs::write(&file, &garbage).unwrap();
    for words in [&["run", "main.rhai"][..], &["run", "main.rhai", "--resume"], &["runs"], &["show", "last"]] {
        place.call(words).exits(2).says("store.damaged").says("runbook.db").says("--state");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), garbage);
}
