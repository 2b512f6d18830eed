//! Steps that change something and do not say how to undo it, although the word says how.

use std::collections::BTreeSet;

use runbook_model::{Failure, code};

use super::text::{BodyId, Call};
use super::{Finding, Seen};
use crate::primitives::word;
use crate::word::NOTHING;

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    // What a word puts back by itself needs no `undo`.
    let undone_by = |name: &str| {
        word(name).filter(|word| word.put_back.is_none()).and_then(|word| word.undone_by).filter(|by| *by != NOTHING)
    };
    look_with(seen, findings, &undone_by);
}

/// The same for words of which `undone_by` says what undoes them.
pub(super) fn look_with(
    seen: &Seen<'_>,
    findings: &mut Vec<Finding>,
    undone_by: &dyn Fn(&str) -> Option<&'static str>,
) {
    for ((file, _), body) in &seen.text.bodies {
        let steps = body.calls.iter().filter(|call| call.name == "step" && !call.is_method);
        for step in steps.filter(|step| step.option("undo").is_none() && has_plain_options(step)) {
            let mut open: Vec<BodyId> = step.closures().map(|(name, _)| (file.clone(), name.to_owned())).collect();
            let mut met = BTreeSet::new();
            while let Some(id) = open.pop() {
                if !met.insert(id.clone()) {
                    continue;
                }
                let calls = seen.text.bodies.get(&id).map_or(&[][..], |body| &body.calls);
                if let Some((does, undoes)) = calls.iter().find_map(|call| Some((&call.name, undone_by(&call.name)?))) {
                    let what = format!("this step changes something with `{does}`, and does not say how to undo it");
                    let failure = Failure::new(code::SCRIPT_ERROR, what);
                    findings.push(seen.warning(file, step.at, failure.hint(format!("add `undo: |was| {undoes}(…)`"))));
                    break;
                }
                // A step within has its own `undo`.
                for call in calls.iter().filter(|call| call.name != "step") {
                    open.extend(seen.text.target(&id.0, &call.name));
                    open.extend(call.closures().map(|(name, _)| (id.0.clone(), name.to_owned())));
                }
            }
        }
    }
}

/// Options that are put together elsewhere may hold an `undo`.
fn has_plain_options(step: &Call) -> bool {
    step.args.len() < 3 || step.options().is_some()
}
