//! Writing a few records into a run that no process holds, and letting it go again as it was.

use runbook_journal::{History, Store};
use runbook_model::record::{Closing, Purpose};
use runbook_model::{Body, Failure, Holder, Record, code};
use runbook_run::{Clock, resume};

use crate::session;

/// Takes `run`, writes `bodies`, lets it go. `before` is what the caller decided on; it is read again once it is held.
pub(super) fn write(
    store: &Store,
    run: &str,
    by: &Holder,
    before: &History,
    bodies: Vec<Body>,
) -> Result<History, Failure> {
    let journal = session::take(store, run, by, false)?;
    let mut history = session::history(store, run)?;
    if history.seq != before.seq {
        store.let_go(run)?;
        let failure = Failure::new(code::RUN_HELD, format!("run `{run}` went on in the meantime"));
        return Err(failure.hint("look at it again with `runbook show` before you decide"));
    }
    let was = history.closed.take();
    let at = Clock::start(history.at).now();
    let mut records = Vec::new();
    let taken = Body::RunTaken(Box::new(session::taken(by, Purpose::Settle)));
    for body in std::iter::once(taken).chain(bodies) {
        records.push(fold(&mut history, journal.epoch, at, body)?);
    }
    // It is let go as it was found; only a doubt that is settled is one no more.
    let mut closed = was.map_or_else(|| session::closed(Closing::Stopped), |closed| *closed);
    if closed.verdict == Closing::InDoubt && resume::unknown(&history).is_empty() {
        closed.verdict = Closing::Stopped;
        closed.failure = None;
    }
    let verdict = closed.verdict;
    records.push(fold(&mut history, journal.epoch, at, Body::RunClosed(Box::new(closed)))?);
    journal.append(records[0].seq, &records)?;
    journal.release(verdict.word(), verdict.is_final(), at)?;
    Ok(history)
}

/// The same for a run that is given up for good.
pub(super) fn abandon(store: &Store, run: &str, by: &Holder) -> Result<(), Failure> {
    let journal = session::take(store, run, by, false)?;
    let mut history = session::history(store, run)?;
    let at = Clock::start(history.at).now();
    if history.opened.is_none() {
        // A run without records has nothing to be written into.
        return Ok(store.mend(run, Closing::Abandoned.word(), true, at)?);
    }
    let mut records = Vec::new();
    for body in [
        Body::RunTaken(Box::new(session::taken(by, Purpose::Settle))),
        Body::RunClosed(Box::new(session::closed(Closing::Abandoned))),
    ] {
        records.push(fold(&mut history, journal.epoch, at, body)?);
    }
    journal.append(records[0].seq, &records)?;
    Ok(journal.release(Closing::Abandoned.word(), true, at)?)
}

fn fold(history: &mut History, epoch: u32, at: i64, body: Body) -> Result<Record, Failure> {
    let record = Record { seq: history.seq + 1, at, epoch, body };
    history
        .fold(&record)
        .map_err(|what| Failure::new(code::RUN_HELD, format!("that cannot be decided now: {what}")))?;
    Ok(record)
}
