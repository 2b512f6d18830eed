//! Machines that live together, and the time they live in: what the doors share.
//!
//! The machines are values and know no clock; this gives them their moment, wakes them when something is due, and tells
//! the doors that something may have happened.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::machines::Machine;

/// How fast the time of the machines goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many times as fast as ours.
    Times(f64),
    /// Where nothing can go on, it jumps to the next moment at which something does.
    Jumping,
}

/// Machines that live together. Cheap to clone; all clones are the same.
#[derive(Clone, Debug)]
pub struct Fleet(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    machines: Mutex<BTreeMap<String, Machine>>,
    clock: Mutex<Clock>,
    /// Counts up whenever something happened.
    changed: watch::Sender<u64>,
    pace: Pace,
}

#[derive(Debug)]
struct Clock {
    begun: Instant,
    start: Duration,
    jumped: Duration,
}

/// A jump waits so long for what may still come from outside.
const BREATH: Duration = Duration::from_millis(1);

impl Fleet {
    /// Machines whose time goes at this pace from now on. It is not awake before [`Fleet::live`] runs.
    pub fn new(machines: Vec<Machine>, pace: Pace) -> Self {
        let start = machines.iter().map(|machine| machine.now).max().unwrap_or_default();
        let clock = Clock { begun: Instant::now(), start, jumped: Duration::ZERO };
        let machines = machines.into_iter().map(|machine| (machine.name.clone(), machine)).collect();
        let changed = watch::Sender::new(0);
        Self(Arc::new(Inner { machines: Mutex::new(machines), clock: Mutex::new(clock), changed, pace }))
    }

    fn machines(&self) -> MutexGuard<'_, BTreeMap<String, Machine>> {
        self.0.machines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The moment, since 1970.
    pub fn now(&self) -> Duration {
        let clock = self.0.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = match self.0.pace {
            Pace::Times(times) => clock.begun.elapsed().mul_f64(times.clamp(0.001, 1e6)),
            Pace::Jumping => clock.begun.elapsed(),
        };
        clock.start + clock.jumped + gone
    }

    /// The names of the machines.
    pub fn names(&self) -> Vec<String> {
        self.machines().keys().cloned().collect()
    }

    /// A copy of a machine as it is now.
    pub fn machine(&self, name: &str) -> Option<Machine> {
        self.machines().get(name).cloned()
    }

    /// Does something to a machine at this moment and lets it go on.
    pub fn with<T>(&self, name: &str, act: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        let now = self.now();
        let mut machines = self.machines();
        let machine = machines.get_mut(name)?;
        machine.run(now);
        let did = act(machine);
        machine.run(now);
        drop(machines);
        self.0.changed.send_modify(|count| *count += 1);
        Some(did)
    }

    /// Looks at a machine, or takes something from it that nobody on it waits for.
    pub fn look<T>(&self, name: &str, look: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.machines().get_mut(name).map(look)
    }

    /// Hears that something may have happened to a machine.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Lets the machines live, until this is dropped.
    pub async fn live(self) {
        let mut changes = self.changes();
        loop {
            changes.borrow_and_update();
            let now = self.now();
            let (mut next, mut busy) = (None::<Duration>, false);
            let mut ran = false;
            for machine in self.machines().values_mut() {
                let before = machine.next_due();
                let went = machine.run(now);
                ran |= before.is_some_and(|due| due <= now) || went.busy;
                busy |= went.busy;
                next = next.into_iter().chain(went.next).min();
            }
            if ran {
                self.0.changed.send_modify(|count| *count += 1);
                changes.borrow_and_update();
            }
            if busy {
                tokio::task::yield_now().await;
                continue;
            }
            let wait = self.wait_for(next, now);
            tokio::select! {
                () = wait => {}
                _ = changes.changed() => {}
            }
        }
    }

    async fn wait_for(&self, next: Option<Duration>, now: Duration) {
        let Some(next) = next else { return std::future::pending().await };
        let left = next.saturating_sub(now);
        match self.0.pace {
            Pace::Times(times) => tokio::time::sleep(left.div_f64(times.clamp(0.001, 1e6))).await,
            Pace::Jumping => {
                tokio::time::sleep(left.min(BREATH)).await;
                let here = self.now();
                let mut clock = self.0.clock.lock().unwrap_or_else(PoisonError::into_inner);
                clock.jumped += next.saturating_sub(here);
            }
        }
    }
}
