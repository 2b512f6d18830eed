//! What a running program may ask of its machine: the calls of a kernel.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Machine;
use super::errno::Errno;
use super::files::{At, Content, Device, Kind, Node, Spot, Stat};
use super::open::{Open, OpenId, Read, What};
use super::process::{Descriptor, End, Pid, Process, Program, State, Wait};
use super::signal::PIPE;
use super::user::Cred;

/// A process that acts, on its machine.
#[derive(Debug)]
pub struct Sys<'a> {
    /// The machine.
    pub machine: &'a mut Machine,
    /// The process.
    pub pid: Pid,
}

/// How something is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    /// To read.
    pub read: bool,
    /// To write.
    pub write: bool,
    /// Made where it is not there, with these bits.
    pub create: Option<u32>,
    /// Refused where it is there.
    pub new: bool,
    /// Emptied.
    pub cut: bool,
    /// Written at the end.
    pub append: bool,
}

impl Mode {
    /// To read what is there.
    pub fn reads() -> Self {
        Self { read: true, ..Self::default() }
    }

    /// To write from its beginning.
    pub fn writes() -> Self {
        Self { write: true, create: Some(0o666), cut: true, ..Self::default() }
    }

    /// To write at its end.
    pub fn appends() -> Self {
        Self { write: true, create: Some(0o666), append: true, ..Self::default() }
    }
}

