//! Who waits for what happens next on a machine: somebody outside, the machine itself, or nobody but what somebody left
//! running in its background. The clock may jump for the first two alone; see `clock`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Machine;
use super::open::{Channel, What};
use super::power::Power;
use super::process::{Pid, Process, State, Wait};

/// How a machine stands after it ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// When something will happen by itself, where something will.
    pub next: Option<Duration>,
    /// Whether it was stopped in the middle, and should run again at once.
    pub busy: bool,
    /// Whether anything happened.
    pub went: bool,
    /// Whether somebody outside waits for a moment on it: for the end of a command he sees, of a sleep in it.
    pub waited: bool,
    /// Whether it is on its way by itself: it boots, or a unit starts.
    pub on_its_way: bool,
    /// When the next thing happens that somebody left in its background: a timer, a sleep of a detached program.
    pub background: Option<Duration>,
}

/// After so many restarts a unit is one that never starts, and nobody waits for it.
const RESTARTS_MAX: u32 = 5;

impl Machine {
    /// Who waits for what is due.
    pub(super) fn attended(&self) -> Ran {
        let boots = matches!(self.power, Power::Booting(Some(_)));
        if !self.is_up() {
            return Ran { on_its_way: boots, ..Ran::default() };
        }
        let seen = self.seen();
        let mut ran = Ran {
            on_its_way: self.cut_at.is_some() || self.reboot_at.is_some() || self.a_unit_starts(),
            background: self.timers(),
            ..Ran::default()
        };
        for process in self.procs.values() {
            let State::Waiting(wait) = &process.state else { continue };
            let Some(at) = sleeps_until(wait) else { continue };
            if seen.contains(&process.pid) {
                ran.waited = true;
            } else if self.was_left(process) {
                ran.background = ran.background.into_iter().chain([at]).min();
            }
        }
        ran
    }

    /// The processes that somebody outside waits for: those that hold an output of his, and whom they wait for.
    fn seen(&self) -> BTreeSet<Pid> {
        let mut seen = BTreeSet::new();
        if !self.sessions.values().any(super::session::Session::is_heard) {
            return seen;
        }
        let watched = |process: &Process| {
            process.fds.values().any(|descriptor| {
                self.opens.get(&descriptor.open).is_some_and(|open| match open.what {
                    What::Session(session, channel) => {
                        channel != Channel::In && self.sessions.get(&session).is_some_and(|held| held.is_heard())
                    }
                    _ => false,
                })
            })
        };
        let mut todo: Vec<Pid> = self.procs.values().filter(|process| watched(process)).map(|p| p.pid).collect();
        while let Some(pid) = todo.pop() {
            if !seen.insert(pid) {
                continue;
            }
            if let Some(Process { state: State::Waiting(wait), .. }) = self.procs.get(&pid) {
                self.awaited_by(wait, &mut todo);
            }
        }
        seen
    }

    /// The processes that a wait is for: children, and whoever writes to the pipe that is read.
    fn awaited_by(&self, wait: &Wait, todo: &mut Vec<Pid>) {
        match wait {
            Wait::Child(child) => todo.push(*child),
            Wait::Input(open) => {
                let Some(What::Pipe(pipe)) = self.opens.get(open).map(|open| &open.what) else { return };
                let writes = |process: &&Process| {
                    process.fds.values().any(|descriptor| {
                        let held = self.opens.get(&descriptor.open);
                        held.is_some_and(|held| held.write && matches!(held.what, What::Pipe(id) if id == *pipe))
                    })
                };
                todo.extend(self.procs.values().filter(writes).map(|process| process.pid));
            }
            Wait::Any(waits) => waits.iter().for_each(|wait| self.awaited_by(wait, todo)),
            Wait::Until(_) | Wait::Look(_) | Wait::Output(_) | Wait::Signal => {}
        }
    }

    /// Whether somebody started a process and went away from it: it is of no unit that the machine starts by itself.
    fn was_left(&self, process: &Process) -> bool {
        match &process.unit {
            None => true,
            Some(unit) => self.units.all.get(unit).is_none_or(|unit| unit.enabled == "transient"),
        }
    }

    fn a_unit_starts(&self) -> bool {
        self.units
            .all
            .values()
            .any(|unit| unit.until.is_some() && unit.active == "activating" && unit.restarts <= RESTARTS_MAX)
    }

    fn timers(&self) -> Option<Duration> {
        self.units.all.values().filter(|unit| unit.active == "active").filter_map(|unit| unit.until).min()
    }
}

/// When a wait ends by itself, where somebody may wait for that.
fn sleeps_until(wait: &Wait) -> Option<Duration> {
    match wait {
        Wait::Until(at) => Some(*at),
        Wait::Any(waits) => waits.iter().filter_map(sleeps_until).min(),
        Wait::Look(_) | Wait::Input(_) | Wait::Output(_) | Wait::Child(_) | Wait::Signal => None,
    }
}
