//! Inputs that are asked for, and that the front matter does not describe.

use runbook_model::{Failure, code};

use super::{Finding, Seen};
use crate::options::nearest;

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let known = || seen.header.inputs.iter().map(|input| input.name.as_str());
    for (file, body) in seen.text.reached() {
        for (name, at) in body.inputs.iter().filter(|(name, _)| !known().any(|known| known == name)) {
            let failure = Failure::new(code::INPUT_BAD, format!("the front matter describes no input `{name}`"));
            let failure = match nearest(name, known()) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint(format!("describe it: `[inputs.{name}]` with its `type`")),
            };
            findings.push(seen.error(file, *at, failure));
        }
    }
}
