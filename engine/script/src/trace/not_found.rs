//! Names that mean nothing where they are used: misspelt, called with the wrong things, or not seen from there.
//!
//! What can be seen of a call without running it is told by the rules of `check`, which know more; this is the rest.

use runbook_model::{Failure, code};

use super::meaning::{lower, plain};
use crate::natives::{is_plain, natives};
use crate::options::{nearest, ticked};
use crate::primitives::WORDS;
use crate::sources::Sources;
use crate::syntax;
use crate::tokens::Tokens;

/// A call that fits no function; `called` is its name and the types of its arguments: `local::run (i64, map)`.
pub(super) fn function(called: &str, sources: &Sources, file: &str) -> Failure {
    let Some((name, given)) = called.split_once(" (").and_then(|(name, given)| Some((name, given.strip_suffix(')')?)))
    else {
        let failure = Failure::new(code::SCRIPT_ERROR, lower(called));
        return match called.ends_with("cannot be sorted") {
            true => failure.hint("say which of two comes first: `list.sort(|a, b| …)`"),
            false => failure,
        };
    };
    let given: Vec<String> = given.split(", ").filter(|kind| !kind.is_empty()).map(plain).collect();
    if name.starts_with("anon$") {
        return closure(&given);
    }
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return operator(name, &given);
    }
    if let Some(forms) = syntax::forms(name) {
        let failure = Failure::new(code::WORD_ARGUMENT, format!("`{name}` cannot be called {}", with(&given)));
        return failure.hint(format!("call it as {forms}"));
    }
    plain_name(&Tokens::of(sources.get(file).unwrap_or_default()), name, &given)
}

/// The types of what was given: `with text and a map`.
fn with(given: &[String]) -> String {
    match given {
        [] => "without arguments".to_owned(),
        [one] => format!("with {one}"),
        [most @ .., last] => format!("with {} and {last}", most.join(", ")),
    }
}

fn closure(given: &[String]) -> Failure {
    let many = match given.len() {
        1 => "1 argument".to_owned(),
        many => format!("{many} arguments"),
    };
    Failure::new(code::SCRIPT_ERROR, format!("this closure cannot be called with {many}"))
        .because("it takes another number of them, or was made in a module: there alone it can be called")
        .hint("give it as many parameters as it gets, `|a, b| …`, and pass values out of modules, not closures")
}

fn operator(sign: &str, given: &[String]) -> Failure {
    let what = match given {
        [one] => format!("`{sign}` cannot be applied to {one}"),
        [one, other] if sign == "+" => format!("`+` cannot join {one} and {other}"),
        [one, other] => format!("`{sign}` cannot be applied to {one} and {other}"),
        _ => format!("`{sign}` cannot be used here"),
    };
    let failure = Failure::new(code::SCRIPT_ERROR, what);
    if given.iter().any(|kind| kind == "nothing") {
        return failure
            .hint("look which side is `()`: a key that a map does not have gives `()`; `x ?? 0` allows for it");
    }
    match (given.iter().any(|kind| kind == "text"), given.iter().any(|kind| kind.ends_with("number"))) {
        (true, true) => failure.hint("make a number of the text with `parse_int(text)`"),
        _ => failure,
    }
}

/// How a function of the runbook is written: `name(a, b)`.
fn written(tokens: &Tokens, at: usize) -> (String, usize) {
    let names: Vec<&str> =
        (at + 2..tokens.closing(at + 1)).map(|at| tokens.text(at)).filter(|name| *name != ",").collect();
    (format!("{}({})", tokens.text(at), names.join(", ")), names.len())
}

/// A function of this name takes other arguments.
fn other_arguments(tokens: &Tokens, shown: &str, verb: &str, given: usize) -> Option<Failure> {
    let forms: Vec<(String, usize)> =
        tokens.functions().filter(|(name, ..)| *name == verb).map(|(_, at, _)| written(tokens, at)).collect();
    let texts: Vec<&str> = forms.iter().map(|(text, _)| text.as_str()).collect();
    if forms.is_empty() || forms.iter().any(|(_, params)| *params == given) {
        return None;
    }
    let many = if given == 1 { "1 argument".to_owned() } else { format!("{given} arguments") };
    let failure = Failure::new(code::SCRIPT_ERROR, format!("`{shown}` is called with {many}"));
    Some(failure.hint(format!("it is {}", ticked(&texts))))
}

fn plain_name(own: &Tokens, name: &str, given: &[String]) -> Failure {
    if let Some(failure) = other_arguments(own, name, name, given.len()) {
        return failure;
    }
    if natives().contains_key(name) {
        let failure = Failure::new(code::SCRIPT_ERROR, format!("`{name}` cannot be called {}", with(given)));
        return match given.first().is_some_and(|kind| kind == "nothing") {
            true => failure.hint("a key that a map does not have gives nothing, `()`: allow for it with `?.` or `??`"),
            false => failure,
        };
    }
    let is_variable = |at: usize| at.checked_sub(1).is_some_and(|at| matches!(own.text(at), "let" | "const"));
    if (0..own.len()).any(|at| own.text(at) == name && is_variable(at)) {
        let failure = Failure::new(code::SCRIPT_ERROR, format!("`{name}` is a variable, not a function"));
        return failure.hint(format!("call the closure it holds with `{name}.call(…)`"));
    }
    let words = WORDS.iter().map(|word| word.name);
    let names = words.chain(own.functions().map(|(name, ..)| name)).chain(natives().keys().map(String::as_str));
    let failure = Failure::new(code::SCRIPT_ERROR, format!("there is no word or function `{name}`"));
    suggest(failure, name, names.filter(|name| is_plain(name)), "list the words with `runbook doc`")
}

fn suggest<'n>(failure: Failure, typed: &str, names: impl Iterator<Item = &'n str>, otherwise: &str) -> Failure {
    // Two short names are always near.
    match nearest(typed, names).filter(|_| typed.chars().count() > 2) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(otherwise),
    }
}

/// A variable that is not there; `global::NAME` and `module::NAME` included.
pub(super) fn variable(name: &str, sources: &Sources, file: &str) -> Failure {
    let mistake = |what: String| Failure::new(code::SCRIPT_ERROR, what);
    let own = Tokens::of(sources.get(file).unwrap_or_default());
    let constants = |tokens: &Tokens| -> Vec<String> {
        let named = (1..tokens.len()).filter(|at| tokens.text(at - 1) == "const");
        named.map(|at| tokens.text(at).to_owned()).collect()
    };
    let near = |failure: Failure, typed: &str, names: &[String]| match nearest(typed, names.iter().map(String::as_str))
    {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure,
    };
    match name.split_once("::") {
        None => mistake(format!("there is no variable `{name}` here")),
        Some(("global", constant)) => {
            let failure = mistake(format!("there is no constant `{constant}` at the top of this file"));
            near(failure, constant, &constants(&own))
        }
        Some((space, constant)) => {
            let import = own.imports().find(|import| import.alias == Some(space)).and_then(|import| import.path);
            let module = import.and_then(|path| sources.resolve(file, path).ok()).unwrap_or_else(|| space.to_owned());
            let theirs = Tokens::of(sources.get(&module).unwrap_or_default());
            near(mistake(format!("`{module}` has no constant `{constant}`")), constant, &constants(&theirs))
        }
    }
}
