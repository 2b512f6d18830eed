//! Bodies that write to variables outside them: on a resume the write would be lost.

use std::collections::BTreeSet;

use rhai::Position;
use runbook_model::{Failure, code};

use super::text::{BodyId, Call};
use super::{Finding, Seen};

/// The words whose bodies get their own copies of what they capture.
const PRIVATE: [&str; 7] = ["step", "check", "wait", "guard", "undo", "parallel", "rolling"];

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        body.calls.iter().for_each(|call| findings.extend(of_call(seen, file, call)));
    }
}

/// The writes in the bodies that one call is given.
pub(super) fn of_call(seen: &Seen<'_>, file: &str, call: &Call) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (closure, captured) in call.all_closures().filter(|_| PRIVATE.contains(&call.name.as_str())) {
        let mut written = Vec::new();
        written_outside(seen, &(file.to_owned(), closure.to_owned()), captured, None, &mut written);
        findings.extend(written.iter().map(|(name, at)| seen.error(file, *at, told(call, name))));
    }
    findings
}

/// The writes in a closure, and in the closures within it, to what it captures of `outer`; of anything where there is
/// no such bound.
fn written_outside(
    seen: &Seen<'_>,
    id: &BodyId,
    captured: usize,
    outer: Option<&BTreeSet<String>>,
    found: &mut Vec<(String, Position)>,
) {
    let Some(body) = seen.text.bodies.get(id) else { return };
    let bound = |name: &&String| outer.is_none_or(|outer| outer.contains(*name));
    let names: BTreeSet<String> = body.params.iter().take(captured).filter(bound).cloned().collect();
    if names.is_empty() {
        return;
    }
    let writes = body.writes.iter().filter(|(name, at)| names.contains(name) && !body.declares(name, *at));
    found.extend(writes.cloned());
    // A word within has a copy of its own, and is told of by itself.
    for call in body.calls.iter().filter(|call| !PRIVATE.contains(&call.name.as_str())) {
        let shadowed = |name: &&String| !body.declares(name, call.at);
        let still: BTreeSet<String> = names.iter().filter(shadowed).cloned().collect();
        for (closure, captured) in call.closures() {
            written_outside(seen, &(id.0.clone(), closure.to_owned()), captured, Some(&still), found);
        }
    }
}

fn told(call: &Call, name: &str) -> Failure {
    let what = format!("this body of `{}` writes to `{name}`, which stands outside it", call.name);
    let failure = Failure::new(code::STEP_LEAK, what);
    match call.name.as_str() {
        "parallel" | "rolling" => failure
            .because("each branch has its own copy, so the write would be lost")
            .hint(format!("give the value back, and take it from the list: `let all = {}(…, |item| …)`", call.name)),
        word => failure
            .because("a resumed run does not run a finished body again, so the write would be lost")
            .hint(format!("give the value back and assign it outside: `{name} = {word}(…, || …)`")),
    }
}
