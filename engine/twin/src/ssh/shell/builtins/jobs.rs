//! `wait`, `kill`, `jobs`, `trap`.

use std::sync::Arc;

use super::vars::quoted;
use super::{Did, Printed};
use crate::machines::errno::Errno;
use crate::machines::process::{Flow, Pid, Wait};
use crate::machines::signal;
use crate::machines::sys::Sys;
use crate::ssh::shell::Shell;
use crate::ssh::shell::frame::Frame;

pub(super) fn wait(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    if args.is_empty() {
        shell.frames.push(Frame::WaitJob(None));
        return Did::Later;
    }
    let mut pids = Vec::new();
    for word in args {
        match target(shell, word) {
            Some(pid) if pid > 0 => pids.push(pid as Pid),
            _ => return Did::Fatal(format!("wait: Illegal number: {word}")),
        }
    }
    for pid in pids.into_iter().rev() {
        shell.frames.push(Frame::WaitJob(Some(pid)));
    }
    Did::Later
}

/// The process a word names: a number, or a job of this shell.
fn target(shell: &Shell, word: &str) -> Option<i64> {
    match word.strip_prefix('%') {
        Some("" | "%" | "+") => shell.jobs.last().map(|job| i64::from(job.pid)),
        Some(number) => {
            let at: usize = number.parse().ok()?;
            shell.jobs.get(at.checked_sub(1)?).map(|job| i64::from(job.pid))
        }
        None => word.parse().ok(),
    }
}

impl Shell {
    /// Waits for a child in the background, or for all of them.
    pub(in crate::ssh::shell) fn wait_job(&mut self, wanted: Option<Pid>, sys: &mut Sys<'_>) -> Option<Flow> {
        for job in self.jobs.iter_mut().filter(|job| job.ended.is_none()) {
            job.ended = sys.reap(job.pid).map(|end| end.status());
        }
        let Some(pid) = wanted else {
            let left = self.jobs.iter().find(|job| job.ended.is_none()).map(|job| job.pid);
            return match left {
                Some(pid) => {
                    self.frames.push(Frame::WaitJob(None));
                    Some(Flow::Wait(Wait::Child(pid)))
                }
                None => {
                    self.jobs.clear();
                    self.status = 0;
                    None
                }
            };
        };
        match self.jobs.iter().position(|job| job.pid == pid) {
            None => self.status = 127,
            Some(at) => match self.jobs[at].ended {
                Some(status) => {
                    self.status = status;
                    self.jobs.remove(at);
                }
                None => {
                    self.frames.push(Frame::WaitJob(Some(pid)));
                    return Some(Flow::Wait(Wait::Child(pid)));
                }
            },
        }
        None
    }
}

pub(super) fn jobs(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    for (at, job) in shell.jobs.iter().enumerate() {
        let runs = sys.is_child(job.pid) && job.ended.is_none();
        if args.first().is_some_and(|word| word == "-p") {
            io.print(&format!("{}\n", job.pid));
        } else if runs {
            io.print(&format!("[{}] + Running\n", at + 1));
        }
    }
    Did::Status(0)
}

pub(super) fn bg(_: &mut Shell, _: &mut Sys<'_>, _: &[String], _: &mut Printed) -> Did {
    Did::Fatal("No job control in this shell".into())
}

/// What `kill` does not understand ends the command and not the shell.
fn refused(shell: &Shell, io: &mut Printed, why: &str) -> Did {
    io.say(shell, &format!("kill: {why}"));
    Did::Status(2)
}

