//! Time for hands that wait: this machine's own, or that of whoever leads the run's.
//!
//! Only waits that belong to the world go by it: between two looks at a machine that boots, until a pod must be gone.
//! What bounds one exchange with the other end of a wire stays with this machine's own time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use runbook_model::Time;
use runbook_model::clock::{Awaited, Pause};

/// A clock.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<dyn Time>>);

/// The time was over first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late;

impl PartialEq for Clock {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Clock {}

impl Clock {
    /// The clock of whoever leads the time, or this machine's own.
    pub fn of(led: Option<Arc<dyn Time>>) -> Self {
        Self(led)
    }

    /// The moment now.
    pub fn now(&self) -> Instant {
        self.0.as_ref().map_or_else(Instant::now, |time| time.now())
    }

    /// Rests so long.
    pub async fn sleep(&self, length: Duration) {
        self.sleep_until(self.now() + length).await;
    }

    /// Rests until then.
    pub async fn sleep_until(&self, moment: Instant) {
        let awaits = self.awaits(Awaited::World);
        self.rest_aside(moment).await;
        drop(awaits);
    }

    /// The same beside whatever else goes on: it alone is no reason to let time pass.
    pub async fn rest_aside(&self, moment: Instant) {
        match &self.0 {
            Some(time) => time.until(moment, Pause::Rest).await,
            None => tokio::time::sleep_until(moment.into()).await,
        }
    }

    /// Ends when it is too late. It alone is no reason to let time pass.
    pub async fn late(&self, moment: Instant) {
        match &self.0 {
            Some(time) => time.until(moment, Pause::Limit).await,
            None => tokio::time::sleep_until(moment.into()).await,
        }
    }

    /// What `act` gives within so long.
    ///
    /// # Errors
    /// [`Late`] where that took longer.
    pub async fn timeout<F: Future>(&self, within: Duration, act: F) -> Result<F::Output, Late> {
        self.timeout_at(self.now() + within, act).await
    }

    /// What `act` gives until then.
    ///
    /// # Errors
    /// [`Late`] where that took longer.
    pub async fn timeout_at<F: Future>(&self, moment: Instant, act: F) -> Result<F::Output, Late> {
        let awaits = self.awaits(Awaited::World);
        let given = tokio::select! {
            biased;
            given = act => Ok(given),
            () = self.late(moment) => Err(Late),
        };
        drop(awaits);
        given
    }

    /// Says that somebody waits for the world, or for a process beside this one, while what it gives is kept.
    pub fn awaits(&self, what: Awaited) -> Option<Box<dyn Send>> {
        self.0.as_ref().map(|time| time.awaits(what))
    }
}
