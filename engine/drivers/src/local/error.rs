//! What goes wrong with a command, and what of it is known.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use runbook_model::{Failure, Value, code};

use super::OUTPUT_BYTES_MAX;

/// What went wrong with a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing to run.
    #[error("the command is empty")]
    Empty,
    /// A variable of the environment has a name that cannot be one.
    #[error("`{name}` cannot be the name of a variable")]
    Variable {
        /// The name.
        name: String,
    },
    /// The folder to run it in is not there.
    #[error("`{command}` cannot run in `{folder}`: there is no such folder")]
    Folder {
        /// The command.
        command: String,
        /// The folder.
        folder: String,
    },
    /// It was not started.
    #[error("`{command}` could not be started")]
    Missing {
        /// The command.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// It was started and did not end well.
    #[error("`{command}` {trouble}")]
    Ended {
        /// The command.
        command: String,
        /// How it ended.
        trouble: Trouble,
        /// The end of what it printed.
        stdout: String,
        /// The end of what it printed on its error channel.
        stderr: String,
    },
}

/// How a command that was started ended, where it did not end well.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// By itself, with a status that does not count as done.
    #[error("ended with status {0}")]
    Exit(i32),
    /// By a signal of someone else.
    #[error("was ended by {}", signal_name(*.0))]
    Signal(i32),
    /// By us: it took too long.
    #[error("took longer than {0:?} and was ended")]
    Timeout(Duration),
    /// By us: it printed too much.
    #[error("printed more than {} MiB and was ended", OUTPUT_BYTES_MAX >> 20)]
    Output {
        /// Whether on the error channel.
        error: bool,
    },
    /// By us: it could no longer be heard or fed.
    #[error("could no longer be followed and was ended")]
    Lost(#[source] io::Error),
}

impl Trouble {
    pub(super) fn of_signal(status: ExitStatus) -> Self {
        Self::Signal(status.signal().unwrap_or_default())
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal}, {name}")
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let what = error.to_string();
        match error {
            Error::Empty | Error::Variable { .. } => Self::new(code::VALUE_BAD, what),
            Error::Folder { .. } => {
                Self::new(code::LOCAL_MISSING, what).hint("create the folder first, or correct `cwd`")
            }
            Error::Missing { source, .. } => {
                let failure = Self::new(code::LOCAL_MISSING, what).because(&source);
                match source.kind() {
                    io::ErrorKind::NotFound => failure.hint("install the program, or give its full path"),
                    io::ErrorKind::PermissionDenied => failure.hint("check that the file is executable"),
                    io::ErrorKind::ArgumentListTooLong => failure.hint("hand long text over as `stdin`"),
                    _ => failure,
                }
            }
            Error::Ended { trouble, stdout, stderr, .. } => ended(what, &trouble, stdout, stderr),
        }
    }
}

fn ended(what: String, trouble: &Trouble, stdout: String, stderr: String) -> Failure {
    let mut failure = match trouble {
        Trouble::Exit(status) => exited(what, *status),
        Trouble::Signal(_) => Failure::new(code::LOCAL_SIGNAL, what).may_have_acted().retryable(),
        Trouble::Timeout(_) => {
            let hint = "give it more time with `timeout`, or find out what it waits for";
            Failure::new(code::LOCAL_TIMEOUT, what).may_have_acted().retryable().hint(hint)
        }
        Trouble::Output { error } => {
            let channel = if *error { "2>" } else { ">" };
            let hint = format!("send its output to a file with `{channel} out.txt`");
            Failure::new(code::LOCAL_OUTPUT, what).may_have_acted().hint(hint)
        }
        Trouble::Lost(source) => Failure::new(code::LOCAL_OUTPUT, what).may_have_acted().because(source),
    };
    // What a command says last is, nearly always, why.
    if let Some(last) = stderr.lines().rev().find(|line| !line.trim().is_empty()) {
        failure = failure.because(last.trim());
    }
    let status = if let Trouble::Exit(status) = trouble { Value::Int(i64::from(*status)) } else { Value::Unit };
    failure.data =
        Some(Value::from([("status", status), ("stdout", Value::Text(stdout)), ("stderr", Value::Text(stderr))]));
    failure
}

fn exited(what: String, status: i32) -> Failure {
    let failure = Failure::new(code::LOCAL_EXIT, what);
    match status {
        // The shell's own words for a program that is not there or cannot be executed: trying again will not help.
        126 => failure.hint("check that the program is executable"),
        127 => failure.hint("install the program, or give its full path"),
        _ => failure.retryable(),
    }
}
