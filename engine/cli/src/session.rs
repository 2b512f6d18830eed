//! A run that this process holds: its ledger, its screen, and the attendant that brings what others ask of it.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runbook_journal::status::Status;
use runbook_journal::store::Ask as Asked;
use runbook_journal::{History, Journal, Store};
use runbook_model::holder::Life;
use runbook_model::record::{Closing, GateAnswered, Purpose, RunClosed, RunTaken};
use runbook_model::{Body, Failure, Holder, Key, Progress, Record, Time, code};
use runbook_run::{Clock, Ledger, Stop, identity};
use runbook_script::hands::Hands;
use runbook_script::lock::Lock;

use crate::args::Output;
use crate::conduct::End;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::{leftovers, lock};

/// How often the attendant looks whether another process has written to the store.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A run that this process holds.
pub(crate) struct Session {
    /// Its ledger.
    pub ledger: Arc<Ledger>,
    /// Its switch.
    pub stop: Stop,
    /// Its screen.
    pub screen: Screen,
    /// Who holds it.
    pub by: Holder,
    /// Whether another process watches this one.
    pub watched: bool,
    lock: Option<Lock>,
    over: Arc<AtomicBool>,
}

impl Session {
    /// A session over a journal and what it amounts to.
    pub(crate) fn open(
        store: &Store,
        journal: Journal,
        history: History,
        output: Output,
        err: std::fs::File,
        by: Holder,
        led: Option<Arc<dyn Time>>,
    ) -> Result<Self, Failure> {
        let no_thread =
            |error: std::io::Error| Failure::new(code::RUN_DIED, "no thread could be started").because(error);
        let screen = Screen::open(output, &journal.run, err, Clock::of(led.clone(), 0)).map_err(no_thread)?;
        let hand = screen.hand();
        let clock = Clock::of(led, history.at);
        if let Some(opened) = &history.opened {
            let first = Record { seq: 1, at: opened.by.since, epoch: 1, body: Body::RunOpened(opened.clone()) };
            hand.recall(first);
        }
        let ledger = Ledger::open(journal, history, clock, Box::new(move |event| hand.hear(event)));
        let stop = Stop::default();
        let over = Arc::new(AtomicBool::new(false));
        attend(store.clone(), Arc::clone(&ledger), stop.clone(), Arc::clone(&over)).map_err(no_thread)?;
        Ok(Self { ledger, stop, screen, by, watched: false, lock: None, over })
    }

    /// Keeps the lock of the run in the cluster for as long as this process has the run.
    pub(crate) fn keep(&mut self, lock: Option<Lock>) {
        let Some(lock) = lock else { return };
        lock.keep(self.stop.clone(), lock::teller(&self.ledger));
        self.lock = Some(lock);
    }

    /// The first signal asks the run to stop at its next safe point, the second to stop now.
    pub(crate) fn listen_for_stops(&self) -> Result<(), Failure> {
        use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
        let trouble =
            |error: std::io::Error| Failure::new(code::RUN_DIED, "signals cannot be listened to").because(error);
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGUSR1]).map_err(trouble)?;
        let ledger = Arc::clone(&self.ledger);
        let stop = self.stop.clone();
        let watched = self.watched;
        let listen = move || {
            for signal in signals.forever() {
                // A terminal's Ctrl-C reaches a watched process too, and its watcher hands it on.
                if signal != SIGINT || !watched {
                    ask_to_stop(&ledger, &stop);
                }
            }
        };
        std::thread::Builder::new().name("signals".into()).spawn(listen).map(|_| ()).map_err(trouble)
    }

    /// Ends the session as the evaluation ended.
    pub(crate) fn end(self, end: End, hands: &Hands) -> Result<Exit, Failure> {
        let exit = end.exit;
        if end.writable {
            if end.closed.verdict.is_final() {
                leftovers::sweep(&self.ledger, hands);
            }
            self.close(end.closed, exit as u8)?;
        } else {
            self.give_up(exit as u8, end.closed.failure);
        }
        Ok(exit)
    }

    /// Writes down how the run ended, lets it go, and closes the screen with what the program exits with.
    pub(crate) fn close(self, closed: RunClosed, exit: u8) -> Result<(), Failure> {
        self.over.store(true, Ordering::Relaxed);
        let verdict = closed.verdict;
        if let Some(lock) = &self.lock {
            lock::end(lock, verdict.is_final(), &self.ledger);
        }
        let written = self.ledger.write(Body::RunClosed(Box::new(closed))).and_then(|_| self.ledger.close());
        let at = self.ledger.clock().now();
        let released = written.and_then(|()| {
            self.ledger.journal().release(verdict.word(), verdict.is_final(), at).map_err(Failure::from)
        });
        self.screen.close(exit, None);
        released
    }

    /// Closes the screen of a run whose store can no longer be written.
    pub(crate) fn give_up(self, exit: u8, failure: Option<Failure>) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(lock) = &self.lock {
            lock.rest();
        }
        self.screen.close(exit, failure);
    }
}

