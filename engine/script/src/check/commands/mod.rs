//! Commands that are known not to do what they are typed for, or to take away more than is wanted.
//!
//! Promises: a command that cannot be taken back is let pass where `needs` names it word for word. What a runbook makes up
//! while it runs is not seen here.

mod known;

use std::sync::LazyLock;

use regex::Regex;
use runbook_model::{Failure, code};

use super::text::{Arg, Call};
use super::{Finding, Seen};
use crate::front::needs::Needs;
use known::{Grade, KNOWN, Known};

/// The words that are given commands, and the one that scripts are written with.
const TAKE_COMMANDS: [&str; 7] =
    ["local::run", "local::read", "ssh::run", "ssh::query", "kube::exec", "kube::query", "text::dedent"];

static SIGNS: LazyLock<Vec<(Regex, &Known)>> = LazyLock::new(|| {
    let signs = KNOWN.iter().filter_map(|known| Some((Regex::new(&format!("(?m){}", known.sign)).ok()?, known)));
    signs.collect()
});

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for (file, body) in seen.text.reached() {
        for call in body.calls.iter().filter(|call| TAKE_COMMANDS.contains(&call.name.as_str())) {
            let text = command(call);
            for (sign, known) in SIGNS.iter().filter(|(sign, _)| sign.is_match(&text)) {
                findings.extend(told(seen, file, call, (sign, known)));
            }
        }
    }
}

/// The commands of a call, as far as they are written out; what belongs to one line is joined again.
fn command(call: &Call) -> String {
    let mut words = Vec::new();
    call.args.iter().for_each(|arg| gather(arg, &mut words));
    words.join(" ").replace("\\\n", " ")
}

fn gather<'c>(arg: &'c Arg, words: &mut Vec<&'c str>) {
    match arg {
        Arg::Literal(text) | Arg::Pattern(text) => words.push(text),
        Arg::List(items) => items.iter().for_each(|item| gather(item, words)),
        _ => {}
    }
}

fn told(seen: &Seen<'_>, file: &str, call: &Call, (sign, known): (&Regex, &Known)) -> Option<Finding> {
    let failure = Failure::new(code::COMMAND_WRONG, format!("`{}` {}", known.name, known.why)).hint(known.instead);
    match known.grade {
        Grade::Wrong => Some(seen.error(file, call.at, failure)),
        Grade::Doubtful => Some(seen.warning(file, call.at, failure)),
        Grade::Final if names(&seen.header.needs, sign) => None,
        Grade::Final => {
            let hint = "or, if you mean it, write this very command into `needs`, with no `*` in its place";
            Some(seen.error(file, call.at, failure.hint(hint)))
        }
    }
}

/// Whether `needs` says the command itself: a `*` that would let it pass is no word for it.
fn names(needs: &Needs, sign: &Regex) -> bool {
    needs.to_lines().iter().any(|line| sign.is_match(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_is_a_regular_expression() {
        assert_eq!(SIGNS.len(), KNOWN.len());
    }

    #[test]
    fn every_command_is_known_by_a_name_of_its_own() {
        let mut names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len());
    }
}
