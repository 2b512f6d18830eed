//! Options that a word does not have, and options that are given something of another type.

use rhai::Position;
use runbook_model::Failure;

use super::text::{Arg, Call};
use super::{Finding, Seen};
use crate::options::{NUMBER, TIME, TRUTH, parse_duration, unknown_option, wrong_option};
use crate::primitives::word;
use crate::word::{Opt, Word};

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        for call in &body.calls {
            findings.extend(mistake(seen, file, call).map(|(at, failure)| seen.error(file, at, failure)));
        }
    }
}

/// What is wrong with the options of one call, and where.
pub(super) fn mistake(seen: &Seen<'_>, file: &str, call: &Call) -> Option<(Position, Failure)> {
    let word = word(&call.name).filter(|_| !call.is_method && seen.text.target(file, &call.name).is_none())?;
    written_out(word, call)?.iter().find_map(|(name, given, at)| {
        let trouble = match word.options.iter().find(|opt| opt.name == name) {
            None => Some(unknown_option(word, name)),
            Some(opt) => misfit(word, opt, given),
        };
        trouble.map(|failure| (*at, failure))
    })
}

/// The options of a call, where they are written out. A map may also be data, as for `template` or `json::text`.
fn written_out<'c>(word: &Word, call: &'c Call) -> Option<&'c Vec<(String, Arg, Position)>> {
    let form = word.forms.iter().find(|form| form.params.len() == call.args.len())?;
    let at = form.params.iter().position(|param| param.starts_with("options:"))?;
    call.args.get(at).and_then(|arg| if let Arg::Map(map) = arg { Some(map) } else { None })
}

/// What is given for an option, where it certainly is not what the option takes.
fn misfit(word: &Word, opt: &Opt, given: &Arg) -> Option<Failure> {
    let given = match given {
        Arg::Literal(text) if opt.takes == TIME && parse_duration(text).is_some() => return None,
        Arg::Literal(text) => format!("text `{text}`"),
        Arg::Pattern(_) if opt.takes == TIME => return None,
        Arg::Pattern(_) => "text".to_owned(),
        Arg::Closure(..) => "a closure".to_owned(),
        Arg::Map(_) => "a map".to_owned(),
        Arg::List(_) => "a list".to_owned(),
        Arg::Plain("nothing") | Arg::Block(_) | Arg::Other => return None,
        Arg::Plain(kind) => (*kind).to_owned(),
    };
    let kind = given.split(" `").next().unwrap_or(&given);
    let fits = match opt.takes {
        TIME => matches!(kind, "a whole number" | "a number"),
        NUMBER | TRUTH | "text" => kind == opt.takes,
        takes if takes.starts_with("a closure") => kind == "a closure",
        // Of others only a run can say.
        _ => return None,
    };
    // A key may be of any plain type.
    (!fits && opt.name != "key").then(|| wrong_option(word, opt.name, opt.takes, &given))
}