/// Brings what other processes ask of the run: answers to gates, and stops.
fn attend(store: Store, ledger: Arc<Ledger>, stop: Stop, over: Arc<AtomicBool>) -> std::io::Result<()> {
    let attendant = move || {
        let mut seen = None;
        while !over.load(Ordering::Relaxed) {
            let now = store.changes().ok();
            if now != seen {
                seen = now;
                for mail in ledger.journal().mail().unwrap_or_default() {
                    match mail.ask {
                        Asked::Stop => ask_to_stop(&ledger, &stop),
                        Asked::Answer { key, yes, note } => {
                            let waits = ledger.look(|history| {
                                history.past(&key).is_some_and(|past| {
                                    past.gate.is_some() && matches!(past.status, Status::Open { .. })
                                })
                            });
                            if waits {
                                let answered = GateAnswered { key, who: mail.who, yes, note };
                                // A ledger that cannot be written halts the run by itself.
                                let _ = ledger.write(Body::GateAnswered(answered));
                            }
                        }
                    }
                }
            }
            std::thread::sleep(LOOK_EVERY);
        }
    };
    std::thread::Builder::new().name("attendant".into()).spawn(attendant).map(|_| ())
}

/// Asks the run to stop, and tells what is waited for.
pub(crate) fn ask_to_stop(ledger: &Ledger, stop: &Stop) {
    if stop.ask() == 1 {
        let after = ledger.look(|history| {
            let open = history.open().into_iter();
            open.filter(|(_, past)| past.kind == runbook_model::record::Kind::Step)
                .map(|(key, _)| key.clone())
                .collect()
        });
        ledger.progress(Progress::Stopping { after });
    }
}

/// Takes an unfinished run up. A holder that is just dying is given a moment to be gone.
pub(crate) fn take(store: &Store, run: &str, by: &Holder, take_over: bool) -> Result<Journal, Failure> {
    const LOOKS: u32 = 15;
    const PAUSE: Duration = Duration::from_millis(20);
    for look in 0.. {
        let may = |holder: &Holder| match identity::life_of(holder) {
            Life::Gone => true,
            Life::Alive | Life::Elsewhere => take_over,
        };
        match store.take(run, by, may) {
            Ok(journal) => return Ok(journal),
            Err(runbook_journal::Error::Held { holder, .. })
                if look < LOOKS && identity::life_of(&holder) != Life::Elsewhere =>
            {
                std::thread::sleep(PAUSE);
            }
            Err(runbook_journal::Error::Held { run, holder }) => return Err(held(&run, &holder)),
            Err(error) => return Err(error.into()),
        }
    }
    unreachable!("the loop ends with an answer")
}

fn held(run: &str, holder: &Holder) -> Failure {
    let life = match identity::life_of(holder) {
        Life::Alive => "and it is alive",
        Life::Gone => "and it is gone",
        Life::Elsewhere => "on another machine; whether it is alive cannot be seen from here",
    };
    let since = crate::time::ago(Clock::start(0).now() - holder.since);
    Failure::new(code::RUN_HELD, format!("run `{run}` is held by {holder}"))
        .because(format!("since {since}, {life}"))
        .hint(format!("watch it with `runbook watch {run}`, or stop it with `runbook stop {run}`"))
        .hint(format!("if you must, take it over with `runbook take {run}`"))
}

/// Reads all records of `run`.
pub(crate) fn history(store: &Store, run: &str) -> Result<History, Failure> {
    let mut history = History::default();
    catch_up(store, run, &mut history)?;
    Ok(history)
}

/// Reads what has been written to `run` since `history` was read.
pub(crate) fn catch_up(store: &Store, run: &str, history: &mut History) -> Result<(), Failure> {
    store.read(run, history.seq, |record| history.fold(&record))?;
    Ok(())
}

/// Sets a row right whose process was killed after its last record and before it let the run go.
pub(crate) fn mend(store: &Store, run: &str) -> Result<bool, Failure> {
    let row = store.find(run)?;
    let gone = row.holder.as_ref().is_some_and(|holder| identity::life_of(holder) == Life::Gone);
    if !gone {
        return Ok(false);
    }
    let history = history(store, run)?;
    match &history.closed {
        Some(closed) if closed.verdict.is_final() => {
            store.mend(run, closed.verdict.word(), true, history.at)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The record with which a process takes a run up.
pub(crate) fn taken(by: &Holder, purpose: Purpose) -> RunTaken {
    RunTaken { by: by.clone(), purpose, sources: None }
}

/// The record with which a run ends that has nothing more to say of it.
pub(crate) fn closed(verdict: Closing) -> RunClosed {
    RunClosed {
        verdict,
        value: runbook_model::Value::Unit,
        failure: None,
        culprits: Vec::new(),
        orphans: Vec::new(),
        left: Vec::new(),
    }
}

/// The failed steps that a resume tries again: those that ended the run.
pub(crate) fn retried(history: &History) -> HashSet<Key> {
    history.closed.as_ref().map(|closed| closed.culprits.iter().cloned().collect()).unwrap_or_default()
}
