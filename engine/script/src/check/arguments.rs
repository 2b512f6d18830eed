//! Words called with what they do not take: too many or too few arguments, a block for a closure.

use rhai::Position;
use runbook_model::{Failure, code};

use super::text::{Arg, Call, Text};
use super::{Finding, Seen};
use crate::options::ticked;
use crate::primitives::word;
use crate::syntax;
use crate::word::{Form, Word};

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        for call in &body.calls {
            findings.extend(mistake(seen, file, call).map(|(at, failure)| seen.error(file, at, failure)));
        }
    }
}

/// What is wrong with the arguments of one call, and where.
pub(super) fn mistake(seen: &Seen<'_>, file: &str, call: &Call) -> Option<(Position, Failure)> {
    let word = word(&call.name).filter(|_| !call.is_method && seen.text.target(file, &call.name).is_none())?;
    let fits: Vec<&Form> = word.forms.iter().filter(|form| form.params.len() == call.args.len()).collect();
    if fits.is_empty() {
        let what = format!("`{}` is called with {}", word.name, arguments(call.args.len()));
        return Some((call.at, call_it(Failure::new(code::WORD_ARGUMENT, what), word)));
    }
    let wrong = |form: &&Form| {
        form.params
            .iter()
            .zip(call.args.iter().zip(&call.places))
            .find_map(|(param, (arg, at))| misfit(param, arg, *at).map(|wrong| (*param, wrong)))
    };
    if let Some((param, (at, given))) =
        fits.iter().map(wrong).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().next())
    {
        return Some((at, misfit_told(word, param, given)));
    }
    parameters(seen.text, file, word, fits.first()?, call)
}

/// `1 argument`, `3 arguments`.
pub(super) fn arguments(count: usize) -> String {
    if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") }
}

fn call_it(failure: Failure, word: &Word) -> Failure {
    match syntax::forms(word.name) {
        Some(forms) => failure.hint(format!("call it as {forms}")),
        None => failure,
    }
}

/// What is given for `param`, `name: type`, where it certainly is of another type.
fn misfit(param: &str, arg: &Arg, at: Position) -> Option<(Position, &'static str)> {
    let (_, wanted) = param.split_once(": ")?;
    let (kind, given) = match arg {
        Arg::Literal(_) | Arg::Pattern(_) => ("text", "text"),
        Arg::Closure(..) => ("closure", "a closure"),
        Arg::Map(_) => ("map", "a map"),
        Arg::List(_) => ("list", "a list"),
        Arg::Block(place) => return wanted.starts_with("closure").then_some((*place, "a block")),
        Arg::Plain(given) => (given.rsplit(' ').next().unwrap_or(given), *given),
        Arg::Other => return None,
    };
    // Types are written for people; only the plain ones are certain.
    let certain = match wanted.split([' ', '`']).next()? {
        first @ ("text" | "closure" | "map") => first,
        _ => return None,
    };
    let is_one_of_many = wanted.contains(" or ") || wanted.contains("any");
    (certain != kind && !is_one_of_many).then_some((at, given))
}

fn misfit_told(word: &Word, param: &str, given: &str) -> Failure {
    let (name, wanted) = param.split_once(": ").unwrap_or((param, "something else"));
    if given == "a block" {
        let what = format!("the `{name}` of `{}` is a block, which is done at once, and not a closure", word.name);
        return Failure::new(code::WORD_ARGUMENT, what).hint("put `||` before it: `|| { … }`");
    }
    let wanted = wanted.split(" `").next().unwrap_or(wanted);
    let wanted = if wanted == "text" { wanted.to_owned() } else { format!("a {wanted}") };
    let failure =
        Failure::new(code::WORD_ARGUMENT, format!("the `{name}` of `{}` is {wanted}, not {given}", word.name));
    call_it(failure, word)
}

/// A closure that asks for more than it is given.
fn parameters(text: &Text, file: &str, word: &Word, form: &Form, call: &Call) -> Option<(Position, Failure)> {
    let args = call.args.iter().zip(&call.places);
    let closures = form.params.iter().zip(args).filter(|(param, _)| param.contains(": closure"));
    for (param, (arg, at)) in closures {
        let (name, captured) = arg.closure()?;
        let body = text.bodies.get(&(file.to_owned(), name.to_owned()))?;
        let own: Vec<&str> = body.params.iter().skip(captured).map(String::as_str).collect();
        let given = usize::from(param.contains("|item|") || param.contains("|value|"));
        if own.len() > given {
            let name = param.split(':').next().unwrap_or(param);
            let what =
                format!("the `{name}` of `{}` is given {}, and asks for {}", word.name, arguments(given), ticked(&own));
            let hint = if given == 0 { "write it as `|| …`" } else { "write it as `|item| …`" };
            return Some((*at, Failure::new(code::WORD_ARGUMENT, what).hint(hint)));
        }
    }
    None
}
