//! What cannot be armed, and what cannot be confirmed.

use runbook_model::{Failure, code};

use super::report::State;
use crate::ssh::{Answer, Error};

/// The failure of a machine that was not armed.
pub(super) fn refused(machine: &str, answer: &Answer) -> Failure {
    let why = answer.complaint();
    let last = why.lines().next_back().unwrap_or_default().to_owned();
    let failure = |what: String| Failure::new(code::SSH_ARMED, what);
    match answer.status {
        90 => failure(format!("`{machine}` cannot be armed: it has no unit `{last}`"))
            .hint("check the name of the unit, and whether what brings it is installed"),
        91 => failure(format!("`{machine}` cannot be armed: without systemd it cannot restart `{last}`"))
            .hint("name a service that it has, or none"),
        92 => failure(format!("`{machine}` cannot be armed: there is too much to keep, {last}"))
            .hint("name fewer files: at most 5000 of together 256 MiB are kept"),
        93 => failure(format!("`{machine}` cannot be armed: a name has the end of a line in it"))
            .because(last)
            .hint("rename that file, or leave its folder out"),
        _ => {
            let failure = failure(format!("`{machine}` cannot be armed"));
            let failure = if last.is_empty() { failure } else { failure.because(last) };
            failure.hint("make room and permission on the machine for its private folder, then try again")
        }
    }
}

/// The failure of what can no longer be confirmed.
pub(super) fn unconfirmed(machine: &str, state: &State) -> Failure {
    let failure = match state {
        State::Fired(note) => {
            let mut failure = Failure::new(code::SSH_ARMED, format!("`{machine}` has put its files back already"));
            for trouble in &note.trouble {
                failure = failure.because(trouble);
            }
            failure.hint("look at what the machine was to become, and give it more time with `within`")
        }
        State::Firing { .. } => Failure::new(code::SSH_ARMED, format!("`{machine}` is putting its files back"))
            .hint("wait for its end, then look at the machine"),
        State::Unguarded { why, begun: true } => {
            Failure::new(code::SSH_ARMED, format!("`{machine}` was cut off while it put its files back"))
                .because(why)
                .hint("have it fire again, or put the rest back by hand")
        }
        State::Nothing | State::Armed { .. } | State::Unguarded { .. } | State::Confirmed { .. } => {
            Failure::new(code::SSH_ARMED, format!("nothing is armed on `{machine}` under this name"))
                .hint("arm it first")
        }
    };
    Failure { data: Some(state.to_value()), ..failure }
}

/// A script of ours that did not do what it is for.
pub(super) fn odd(machine: &str, what: &'static str, answer: &Answer) -> Error {
    Error::Script { machine: machine.to_owned(), what, why: answer.complaint() }
}
