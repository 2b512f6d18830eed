//! The files of this machine that a rehearsal changed, put back when it is over: what was there may be somebody's real one.

use runbook_drivers::file;
use runbook_model::{Body, Failure, Record, Value};

/// How the words begin that change files here.
const WORDS: &str = "file::";

/// What a record says stood where it writes.
pub(crate) fn found(record: &Record) -> Option<&Value> {
    match &record.body {
        Body::CallNoted(noted) if noted.call.word.starts_with(WORDS) => noted.before.as_ref(),
        _ => None,
    }
}

/// Puts back what these records say stood where they wrote, the last change first.
///
/// # Errors
/// The first that could not be put back; the others are.
pub(crate) fn put_back(records: &[Record]) -> Result<(), Failure> {
    // Whatever stands there now: it is the rehearsal's own.
    records.iter().rev().filter_map(found).map(|before| file::put_back(before, None)).fold(Ok(()), Result::and)
}
