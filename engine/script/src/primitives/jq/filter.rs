//! Compiles a filter, and says where in it the trouble is.

use std::sync::Arc;

use jaq_core::compile::Undefined;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::native::Fun;
use jaq_core::{Compiler, Filter, Native};
use runbook_model::Failure;

use super::limits::{FROMJSON, Metered, RANGE};
use crate::options::nearest;
use crate::primitives::cache::Cache;
use crate::primitives::pure::{bad, place, shown};

/// The longest filter.
const FILTER_BYTES_MAX: usize = 16 * 1024;
/// How deep brackets may nest: jaq reads them by recursion.
const BRACKETS_MAX: usize = 200;
/// What would look beyond the input, print, or end the process.
const CLOSED: [&str; 12] = [
    "env",
    "$ENV",
    "now",
    "localtime",
    "strflocaltime",
    "input",
    "inputs",
    "halt",
    "halt_error",
    "stderr",
    "debug",
    "input_filename",
];

/// The compiled filter `code`, which may use the variables `names`, each with its `$`.
pub(super) fn compiled(code: &str, names: &[String]) -> Result<Arc<Filter<Metered>>, Failure> {
    static KNOWN: Cache<Filter<Metered>> = Cache::new();
    KNOWN.get(&format!("{}\n{code}", names.join(" ")), || compile(code, names))
}

fn compile(code: &str, names: &[String]) -> Result<Filter<Metered>, Failure> {
    if code.len() > FILTER_BYTES_MAX || brackets(code) > BRACKETS_MAX {
        let limits = format!("{} KiB or {BRACKETS_MAX} brackets within each other", FILTER_BYTES_MAX >> 10);
        return Err(bad(format!("the filter is larger than {limits}")));
    }
    let arena = Arena::default();
    let modules = Loader::new(definitions())
        .load(&arena, File { code, path: () })
        .map_err(|errors| errors.into_iter().next().map_or_else(|| wrong(code, code, ""), |(_, e)| unread(code, e)))?;
    load::import(&modules, |_| Err(String::new())).map_err(|_| no_modules(code))?;
    Compiler::default()
        .with_funs(natives())
        .with_global_vars(names.iter().map(String::as_str))
        .compile(modules)
        .map_err(|errors| {
            let first = errors.into_iter().flat_map(|(_, errors)| errors).next();
            first.map_or_else(|| wrong(code, code, ""), |(name, kind)| undefined(code, names, name, &kind))
        })
}

fn definitions() -> impl Iterator<Item = load::parse::Def<&'static str>> {
    jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).filter(|def| !CLOSED.contains(&def.name))
}

fn natives() -> impl Iterator<Item = Fun<Metered>> {
    jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs()).filter(|(name, ..)| !CLOSED.contains(name)).map(
        |(name, arity, native)| match name {
            "range" => (name, arity, Native::<Metered>::new(RANGE)),
            "fromjson" => (name, arity, Native::<Metered>::new(FROMJSON)),
            _ => (name, arity, native),
        },
    )
}

/// The most brackets open at once, those in strings included.
fn brackets(code: &str) -> usize {
    let (_, most) = code.chars().fold((0_usize, 0), |(open, most), c| match c {
        '(' | '[' | '{' => (open + 1, most.max(open + 1)),
        ')' | ']' | '}' => (open.saturating_sub(1), most),
        _ => (open, most),
    });
    most
}

fn unread(code: &str, error: load::Error<&str>) -> Failure {
    match error {
        load::Error::Lex(errors) => match errors.into_iter().next() {
            Some((expect, found)) => wrong(code, found, &format!("expected {}", expect.as_str())),
            None => wrong(code, code, ""),
        },
        load::Error::Parse(errors) => match errors.into_iter().next() {
            Some((expect, "")) => wrong(code, &code[code.len()..], &format!("expected {} at its end", expect.as_str())),
            Some((expect, found)) => {
                wrong(code, found, &format!("expected {}, found {}", expect.as_str(), shown(found)))
            }
            None => wrong(code, code, ""),
        },
        load::Error::Io(_) => no_modules(code),
    }
}

fn no_modules(code: &str) -> Failure {
    bad(format!("the filter {} wants a module, and there are none", shown(code)))
}

fn undefined(code: &str, names: &[String], name: &str, kind: &Undefined) -> Failure {
    let arity = if let Undefined::Filter(arity) = kind { format!(" with {arity} arguments") } else { String::new() };
    let failure = wrong(code, name, &format!("there is no {} `{name}`{arity}", kind.as_str()));
    if CLOSED.contains(&name) {
        return failure.hint("give the filter what it needs in its input or its variables: it sees nothing else");
    }
    let near = match kind {
        Undefined::Var => nearest(name, names.iter().map(String::as_str)).map(str::to_owned),
        _ => {
            let known: Vec<&str> = definitions().map(|def| def.name).chain(natives().map(|(name, ..)| name)).collect();
            nearest(name, known).map(str::to_owned)
        }
    };
    match near {
        Some(near) if near != name => failure.hint(format!("did you mean `{near}`?")),
        _ => failure,
    }
}

/// What is wrong at `part` of the filter.
fn wrong(code: &str, part: &str, why: &str) -> Failure {
    let (from, at) = (code.as_ptr().addr(), part.as_ptr().addr());
    // A part that is no slice of the filter stands in a definition of jaq's own.
    let within = at.checked_sub(from).filter(|at| *at <= code.len());
    let at = within.map_or_else(String::new, |at| format!(" at {}", place(code, at)));
    let why = if why.is_empty() { "it cannot be read" } else { why };
    bad(format!("the filter {} is wrong{at}: {why}", shown(code)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trouble(code: &str) -> Failure {
        compile(code, &["$name".to_owned()]).err().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_compiled_or_refused_and_never_panics(code in r#"[-.\[\](){}|,;:$@"\\#+*a-e0-9 ]{0,40}"#) {
            let _ = compile(&code, &[]);
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        assert_eq!(trouble(".a | | .b").what, "the filter `.a | | .b` is wrong at column 6: expected term, found `|`");
        assert_eq!(trouble(".a |").what, "the filter `.a |` is wrong at column 5: expected term at its end");
        assert_eq!(trouble(".a[").what, "the filter `.a[` is wrong at column 4: expected closing bracket");
        assert_eq!(trouble(".a | &").what, "the filter `.a | &` is wrong at column 6: expected token");
    }

    #[test]
    fn a_name_that_is_nearly_one_is_recognised() {
        let failure = trouble(".a | mpa(.b)");
        assert!(failure.what.ends_with("at column 6: there is no filter `mpa` with 1 arguments"), "{}", failure.what);
        assert_eq!(failure.hints, ["did you mean `map`?"]);
        assert_eq!(trouble("$nmae").hints, ["did you mean `$name`?"]);
    }

    #[test]
    fn nothing_beyond_the_input_can_be_reached() {
        for closed in ["env", "$ENV", "now", "input", "halt", "halt_error", "stderr", "1 | localtime", "input_filename"]
        {
            let failure = trouble(closed);
            assert!(failure.hints[0].starts_with("give the filter what it needs"), "{closed}: {failure:?}");
        }
        assert!(compile(r#"include "x"; ."#, &[]).is_err());
        assert!(compile(r#"import "x" as $x; $x"#, &[]).is_err());
    }

    #[test]
    fn a_filter_has_a_size() {
        assert!(compile(&"[".repeat(300), &[]).is_err());
        assert!(compile(&"-".repeat(FILTER_BYTES_MAX + 1), &[]).is_err());
    }
}
