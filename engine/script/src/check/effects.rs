//! Words that change the world outside a step, and bodies that may only look and change something; through functions
//! and closures.

use std::collections::HashSet;

use runbook_model::failure::Frame;
use runbook_model::{Failure, code};

use super::text::{Arg, BodyId, Call, frame};
use super::{Finding, Seen, Severity};
use crate::primitives::word;
use crate::word::Touches;

/// Where in the life of a run a body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stand {
    /// Between steps.
    Outside,
    /// In a step, or in what undoes one.
    Inside,
    /// In the body of a check, a wait or a guard: it may only look.
    Looking(&'static str),
}

struct Walk<'s> {
    seen: &'s Seen<'s>,
    visited: HashSet<(BodyId, Stand)>,
    /// The calls that led here, outermost first.
    chain: Vec<Frame>,
    findings: Vec<Finding>,
}

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let mut walk = Walk { seen, visited: HashSet::new(), chain: Vec::new(), findings: Vec::new() };
    walk.visit(&(seen.sources.main().to_owned(), String::new()), Stand::Outside);
    findings.append(&mut walk.findings);
}

impl Walk<'_> {
    /// Each body is looked at once in each stand, so that functions that call each other come to an end.
    fn visit(&mut self, id: &BodyId, stand: Stand) {
        let seen = self.seen;
        if stand == Stand::Inside || !self.visited.insert((id.clone(), stand)) {
            return;
        }
        let Some(body) = seen.text.bodies.get(id) else { return };
        for call in &body.calls {
            let here = frame(seen.sources, &id.0, call.at, &id.1);
            let target = seen.text.target(&id.0, &call.name);
            if target.is_none()
                && !call.is_method
                && word(&call.name).is_some_and(|word| word.touches == Touches::Changes)
            {
                let mut frames = vec![here.clone()];
                frames.extend(self.chain.iter().rev().cloned());
                let failure = Failure { frames, ..misplaced(&call.name, stand) };
                self.findings.push(Finding { severity: Severity::Error, failure });
            }
            self.chain.push(here);
            if let Some(target) = target {
                self.visit(&target, stand);
            }
            for (closure, inner) in closures(call, stand) {
                self.visit(&(id.0.clone(), closure), inner);
            }
            self.chain.pop();
        }
    }
}

fn misplaced(name: &str, stand: Stand) -> Failure {
    let in_step = format!("put it into a step: `step(\"…\", || {name}(…))`");
    match stand {
        Stand::Looking(word) => {
            let failure =
                Failure::new(code::STEP_OUTSIDE, format!("`{name}` changes the world, and {word} may only look"));
            match name {
                "local::run" => failure.hint("use `local::read` for a command that only looks"),
                _ => failure.hint(in_step),
            }
        }
        Stand::Outside | Stand::Inside => {
            Failure::new(code::STEP_OUTSIDE, format!("`{name}` changes the world and stands outside a step"))
                .hint(in_step)
        }
    }
}

/// The closures a call is given, and where each stands.
fn closures(call: &Call, stand: Stand) -> Vec<(String, Stand)> {
    let of_body = match call.name.as_str() {
        "step" | "undo" => Stand::Inside,
        "check" => Stand::Looking("a check"),
        "wait" => Stand::Looking("a wait"),
        "guard" => Stand::Looking("a guard"),
        _ => stand,
    };
    let mut found = Vec::new();
    for arg in &call.args {
        match arg {
            Arg::Closure(name, _) => found.push((name.clone(), of_body)),
            Arg::Map(map) => found.extend(map.iter().filter_map(|(key, value, _)| {
                let (name, _) = value.closure()?;
                let stand = match key.as_str() {
                    "undo" => Stand::Inside,
                    "done_when" => Stand::Looking("`done_when`"),
                    "key" => Stand::Looking("`key`"),
                    // What stands between the batches may hold steps of its own.
                    _ => stand,
                };
                Some((name.to_owned(), stand))
            })),
            Arg::Literal(_) | Arg::Pattern(_) | Arg::Block(_) | Arg::List(_) | Arg::Plain(_) | Arg::Other => {}
        }
    }
    found
}
