//! What one error of the evaluator means.

use rhai::EvalAltResult;
use runbook_model::{Failure, code};

use super::not_found;
use crate::natives::natives;
use crate::sources::Sources;
use crate::syntax;
use crate::syntax::habits;
use crate::thrown::from_thrown;

pub(super) fn of(error: &EvalAltResult, sources: &Sources, file: &str) -> Failure {
    use EvalAltResult as E;
    match error {
        E::ErrorRuntime(thrown, _) if thrown.is_unit() => {
            let failure = Failure::new(code::SCRIPT_THROWN, "the runbook gave up without saying why").retryable();
            failure.hint("say it: `throw \"why\";`")
        }
        E::ErrorRuntime(thrown, _) => from_thrown(thrown),
        E::ErrorParsing(kind, at) => syntax::explain(sources, file, kind, *at),
        E::ErrorFunctionNotFound(called, _) => not_found::function(called, sources, file),
        E::ErrorVariableNotFound(name, _) => not_found::variable(name, sources, file),
        E::ErrorModuleNotFound(name, _) => Failure::new(code::IMPORT_BAD, format!("there is no module `{name}`")),
        E::ErrorPropertyNotFound(name, _) => mistake(format!("there is no `{name}` in this map")),
        E::ErrorDotExpr(told, _) => property(told),
        E::ErrorIndexNotFound(index, _) => mistake(format!("there is nothing at `{index}`")),
        E::ErrorArrayBounds(length, index, _) => outside("item", "list", *length, *index),
        E::ErrorStringBounds(length, index, _) => outside("character", "text", *length, *index),
        E::ErrorBitFieldBounds(length, index, _) => outside("bit", "whole number", *length, *index)
            .hint("to look into a whole number as text, write `x.to_string()[i]`"),
        E::ErrorMismatchDataType(wanted, given, _) | E::ErrorMismatchOutputType(wanted, given, _) => {
            let failure = mistake(format!("{} is wanted here, and this is {}", plain(wanted), plain(given)));
            match wanted.as_str() {
                "bool" => failure.hint("compare it with something: `x > 0`, `x != \"\"`, `x != ()`"),
                _ => failure,
            }
        }
        E::ErrorIndexingType(kind, _) => mistake(format!("{} cannot be indexed", plain(kind))),
        E::ErrorFor(_) => mistake("`for` needs something to go through: a list, a range or a text"),
        E::ErrorUnboundThis(_) => mistake("`this` means nothing here: the function is not called on anything")
            .hint("call it with a dot, `value.name(…)`"),
        E::ErrorDataRace(name, _) => mistake(format!("`{name}` is used by two branches at once, or within itself"))
            .hint("give each branch its own: pass it in, and give results back"),
        E::ErrorAssignmentToConstant(name, _) => mistake(format!("`{name}` is a constant and cannot be assigned to"))
            .hint(format!("declare it with `let {name} = …;`")),
        E::ErrorNonPureMethodCallOnConstant(name, _) => {
            mistake(format!("`{name}` would change a constant")).hint("declare it with `let`")
        }
        E::ErrorVariableExists(name, _) => mistake(format!("there is a variable `{name}` already")),
        E::ErrorForbiddenVariable(name, _) => mistake(format!("a variable cannot be called `{name}`")),
        E::ErrorArithmetic(told, _) => arithmetic(told),
        E::ErrorStackOverflow(_) => {
            limit("functions call each other too deep").hint("look for a function that calls itself")
        }
        E::ErrorDataTooLarge(told, _) => large(told),
        E::ErrorTooManyOperations(_) => {
            limit("the runbook computes without end").hint("look for a loop that never ends")
        }
        E::ErrorTooManyVariables(_) => limit("there are too many variables").hint("put them into a list or a map"),
        E::ErrorTooManyModules(_) => limit("there are too many imports").hint("import outside of loops"),
        E::ErrorSystem(..)
        | E::ErrorInFunctionCall(..)
        | E::ErrorInModule(..)
        | E::ErrorTerminated(..)
        | E::ErrorCustomSyntax(..) => mistake(unplaced(error)),
        _ => mistake(unplaced(error)),
    }
}

