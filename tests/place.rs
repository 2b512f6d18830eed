//! A place to run runbooks in: a folder of its own with the runbook, its store, and the traces its commands leave.
//!
//! `Place::with("nested.rhai")` puts a runbook there; `run`, `resume` and `call` start the real program and wait until
//! nothing it started is left. Nothing here depends on how long anything takes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use runbook_model::Record;
use tempfile::TempDir;

/// The command of the runbooks: says that it happened, and where `cut` names it, kills the engine before or after.
const EFFECT: &str = r#"
cd ../../.. # out of the folder of the run's own files
echo "$1" >> calls
nth=$(grep -cxF -- "$1" calls)
if [ "$(cat cut 2>/dev/null)" = "before $1 $nth" ]; then kill -9 $PPID; exit 9; fi
echo "$1" >> effects
if [ "$(cat cut 2>/dev/null)" = "after $1 $nth" ]; then kill -9 $PPID; fi
"#;

/// A folder with everything a run needs and leaves.
pub(crate) struct Place {
    folder: TempDir,
    env: Vec<(String, String)>,
}

/// How a process ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it said on standard output.
    pub out: String,
    /// What it said on standard error.
    pub err: String,
}

impl Ended {
    /// Requires an exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "the program said:\n{}\n{}", self.out, self.err);
        self
    }

    /// Requires that a person was told `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        let said = format!("{}\n{}", self.out, self.err);
        assert!(said.contains(text), "nobody was told `{text}`:\n{said}");
        assert!(!said.contains("panicked at"), "the program panicked:\n{said}");
        self
    }
}

impl Place {
    /// An empty place.
    pub(crate) fn new() -> Self {
        // In memory where that is possible: a kill is no power cut, and a sweep would mostly wait for the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let place = Self { folder, env: Vec::new() };
        fs::write(place.path("effect"), EFFECT).unwrap();
        place
    }

    /// A place with the runbook `tests/runbooks/NAME` as `main.rhai`, and what it imports.
    pub(crate) fn with(name: &str) -> Self {
        let place = Self::new();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runbooks");
        fs::copy(from.join(name), place.path("main.rhai")).unwrap();
        fs::create_dir(place.path("lib")).unwrap();
        for entry in fs::read_dir(from.join("lib")).unwrap().flatten() {
            fs::copy(entry.path(), place.path("lib").join(entry.file_name())).unwrap();
        }
        place
    }

    /// A place with the runbook `text` as `main.rhai`; it may run every command.
    pub(crate) fn saying(text: &str) -> Self {
        let place = Self::new();
        let front = "//! ```toml\n//! [needs]\n//! local = [\"run *\", \"read *\"]\n//! ```\n";
        fs::write(place.path("main.rhai"), format!("{front}{text}")).unwrap();
        place
    }

    /// Has the program find `value` in its environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The state directory.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// The program with these words, on the store of this place.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
        command.current_dir(self.folder.path()).arg("--state").arg(self.state()).args(["--output", "lines"]);
        command.args(words).stdin(Stdio::null());
        command.env_remove("RUNBOOK_STATE").env_remove("RUNBOOK_RUN").env("NO_COLOR", "1");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Calls the program, to the end of all it started.
    pub(crate) fn call(&self, words: &[&str]) -> Ended {
        self.ended(&mut self.program(words))
    }

    /// Runs a prepared command, to the end of all it started.
    pub(crate) fn ended(&self, command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        // Only where the engine was killed can something be left of it.
        if matches!(output.status.code(), None | Some(1)) {
            self.wait_until_empty();
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Runs `main.rhai`.
    pub(crate) fn run(&self, more: &[&str]) -> Ended {
        self.call(&[&["run", "main.rhai"], more].concat())
    }

    /// Goes on with its last unfinished run.
    pub(crate) fn resume(&self, more: &[&str]) -> Ended {
        self.run(&[&["--resume"], more].concat())
    }

    /// The records of the last run.
    pub(crate) fn records(&self) -> Vec<Record> {
        let exported = self.call(&["export", "last"]).exits(0);
        exported.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Has the engine killed by the `nth` call of the effect `name`, before or after it acts.
    pub(crate) fn cut(&self, when: &str, name: &str, nth: usize) {
        fs::write(self.path("cut"), format!("{when} {name} {nth}")).unwrap();
    }

    /// How often each effect took place.
    pub(crate) fn effects(&self) -> BTreeMap<String, usize> {
        let mut effects = BTreeMap::new();
        for line in fs::read_to_string(self.path("effects")).unwrap_or_default().lines() {
            *effects.entry(line.to_owned()).or_default() += 1;
        }
        effects
    }

    /// Waits until `holds`, which must come about by itself.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let late = Instant::now() + Duration::from_secs(60);
        while !holds() {
            assert!(Instant::now() < late, "never came about: {what}");
            std::thread::yield_now();
        }
    }

    /// A killed engine leaves the commands it had started to end by themselves.
    fn wait_until_empty(&self) {
        let here = fs::canonicalize(self.folder.path()).unwrap();
        self.until("every process of this place is gone", || {
            let processes = fs::read_dir("/proc").unwrap().flatten();
            !processes.into_iter().any(|process| {
                fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&here))
                    // A connection of a killed engine stays for a while, and does nothing.
                    && !fs::read(process.path().join("cmdline")).is_ok_and(|words| words.starts_with(b"ssh"))
            })
        });
    }
}
