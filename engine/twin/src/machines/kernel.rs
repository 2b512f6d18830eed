//! The running of processes: who may go on, until everybody waits; and the making of new ones.
//!
//! Promises: processes go in the order of their numbers, so the same state and the same time give the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::errno::Errno;
use super::open::OpenId;
use super::process::{Descriptor, End, Flow, Pid, Process, State, Wait};
use super::sys::Sys;
use super::user::{self, Cred};
use super::{Machine, Ran};

/// How many turns are taken in one go; a program that never waits must not keep the world.
const TURNS: u32 = 20_000;

impl Machine {
    /// Runs everything that can go on until `now`.
    pub fn run(&mut self, now: Duration) -> Ran {
        let mut turns = TURNS;
        let mut went = false;
        loop {
            while self.is_up() && self.pass(&mut turns) {
                went = true;
                if turns == 0 {
                    return Ran { next: Some(self.now), busy: true, went, ..Ran::default() };
                }
            }
            match self.next_due() {
                Some(due) if due <= now => {
                    went = true;
                    self.now = self.now.max(due);
                    self.happen();
                }
                next => {
                    self.now = self.now.max(now);
                    return Ran { next, went, ..self.attended() };
                }
            }
        }
    }

    /// Lets each process that can go on do so once; says whether one did.
    fn pass(&mut self, turns: &mut u32) -> bool {
        let ready: Vec<Pid> =
            self.procs.values().filter(|process| self.can_go_on(process)).map(|process| process.pid).collect();
        for pid in &ready {
            *turns = turns.saturating_sub(1);
            self.turn(*pid);
        }
        !ready.is_empty()
    }

    fn can_go_on(&self, process: &Process) -> bool {
        if process.program.is_none() {
            return false;
        }
        match &process.state {
            State::Ready => true,
            State::Waiting(wait) => !process.pending.is_empty() || self.is_over(wait),
            State::Stopped(_) | State::Ended(_) => false,
        }
    }

    fn is_over(&self, wait: &Wait) -> bool {
        match wait {
            Wait::Until(moment) | Wait::Look(moment) => *moment <= self.now,
            Wait::Input(open) => self.readable(*open),
            Wait::Output(open) => self.writable(*open),
            Wait::Child(pid) => self.procs.get(pid).is_none_or(Process::is_ended),
            Wait::Signal => false,
            Wait::Any(waits) => waits.iter().any(|wait| self.is_over(wait)),
        }
    }

    /// Whether it is the process that runs right now.
    pub(crate) fn stepping(&self, pid: Pid) -> bool {
        self.running == Some(pid)
    }

    fn turn(&mut self, pid: Pid) {
        let Some(process) = self.proc_mut(pid) else { return };
        if process.is_ended() {
            return;
        }
        process.state = State::Ready;
        let Some(mut program) = process.program.take() else { return };
        self.running = Some(pid);
        let flow = program.step(&mut Sys { machine: self, pid });
        self.running = None;
        let Some(process) = self.proc_mut(pid).filter(|process| !process.is_ended()) else {
            self.settle(pid);
            return;
        };
        match flow {
            Flow::Again => process.program = Some(program),
            Flow::Wait(wait) => {
                process.program = Some(program);
                match &mut process.state {
                    State::Stopped(held) => *held = Some(wait),
                    state => *state = State::Waiting(wait),
                }
            }
            Flow::Become(next) => process.program = Some(next),
            Flow::Exit(code) => {
                self.end(pid, End::Code(code));
                self.settle(pid);
            }
        }
    }

    /// What ended while it ran has a parent that may not care.
    fn settle(&mut self, pid: Pid) {
        let Some(process) = self.procs.get(&pid) else { return };
        if process.is_ended() && self.procs.get(&process.parent).is_none_or(|parent| parent.program.is_none()) {
            self.drop_process(pid);
        }
    }

    /// The next moment at which something happens by itself.
    pub fn next_due(&self) -> Option<Duration> {
        fn until(wait: &Wait) -> Option<Duration> {
            match wait {
                Wait::Until(moment) | Wait::Look(moment) => Some(*moment),
                Wait::Any(waits) => waits.iter().filter_map(until).min(),
                _ => None,
            }
        }
        let asleep = self.procs.values().filter_map(|process| match &process.state {
            State::Waiting(wait) if self.is_up() => until(wait),
            _ => None,
        });
        asleep.chain(self.due()).min()
    }

