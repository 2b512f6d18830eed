//! Words that change the world outside a step, steps whose changes nobody can undo, and probes that change something.

use std::collections::HashSet;

use runbook_model::{Failure, code};

use super::text::{Arg, BodyId, Call};
use super::{Finding, Seen};
use crate::primitives::word;
use crate::word::Touches;

/// Where in the life of a run a body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stand {
    /// Between steps.
    Outside,
    /// In a step, or in what undoes one.
    Inside,
    /// In a check, a wait, a guard, or a `done_when`: it may only look.
    Looking,
}

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let main: BodyId = (seen.sources.main().to_owned(), String::new());
    let mut visited = HashSet::new();
    visit(seen, &main, Stand::Outside, &mut visited, findings);
}

fn visit(
    seen: &Seen<'_>,
    id: &BodyId,
    stand: Stand,
    visited: &mut HashSet<(BodyId, Stand)>,
    findings: &mut Vec<Finding>,
) {
    if !visited.insert((id.clone(), stand)) {
        return;
    }
    let Some(body) = seen.text.bodies.get(id) else { return };
    for at in &body.bare_catches {
        let failure =
            Failure::new(code::SCRIPT_ERROR, "this `catch` drops what it catches, failures of the engine included")
                .hint("name it and look at it: `catch (e) { if e.code != \"…\" { throw e; } }`, or use `attempt`");
        findings.push(seen.warning(&id.0, *at, failure));
    }
    for call in &body.calls {
        let changes = word(&call.name).is_some_and(|word| word.touches == Touches::Changes) && !call.is_method;
        if changes && stand != Stand::Inside {
            findings.push(seen.error(&id.0, call.at, misplaced(&call.name, stand)));
        }
        if let Some(target) = seen.text.target(&id.0, &call.name).filter(|_| !call.is_method) {
            visit(seen, &target, stand, visited, findings);
        }
        for (closure, inner) in closures(call, stand) {
            visit(seen, &(id.0.clone(), closure), inner, visited, findings);
        }
    }
}

fn misplaced(name: &str, stand: Stand) -> Failure {
    let failure = match stand {
        Stand::Looking => {
            Failure::new(code::STEP_OUTSIDE, format!("`{name}` changes the world, and this body may only look"))
        }
        Stand::Outside | Stand::Inside => {
            Failure::new(code::STEP_OUTSIDE, format!("`{name}` changes the world and stands outside a step"))
        }
    };
    match name {
        "local::run" if stand == Stand::Looking => failure.hint("use `local::read` for a command that only looks"),
        _ => failure.hint(format!("put it into a step: `step(\"…\", || {name}(…))`")),
    }
}

/// The closures a call is given, and where each stands.
fn closures(call: &Call, stand: Stand) -> Vec<(String, Stand)> {
    let of_body = match call.name.as_str() {
        "step" | "undo" => Stand::Inside,
        "check" | "wait" | "guard" => Stand::Looking,
        _ => stand,
    };
    let mut found = Vec::new();
    for arg in &call.args {
        match arg {
            Arg::Closure(name, _) => found.push((name.clone(), of_body)),
            Arg::Map(map) => found.extend(map.iter().filter_map(|(key, value, _)| {
                let Arg::Closure(name, _) = value else { return None };
                Some((name.clone(), if key == "undo" { Stand::Inside } else { Stand::Looking }))
            })),
            Arg::Literal(_) | Arg::Pattern(_) | Arg::Other => {}
        }
    }
    found
}
