//! Signals: their names, and what happens to a process that gets one.

use super::Machine;
use super::process::{End, Pid, State};

/// Names and numbers of the signals, without `SIG`.
pub const SIGNALS: [(&str, i32); 31] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("STKFLT", 16),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("XCPU", 24),
    ("XFSZ", 25),
    ("VTALRM", 26),
    ("PROF", 27),
    ("WINCH", 28),
    ("IO", 29),
    ("PWR", 30),
    ("SYS", 31),
];

/// `HUP`.
pub const HUP: i32 = 1;
/// `INT`.
pub const INT: i32 = 2;
/// `KILL`.
pub const KILL: i32 = 9;
/// `PIPE`.
pub const PIPE: i32 = 13;
/// `TERM`.
pub const TERM: i32 = 15;
/// `CONT`.
pub const CONT: i32 = 18;
/// `STOP`.
pub const STOP: i32 = 19;

/// The number of a signal by its name or number.
pub fn number(word: &str) -> Option<i32> {
    if let Ok(number) = word.parse::<i32>() {
        return (0..65).contains(&number).then_some(number);
    }
    let upper = word.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

/// The name of a signal.
pub fn name(number: i32) -> Option<&'static str> {
    SIGNALS.iter().find(|(_, known)| *known == number).map(|(name, _)| *name)
}

impl Machine {
    /// Sends a signal to a process; gives whether there is one.
    pub fn signal(&mut self, pid: Pid, signal: i32) -> bool {
        let Some(process) = self.procs.get(&pid) else { return false };
        if signal == 0 || process.is_ended() || process.is_kernel() || (pid == 1 && signal != HUP) {
            return true;
        }
        if signal == KILL {
            self.end(pid, End::Signal(KILL));
            return true;
        }
        let Some(process) = self.proc_mut(pid) else { return false };
        if signal == CONT
            && let State::Stopped(wait) = &mut process.state
        {
            process.state = wait.take().map_or(State::Ready, State::Waiting);
        }
        if process.caught.contains(&signal) {
            process.pending.insert(signal);
            return true;
        }
        if process.ignored.contains(&signal) && signal != STOP {
            return true;
        }
        match signal {
            17 | 18 | 23 | 28 => {}
            19..=22 => {
                let wait = match std::mem::replace(&mut process.state, State::Ready) {
                    State::Waiting(wait) => Some(wait),
                    _ => None,
                };
                process.state = State::Stopped(wait);
            }
            _ => self.end(pid, End::Signal(signal)),
        }
        true
    }

    /// Ends a process.
    pub fn end(&mut self, pid: Pid, end: End) {
        let Some(process) = self.proc_mut(pid) else { return };
        if process.is_ended() {
            return;
        }
        process.state = State::Ended(end);
        process.program = None;
        let fds = std::mem::take(&mut process.fds);
        let parent = process.parent;
        for descriptor in fds.values() {
            self.release(descriptor.open);
        }
        let children: Vec<Pid> =
            self.procs.values().filter(|child| child.parent == pid).map(|child| child.pid).collect();
        for child in children {
            let ended = self.procs.get(&child).is_some_and(super::process::Process::is_ended);
            if let Some(child) = self.proc_mut(child) {
                child.parent = 1;
            }
            if ended {
                self.drop_process(child);
            }
        }
        self.close_ports(pid);
        self.session_ended(pid, end);
        self.unit_process_ended(pid, end);
        // Daemons and init ask for the end of their children at once.
        if self
            .procs
            .get(&parent)
            .is_none_or(|parent| parent.program.is_none() && !parent.is_ended() && !self.stepping(parent.pid))
        {
            self.drop_process(pid);
        } else if let Some(parent) = self.proc_mut(parent)
            && parent.caught.contains(&17)
        {
            parent.pending.insert(17);
        }
    }
}
