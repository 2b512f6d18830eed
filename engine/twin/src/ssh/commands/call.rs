//! One run of a command: what it is given, what it prints, what it waits for.
//!
//! Most commands are functions that run at once. Where one needs its input, a moment or a child, it stops and is run
//! again from its beginning once that is there; so it must not change anything before it has asked for all of it, or
//! keep what it has worked out in its plan.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::machines::errno::Errno;
use crate::machines::open::Read;
use crate::machines::process::{End, Flow, Pid, Program, Wait};
use crate::machines::sys::Sys;
use crate::machines::text::{from_bytes, to_bytes};

/// How a command ends, or why it stops.
pub(crate) type Done = Result<i32, Stop>;

/// Why a command stops.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// It ends with this status; what there is to say was said.
    Exit(i32),
    /// It needs all of its input.
    Input,
    /// It has to wait.
    Wait(Wait),
    /// Another program takes its place.
    Become(Vec<String>, BTreeMap<String, String>),
    /// A child has to run first, with this to read.
    Child(Vec<String>, BTreeMap<String, String>, Option<Vec<u8>>),
}

/// A command that is a function.
pub(crate) type Run = fn(&mut Call<'_, '_>) -> Done;

/// What a command keeps from one run to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    input: Vec<u8>,
    input_ended: bool,
    statuses: Vec<i32>,
    plan: Option<Arc<Vec<Vec<String>>>>,
    runs: u32,
}

/// A command that runs.
#[derive(Debug)]
pub(crate) struct Call<'a, 'b> {
    /// Its machine and its process.
    pub(crate) sys: &'a mut Sys<'b>,
    /// What it was called.
    pub(crate) name: String,
    /// Its words but for the first.
    pub(crate) args: Vec<String>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
    kept: &'a mut Kept,
    children: usize,
}

impl Call<'_, '_> {
    /// Prints text.
    pub(crate) fn print(&mut self, text: &str) {
        self.out.extend(to_bytes(text));
    }

    /// Prints a line.
    pub(crate) fn line(&mut self, text: &str) {
        self.print(text);
        self.out.push(b'\n');
    }

    /// Says something on the error channel, behind its own name.
    pub(crate) fn say(&mut self, text: &str) {
        let text = format!("{}: {text}\n", self.name);
        self.err.extend(to_bytes(&text));
    }

    /// Says something on the error channel as it stands.
    pub(crate) fn say_line(&mut self, text: &str) {
        self.err.extend(to_bytes(text));
        self.err.push(b'\n');
    }

    /// Says why it does nothing, and ends.
    pub(crate) fn fail<T>(&mut self, status: i32, text: &str) -> Result<T, Stop> {
        self.say(text);
        Err(Stop::Exit(status))
    }

    /// Ends since something is asked for that the twin does not know: said, and kept for the report.
    pub(crate) fn unknown<T>(&mut self, what: &str) -> Result<T, Stop> {
        let mut words = vec![self.name.clone()];
        words.extend(self.args.iter().cloned());
        self.sys.machine.note_unknown(&words, what);
        let text = format!("{what} is not known to the twin");
        self.say(&text);
        Err(Stop::Exit(2))
    }

    /// All of its input.
    pub(crate) fn input(&mut self) -> Result<Vec<u8>, Stop> {
        if self.kept.input_ended { Ok(self.kept.input.clone()) } else { Err(Stop::Input) }
    }

    /// All of a file, or of the input where it is called `-`.
    pub(crate) fn read(&mut self, path: &str) -> Result<Result<Vec<u8>, Errno>, Stop> {
        if path == "-" {
            return self.input().map(Ok);
        }
        if self.sys.stat(path, true).is_ok_and(|stat| stat.is_folder()) {
            return Ok(Err(Errno::IsFolder));
        }
        // What leads to a pipe or a session is the input of this process.
        if path == "/dev/stdin" || path == "/proc/self/fd/0" || path == "/dev/fd/0" {
            return self.input().map(Ok);
        }
        Ok(self.sys.read_file(path, 256 << 20))
    }

    /// Reads what it is to read: the files named, or the input. What cannot be read is said, and `status` counts then.
    pub(crate) fn read_all(&mut self, paths: &[String], status: &mut i32) -> Result<Vec<(String, Vec<u8>)>, Stop> {
        let usual = ["-".to_owned()];
        let paths = if paths.is_empty() { &usual[..] } else { paths };
        let mut all = Vec::new();
        for path in paths {
            match self.read(path)? {
                Ok(bytes) => all.push((path.clone(), bytes)),
                Err(error) => {
                    self.say(&format!("{path}: {error}"));
                    *status = 1;
                }
            }
        }
        Ok(all)
    }

