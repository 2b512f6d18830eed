//! Calls that the front matter's `needs` do not allow, where what they reach is written out.

use super::text::{Arg, Call};
use super::{Finding, Seen};
use crate::primitives::word;

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let needs = &seen.header.needs;
    for (file, body) in seen.text.reached() {
        for call in body.calls.iter().filter(|call| !call.is_method) {
            if let (Some(word), Some(target)) = (word(&call.name), literal_target(call))
                && let Some(family) = word.needs
                && is_asked_for(family, target)
                && !needs.allows(family, action(word.name), target)
            {
                findings.push(seen.error(file, call.at, needs.refuse(family, action(word.name), target)));
            }
        }
    }
}

/// The action that `needs` speaks of, for a word.
fn action(name: &str) -> &str {
    match name {
        "file::write" | "file::remove" | "file::copy" | "file::mkdir" => "write",
        name if name.starts_with("file::") => "read",
        name => name.rsplit("::").next().unwrap_or(name),
    }
}

/// Relative paths lie in the run's own folder, and need no leave; what a probe may reach is known only in a run.
fn is_asked_for(family: &str, target: &str) -> bool {
    match family {
        "file" => target.starts_with('/'),
        "local" | "http" => !target.is_empty(),
        _ => false,
    }
}

fn literal_target(call: &Call) -> Option<&str> {
    if let Some(Arg::Literal(target)) = call.args.first() { Some(target) } else { None }
}
