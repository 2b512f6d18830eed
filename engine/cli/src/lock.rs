//! The lock of a run in its cluster: who has one, what it has to say, and when it is given up.
//!
//! Promises: a run that needs no cluster, or names no lock, asks for none. It is taken before the run is written down,
//! and given up before the run is written down as ended: a run in the store never has less than its lock.

use std::sync::Arc;

use runbook_model::record::{RunOpened, Said};
use runbook_model::{Body, Failure, Holder, Key};
use runbook_run::Ledger;
use runbook_script::hands::Hands;
use runbook_script::lock::{self, Lock, Owner, Tell};

/// The lock of a new run.
pub(crate) fn of_new(opened: &RunOpened, hands: &Arc<Hands>, take_over: bool) -> Result<Option<Lock>, Failure> {
    let Some(name) = name(opened) else { return Ok(None) };
    Lock::take(hands, name, owner(opened, &opened.by), take_over).map(Some)
}

/// The lock of a run that is taken up by `by`.
pub(crate) fn of_known(
    opened: &RunOpened,
    by: &Holder,
    hands: &Arc<Hands>,
    take_over: bool,
) -> Result<Option<Lock>, Failure> {
    let Some(name) = name(opened) else { return Ok(None) };
    Lock::take_again(hands, name, owner(opened, by), take_over).map(Some)
}

/// Gives up the lock of a run that no process has.
pub(crate) fn free(opened: &RunOpened) -> Result<(), Failure> {
    let Some(name) = name(opened) else { return Ok(()) };
    lock::free_of(&Hands::new(opened.aim.clone(), None), name, &opened.run)
}

/// Gives back a lock that was taken for nothing; one the run had before stays the run's.
pub(crate) fn give_back(lock: Option<&Lock>) {
    if let Some(lock) = lock.filter(|lock| !lock.was_ours()) {
        // What is left then is a lock nobody renews, and its refusal says what to do.
        let _ = lock.free();
    }
}

/// Ends the keeping of a lock with the run's: given up where the run is over, kept for the run where it is not.
pub(crate) fn end(lock: &Lock, is_final: bool, ledger: &Arc<Ledger>) {
    lock.rest();
    if !is_final {
        return;
    }
    if let Err(failure) = lock.free() {
        let told =
            format!("the lock of the cluster could not be given up: {failure}; the next run needs `--take-over`");
        teller(ledger)(&told);
    }
}

/// Writes down what the keeping of a lock has to say.
pub(crate) fn teller(ledger: &Arc<Ledger>) -> Tell {
    let ledger = Arc::clone(ledger);
    // A key of its own: what the runbook itself says is counted, and must not be taken for this.
    let key = Key::root().child("lock of the cluster", None);
    Box::new(move |text| {
        let nth = ledger.look(|history| history.said(&key)) + 1;
        let said = Said { key: key.clone(), nth, text: text.to_owned(), warning: true };
        // A ledger that cannot be written halts the run by itself.
        let _ = ledger.append(Body::Said(said));
    })
}

fn name(opened: &RunOpened) -> Option<&str> {
    opened.lock.as_deref().filter(|_| opened.aim.cluster.is_some())
}

fn owner(opened: &RunOpened, by: &Holder) -> Owner {
    Owner { run: opened.run.clone(), who: by.who() }
}