    /// Waits until so long after it began.
    pub(crate) fn sleep(&mut self, how_long: Duration) -> Result<(), Stop> {
        let until = self.sys.me().began + how_long;
        if self.sys.now() >= until { Ok(()) } else { Err(Stop::Wait(Wait::Until(until))) }
    }

    /// Whether it runs for the first time, and not again after a stop.
    pub(crate) fn is_first(&self) -> bool {
        self.kept.runs == 0
    }

    /// Its environment.
    pub(crate) fn env(&self) -> BTreeMap<String, String> {
        (*self.sys.me().env).clone()
    }

    /// The status of its next child, which runs these words.
    pub(crate) fn child(
        &mut self,
        words: &[String],
        env: BTreeMap<String, String>,
        input: Option<Vec<u8>>,
    ) -> Result<i32, Stop> {
        self.children += 1;
        match self.kept.statuses.get(self.children - 1) {
            Some(status) => Ok(*status),
            None => Err(Stop::Child(words.to_vec(), env, input)),
        }
    }

    /// What it decided when it ran first.
    pub(crate) fn plan(
        &mut self,
        make: impl FnOnce(&mut Self) -> Result<Vec<Vec<String>>, Stop>,
    ) -> Result<Arc<Vec<Vec<String>>>, Stop> {
        if let Some(plan) = &self.kept.plan {
            return Ok(plan.clone());
        }
        let plan = Arc::new(make(self)?);
        self.kept.plan = Some(plan.clone());
        Ok(plan)
    }

    /// The text of bytes.
    pub(crate) fn text(bytes: &[u8]) -> String {
        from_bytes(bytes)
    }
}

/// The program a command that is a function is.
#[derive(Clone)]
pub(crate) struct Once {
    run: Run,
    name: String,
    args: Vec<String>,
    kept: Kept,
    /// What is still to be written, and what of each channel was.
    waiting: [Vec<u8>; 2],
    written: [usize; 2],
    then: Option<Then>,
    child: Option<Pid>,
}

/// What comes once everything is written.
#[derive(Clone, Debug)]
enum Then {
    Exit(i32),
    Stop(Stop),
}

impl std::fmt::Debug for Once {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {:?}", self.name, self.args)
    }
}

impl Once {
    pub(crate) fn new(run: Run, words: &[String]) -> Self {
        let name = words.first().map(|word| word.rsplit('/').next().unwrap_or(word).to_owned()).unwrap_or_default();
        let args = words.get(1..).unwrap_or_default().to_vec();
        let (kept, waiting) = (Kept::default(), Default::default());
        Self { run, name, args, kept, waiting, written: [0, 0], then: None, child: None }
    }

    fn run(&mut self, sys: &mut Sys<'_>) {
        let (name, args) = (self.name.clone(), self.args.clone());
        let mut call = Call { sys, name, args, out: Vec::new(), err: Vec::new(), kept: &mut self.kept, children: 0 };
        let done = (self.run)(&mut call);
        let printed = [call.err, call.out];
        self.kept.runs += 1;
        let again = matches!(done, Err(Stop::Input));
        for (channel, bytes) in printed.into_iter().enumerate() {
            if again {
                continue;
            }
            // What an earlier run has printed is not printed again.
            self.waiting[channel] = bytes.get(self.written[channel]..).unwrap_or_default().to_vec();
            self.written[channel] = self.written[channel].max(bytes.len());
        }
        self.then = Some(match done {
            Ok(status) | Err(Stop::Exit(status)) => Then::Exit(status),
            Err(stop) => Then::Stop(stop),
        });
    }

    fn flush(&mut self, sys: &mut Sys<'_>) -> Option<Flow> {
        for (channel, fd) in [(0, 2), (1, 1)] {
            while !self.waiting[channel].is_empty() {
                match sys.write(fd, &self.waiting[channel]) {
                    Ok(0) => return Some(Flow::Wait(sys.wait_output(fd))),
                    Ok(count) => {
                        self.waiting[channel].drain(..count);
                    }
                    Err(error) => {
                        self.waiting[channel].clear();
                        if !sys.alive() {
                            return Some(Flow::Exit(1));
                        }
                        if fd == 1 {
                            self.waiting = [format!("{}: write error: {error}\n", self.name).into_bytes(), Vec::new()];
                            self.then = Some(Then::Exit(1));
                            return None;
                        }
                    }
                }
            }
        }
        None
    }

