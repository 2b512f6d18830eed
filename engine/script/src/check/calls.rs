//! Calls of words that do not exist, with the wrong number of arguments, or with options the word does not have.

use std::collections::HashSet;

use rhai::Position;
use runbook_model::{Failure, code};

use super::text::{Arg, Call};
use super::{Finding, Seen};
use crate::options::{nearest, ticked};
use crate::primitives::{WORDS, word};
use crate::syntax;

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let known = known_functions();
    for ((file, _), body) in &seen.text.bodies {
        for call in &body.calls {
            if let Some((at, failure)) = mistake(seen, file, call, &known) {
                findings.push(seen.error(file, at, failure));
            }
            if let (Some(word), Some(target)) = (word(&call.name), literal_target(call))
                && let Some(family) = word.needs
                && !seen.header.needs.allows(family, action(word.name), target)
                && !target.is_empty()
                && is_asked_for(family, target)
            {
                findings.push(seen.error(file, call.at, seen.header.needs.refuse(family, action(word.name), target)));
            }
        }
    }
}

/// The action that `needs` speaks of, for a word.
fn action(name: &str) -> &str {
    match name {
        "file::write" | "file::remove" | "file::copy" | "file::mkdir" => "write",
        name if name.starts_with("file::") => "read",
        name => name.rsplit("::").next().unwrap_or(name),
    }
}

/// Relative paths lie in the run's own folder, and need no leave; what a probe may reach is known only in a run.
fn is_asked_for(family: &str, target: &str) -> bool {
    match family {
        "file" => target.starts_with('/'),
        "local" | "http" => true,
        _ => false,
    }
}

fn literal_target(call: &Call) -> Option<&str> {
    if let Some(Arg::Literal(target)) = call.args.first() { Some(target) } else { None }
}

/// Every function of the language itself, by name.
fn known_functions() -> HashSet<String> {
    let metadata = crate::language::engine().gen_fn_metadata_to_json(true).unwrap_or_default();
    let parsed: serde_json::Value = serde_json::from_str(&metadata).unwrap_or_default();
    let functions = parsed.get("functions").and_then(|list| list.as_array()).cloned().unwrap_or_default();
    let names = functions.iter().filter_map(|function| function.get("name")?.as_str().map(str::to_owned));
    names.chain(["Fn", "call", "is_def_fn", "is_def_var", "is_shared", "type_of", "throw"].map(str::to_owned)).collect()
}

fn mistake(seen: &Seen<'_>, file: &str, call: &Call, known: &HashSet<String>) -> Option<(Position, Failure)> {
    if let Some(described) = word(&call.name).filter(|_| !call.is_method) {
        let fits = described.forms.iter().any(|form| form.params.len() == call.args.len());
        if !fits {
            let what = format!("`{}` is called with {} arguments", call.name, call.args.len());
            let forms = syntax::forms(&call.name).unwrap_or_default();
            return Some((call.at, Failure::new(code::WORD_ARGUMENT, what).hint(format!("call it as {forms}"))));
        }
        return call.args.iter().find_map(|arg| option_mistake(described, arg));
    }
    if call.is_method || known.contains(&call.name) || seen.text.target(file, &call.name).is_some() {
        return None;
    }
    if let Some((space, function)) = call.name.split_once("::") {
        if WORDS.iter().any(|word| word.parts().0 == Some(space)) {
            let failure = Failure::new(code::SCRIPT_ERROR, format!("there is no word `{}`", call.name));
            return Some((call.at, suggest(failure, &call.name, WORDS.iter().map(|word| word.name))));
        }
        let module = seen.text.imports.get(&(file.to_owned(), space.to_owned()))?;
        let of_module = seen.text.bodies.keys().filter(|(file, _)| file == module).map(|(_, name)| name.as_str());
        let failure = Failure::new(code::SCRIPT_ERROR, format!("`{module}` has no function `{function}`"));
        return Some((call.at, suggest(failure, function, of_module)));
    }
    // A variable that holds a closure is called like a function.
    let own = seen.text.bodies.keys().filter(|(other, _)| other == file).map(|(_, name)| name.as_str());
    let names = WORDS.iter().map(|word| word.name).chain(own);
    let near = nearest(&call.name, names)?;
    let failure = Failure::new(code::SCRIPT_ERROR, format!("there is no word or function `{}`", call.name));
    Some((call.at, failure.hint(format!("did you mean `{near}`?"))))
}

fn suggest<'n>(failure: Failure, typed: &str, names: impl Iterator<Item = &'n str>) -> Failure {
    match nearest(typed, names.filter(|name| !name.is_empty() && !name.starts_with("anon$"))) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure,
    }
}

fn option_mistake(word: &crate::word::Word, arg: &Arg) -> Option<(Position, Failure)> {
    let Arg::Map(given) = arg else { return None };
    // A map may also be data, as for `template` or `json::text`.
    if word.options.is_empty() {
        return None;
    }
    let names: Vec<&str> = word.options.iter().map(|opt| opt.name).collect();
    let (unknown, _, at) = given.iter().find(|(key, ..)| !names.contains(&key.as_str()))?;
    let failure = Failure::new(code::WORD_OPTION, format!("`{}` has no option `{unknown}`", word.name));
    let hint = match nearest(unknown, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its options are {}", ticked(&names)),
    };
    Some((*at, failure.hint(hint)))
}
