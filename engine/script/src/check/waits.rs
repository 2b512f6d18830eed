//! Waits that do not say how long.

use runbook_model::{Failure, code};

use super::{Finding, Seen};

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        let waits = body.calls.iter().filter(|call| call.name == "wait" && !call.is_method);
        for call in waits.filter(|call| call.options().is_some() && call.option("timeout").is_none()) {
            let failure = Failure::new(code::WORD_OPTION, "this wait does not say how long");
            findings.push(seen.error(file, call.at, failure.hint("add `timeout: \"5m\"` to its options")));
        }
    }
}
