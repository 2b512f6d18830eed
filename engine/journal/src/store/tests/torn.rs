//! A log that a power cut left in the middle of its last transaction, at every byte of it.

use std::fs;
use std::path::Path;

use super::{Store, blank, folder, opened, read, said};

const LOG: &str = "runbook.db-wal";
const DATABASE: &str = "runbook.db";

/// A store as a power cut would leave it, with five records in three transactions: its database, its log, and where
/// the last transaction begins in that.
fn cut_off() -> (Vec<u8>, Vec<u8>, usize) {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let journal = blank(&store, opened("run", None)).unwrap();
    journal.append(1, &[said(1), said(2)]).unwrap();
    journal.append(3, &[said(3)]).unwrap();
    let before = fs::read(folder.path().join(LOG)).unwrap().len();
    journal.append(4, &[said(4), said(5)]).unwrap();
    // The files are copied while the store is open: whoever closes it puts the log away.
    (fs::read(folder.path().join(DATABASE)).unwrap(), fs::read(folder.path().join(LOG)).unwrap(), before)
}

fn records_of(place: &Path, database: &[u8], log: &[u8]) -> usize {
    let _ = fs::remove_file(place.join("runbook.db-shm"));
    fs::write(place.join(DATABASE), database).unwrap();
    fs::write(place.join(LOG), log).unwrap();
    let store = Store::open(place).unwrap();
    let records = read(&store, "run", 0);
    assert!(records.iter().zip(1..).all(|(record, seq)| *record == said(seq)));
    records.len()
}

#[test]
fn a_transaction_is_there_whole_or_not_at_all_wherever_it_was_cut() {
    let (database, log, before) = cut_off();
    let place = folder();
    assert!(before < log.len());
    for length in before..log.len() {
        assert_eq!(records_of(place.path(), &database, &log[..length]), 3, "cut at byte {length}");
    }
    assert_eq!(records_of(place.path(), &database, &log), 5);
}

#[test]
fn a_transaction_that_was_torn_within_is_as_if_it_had_never_been() {
    let (database, log, before) = cut_off();
    let place = folder();
    for at in before..log.len() {
        let mut torn = log.clone();
        torn[at] ^= 0x10;
        assert_eq!(records_of(place.path(), &database, &torn), 3, "changed at byte {at}");
        torn[at..].fill(0);
        assert_eq!(records_of(place.path(), &database, &torn), 3, "nothing from byte {at} on");
    }
}
