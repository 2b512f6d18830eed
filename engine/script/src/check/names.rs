//! Names: two steps of one name in one body, one name in a loop, inputs that are not described, waits without an end.

use std::collections::HashMap;

use runbook_model::{Failure, code};

use super::text::{Arg, Call};
use super::{Finding, Seen};
use crate::options::nearest;
use crate::outline::NAMING;

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        let mut first: HashMap<&str, &Call> = HashMap::new();
        for call in body.calls.iter().filter(|call| NAMING.contains(&call.name.as_str()) && !call.is_method) {
            if call.name == "wait" && has_options(call) && option(call, "timeout").is_none() {
                let failure = Failure::new(code::WORD_OPTION, "this wait does not say how long");
                findings.push(seen.error(file, call.at, failure.hint("add `timeout: \"5m\"` to its options")));
            }
            let Some(Arg::Literal(name)) = call.args.first() else { continue };
            if option(call, "key").is_some() && call.name != "parallel" && call.name != "rolling" {
                continue;
            }
            if call.in_loop {
                let failure =
                    Failure::new(code::STEP_REPEATED, format!("`{name}` stands in a loop, and would be named twice"));
                let hint = format!("make the name tell them apart: `` `{name} ${{item}}` ``, or add the option `key`");
                findings.push(seen.error(file, call.at, failure.hint(hint)));
            } else if let Some(before) = first.insert(name, call) {
                let line = before.at.line().unwrap_or(0);
                let failure = Failure::new(code::STEP_REPEATED, format!("two things are named `{name}`"));
                let failure = failure.because(format!("the first is on line {line}"));
                // The two may stand in branches of an `if`, of which only one is taken.
                findings.push(seen.warning(file, call.at, failure.hint("give each its own name")));
            }
        }
        for (name, at) in &body.inputs {
            let known = seen.header.inputs.iter().map(|input| input.name.as_str());
            if known.clone().any(|known| known == name) {
                continue;
            }
            let failure = Failure::new(code::INPUT_BAD, format!("the front matter describes no input `{name}`"));
            let failure = match nearest(name, known) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint(format!("describe it: `[inputs.{name}]` with its `type`")),
            };
            findings.push(seen.error(file, *at, failure));
        }
    }
}

fn has_options(call: &Call) -> bool {
    call.args.iter().any(|arg| matches!(arg, Arg::Map(_)))
}

fn option<'c>(call: &'c Call, name: &str) -> Option<&'c Arg> {
    call.args.iter().find_map(|arg| match arg {
        Arg::Map(map) => map.iter().find(|(key, ..)| key == name).map(|(_, value, _)| value),
        _ => None,
    })
}