pub(super) fn kill(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let mut number = signal::TERM;
    let mut rest = args;
    match args.first().map(String::as_str) {
        Some("-l") => {
            match args.get(1).and_then(|word| word.parse::<i32>().ok()) {
                Some(wanted) => match signal::name(if wanted > 128 { wanted - 128 } else { wanted }) {
                    Some(name) => io.print(&format!("{name}\n")),
                    None => {
                        return refused(shell, io, &format!("invalid signal number or exit status: {wanted}"));
                    }
                },
                None => signal::SIGNALS.iter().for_each(|(name, _)| io.print(&format!("{name}\n"))),
            }
            return Did::Status(0);
        }
        Some("-s") => {
            let word = args.get(1).map(String::as_str).unwrap_or_default();
            match signal::number(word) {
                Some(found) => number = found,
                None => return refused(shell, io, &format!("invalid signal number or name: {word}")),
            }
            rest = args.get(2..).unwrap_or_default();
        }
        Some("--") => rest = &args[1..],
        Some(word) if word.starts_with('-') && args.len() > 1 => {
            match signal::number(&word[1..]) {
                Some(found) => number = found,
                None => return refused(shell, io, &format!("Illegal option {}", word.get(..2).unwrap_or(word))),
            }
            rest = &args[1..];
        }
        _ => {}
    }
    if rest.first().is_some_and(|word| word == "--") {
        rest = &rest[1..];
    }
    if rest.is_empty() {
        let usage = "Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]";
        return refused(shell, io, usage);
    }
    let mut status = 0;
    for word in rest {
        let sent = match target(shell, word) {
            Some(pid) => send(sys, pid, number),
            None => {
                io.say(shell, &format!("kill: Illegal number: {word}"));
                status = 2;
                continue;
            }
        };
        if let Err(error) = sent {
            io.say(shell, &format!("kill: {error}"));
            status = 1;
        }
    }
    Did::Status(status)
}

/// Sends a signal to a process, or to a group where the number is negative.
pub(crate) fn send(sys: &mut Sys<'_>, to: i64, signal: i32) -> Result<(), Errno> {
    let own = sys.me().pgid;
    let group = match to {
        0 => Some(own),
        to if to < -1 => Some(Pid::try_from(-to).unwrap_or(0)),
        _ => None,
    };
    let wanted: Vec<Pid> = match group {
        Some(group) => sys.machine.procs.values().filter(|p| p.pgid == group && !p.is_ended()).map(|p| p.pid).collect(),
        None if to == -1 => sys.machine.procs.keys().copied().filter(|pid| *pid > 1 && *pid != sys.pid).collect(),
        None => Pid::try_from(to).ok().filter(|pid| sys.machine.procs.contains_key(pid)).into_iter().collect(),
    };
    if wanted.is_empty() {
        return Err(Errno::NoProcess);
    }
    let uid = sys.me().cred.uid;
    let allowed: Vec<Pid> =
        wanted.iter().copied().filter(|pid| uid == 0 || sys.machine.procs[pid].cred.uid == uid).collect();
    if allowed.is_empty() {
        return Err(Errno::Permitted);
    }
    for pid in allowed {
        sys.machine.signal(pid, signal);
    }
    Ok(())
}

pub(super) fn trap(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let args = if args.first().is_some_and(|word| word == "--") { &args[1..] } else { args };
    if args.is_empty() {
        for (number, action) in shell.traps.iter() {
            let name = if *number == 0 { "EXIT" } else { signal::name(*number).unwrap_or("?") };
            io.print(&format!("trap -- {} {name}\n", quoted(action)));
        }
        return Did::Status(0);
    }
    let (action, names) = if args[0] == "-" {
        (None, &args[1..])
    } else if args.len() == 1 || signal_of(&args[0]).is_some() && args[0].parse::<u32>().is_ok() {
        (None, args)
    } else {
        (Some(args[0].clone()), &args[1..])
    };
    for name in names {
        let Some(number) = signal_of(name) else {
            io.say(shell, &format!("trap: {name}: bad trap"));
            return Did::Status(1);
        };
        let traps = Arc::make_mut(&mut shell.traps);
        match &action {
            Some(action) => traps.insert(number, action.clone()),
            None => traps.remove(&number),
        };
        if number == 0 {
            continue;
        }
        sys.change(|me| {
            me.caught.remove(&number);
            me.ignored.remove(&number);
            match action.as_deref() {
                Some("") => me.ignored.insert(number),
                Some(_) => me.caught.insert(number),
                None => false,
            };
        });
    }
    Did::Status(0)
}

fn signal_of(name: &str) -> Option<i32> {
    if name == "EXIT" { Some(0) } else { signal::number(name) }
}
