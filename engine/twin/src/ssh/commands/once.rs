//! The program a command is that is a function: run, stopped, run again.

use std::collections::BTreeMap;

use super::call::{Call, Kept, Run, Stop};
use crate::machines::errno::Errno;
use crate::machines::open::Read;
use crate::machines::process::{End, Flow, Pid, Program, Wait};
use crate::machines::sys::Sys;

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
            Stop::Enter(program) => Flow::Become(program),
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
        (
            if error == Errno::Missing { 127 } else { 126 },
            format!("\u{2018}{name}\u{2019}: {error}").replace(['\u{2018}', '\u{2019}'], "'"),
        )
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