fn mistake(what: impl Into<String>) -> Failure {
    Failure::new(code::SCRIPT_ERROR, what)
}

fn limit(what: &str) -> Failure {
    Failure::new(code::SCRIPT_LIMIT, what)
}

/// What the evaluator says, without the place: the frames tell that.
fn unplaced(error: &EvalAltResult) -> String {
    let told = error.to_string();
    let told = told.split(" (line ").next().unwrap_or(&told);
    lower(told)
}

pub(super) fn lower(told: &str) -> String {
    let mut chars = told.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

fn outside(item: &str, of: &str, length: usize, index: i64) -> Failure {
    if length == 0 {
        let failure = mistake(format!("there is no {item} {index}: the {of} is empty"));
        return failure.hint("look first whether there is something in it: `if !x.is_empty() { … }`");
    }
    let failure = mistake(format!("there is no {item} {index} in a {of} of {length}"));
    match (length, usize::try_from(index)) {
        _ if item == "bit" => failure,
        (1, Ok(_)) => failure.hint(format!("its only {item} is 0")),
        (_, Ok(_)) => failure.hint(format!("the first is 0, the last {}", length - 1)),
        (_, Err(_)) => failure.hint(format!("the last is -1, the first -{length}")),
    }
}

/// `Unknown property 'b' - a getter is not registered for type 'i64'`.
fn property(told: &str) -> Failure {
    let mut quoted = told.split('\'').skip(1).step_by(2);
    let (Some(name), Some(kind)) = (quoted.next(), quoted.next()) else { return mistake(lower(told)) };
    match kind {
        "()" => mistake(format!("there is no `{name}` here: what stands before the dot is nothing, `()`"))
            .hint(format!("look why it is not there, or allow for it with `?.{name}`")),
        kind => {
            let failure = mistake(format!("{} has no property `{name}`", plain(kind)));
            match (habits::method_instead(name), natives().contains_key(name)) {
                (Some(instead), _) => failure.hint(instead),
                (None, true) => failure.hint(format!("it is a method: write `.{name}()`")),
                (None, false) => failure,
            }
        }
    }
}

fn arithmetic(told: &str) -> Failure {
    match told.split_once(": ") {
        Some(("Division by zero" | "Modulo division by zero or overflow", what)) => {
            mistake(format!("`{what}` divides by zero")).hint("look first whether what it is divided by is 0")
        }
        Some((kind, what)) if kind.ends_with("overflow") => {
            mistake(format!("`{what}` is too large for a whole number")).hint("count with a point: `1.0`")
        }
        Some(("Integer raised to a negative power", what)) => {
            mistake(format!("`{what}` is not a whole number")).hint("write the first number with a point, `2.0`")
        }
        Some((kind, why)) if kind.starts_with("Error parsing") => {
            let text = kind.split('\'').nth(1).unwrap_or_default();
            let failure = mistake(format!("`{text}` is not a number")).because(why);
            failure.hint("see what the text is before: `say(text)`; blanks around it go with `.trim()`")
        }
        _ => mistake(format!("this cannot be computed: {}", lower(told))),
    }
}

fn large(told: &str) -> Failure {
    let what = match told {
        "Length of string" => "this text grows too long",
        "Size of array" | "Size of array/BLOB" => "this list grows too long",
        "Size of object map" => "this map grows too large",
        "Length of BLOB" => "these bytes grow too many",
        _ => "this grows too large",
    };
    limit(what).hint("keep less in memory; write large data to a file with `file::write`")
}

/// The name of a type of Rhai, for people.
pub(super) fn plain(kind: &str) -> String {
    let kind = kind.trim().trim_start_matches("&mut ");
    match kind {
        "()" => "nothing".into(),
        "bool" => "a boolean".into(),
        "i64" => "a whole number".into(),
        "f64" => "a number".into(),
        "char" => "a character".into(),
        "string" | "&str" | "ImmutableString" | "String" | "&str | ImmutableString | String" => "text".into(),
        "array" => "a list".into(),
        "map" => "a map".into(),
        "blob" => "bytes".into(),
        "Fn" | "FnPtr" => "a closure".into(),
        other if other.starts_with("range") => "a range".into(),
        other => format!("`{}`", other.rsplit("::").next().unwrap_or(other)),
    }
}
