//! Who logs in to the machines of the tests.

use super::sshd::{say, there};

/// Those of these users that a machine can have here; of the others a line on standard error says why not.
pub(super) fn here<const COUNT: usize>(users: [&'static str; COUNT]) -> impl Iterator<Item = &'static str> {
    users.into_iter().filter(|user| may_log_in(user))
}

/// Whether this user finds its programs here.
pub(super) fn may_log_in(user: &str) -> bool {
    let needs = match user {
        "busy" => "busybox",
        "admin" => "sudo",
        _ => return true,
    };
    if !there(needs) {
        say(&format!("NOT RUN: `{needs}` is not here, and without it there is no user `{user}`"));
    }
    there(needs)
}
