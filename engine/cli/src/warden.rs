//! The process that watches the one which evaluates: it hands stops on, and explains a death that the dead cannot.

use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use runbook_model::{Failure, code};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::{self, Exit};
use crate::{dispatch, limits};

/// Runs the command line `typed` in a process of its own and watches it.
pub(crate) fn watch(typed: impl IntoIterator<Item = OsString>, say: impl Fn(&Failure)) -> Exit {
    let words = words_file();
    let started = std::env::current_exe().and_then(|exe| {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let mut command = Command::new(exe);
        command.args(typed).arg("--watched").arg(&words);
        let mut child = command.spawn()?;
        let pid = Pid::from_child(&child);
        let handle = signals.handle();
        let relay = std::thread::spawn(move || {
            for _ in signals.forever() {
                // The evaluating process ignores the terminal's own signal, so that a stop is never counted twice.
                let _ = kill_process(pid, Signal::USR1);
            }
        });
        let status = child.wait();
        handle.close();
        let _ = relay.join();
        status
    });
    let last_words = std::fs::read_to_string(&words).unwrap_or_default();
    let _ = std::fs::remove_file(&words);
    match started {
        Ok(status) => verdict(status, &last_words, say),
        Err(error) => {
            say(&Failure::new(code::RUN_DIED, "the process of the run could not be started").because(error));
            Exit::Failed
        }
    }
}

/// Does `work` in the process that is watched: under its limits, its last words kept, what goes wrong told on the
/// standard error that people read.
pub(crate) fn watched(
    words: &Path,
    memory: &str,
    work: impl FnOnce(std::fs::File) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let memory = limits::parse_size(memory).ok_or_else(|| {
        let what = format!("`--memory` takes a size like `2GiB`, at least `64MiB`, not `{memory}`");
        Failure::new(code::INPUT_BAD, what)
    })?;
    let trouble = |error| Failure::new(code::RUN_DIED, "the process of the run cannot be set up").because(error);
    let err = leave_last_words(words).map_err(trouble)?;
    limits::apply(memory).map_err(trouble)?;
    let mut shown = err.try_clone().map_err(trouble)?;
    work(err).or_else(|failure| {
        dispatch::show(&failure, &mut shown);
        Ok(exit::of(&failure))
    })
}

/// Where the evaluating process leaves its last words.
fn words_file() -> PathBuf {
    let dice = RandomState::new().build_hasher().finish();
    std::env::temp_dir().join(format!("runbook-{}-{dice:016x}.words", std::process::id()))
}

fn verdict(status: ExitStatus, last_words: &str, say: impl Fn(&Failure)) -> Exit {
    match (status.code(), status.signal()) {
        (Some(0), _) => Exit::Done,
        (Some(1), _) => Exit::Failed,
        (Some(2), _) => Exit::Usage,
        (Some(3), _) => Exit::Refused,
        (Some(4), _) => Exit::Stopped,
        (Some(5), _) => Exit::InDoubt,
        (Some(6), _) => Exit::UndoFailed,
        (Some(7), _) => Exit::Held,
        (Some(_), _) | (None, None) => Exit::Bug,
        (None, Some(signal)) => {
            say(&death(signal, last_words));
            Exit::Failed
        }
    }
}

/// Why a process that was ended by `signal` died, in words for people.
fn death(signal: i32, last_words: &str) -> Failure {
    let failure = if last_words.contains("has overflowed its stack") {
        Failure::new(code::RUN_STACK, "the runbook nested calls or values too deep, and its process died")
            .hint("look for a function that calls itself, or a list that is put into itself")
    } else if last_words.contains("memory allocation of") || last_words.contains("memory limit") {
        Failure::new(code::RUN_MEMORY, "the runbook used more memory than it may, and its process was ended")
            .hint("keep less in memory, or allow more with `--memory 4GiB`")
    } else {
        let name = match signal {
            6 => " (ABRT)",
            9 => " (KILL)",
            11 => " (SEGV)",
            15 => " (TERM)",
            _ => "",
        };
        Failure::new(code::RUN_DIED, format!("the process of the run was ended by signal {signal}{name}"))
    };
    failure.because("every finished step is recorded").hint("go on with the same command and `--resume`")
}

/// Leaves this process' last words, those of the language runtime, in `words`; what people read goes to the old
/// standard error, which is given back.
fn leave_last_words(words: &Path) -> std::io::Result<std::fs::File> {
    let shown = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3)?;
    // Never over a file that somebody else has put there.
    let words = std::fs::File::create_new(words)?;
    rustix::stdio::dup2_stderr(&words)?;
    Ok(std::fs::File::from(shown))
}
