//! How a command that did not end well is told.

use runbook_model::{Failure, Value, code};

use super::command::Command;
use super::follow::Seen;
use super::report::State;
use super::{Error, Remote};
use crate::ssh::Answer;

/// How much of the end of its output a failure carries.
const TAIL_BYTES_MAX: usize = 4096;

/// The failure of a command that has ended, or was cut off.
pub(super) fn ended(machine: &str, command: &Command, seen: Seen) -> Failure {
    let brief = command.brief();
    let mut failure = match &seen.state {
        State::Done(_) if seen.timed_out => {
            let limit = command.timeout.unwrap_or_default();
            Failure::new(
                code::SSH_TIMEOUT,
                format!("`{brief}` took longer than {limit:?} on `{machine}` and was ended"),
            )
            .may_have_acted()
            .retryable()
            .hint("give it more time with `timeout`, or find out what it waits for")
        }
        State::Done(status) => exited(machine, &brief, *status),
        State::Cut(evidence) => Failure::new(code::SSH_CUT_OFF, format!("`{brief}` was cut off on `{machine}`"))
            .because(evidence)
            .may_have_acted()
            .hint("look at the machine, then settle the step"),
        State::Never => Failure::new(code::SSH_CUT_OFF, format!("`{brief}` is not known on `{machine}`"))
            .hint("run it again: it was never begun there"),
        State::Running => Failure::new(code::SSH_LOST, format!("`{brief}` still runs on `{machine}`")).may_have_acted(),
    };
    // What a command says last is, nearly always, why.
    if let Some(last) = seen.finished.stderr.lines().rev().find(|line| !line.trim().is_empty()) {
        failure = failure.because(last.trim());
    }
    let status = if let State::Done(status) = seen.state { Value::Int(i64::from(status)) } else { Value::Unit };
    failure.data = Some(Value::from([
        ("status", status),
        ("stdout", Value::Text(tail(&seen.finished.stdout))),
        ("stderr", Value::Text(tail(&seen.finished.stderr))),
    ]));
    failure
}

fn exited(machine: &str, brief: &str, status: i32) -> Failure {
    if let Some(signal) = status.checked_sub(128).filter(|signal| (1..=64).contains(signal)) {
        let what = format!("`{brief}` was ended by signal {signal} on `{machine}`");
        return Failure::new(code::SSH_EXIT, what).may_have_acted().retryable();
    }
    let failure = Failure::new(code::SSH_EXIT, format!("`{brief}` ended with status {status} on `{machine}`"));
    match status {
        126 => failure.hint("check that the program is executable, and that the folder is there"),
        127 => failure.hint("install the program there, or give its full path"),
        _ => failure.retryable(),
    }
}

/// The failure of a call that ended before the command did.
pub(super) fn ended_early(error: Error, command: &Command) -> Failure {
    let lost = matches!(error, Error::Lost { .. } | Error::Timeout { .. });
    let failure = Failure::from(error);
    if lost && failure.may_have_acted {
        let hint = format!("`{}` goes on without us; resume to take it up again", command.brief());
        return failure.hint(hint);
    }
    failure
}

/// A script of ours that did not do what it is for.
pub(super) fn script(remote: &Remote, what: &'static str, answer: &Answer) -> Error {
    Error::Script { machine: remote.machine().name.clone(), what, why: answer.complaint() }
}

fn tail(text: &str) -> String {
    let mut from = text.len().saturating_sub(TAIL_BYTES_MAX);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text[from..].to_owned()
}
