//! A machine goes down and comes up; and what goes wrong with it on purpose.

use std::sync::Arc;
use std::time::Duration;

use super::Machine;
use super::process::Pid;

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    On,
    /// It boots, and is up at this moment; never where there is none.
    Booting(Option<Duration>),
}

/// Something that goes wrong on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// All connections are lost so long after a program was started whose words hold this text; once.
    Cut {
        /// A part of the words.
        words: String,
        /// How long after.
        after: Duration,
    },
    /// The next boot does not end.
    NoReturn,
    /// What is written to the disk takes so long to be there.
    SlowDisk(Duration),
}

/// How long a boot takes where nothing else is said.
const BOOT: Duration = Duration::from_secs(45);

impl Machine {
    /// Plants a fault.
    pub fn plant(&mut self, fault: Fault) {
        Arc::make_mut(&mut self.faults).push(fault);
    }

    /// Takes all faults away.
    pub fn heal(&mut self) {
        self.faults = Arc::default();
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.power == Power::On
    }

    /// How long a write takes to be on the disk.
    pub fn disk_time(&self) -> Duration {
        let slow = |fault: &Fault| if let Fault::SlowDisk(time) = fault { Some(*time) } else { None };
        self.faults.iter().find_map(slow).unwrap_or_default()
    }

    /// Goes down at once and boots.
    pub fn reboot(&mut self) {
        let faults = Arc::make_mut(&mut self.faults);
        let stays = faults.iter().position(|fault| *fault == Fault::NoReturn);
        if let Some(at) = stays {
            faults.remove(at);
        }
        let time = self.boot_time.unwrap_or(BOOT);
        self.power = Power::Booting(stays.is_none().then(|| self.now + time));
        self.procs = Arc::default();
        self.ports = Arc::default();
        self.opens = Arc::default();
        self.pipes = Arc::default();
        self.sessions = Arc::default();
        self.cut_at = None;
        self.cuts += 1;
        self.files.boot();
        let kernel = Arc::make_mut(&mut self.kernel);
        kernel.said.clear();
        self.plug_in();
    }

    /// Loses all connections.
    pub fn lose_connections(&mut self) {
        self.cuts += 1;
        let sessions: Vec<u64> = self.sessions.keys().copied().collect();
        sessions.into_iter().for_each(|session| self.hang_up(session));
    }

    /// When something happens to the machine by itself.
    pub(crate) fn due(&self) -> Option<Duration> {
        let boot = match self.power {
            Power::Booting(until) => until,
            Power::On => None,
        };
        boot.into_iter().chain(self.cut_at).chain(self.reboot_at).chain(self.units_due()).min()
    }

    /// Lets happen what is due.
    pub(crate) fn happen(&mut self) {
        if self.reboot_at.is_some_and(|at| at <= self.now) {
            self.reboot_at = None;
            self.reboot();
            return;
        }
        if let Power::Booting(Some(until)) = self.power
            && until <= self.now
        {
            self.power = Power::On;
            self.load_modules();
            self.start_up();
            self.plug_in();
            self.make_settings();
        }
        if self.cut_at.is_some_and(|at| at <= self.now) {
            self.cut_at = None;
            self.lose_connections();
        }
        self.units_happen();
    }

    /// Sees whether a program that was just started is one that a fault waits for.
    pub(crate) fn was_started(&mut self, pid: Pid) {
        if self.faults.is_empty() {
            return;
        }
        let Some(line) = self.procs.get(&pid).map(super::process::Process::line) else { return };
        let hit =
            self.faults.iter().position(|fault| matches!(fault, Fault::Cut { words, .. } if line.contains(words)));
        if let Some(at) = hit
            && let Fault::Cut { after, .. } = Arc::make_mut(&mut self.faults).remove(at)
        {
            self.cut_at = Some(self.now + after);
        }
    }
}
