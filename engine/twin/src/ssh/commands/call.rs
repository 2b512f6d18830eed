//! One run of a command: what it is given, what it prints, what it waits for.
//!
//! Most commands are functions that run at once. Where one needs its input, a moment or a child, it stops and is run
//! again from its beginning once that is there; so it must not change anything before it has asked for all of it, or
//! keep what it has worked out in its plan.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::machines::errno::Errno;
use crate::machines::process::{Program, Wait};
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
    /// This program takes its place.
    Enter(Box<dyn Program>),
    /// A child has to run first, with this to read.
    Child(Vec<String>, BTreeMap<String, String>, Option<Vec<u8>>),
}

/// A command that is a function.
pub(crate) type Run = fn(&mut Call<'_, '_>) -> Done;

/// What a command keeps from one run to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(super) input: Vec<u8>,
    pub(super) input_ended: bool,
    pub(super) statuses: Vec<i32>,
    pub(super) plan: Option<Arc<Vec<Vec<String>>>>,
    pub(super) runs: u32,
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
    pub(super) kept: &'a mut Kept,
    pub(super) children: usize,
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

    /// Says a line as it stands, and ends.
    pub(crate) fn fail_line<T>(&mut self, status: i32, text: &str) -> Result<T, Stop> {
        self.say_line(text);
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
