//! Bodies that write to variables outside them: on a resume the write would be lost.

use runbook_model::{Failure, code};

use super::text::{Arg, Call};
use super::{Finding, Seen};

/// The words whose bodies get their own copies of what they capture.
const PRIVATE: [&str; 7] = ["step", "check", "wait", "guard", "undo", "parallel", "rolling"];

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        for call in body.calls.iter().filter(|call| PRIVATE.contains(&call.name.as_str())) {
            for (closure, captured) in closures(call) {
                let Some(inner) = seen.text.bodies.get(&(file.clone(), closure)) else { continue };
                let outer: Vec<&str> = inner.params.iter().take(captured).map(String::as_str).collect();
                for (name, at) in inner.writes.iter().filter(|(name, _)| outer.contains(&name.as_str())) {
                    let what = format!("this body of `{}` writes to `{name}`, which stands outside it", call.name);
                    let failure = Failure::new(code::STEP_LEAK, what)
                        .because("a resumed run does not run a finished body again, so the write would be lost")
                        .hint(format!("give the value back and assign it outside: `{name} = {}(…, || …)`", call.name));
                    findings.push(seen.error(file, *at, failure));
                }
            }
        }
    }
}

fn closures(call: &Call) -> Vec<(String, usize)> {
    let closure =
        |arg: &Arg| if let Arg::Closure(name, captured) = arg { Some((name.clone(), *captured)) } else { None };
    call.args.iter().filter_map(closure).collect()
}
