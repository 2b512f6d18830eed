//! `regex::`: patterns, in the syntax of Rust's regex crate: no look-around, no back-references, and so no pattern that
//! takes for ever.

pub(super) mod captures;
pub(super) mod find;
pub(super) mod find_all;
pub(super) mod is_match;
pub(super) mod replace;
pub(super) mod replace_all;
pub(super) mod split;

use std::sync::Arc;

use regex::{Captures, Regex, RegexBuilder};
use runbook_model::{Failure, code};

use super::cache::Cache;
use super::pure::{bad, shown, too_long};
use crate::language::{LIST_ITEMS_MAX, STRING_BYTES_MAX};

/// The longest pattern.
const PATTERN_BYTES_MAX: usize = 64 * 1024;
/// The memory a compiled pattern may take.
const COMPILED_BYTES_MAX: usize = 2 << 20;

/// The compiled `pattern`.
pub(super) fn compiled(pattern: &str) -> Result<Arc<Regex>, Failure> {
    static KNOWN: Cache<Regex> = Cache::new();
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(bad(format!("the pattern is longer than {} KiB", PATTERN_BYTES_MAX >> 10)));
    }
    KNOWN.get(pattern, || {
        RegexBuilder::new(pattern)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .build()
            .map_err(|trouble| failure(pattern, &trouble))
    })
}

/// What is wrong with `pattern`, and where. The crate says it in a drawing of several lines; we want one.
fn failure(pattern: &str, trouble: &regex::Error) -> Failure {
    let regex::Error::Syntax(drawing) = trouble else {
        return bad(format!("the pattern {} is too large once it is compiled", shown(pattern)))
            .hint("make its counted repetitions smaller");
    };
    let why = drawing.rsplit_once("error: ").map_or(drawing.as_str(), |(_, why)| why.trim());
    let caret =
        drawing.lines().find(|line| line.trim_start().starts_with('^') && line.trim().chars().all(|c| c == '^'));
    let place = match caret.and_then(|line| line.find('^')) {
        Some(column) if !pattern.contains('\n') && column >= 4 => format!(" at column {}", column - 3),
        _ => String::new(),
    };
    let failure = bad(format!("the pattern {} is wrong{place}: {why}", shown(pattern)));
    if why.contains("look-around") || why.contains("backreferences") {
        return failure.hint("match more than needed and take the part with `regex::captures`");
    }
    if why.contains("unclosed") || why.contains("unopened") {
        return failure.hint("where the sign stands for itself, put a backslash before it");
    }
    failure
}

/// A list that would be longer than a script may hold.
pub(super) fn too_many() -> Failure {
    Failure::new(code::VALUE_LARGE, format!("the list would have more than {LIST_ITEMS_MAX} items"))
}

/// `text` with at most `most` matches of `pattern` replaced. `$1` and `${name}` stand for groups, `$$` for a dollar.
pub(super) fn replaced(pattern: &str, text: &str, with: &str, most: usize) -> Result<String, Failure> {
    let regex = compiled(pattern)?;
    let (mut out, mut last) = (String::new(), 0);
    for found in regex.captures_iter(text).take(most) {
        let (start, end) = whole(&found);
        out.push_str(&text[last..start]);
        found.expand(with, &mut out);
        last = end;
        if out.len() > STRING_BYTES_MAX {
            return Err(too_long());
        }
    }
    out.push_str(&text[last..]);
    super::pure::bounded(out)
}

fn whole(found: &Captures<'_>) -> (usize, usize) {
    let all = found.get_match();
    (all.start(), all.end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_pattern_is_compiled_or_refused_and_never_panics(pattern in ".*", text in ".*") {
            let _ = compiled(&pattern).map(|regex| regex.is_match(&text));
        }

        #[test]
        fn any_syntax_is_compiled_or_refused_and_never_panics(pattern in r"[a\[\](){}|*+?^$.\\,0-9P<>:=!-]{0,30}") {
            let _ = replaced(&pattern, "aaa", "$0$1${x}", usize::MAX);
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let what = |pattern: &str| compiled(pattern).unwrap_err().what;
        assert_eq!(what("a(b"), "the pattern `a(b` is wrong at column 2: unclosed group");
        let range = "invalid character class range, the start must be <= the end";
        assert_eq!(what("é[b-a]"), format!("the pattern `é[b-a]` is wrong at column 3: {range}"));
        assert!(what("(?x)\na(b").contains("unclosed group"));
        assert_eq!(compiled("a(?=b)").unwrap_err().hints.len(), 1);
    }

    #[test]
    fn large_patterns_are_refused() {
        assert!(compiled("(a{1000}){1000}").unwrap_err().what.ends_with("is too large once it is compiled"));
        assert!(compiled(&"a".repeat(PATTERN_BYTES_MAX + 1)).is_err());
        assert!(compiled(&"(".repeat(10_000)).is_err());
    }

    #[test]
    fn a_replacement_that_grows_without_measure_is_refused() {
        let failure = replaced("x", &"x".repeat(10_000), &"y".repeat(10_000), usize::MAX).unwrap_err();
        assert_eq!(failure.code, code::VALUE_LARGE);
    }
}
