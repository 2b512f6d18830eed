//! Processes: who they are, what they hold, what they wait for; plain data but for the program inside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use super::open::OpenId;
use super::sys::Sys;
use super::user::Cred;

/// The number of a process.
pub type Pid = u32;

/// What a process runs.
pub trait Program: Debug + Send + Sync {
    /// Goes on until it has to wait, or for a while.
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow;
    /// The same program in the same state.
    fn copy(&self) -> Box<dyn Program>;
}

impl Clone for Box<dyn Program> {
    fn clone(&self) -> Self {
        self.copy()
    }
}

/// How a program goes on.
#[derive(Debug)]
pub enum Flow {
    /// It has more to do at once.
    Again,
    /// It waits.
    Wait(Wait),
    /// It ends.
    Exit(i32),
    /// Another program takes its place.
    Become(Box<dyn Program>),
}

/// What a process waits for. A signal it catches ends every wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A moment.
    Until(Duration),
    /// A moment at which it looks whether something is new; nobody waits for the moment itself.
    Look(Duration),
    /// Something to read.
    Input(OpenId),
    /// Room to write.
    Output(OpenId),
    /// The end of a child.
    Child(Pid),
    /// A signal, and nothing else.
    Signal,
    /// Any of these.
    Any(Vec<Wait>),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With a status.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl End {
    /// As a shell counts it.
    pub fn status(self) -> i32 {
        match self {
            Self::Code(code) => code & 0xff,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

/// How a process stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs, or would.
    Ready,
    /// It waits.
    Waiting(Wait),
    /// It was stopped by a signal.
    Stopped(Option<Wait>),
    /// It ended and nobody asked for its end yet.
    Ended(End),
}

/// A descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// What it leads to.
    pub open: OpenId,
    /// Whether another program in this process does not get it.
    pub closes: bool,
}

/// One process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its number.
    pub pid: Pid,
    /// Its parent.
    pub parent: Pid,
    /// Its group.
    pub pgid: Pid,
    /// Its session.
    pub sid: Pid,
    /// Who it runs as.
    pub cred: Cred,
    /// Where it is.
    pub folder: String,
    /// The bits its new files do not get.
    pub umask: u32,
    /// Its environment.
    pub env: Arc<BTreeMap<String, String>>,
    /// Its words.
    pub words: Arc<Vec<String>>,
    /// The short name of its program.
    pub name: String,
    /// The path of its program.
    pub exe: String,
    /// What it holds open.
    pub fds: BTreeMap<i32, Descriptor>,
    /// What it runs; nothing for one that only stands for a daemon.
    pub program: Option<Box<dyn Program>>,
    /// How it stands.
    pub state: State,
    /// Signals it has not looked at yet.
    pub pending: BTreeSet<i32>,
    /// Signals it ignores.
    pub ignored: BTreeSet<i32>,
    /// Signals it looks at itself.
    pub caught: BTreeSet<i32>,
    /// When it began, since 1970.
    pub began: Duration,
    /// Its control group, from the root.
    pub cgroup: String,
    /// The unit it belongs to.
    pub unit: Option<String>,
    /// Its memory in KiB.
    pub memory: u64,
    /// The network namespace it is in, by name; empty for the machine's own.
    pub netns: Arc<str>,
    /// The scheduling it asked for.
    pub nice: i32,
}

impl Process {
    /// Whether it ended.
    pub fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }

    /// Whether it is a thread of the kernel.
    pub fn is_kernel(&self) -> bool {
        self.pid == 2 || self.parent == 2
    }

    /// Its words in one line, as `ps` shows them.
    pub fn line(&self) -> String {
        if self.is_kernel() || self.words.is_empty() {
            return format!("[{}]", self.name);
        }
        self.words.join(" ")
    }

    /// The letter of its state.
    pub fn letter(&self) -> char {
        match self.state {
            State::Ready => 'R',
            State::Waiting(_) => 'S',
            State::Stopped(_) => 'T',
            State::Ended(_) => 'Z',
        }
    }
}
