//! The one reader of the clock.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use runbook_model::{Millis, Time};

/// A clock that never goes back, whatever the machine's clock does: the time of day when it was made, and since then
/// the time that passed. Where somebody leads the time, it is theirs.
#[derive(Clone, Debug)]
pub struct Clock {
    at: Millis,
    since: Instant,
    led: Option<Arc<dyn Time>>,
}

impl Clock {
    /// A clock that shows the machine's time of day now, and at least `not_before`.
    pub fn start(not_before: Millis) -> Self {
        Self::of(None, not_before)
    }

    /// The same in the time of whoever leads it, where somebody does.
    pub fn of(led: Option<Arc<dyn Time>>, not_before: Millis) -> Self {
        let (day, since) = match &led {
            Some(time) => (time.day(), time.now()),
            None => (millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()), Instant::now()),
        };
        Self { at: day.max(not_before), since, led }
    }

    /// The time.
    pub fn now(&self) -> Millis {
        self.at + millis(self.moment().saturating_duration_since(self.since))
    }

    /// The moment now, for what ends a while from now.
    pub fn moment(&self) -> Instant {
        self.led.as_ref().map_or_else(Instant::now, |time| time.now())
    }

    /// How long it is until `then`, at most `most`: a clock that was set back between two processes must not make a
    /// wait longer than it was ever meant to be.
    pub fn until(&self, then: Millis, most: Duration) -> Duration {
        Duration::from_millis(u64::try_from(then - self.now()).unwrap_or(0)).min(most)
    }
}

/// A length of time in milliseconds.
pub fn millis(of: Duration) -> Millis {
    Millis::try_from(of.as_millis()).unwrap_or(Millis::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_neither_goes_back_nor_makes_a_wait_longer() {
        let ahead = Clock::start(0).now() + 3_600_000;
        let clock = Clock::start(ahead);
        assert!(clock.now() >= ahead);
        let day = 86_400_000;
        assert_eq!(Clock::start(0).until(Clock::start(0).now() + day, Duration::from_secs(5)), Duration::from_secs(5));
        assert_eq!(clock.until(ahead - 1, Duration::from_secs(5)), Duration::ZERO);
    }
}
