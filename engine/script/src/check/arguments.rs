//! Words called with what they do not take: too many or too few arguments, a block for a closure, an option they do not
//! have.

use rhai::Position;
use runbook_model::{Failure, code};

use super::text::{Arg, Call, Text};
use super::{Finding, Seen};
use crate::options::{nearest, ticked};
use crate::primitives::word;
use crate::syntax;
use crate::word::{Form, Word};

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        for call in body.calls.iter().filter(|call| !call.is_method) {
            if seen.text.target(file, &call.name).is_none()
                && let Some(word) = word(&call.name)
                && let Some((at, failure)) = mistake(seen.text, file, word, call)
            {
                findings.push(seen.error(file, at, failure));
            }
        }
    }
}

fn mistake(text: &Text, file: &str, word: &Word, call: &Call) -> Option<(Position, Failure)> {
    let fits: Vec<&Form> = word.forms.iter().filter(|form| form.params.len() == call.args.len()).collect();
    if fits.is_empty() {
        let what = format!("`{}` is called with {}", word.name, arguments(call.args.len()));
        return Some((call.at, call_it(Failure::new(code::WORD_ARGUMENT, what), word)));
    }
    let wrong = |form: &&Form| {
        form.params
            .iter()
            .zip(&call.args)
            .find_map(|(param, arg)| misfit(param, arg, call.at).map(|wrong| (*param, wrong)))
    };
    if let Some((param, (at, given))) =
        fits.iter().map(wrong).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().next())
    {
        return Some((at, misfit_told(word, param, given)));
    }
    parameters(text, file, word, fits.first()?, call).or_else(|| unknown_option(word, call))
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
    let closures = form.params.iter().zip(&call.args).filter(|(param, _)| param.contains(": closure"));
    for (param, arg) in closures {
        let (name, captured) = arg.closure()?;
        let body = text.bodies.get(&(file.to_owned(), name.to_owned()))?;
        let own: Vec<&str> = body.params.iter().skip(captured).map(String::as_str).collect();
        let given = usize::from(param.contains("|item|") || param.contains("|value|"));
        if own.len() > given {
            let name = param.split(':').next().unwrap_or(param);
            let what =
                format!("the `{name}` of `{}` is given {}, and asks for {}", word.name, arguments(given), ticked(&own));
            let hint = if given == 0 { "write it as `|| …`" } else { "write it as `|item| …`" };
            return Some((call.at, Failure::new(code::WORD_ARGUMENT, what).hint(hint)));
        }
    }
    None
}

fn unknown_option(word: &Word, call: &Call) -> Option<(Position, Failure)> {
    // A map may also be data, as for `template` or `json::text`.
    if word.options.is_empty() {
        return None;
    }
    let names: Vec<&str> = word.options.iter().map(|opt| opt.name).collect();
    let (unknown, _, at) = call.options()?.iter().find(|(key, ..)| !names.contains(&key.as_str()))?;
    let failure = Failure::new(code::WORD_OPTION, format!("`{}` has no option `{unknown}`", word.name));
    let hint = match nearest(unknown, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its options are {}", ticked(&names)),
    };
    Some((*at, failure.hint(hint)))
}
