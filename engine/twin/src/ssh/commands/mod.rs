//! The commands of a machine, one file each or a few that belong together; each file lists its own.
//!
//! Promises: what a command does not know it refuses as the real one would, and keeps that for the report.

pub(crate) mod call;
pub(crate) mod condition;
pub(crate) mod format;
pub(crate) mod mode;
mod nothing;
mod once;
pub(crate) mod options;

mod agents;
mod arp;
mod awk;
mod bpftool;
mod bytes;
mod cat;
mod change;
mod compress;
mod copy;
mod crictl;
mod ctr;
mod date;
mod dates;
mod diff;
mod disk;
mod find;
mod grep;
mod head;
mod journal;
mod kubectl;
mod lines;
mod links;
mod ls;
mod names;
mod nc;
mod netns;
mod network;
mod nslookup;
mod numbers;
mod owner;
mod posix;
mod processes;
mod reach;
mod runtime;
mod sed;
mod sftp;
mod small;
mod snapshot;
mod sort;
mod stat;
mod system;
mod systemd;
mod tail;
mod tee;
mod transient;
mod unit;
mod unit_list;
mod users;
mod web;
mod wrap;
mod yes;

use crate::machines::process::{Pid, Program};
use crate::machines::sys::Sys;
use call::Run;
use once::Once;

/// How a command is made.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// It is a function.
    Once(Run),
    /// It is a program of its own.
    Program(fn(&[String]) -> Box<dyn Program>),
}

/// A command.
#[derive(Clone, Copy)]
pub(crate) struct Command {
    name: &'static str,
    /// Where a bare machine has it; empty for one that has to be installed.
    folder: &'static str,
    start: Start,
}

/// A command that is a function.
pub(crate) const fn once(name: &'static str, folder: &'static str, run: Run) -> Command {
    Command { name, folder, start: Start::Once(run) }
}

/// A command that is a program of its own.
pub(crate) const fn program_of(
    name: &'static str,
    folder: &'static str,
    start: fn(&[String]) -> Box<dyn Program>,
) -> Command {
    Command { name, folder, start: Start::Program(start) }
}

const SHELLS: &[Command] = &[
    program_of("sh", "/usr/bin", crate::ssh::shell::Shell::start),
    program_of("dash", "/usr/bin", crate::ssh::shell::Shell::start),
    program_of("bash", "/usr/bin", crate::ssh::shell::Shell::start),
];

/// Everything there is; other rooms of the twin add their lists here.
const ALL: &[&[Command]] = &[
    SHELLS,
    condition::COMMANDS,
    arp::COMMANDS,
    awk::COMMANDS,
    bpftool::COMMANDS,
    bytes::COMMANDS,
    cat::COMMANDS,
    change::COMMANDS,
    agents::COMMANDS,
    compress::COMMANDS,
    copy::COMMANDS,
    date::COMMANDS,
    diff::COMMANDS,
    disk::COMMANDS,
    find::COMMANDS,
    grep::COMMANDS,
    head::COMMANDS,
    journal::COMMANDS,
    kubectl::COMMANDS,
    lines::COMMANDS,
    links::COMMANDS,
    ls::COMMANDS,
    nc::COMMANDS,
    nslookup::COMMANDS,
    network::COMMANDS,
    owner::COMMANDS,
    processes::COMMANDS,
    runtime::COMMANDS,
    sed::COMMANDS,
    sftp::COMMANDS,
    small::COMMANDS,
    sort::COMMANDS,
    stat::COMMANDS,
    system::COMMANDS,
    systemd::COMMANDS,
    tail::COMMANDS,
    tee::COMMANDS,
    transient::COMMANDS,
    users::COMMANDS,
    web::COMMANDS,
    wrap::COMMANDS,
    yes::COMMANDS,
];

/// What a bare machine has: names and the folders they are in.
pub(crate) fn programs() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter()
        .copied()
        .flatten()
        .filter(|command| !command.folder.is_empty())
        .map(|command| (command.name, command.folder))
}

/// The program of a command, ready to run.
pub(crate) fn program(name: &str, words: &[String]) -> Option<Box<dyn Program>> {
    let command = ALL.iter().copied().flatten().find(|command| command.name == name)?;
    Some(match command.start {
        Start::Once(run) => Box::new(Once::new(run, words)),
        Start::Program(start) => start(words),
    })
}

/// Takes a process away from whoever started it: a session of its own, nothing open, another control group.
fn detach(sys: &mut Sys<'_>, pid: Pid, cgroup: &str) {
    let mut inside = Sys { machine: sys.machine, pid };
    for fd in 0..3 {
        let mode = crate::machines::sys::Mode { read: true, write: true, ..Default::default() };
        if let Ok(open) = inside.open_path("/dev/null", mode) {
            inside.install(fd, open);
        }
    }
    inside.change(|me| {
        (me.parent, me.pgid, me.sid) = (1, pid, pid);
        me.cgroup = cgroup.to_owned();
    });
}
