//! Stopping a run: once at the next safe point, twice now. A stop passes through a script like nothing it could catch.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use runbook_model::{Failure, Key};
use tokio_util::sync::CancellationToken;

/// Why an evaluation ends before its end. Not a failure: a script cannot catch it.
#[derive(Clone, Debug, PartialEq)]
pub enum Halt {
    /// A person stopped the run at a safe point.
    Stopped,
    /// A person stopped the run at once.
    StoppedNow,
    /// A gate waits for a person.
    Gate(Key),
    /// `--until` named this step.
    Until(Key),
    /// A guard is broken.
    Guard(Key),
    /// Somebody else took the run's lock of the cluster.
    Lock(Box<Failure>),
    /// Nobody knows whether this step's effect took place.
    InDoubt(Key, Option<Box<Failure>>),
    /// A check said no.
    Check(Box<Failure>),
    /// The records end here: the replay of an undo or of a survey has come to its end.
    EndOfRecords,
    /// The store cannot be written, or a newer holder took the run.
    Store(Box<Failure>),
    /// The engine's own mistake.
    Bug(String),
}

/// The switch that stops a run.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    asked: AtomicU8,
    soon: CancellationToken,
    now: CancellationToken,
    halted: Mutex<Option<Halt>>,
}

impl Stop {
    /// Asks once more: the first time for the next safe point, then for now. Gives how often it was asked.
    pub fn ask(&self) -> u8 {
        let asked = self.0.asked.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        self.0.soon.cancel();
        if asked >= 2 {
            self.0.now.cancel();
        }
        asked
    }

    /// Whether nothing new may begin.
    pub fn asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed) > 0
    }

    /// Whether what goes on is to be cut off.
    pub fn asked_now(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed) > 1
    }

    /// Ends when waits, sleeps and gates are to end.
    pub fn soon(&self) -> &CancellationToken {
        &self.0.soon
    }

    /// Ends when calls are to be cut off.
    pub fn now(&self) -> &CancellationToken {
        &self.0.now
    }

    /// Halts the run: nothing new begins in any branch. The first reason stays.
    pub fn halt(&self, why: Halt) {
        let mut halted = self.0.halted.lock().unwrap_or_else(PoisonError::into_inner);
        if halted.is_none() {
            *halted = Some(why);
        }
        drop(halted);
        self.0.soon.cancel();
    }

    /// Why the run is to halt, if it is.
    pub fn halted(&self) -> Option<Halt> {
        if let Some(why) = self.0.halted.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Some(why);
        }
        match self.0.asked.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Halt::Stopped),
            _ => Some(Halt::StoppedNow),
        }
    }
}
