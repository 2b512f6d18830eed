//! A `catch` that looks at nothing it catches.

use runbook_model::{Failure, code};

use super::{Finding, Seen};

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        for at in &body.bare_catches {
            let failure =
                Failure::new(code::SCRIPT_ERROR, "this `catch` drops what it catches, failures of the engine included")
                    .hint("name it and look at it: `catch (e) { if e.code != \"…\" { throw e; } }`, or use `attempt`");
            findings.push(seen.warning(file, *at, failure));
        }
    }
}
