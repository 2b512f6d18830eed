//! Calls of words, functions and modules that do not exist, and of functions with the wrong number of arguments.

use std::collections::BTreeSet;

use runbook_model::{Failure, code};

use super::arguments::arguments;
use super::text::{Call, Form};
use super::{Finding, Seen};
use crate::natives::{is_plain, natives};
use crate::options::{nearest, ticked};
use crate::primitives::{WORDS, word};
use crate::syntax::habits;

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for ((file, _), body) in &seen.text.bodies {
        for call in &body.calls {
            findings.extend(unmet(seen, file, call).map(|failure| seen.error(file, call.at, failure)));
        }
    }
}

/// Why a call meets no function.
pub(super) fn unmet(seen: &Seen<'_>, file: &str, call: &Call) -> Option<Failure> {
    match call.name.split_once("::") {
        Some((space, verb)) => qualified(seen, file, call, space, verb),
        None if call.is_method => method(seen, file, call),
        None => plain(seen, file, call),
    }
}

fn mistake(what: String) -> Failure {
    Failure::new(code::SCRIPT_ERROR, what)
}

fn suggest<'n>(failure: Failure, typed: &str, names: impl Iterator<Item = &'n str>, otherwise: &str) -> Failure {
    match nearest(typed, names).filter(|_| typed.chars().count() > 2) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(otherwise),
    }
}

/// `name(a, b)`, for each form of a function.
fn written(name: &str, forms: &[Form]) -> String {
    let forms: Vec<String> = forms.iter().map(|form| format!("{name}({})", form.params.join(", "))).collect();
    ticked(&forms.iter().map(String::as_str).collect::<Vec<_>>())
}

fn qualified(seen: &Seen<'_>, file: &str, call: &Call, space: &str, verb: &str) -> Option<Failure> {
    let Some(module) = seen.text.imports.get(&(file.to_owned(), space.to_owned())) else {
        if word(&call.name).is_some() {
            return None;
        }
        if WORDS.iter().any(|word| word.parts().0 == Some(space)) {
            let failure = mistake(format!("there is no word `{}`", call.name));
            let names = WORDS.iter().map(|word| word.name).filter(|name| name.starts_with(&format!("{space}::")));
            return Some(suggest(failure, &call.name, names, &format!("list its words with `runbook doc {space}`")));
        }
        let imported = seen.text.imports.keys().filter(|(own, _)| own == file).map(|(_, alias)| alias.as_str());
        let spaces = WORDS.iter().filter_map(|word| word.parts().0).chain(imported);
        let failure = mistake(format!("there is no module `{space}` here"));
        return Some(suggest(
            failure,
            space,
            spaces,
            &format!("import it first: `import \"lib/{space}\" as {space};`"),
        ));
    };
    // A module that could not be gathered has been told of already.
    seen.sources.get(module)?;
    let of_module = |public: bool| {
        let in_it = seen.text.functions.iter().filter(|((file, _), _)| file == module);
        in_it
            .filter(move |(_, forms)| forms.iter().any(|form| !form.is_private || !public))
            .map(|((_, name), _)| name.as_str())
    };
    let Some(forms) = seen.text.functions.get(&(module.clone(), verb.to_owned())) else {
        let all: Vec<&str> = of_module(true).collect();
        let otherwise = if all.is_empty() { "it has none".to_owned() } else { format!("it has {}", ticked(&all)) };
        return Some(suggest(
            mistake(format!("`{module}` has no function `{verb}`")),
            verb,
            of_module(true),
            &otherwise,
        ));
    };
    if forms.iter().all(|form| form.is_private) {
        let failure = mistake(format!("`{verb}` is private to `{module}`"));
        return Some(failure.hint("take `private` away from it, or use another function of the module"));
    }
    let fits = forms.iter().any(|form| !form.is_private && form.params.len() == call.args.len());
    (!fits).then(|| {
        let failure = mistake(format!("`{}` is called with {}", call.name, arguments(call.args.len())));
        failure.hint(format!("it is {}", written(verb, forms)))
    })
}