impl Sys<'_> {
    /// The process itself.
    pub fn me(&self) -> &Process {
        &self.machine.procs[&self.pid]
    }

    /// The process itself, to be changed.
    pub fn change(&mut self, change: impl FnOnce(&mut Process)) {
        if let Some(me) = self.machine.proc_mut(self.pid) {
            change(me);
        }
    }

    /// Who it runs as.
    pub fn cred(&self) -> Cred {
        self.me().cred.clone()
    }

    /// The moment, since 1970.
    pub fn now(&self) -> Duration {
        self.machine.now
    }

    /// Follows a path from where the process is.
    pub fn walk(&self, path: &str, follow: bool) -> Result<Spot, Errno> {
        self.machine.walk(&self.me().cred, &self.me().folder, path, follow)
    }

    /// What is known of what is at a path.
    pub fn stat(&self, path: &str, follow: bool) -> Result<Stat, Errno> {
        self.machine.stat_at(&self.walk(path, follow)?)
    }

    /// What is open under a descriptor.
    pub fn opened(&self, fd: i32) -> Result<OpenId, Errno> {
        self.me().fds.get(&fd).map(|descriptor| descriptor.open).ok_or(Errno::BadFile)
    }

    /// Whether somebody types, or reads, at the other end of a descriptor.
    pub fn is_terminal(&self, fd: i32) -> bool {
        let open = self.opened(fd).ok().and_then(|open| self.machine.opens.get(&open));
        open.is_some_and(|open| matches!(open.what, What::Session(session, _) if self.machine.is_terminal(session)))
    }

    /// Opens a path, not under a descriptor yet.
    pub fn open_path(&mut self, path: &str, mode: Mode) -> Result<OpenId, Errno> {
        // These lead to what the process has open itself.
        let own = path.strip_prefix("/dev/fd/").or_else(|| path.strip_prefix("/proc/self/fd/"));
        let own = own.and_then(|number| number.parse().ok()).or(match path {
            "/dev/stdin" => Some(0),
            "/dev/stdout" => Some(1),
            "/dev/stderr" => Some(2),
            _ => None,
        });
        if let Some(fd) = own {
            return self.opened(fd).map_err(|_| Errno::Missing);
        }
        let who = self.cred();
        let umask = self.me().umask;
        let mut spot = self.walk(path, true)?;
        if spot.at == At::Nothing {
            let bits = mode.create.ok_or(Errno::Missing)?;
            let now = self.now();
            let node = Node::new(Kind::File(Content::empty()), bits & !umask, 0, now);
            let ino = self.machine.make(&who, &spot, node)?;
            spot.at = At::Real(ino);
        } else {
            if mode.new {
                return Err(Errno::Exists);
            }
            let wanted = 4 * u32::from(mode.read) + 2 * u32::from(mode.write);
            if self.machine.is_folder_at(&spot) && mode.write {
                return Err(Errno::IsFolder);
            }
            if !self.machine.may_at(&who, &spot, wanted) {
                return Err(Errno::Access);
            }
            let device = spot
                .ino()
                .and_then(|ino| self.machine.files.node(ino).ok())
                .is_some_and(|n| matches!(n.kind, Kind::Device(_)));
            if mode.write && !device && self.machine.files.mount_of(&spot.path).read_only() {
                return Err(Errno::ReadOnly);
            }
        }
        let what = self.what_at(&spot, mode)?;
        if let (What::File(ino), true) = (&what, mode.cut) {
            let now = self.now();
            self.machine.files.change(*ino, now, |content| *content = Content::empty())?;
        }
        let (read, write, append) = (mode.read, mode.write, mode.append);
        Ok(self.machine.open_thing(Open { what, offset: 0, read, write, append, users: 0, path: spot.path }))
    }

    fn what_at(&self, spot: &Spot, mode: Mode) -> Result<What, Errno> {
        match spot.at {
            At::Real(ino) => Ok(match &self.machine.files.node(ino)?.kind {
                Kind::File(_) => What::File(ino),
                Kind::Folder(_) => What::Folder,
                Kind::Device(Device::Terminal) => return Err(Errno::NoDevice),
                Kind::Device(device) => What::Device(*device),
                _ => return Err(Errno::NoDevice),
            }),
            At::Computed if self.machine.is_folder_at(spot) => Ok(What::Folder),
            At::Computed if mode.read => {
                Ok(What::Computed(Arc::new(self.machine.read_computed(&spot.path, self.pid)?)))
            }
            At::Computed => Ok(What::Computed(Arc::default())),
            At::Nothing => Err(Errno::Missing),
        }
    }

    /// Puts something open under a descriptor.
    pub fn install(&mut self, fd: i32, open: OpenId) {
        self.machine.hold(open);
        let mut before = None;
        self.change(|me| before = me.fds.insert(fd, Descriptor { open, closes: false }));
        if let Some(before) = before {
            self.machine.release(before.open);
        }
    }

    /// Opens a path under the first free descriptor.
    pub fn open(&mut self, path: &str, mode: Mode) -> Result<i32, Errno> {
        let open = self.open_path(path, mode)?;
        let fd = self.free_from(3);
        self.install(fd, open);
        Ok(fd)
    }

    /// The first free descriptor that is not below `from`.
    pub fn free_from(&self, from: i32) -> i32 {
        (from..).find(|fd| !self.me().fds.contains_key(fd)).unwrap_or(from)
    }

    /// Closes a descriptor.
    pub fn close(&mut self, fd: i32) {
        let mut before = None;
        self.change(|me| before = me.fds.remove(&fd));
        if let Some(before) = before {
            self.machine.release(before.open);
        }
    }

    /// Reads at most `most` bytes.
    pub fn read(&mut self, fd: i32, most: usize) -> Result<Read, Errno> {
        let open = self.opened(fd)?;
        self.machine.read_open(open, most)
    }

    /// Writes as much as there is room for. Who writes where nobody reads gets the signal for it.
    pub fn write(&mut self, fd: i32, bytes: &[u8]) -> Result<usize, Errno> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let open = self.opened(fd)?;
        let written = self.machine.write_open(open, bytes);
        if written == Err(Errno::Pipe) {
            self.machine.signal(self.pid, PIPE);
        }
        written
    }

    /// Whether the process is still there: a signal of its own may have ended it.
    pub fn alive(&self) -> bool {
        self.machine.procs.get(&self.pid).is_some_and(|me| !me.is_ended())
    }

    /// Reads a whole file, as far as `most`.
    pub fn read_file(&mut self, path: &str, most: usize) -> Result<Vec<u8>, Errno> {
        let open = self.open_path(path, Mode::reads())?;
        self.machine.hold(open);
        let mut all = Vec::new();
        let read = loop {
            match self.machine.read_open(open, (most - all.len()).min(1 << 20)) {
                Ok(Read::Bytes(bytes)) => all.extend(bytes),
                Ok(_) => break Ok(all),
                Err(error) => break Err(error),
            }
            if all.len() >= most {
                break Ok(all);
            }
        };
        self.machine.release(open);
        read
    }

    /// Makes `bytes` the content of a file, or puts them at its end.
    pub fn write_file(&mut self, path: &str, bytes: &[u8], append: bool) -> Result<(), Errno> {
        let open = self.open_path(path, if append { Mode::appends() } else { Mode::writes() })?;
        self.machine.hold(open);
        let written = if bytes.is_empty() { Ok(0) } else { self.machine.write_open(open, bytes) };
        self.machine.release(open);
        written.map(|_| ())
    }

    /// Makes a child with the same descriptors that runs `program`.
    pub fn fork(&mut self, program: Box<dyn Program>) -> Pid {
        let mut child = self.me().clone();
        child.pid = self.machine.next_pid();
        child.parent = self.pid;
        child.program = Some(program);
        child.state = State::Ready;
        child.pending.clear();
        child.began = self.machine.now;
        for descriptor in child.fds.values() {
            self.machine.hold(descriptor.open);
        }
        let pid = child.pid;
        Arc::make_mut(&mut self.machine.procs).insert(pid, child);
        pid
    }

    /// How a child ended, once; nothing where it still runs.
    pub fn reap(&mut self, child: Pid) -> Option<End> {
        match self.machine.procs.get(&child)?.state {
            State::Ended(end) => {
                self.machine.drop_process(child);
                Some(end)
            }
            _ => None,
        }
    }

    /// Whether a process is a child of this one.
    pub fn is_child(&self, pid: Pid) -> bool {
        self.machine.procs.get(&pid).is_some_and(|child| child.parent == self.pid)
    }

    /// The next signal that this process wants to look at.
    pub fn take_signal(&mut self) -> Option<i32> {
        let first = self.me().pending.first().copied();
        if let Some(signal) = first {
            self.change(|me| {
                me.pending.remove(&signal);
            });
        }
        first
    }

    /// Finds a program by its name on the `PATH` of the environment given.
    pub fn look_up(&self, name: &str, path: &str) -> Result<String, Errno> {
        if name.contains('/') {
            return Ok(name.to_owned());
        }
        let mut refused = Errno::Missing;
        for folder in path.split(':') {
            let folder = if folder.is_empty() { "." } else { folder };
            let at = format!("{}/{name}", folder.trim_end_matches('/'));
            match self.walk(&at, true) {
                Ok(spot) if spot.at != At::Nothing && !self.machine.is_folder_at(&spot) => {
                    if self.machine.may_at(&self.me().cred, &spot, 1) {
                        return Ok(at);
                    }
                    refused = Errno::Access;
                }
                _ => {}
            }
        }
        Err(refused)
    }

    /// Makes this process run the program at `path`.
    pub fn exec(
        &mut self,
        path: &str,
        words: Vec<String>,
        env: BTreeMap<String, String>,
    ) -> Result<Box<dyn Program>, Errno> {
        let spot = self.walk(path, true)?;
        if spot.at == At::Nothing {
            return Err(Errno::Missing);
        }
        if self.machine.is_folder_at(&spot) || !self.machine.may_at(&self.me().cred, &spot, 1) {
            return Err(Errno::Access);
        }
        let Some(ino) = spot.ino() else { return Err(Errno::Access) };
        let Kind::File(content) = &self.machine.files.node(ino)?.kind else { return Err(Errno::Access) };
        let (name, words) = match content {
            Content::Program(name) => (name.to_string(), words),
            content => {
                let head = super::text::from_bytes(&content.read(0, 256));
                let line = head.strip_prefix("#!").and_then(|rest| rest.lines().next()).ok_or(Errno::NotProgram)?;
                let (interpreter, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
                let mut all = vec![interpreter.to_owned()];
                all.extend(Some(argument.trim().to_owned()).filter(|argument| !argument.is_empty()));
                all.push(path.to_owned());
                all.extend(words.into_iter().skip(1));
                return self.exec(interpreter, all, env);
            }
        };
        let program = crate::ssh::commands::program(&name, &words).ok_or(Errno::NotProgram)?;
        let closing: Vec<i32> = self.me().fds.iter().filter(|(_, d)| d.closes).map(|(fd, _)| *fd).collect();
        for fd in closing {
            self.close(fd);
        }
        let short: String = path.rsplit('/').next().unwrap_or(path).chars().take(15).collect();
        self.change(|me| {
            me.name = short;
            me.exe = spot.path.clone();
            me.words = Arc::new(words);
            me.env = Arc::new(env);
            me.caught.clear();
            me.pending.clear();
        });
        self.machine.was_started(self.pid);
        Ok(program)
    }

    /// Where a wait for input of a descriptor is to be made.
    pub fn wait_input(&self, fd: i32) -> Wait {
        self.opened(fd).map_or(Wait::Until(Duration::ZERO), Wait::Input)
    }

    /// Where a wait for room of a descriptor is to be made.
    pub fn wait_output(&self, fd: i32) -> Wait {
        self.opened(fd).map_or(Wait::Until(Duration::ZERO), Wait::Output)
    }
}
