//! The one writer of a run's journal: append, then publish.
//!
//! Promises: what `through` returned from is on disk; events are published after their records are, in order; what was
//! appended lazily is on disk with the next sync, or within milliseconds. Whoever needs a sync first does it for all
//! that wait (leader and followers), so that a serial step pays for no thread change and many branches share one sync.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runbook_journal::{Error, History, Journal};
use runbook_model::{Body, Event, Failure, Millis, Progress, Record, code};

use crate::clock::Clock;

/// How long a lazily appended record may wait for a sync it can share.
const LINGER: Duration = Duration::from_millis(3);
/// How often the flusher looks in vain before it goes to sleep for good.
const IDLE_LOOKS: u32 = 50;
/// More than this many waiting records are synced by whoever appends the next.
const WAITING_MAX: usize = 4096;

/// Who hears the events of a run.
pub type Hear = Box<dyn Fn(Event) + Send + Sync>;

/// The journal of a run that is held, and the history it amounts to.
pub struct Ledger {
    pages: Mutex<Pages>,
    turned: Condvar,
    woken: Condvar,
    journal: Journal,
    hear: Hear,
    clock: Clock,
}

struct Pages {
    history: History,
    waiting: Vec<Arc<Record>>,
    synced: u64,
    leading: bool,
    broken: Option<Failure>,
    asleep: bool,
    over: bool,
    die_after: Option<u64>,
}

impl Ledger {
    /// A ledger over a journal and what it already amounts to.
    pub fn open(journal: Journal, history: History, clock: Clock, hear: Hear) -> Arc<Self> {
        let synced = history.seq;
        let pages = Pages {
            history,
            waiting: Vec::new(),
            synced,
            leading: false,
            broken: None,
            asleep: false,
            over: false,
            die_after: None,
        };
        let ledger = Arc::new(Self {
            pages: Mutex::new(pages),
            turned: Condvar::new(),
            woken: Condvar::new(),
            journal,
            hear,
            clock,
        });
        let flusher = Arc::clone(&ledger);
        // The thread ends with the ledger's `close`, or with the process.
        let _ = std::thread::Builder::new().name("ledger".into()).spawn(move || flusher.flush_now_and_then());
        ledger
    }

    /// Kills this process as soon as record `seq` is on disk and the next is not: how a proof cuts a run anywhere.
    pub fn die_after(&self, seq: u64) {
        let mut pages = self.pages();
        pages.die_after = Some(seq);
        if pages.synced >= seq {
            die();
        }
    }

    /// The clock of the run.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The journal that is written.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Looks at the history.
    pub fn look<T>(&self, at: impl FnOnce(&History) -> T) -> T {
        at(&self.pages().history)
    }

    /// Tells the report something that is not kept.
    pub fn progress(&self, progress: Progress) {
        (self.hear)(Event::Progress(progress));
    }

    /// Tells it in its place: after all that was appended before. A ledger that is broken says so at its next record.
    pub fn progress_in_turn(&self, progress: Progress) {
        let seq = self.look(|history| history.seq);
        let _ = self.through(seq);
        self.progress(progress);
    }

    /// Appends one record, to be synced with the next that cannot wait; gives its number.
    pub fn append(&self, body: Body) -> Result<u64, Failure> {
        let mut pages = self.pages();
        if let Some(broken) = &pages.broken {
            return Err(broken.clone());
        }
        let at: Millis = self.clock.now().max(pages.history.at);
        let record = Record { seq: pages.history.seq + 1, at, epoch: self.journal.epoch, body };
        pages.history.fold(&record).map_err(|what| Failure::new(code::RUN_BUG, what))?;
        let seq = record.seq;
        pages.waiting.push(Arc::new(record));
        if mem::take(&mut pages.asleep) {
            self.woken.notify_one();
        }
        let full = pages.waiting.len() > WAITING_MAX;
        drop(pages);
        if full {
            self.through(seq)?;
        }
        Ok(seq)
    }

    /// Appends one record and waits until it is on disk.
    pub fn write(&self, body: Body) -> Result<u64, Failure> {
        let seq = self.append(body)?;
        self.through(seq)?;
        Ok(seq)
    }

    /// Waits until record `seq` and all before it are on disk.
    pub fn through(&self, seq: u64) -> Result<(), Failure> {
        let mut pages = self.pages();
        loop {
            if pages.synced >= seq {
                return Ok(());
            }
            if let Some(broken) = &pages.broken {
                return Err(broken.clone());
            }
            if pages.leading {
                pages = self.turned.wait(pages).unwrap_or_else(PoisonError::into_inner);
            } else {
                pages = self.lead(pages);
            }
        }
    }

    /// Syncs all that waits, on behalf of everyone.
    fn lead<'p>(&'p self, mut pages: MutexGuard<'p, Pages>) -> MutexGuard<'p, Pages> {
        let mut batch = mem::take(&mut pages.waiting);
        let Some(first) = batch.first().map(|record| record.seq) else { return pages };
        let last_wish = pages.die_after.filter(|seq| batch.last().is_some_and(|last| last.seq >= *seq));
        if let Some(seq) = last_wish {
            batch.retain(|record| record.seq <= seq);
        }
        let last = batch.last().map_or(first, |record| record.seq);
        pages.leading = true;
        drop(pages);
        let written = self.journal.append(first, batch.iter().map(AsRef::as_ref));
        if last_wish.is_some() {
            die();
        }
        if written.is_ok() {
            for record in batch {
                (self.hear)(Event::Recorded(record));
            }
        }
        let mut pages = self.pages();
        pages.leading = false;
        match written {
            Ok(()) => pages.synced = last,
            Err(error) => pages.broken = Some(explain(error, &self.journal.run)),
        }
        self.turned.notify_all();
        pages
    }

    fn flush_now_and_then(&self) {
        let mut idle = 0;
        let mut pages = self.pages();
        while !pages.over && pages.broken.is_none() {
            if idle > IDLE_LOOKS {
                pages.asleep = true;
                pages = self.woken.wait(pages).unwrap_or_else(PoisonError::into_inner);
                idle = 0;
            }
            let seen = pages.history.seq;
            pages = self.woken.wait_timeout(pages, LINGER).unwrap_or_else(PoisonError::into_inner).0;
            if pages.waiting.is_empty() || pages.leading {
                idle += 1;
            } else if pages.waiting.first().is_some_and(|record| record.seq <= seen) {
                idle = 0;
                pages = self.lead(pages);
            }
        }
    }

    /// Syncs what still waits and ends the flusher.
    pub fn close(&self) -> Result<(), Failure> {
        let seq = self.pages().history.seq;
        let synced = self.through(seq);
        self.pages().over = true;
        self.woken.notify_all();
        synced
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn explain(error: Error, run: &str) -> Failure {
    let lost = error.is_lost();
    let failure = Failure::from(error);
    if lost {
        failure
    } else {
        failure.hint(format!("what is done is recorded; go on with `runbook run --resume={run}`"))
    }
}

/// As a power cut would: no destructor runs, nothing is flushed.
fn die() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
}

#[cfg(test)]
mod tests;