fn plain(seen: &Seen<'_>, file: &str, call: &Call) -> Option<Failure> {
    let name = call.name.as_str();
    let own = seen.text.functions.get(&(file.to_owned(), name.to_owned()));
    let native = natives().get(name);
    let given = call.args.len();
    match (own, native) {
        // The words are looked at by another rule, which knows more of them.
        (None, Some(_)) if word(name).is_some() => None,
        (None, Some(takes)) if takes.is_empty() || takes.contains(&given) => None,
        (None, Some(takes)) => {
            let failure = mistake(format!("`{name}` is called with {}", arguments(given)));
            Some(failure.hint(format!("it takes {}", numbers(takes))))
        }
        (Some(forms), native) => {
            let fits = forms.iter().any(|form| form.params.len() == given);
            if fits || native.is_some_and(|takes| takes.is_empty() || takes.contains(&given)) {
                return None;
            }
            let failure = mistake(format!("`{name}` is called with {}", arguments(given)));
            Some(failure.hint(format!("it is {}", written(name, forms))))
        }
        (None, None) => Some(unknown(seen, file, name)),
    }
}

/// The numbers of arguments a function takes: `1 or 2`.
fn numbers(takes: &BTreeSet<usize>) -> String {
    takes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

fn unknown(seen: &Seen<'_>, file: &str, name: &str) -> Failure {
    let of_file = || seen.text.bodies.iter().filter(move |((other, _), _)| other == file);
    let is_variable = of_file().any(|(_, body)| body.lets.iter().any(|(declared, _)| declared == name))
        || of_file().any(|(_, body)| body.params.iter().any(|param| param == name));
    if is_variable {
        let failure = mistake(format!("`{name}` is a variable, not a function"));
        return failure.hint(format!("call the closure it holds with `{name}.call(…)`"));
    }
    let own = seen.text.functions.keys().filter(|(other, _)| other == file).map(|(_, name)| name.as_str());
    let words = WORDS.iter().map(|word| word.name);
    let names = words.chain(own).chain(natives().keys().map(String::as_str)).filter(|name| is_plain(name));
    let failure = mistake(format!("there is no word or function `{name}`"));
    match habits::call_instead(name) {
        Some(instead) => failure.hint(instead),
        None => suggest(failure, name, names, "list the words with `runbook doc`"),
    }
}

/// What a method is called on is only known in a run; that nothing has a method of this name is known now.
fn method(seen: &Seen<'_>, file: &str, call: &Call) -> Option<Failure> {
    let name = call.name.as_str();
    let given = call.args.len();
    if seen.text.callable.contains(name) {
        return None;
    }
    let own = seen.text.functions.get(&(file.to_owned(), name.to_owned()));
    let native = natives().get(name);
    if own.is_none() && native.is_none() {
        let own = seen.text.functions.keys().filter(|(other, _)| other == file).map(|(_, name)| name.as_str());
        let names = natives().keys().map(String::as_str).filter(|name| is_plain(name)).chain(own);
        let failure = mistake(format!("nothing has a method `{name}`"));
        return Some(match habits::method_instead(name) {
            Some(instead) => failure.hint(instead),
            None => suggest(failure, name, names, "list what there is with `runbook doc`"),
        });
    }
    let fits_own = own
        .is_some_and(|forms| forms.iter().any(|form| matches!(form.params.len(), n if n == given || n == given + 1)));
    let fits_native = native.is_some_and(|takes| takes.is_empty() || takes.contains(&(given + 1)));
    if fits_own || fits_native {
        return None;
    }
    let takes = native.map(|takes| takes.iter().filter_map(|takes| takes.checked_sub(1)).collect()).unwrap_or_default();
    let failure = mistake(format!("the method `{name}` is called with {}", arguments(given)));
    Some(match own {
        Some(forms) => failure.hint(format!("it is {}", written(name, forms))),
        None => failure.hint(format!("it takes {}", numbers(&takes))),
    })
}
