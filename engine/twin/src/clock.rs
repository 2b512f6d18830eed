//! The only place of this room that reads a clock: how the world's time follows the real one, and when it may jump.

use crate::world::Moment;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How fast the world's time runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// As fast as it can: whenever nothing is left to do, it jumps to the next due moment.
    Jumping,
    /// The same, but only where a guest waits: whoever lives in its time from outside and says so at the door of time.
    Led,
    /// So many times as fast as real time.
    Times(f64),
}

/// The world's time by the real one.
#[derive(Debug)]
pub struct Clock {
    speed: Speed,
    start: Moment,
    begun: Instant,
    jumped: i64,
}

impl Clock {
    /// A clock that shows `start` now.
    #[must_use]
    pub fn new(speed: Speed, start: Moment) -> Self {
        Self { speed, start, begun: Instant::now(), jumped: 0 }
    }

    /// The real time now, to the second: how worlds begin when no scene says otherwise.
    #[must_use]
    pub fn today() -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Moment::seconds(i64::try_from(since.as_secs()).unwrap_or(0))
    }

    /// The world's time now.
    #[must_use]
    pub fn now(&self) -> Moment {
        let passed = match self.speed {
            Speed::Jumping | Speed::Led => self.begun.elapsed(),
            Speed::Times(times) => self.begun.elapsed().mul_f64(times.max(0.0)),
        };
        Moment(self.start.plus(passed).0.saturating_add(self.jumped))
    }

    /// Jumps to a moment, if this clock jumps and the moment is still to come.
    pub fn jump(&mut self, to: Moment) {
        if self.jumps() {
            self.jumped = self.jumped.saturating_add((to.0 - self.now().0).max(0));
        }
    }

    /// How long to wait in real time until a moment; nothing when it can be jumped to.
    #[must_use]
    pub fn until(&self, moment: Moment) -> Duration {
        let away = Duration::from_micros(u64::try_from(moment.0 - self.now().0).unwrap_or(0));
        match self.speed {
            Speed::Jumping | Speed::Led => away,
            Speed::Times(times) if times > 0.0 => away.div_f64(times),
            Speed::Times(_) => Duration::MAX,
        }
    }

    /// How many times as fast as real time it runs between two jumps.
    #[must_use]
    pub fn rate(&self) -> f64 {
        match self.speed {
            Speed::Jumping | Speed::Led => 1.0,
            Speed::Times(times) => times,
        }
    }

    /// Whether it jumps only where a guest waits.
    #[must_use]
    pub fn is_led(&self) -> bool {
        self.speed == Speed::Led
    }

    /// Whether this clock jumps.
    #[must_use]
    pub fn jumps(&self) -> bool {
        matches!(self.speed, Speed::Jumping | Speed::Led)
    }
}

/// How long it has been quiet at the doors, in real time.
#[derive(Debug)]
pub(crate) struct Quiet(Mutex<Instant>);

impl Quiet {
    /// It begins now.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// Something came or went.
    pub(crate) fn stir(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// So long it has been quiet.
    pub(crate) fn lasts(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}
