//! The pulse of an evaluation: every few thousand operations it looks whether to go on. A stop, a step's timeout and a
//! script that goes on without end are found here, also where no primitive is called.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine};
use runbook_run::{Clock, Halt, Stop};

/// How many operations pass between two looks; a power of two.
const LOOK_EVERY: u64 = 4096;

/// How long a script may compute without calling a word that reads, changes or steers.
pub const COMPUTE_MAX: Duration = Duration::from_secs(30);

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
    static COMPUTING_SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// What ends an evaluation: it passes through a script like nothing it could catch.
#[derive(Clone, Debug)]
pub enum End {
    /// The run halts.
    Halt(Halt),
    /// The step's time is over.
    Deadline,
    /// The script computes without end.
    Endless,
}

impl End {
    /// This end as Rhai carries it.
    pub fn into_token(self) -> Dynamic {
        Dynamic::from(self)
    }
}

/// Watches evaluations of `engine` for a stop, a deadline and endlessness.
pub fn watch(engine: &mut Engine, stop: Stop, clock: Clock) {
    engine.on_progress(move |operations| {
        if operations & (LOOK_EVERY - 1) != 0 {
            return None;
        }
        if stop.asked_now() {
            return Some(End::Halt(Halt::StoppedNow).into_token());
        }
        if DEADLINE.get().is_some_and(|deadline| clock.moment() >= deadline) {
            return Some(End::Deadline.into_token());
        }
        // How long it computes is a matter of this machine's own time.
        let now = Instant::now();
        match COMPUTING_SINCE.get() {
            None => {
                COMPUTING_SINCE.set(Some(now));
                None
            }
            Some(since) if now.duration_since(since) > COMPUTE_MAX => Some(End::Endless.into_token()),
            Some(_) => None,
        }
    });
}

/// Says that this thread did something other than compute.
pub fn beat() {
    COMPUTING_SINCE.set(None);
}

/// The deadline of this thread while the guard lives.
pub struct Within(Option<Instant>);

/// Puts `deadline` over what this thread evaluates until the guard is dropped.
pub fn within(deadline: Option<Instant>) -> Within {
    let outer = DEADLINE.get();
    DEADLINE.set([outer, deadline].into_iter().flatten().min());
    Within(outer)
}

impl Drop for Within {
    fn drop(&mut self) {
        DEADLINE.set(self.0);
    }
}