    /// A process, to be changed.
    pub fn proc_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        if !self.procs.contains_key(&pid) {
            return None;
        }
        Arc::make_mut(&mut self.procs).get_mut(&pid)
    }

    pub(crate) fn drop_process(&mut self, pid: Pid) {
        self.close_ports(pid);
        Arc::make_mut(&mut self.procs).remove(&pid);
    }

    pub(crate) fn next_pid(&mut self) -> Pid {
        loop {
            self.last_pid = if self.last_pid >= 4_194_303 { 300 } else { self.last_pid + 1 };
            if !self.procs.contains_key(&self.last_pid) {
                return self.last_pid;
            }
        }
    }

    /// Makes a process that stands for a daemon: it has a place, words and a unit, and does nothing.
    pub fn daemon(&mut self, name: &str, words: &[&str], cgroup: &str) -> Pid {
        let mut process = self.blank(1, Cred::root());
        process.name = name.chars().take(15).collect();
        process.exe = words.first().copied().unwrap_or_default().to_owned();
        process.words = Arc::new(words.iter().map(|word| (*word).to_owned()).collect());
        process.cgroup = cgroup.to_owned();
        process.pgid = process.pid;
        process.sid = process.pid;
        process.state = State::Waiting(Wait::Signal);
        let pid = process.pid;
        Arc::make_mut(&mut self.procs).insert(pid, process);
        pid
    }

    /// Starts a program as root that belongs to nobody's session.
    pub fn spawn(&mut self, words: &[String], cgroup: &str, unit: Option<&str>) -> Result<Pid, Errno> {
        let mut process = self.blank(1, Cred::root());
        process.cgroup = cgroup.to_owned();
        process.unit = unit.map(str::to_owned);
        let pid = process.pid;
        Arc::make_mut(&mut self.procs).insert(pid, process);
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let env = BTreeMap::from([("PATH".to_owned(), path.to_owned())]);
        let mut sys = Sys { machine: self, pid };
        for fd in 0..3 {
            let mode = super::sys::Mode { read: true, write: true, ..super::sys::Mode::default() };
            if let Ok(open) = sys.open_path("/dev/null", mode) {
                sys.install(fd, open);
            }
        }
        let name = words.first().cloned().unwrap_or_default();
        let program = sys.look_up(&name, path).and_then(|found| sys.exec(&found, words.to_vec(), env));
        match program {
            Ok(program) => {
                if let Some(process) = self.proc_mut(pid) {
                    process.program = Some(program);
                }
                Ok(pid)
            }
            Err(error) => {
                if let Some(process) = self.proc_mut(pid) {
                    process.unit = None;
                }
                self.end(pid, End::Code(203));
                self.drop_process(pid);
                Err(error)
            }
        }
    }

    /// A process that has nothing yet.
    pub(crate) fn blank(&mut self, parent: Pid, cred: Cred) -> Process {
        let pid = self.next_pid();
        Process {
            pid,
            parent,
            pgid: pid,
            sid: pid,
            cred,
            folder: "/".into(),
            umask: 0o022,
            env: Arc::default(),
            words: Arc::default(),
            name: String::new(),
            exe: String::new(),
            fds: BTreeMap::new(),
            program: None,
            state: State::Ready,
            pending: BTreeSet::new(),
            ignored: BTreeSet::new(),
            caught: BTreeSet::new(),
            began: self.now,
            cgroup: "/".into(),
            unit: None,
            memory: 3_600,
            netns: "".into(),
            nice: 0,
        }
    }

    /// The users of the machine.
    pub fn users(&self) -> Vec<user::User> {
        user::users(&self.text("/etc/passwd"))
    }

    /// The groups of the machine.
    pub fn groups(&self) -> Vec<(String, u32, Vec<String>)> {
        user::groups(&self.text("/etc/group"))
    }

    /// What a user may do.
    pub fn cred_of(&self, user: &user::User) -> Cred {
        let member = |group: &(String, u32, Vec<String>)| group.2.contains(&user.name);
        let mut groups = vec![user.gid];
        groups.extend(self.groups().iter().filter(|group| member(group)).map(|group| group.1));
        Cred { uid: user.uid, gid: user.gid, groups }
    }

    /// Starts the login shell of a user with these three open things.
    pub(crate) fn login(
        &mut self,
        user: &str,
        command: Option<&str>,
        more: &[(String, String)],
        ends: &[OpenId],
    ) -> Result<Pid, Errno> {
        let user = self.users().into_iter().find(|known| known.name == user).ok_or(Errno::Access)?;
        let cred = self.cred_of(&user);
        let parent = self.procs.values().find(|process| process.name == "sshd").map_or(1, |process| process.pid);
        let mut process = self.blank(parent, cred);
        process.folder = if self.stat(&Cred::root(), "/", &user.home, true).is_ok_and(|stat| stat.is_folder()) {
            user.home.clone()
        } else {
            "/".into()
        };
        process.cgroup = format!("/user.slice/user-{}.slice/session-{}.scope", user.uid, self.next_open);
        let path = if user.uid == 0 {
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        } else {
            "/usr/local/bin:/usr/bin:/bin:/usr/games"
        };
        let pairs = [
            ("HOME", user.home.as_str()),
            ("LOGNAME", &user.name),
            ("PATH", path),
            ("SHELL", &user.shell),
            ("SSH_CLIENT", "127.0.0.1 50000 22"),
            ("SSH_CONNECTION", "127.0.0.1 50000 127.0.0.1 22"),
            ("USER", &user.name),
        ];
        let mut env: BTreeMap<String, String> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        env.extend(more.iter().cloned());
        for (fd, open) in (0..).zip(ends) {
            self.hold(*open);
            process.fds.insert(fd, Descriptor { open: *open, closes: false });
        }
        let pid = process.pid;
        Arc::make_mut(&mut self.procs).insert(pid, process);
        let name = user.shell.rsplit('/').next().unwrap_or("sh").to_owned();
        let words = match command {
            Some(command) => vec![name, "-c".into(), command.to_owned()],
            None => vec![format!("-{name}")],
        };
        let program = Sys { machine: self, pid }.exec(&user.shell, words, env);
        match program {
            Ok(program) => {
                if let Some(process) = self.proc_mut(pid) {
                    process.program = Some(program);
                }
                Ok(pid)
            }
            Err(error) => {
                self.end(pid, End::Code(255));
                self.drop_process(pid);
                Err(error)
            }
        }
    }
}