    fn stopped(&mut self, stop: Stop, sys: &mut Sys<'_>) -> Flow {
        match stop {
            Stop::Exit(status) => Flow::Exit(status),
            Stop::Input => match sys.read(0, 1 << 16) {
                Ok(Read::Bytes(bytes)) => {
                    self.kept.input.extend(bytes);
                    self.then = Some(Then::Stop(Stop::Input));
                    Flow::Again
                }
                Ok(Read::Later) => {
                    self.then = Some(Then::Stop(Stop::Input));
                    Flow::Wait(sys.wait_input(0))
                }
                Ok(Read::End) | Err(_) => {
                    self.kept.input_ended = true;
                    Flow::Again
                }
            },
            Stop::Wait(wait) => Flow::Wait(wait),
            Stop::Become(words, env) => match load(&words, env, sys) {
                Ok(program) => Flow::Become(program),
                Err((status, why)) => {
                    self.waiting[0] = format!("{}: {why}\n", self.name).into_bytes();
                    self.then = Some(Then::Exit(status));
                    Flow::Again
                }
            },
            Stop::Child(words, env, input) => {
                match start(&words, env, input.as_deref(), sys) {
                    Ok(pid) => self.child = Some(pid),
                    Err((status, why)) => {
                        self.waiting[0] = format!("{}: {why}\n", self.name).into_bytes();
                        self.kept.statuses.push(status);
                        // That was said, and the next run must not swallow as much.
                        self.then = None;
                        if let Some(flow) = self.flush(sys) {
                            return flow;
                        }
                    }
                }
                Flow::Again
            }
        }
    }
}

/// Starts a child that runs these words.
pub(crate) fn start(
    words: &[String],
    env: BTreeMap<String, String>,
    input: Option<&[u8]>,
    sys: &mut Sys<'_>,
) -> Result<Pid, (i32, String)> {
    let pid = sys.fork(Box::new(super::nothing::Nothing));
    let mut inside = Sys { machine: sys.machine, pid };
    if let Some(input) = input {
        let open = inside.machine.new_text(input);
        inside.install(0, open);
    }
    match load(words, env, &mut inside) {
        Ok(program) => {
            if let Some(process) = sys.machine.proc_mut(pid) {
                process.program = Some(program);
            }
            Ok(pid)
        }
        Err(failed) => {
            sys.machine.end(pid, End::Code(failed.0));
            sys.reap(pid);
            Err(failed)
        }
    }
}

/// Makes a process ready to run these words; gives status and text where it cannot.
pub(crate) fn load(
    words: &[String],
    env: BTreeMap<String, String>,
    sys: &mut Sys<'_>,
) -> Result<Box<dyn Program>, (i32, String)> {
    let name = words.first().cloned().unwrap_or_default();
    let path = env.get("PATH").cloned().unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    let found = sys.look_up(&name, &path).and_then(|found| match sys.exec(&found, words.to_vec(), env.clone()) {
        Err(Errno::NotProgram) => {
            let mut all = vec!["sh".to_owned(), found];
            all.extend(words.iter().skip(1).cloned());
            sys.exec("/bin/sh", all, env)
        }
        other => other,
    });
    found.map_err(|error| {
        if error == Errno::Missing {
            sys.machine.note_unknown(words, "command");
        }
        (if error == Errno::Missing { 127 } else { 126 }, format!("\u{2018}{name}\u{2019}: {error}").replace(['\u{2018}', '\u{2019}'], "'"))
    })
}

impl Program for Once {
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow {
        if let Some(pid) = self.child {
            let Some(end) = sys.reap(pid) else {
                if sys.is_child(pid) {
                    return Flow::Wait(Wait::Child(pid));
                }
                self.child = None;
                self.kept.statuses.push(0);
                return Flow::Again;
            };
            self.child = None;
            self.kept.statuses.push(end.status());
        }
        if self.then.is_none() {
            self.run(sys);
        }
        if let Some(flow) = self.flush(sys) {
            return flow;
        }
        match self.then.take() {
            Some(Then::Exit(status)) if self.waiting.iter().all(Vec::is_empty) => Flow::Exit(status),
            Some(Then::Exit(status)) => {
                self.then = Some(Then::Exit(status));
                Flow::Again
            }
            Some(Then::Stop(stop)) => self.stopped(stop, sys),
            None => Flow::Again,
        }
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
