//! All machines of a process: one connection each, made when it is first needed and shared by all who ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use runbook_model::Failure;
use tokio::sync::Semaphore;

use super::control::Control;
use super::remote::Remote;
use super::{Error, Machine, Settings};

/// A pool of machines. Cheap to clone; the connections close when the last clone and the last [`Remote`] are gone.
#[derive(Clone, Debug)]
pub struct Machines(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    known: Mutex<HashMap<Machine, Remote>>,
}

/// What the machines of a pool share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    /// How many may connect at once.
    pub(super) connects: Semaphore,
    control: OnceLock<Control>,
    opening: Mutex<()>,
}

impl Machines {
    /// A pool that has not reached for anything yet.
    pub fn new(settings: Settings) -> Self {
        let connects = Semaphore::new(settings.connects.max(1));
        let shared = Shared { settings, connects, control: OnceLock::new(), opening: Mutex::new(()) };
        Self(Arc::new(Inner { shared: Arc::new(shared), known: Mutex::default() }))
    }

    /// The machine, not yet connected. Equal descriptions share one connection.
    pub fn machine(&self, machine: &Machine) -> Remote {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let remote = known.entry(machine.clone());
        remote.or_insert_with(|| Remote::new(machine.clone(), self.0.shared.clone())).clone()
    }

    /// Ends what processes that were killed have left of connections. It also happens with the first connection.
    pub fn reap(&self) -> Result<(), Failure> {
        Ok(self.0.shared.control().map(|_| ())?)
    }
}

impl Shared {
    /// The control folder, made by the first who needs it.
    pub(super) fn control(&self) -> Result<&Control, Error> {
        let _one = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if self.control.get().is_none() {
            let control = Control::open(self.settings.folder.as_deref())?;
            let _ = self.control.set(control);
        }
        self.control.get().ok_or_else(|| Error::Client { why: "its control folder is gone".to_owned() })
    }
}
