//! What the words that only compute share: how they answer, and how they say where in a text the trouble is.

use rhai::{Dynamic, Map, NativeCallContext};
use runbook_model::{Failure, Value, code};

use crate::bench::Answer;
use crate::language::STRING_BYTES_MAX;
use crate::options::Options;
use crate::thrown::throw;
use crate::word::Word;

/// The most characters of somebody's text that a message repeats.
const SHOWN_CHARS_MAX: usize = 60;

/// The answer of a word, or its failure thrown where the word stands.
pub(super) fn give<T: Into<Dynamic>>(ctx: &NativeCallContext, answer: Result<T, Failure>) -> Answer {
    answer.map(Into::into).map_err(|failure| throw(&failure, ctx.call_position()))
}

/// A value that is not what the word takes.
pub(super) fn bad(what: impl Into<String>) -> Failure {
    Failure::new(code::VALUE_BAD, what)
}

/// A boolean option, `false` where it was not given.
pub(super) fn switch(word: &Word, options: Map, name: &str) -> Result<bool, Failure> {
    Ok(Options::new(word, options)?.truth(name)?.unwrap_or(false))
}

/// `text`, unless it is longer than a script may hold.
pub(super) fn bounded(text: String) -> Result<String, Failure> {
    if text.len() > STRING_BYTES_MAX { Err(too_long()) } else { Ok(text) }
}

/// A text that would be longer than a script may hold.
pub(super) fn too_long() -> Failure {
    Failure::new(code::VALUE_LARGE, format!("the text would be longer than {} MiB", STRING_BYTES_MAX >> 20))
}

/// `text` in backticks for a message: one line, shortened.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN_CHARS_MAX).flat_map(plain).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}

fn plain(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

/// The line and the column, both from 1, of the byte `at` in `text`.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// `column 5`, or `line 2, column 5` in a text of several lines.
pub(super) fn place(text: &str, at: usize) -> String {
    let (line, column) = line_and_column(text, at);
    if text.contains('\n') { format!("line {line}, column {column}") } else { format!("column {column}") }
}

/// A text of some format that cannot be read, with the line where it goes wrong.
pub(super) fn unreadable(format: &str, text: &str, line: usize, column: usize, why: &str) -> Failure {
    if line == 0 {
        return bad(format!("the {format} cannot be read: {why}"));
    }
    let mut failure = bad(format!("the {format} cannot be read at line {line}, column {column}: {why}"));
    if let Some(wrong) = text.lines().nth(line - 1).filter(|wrong| !wrong.trim().is_empty()) {
        failure = failure.because(format!("line {line} is {}", shown(wrong)));
    }
    let number = |n: usize| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    failure.data = Some(Value::from([("line", number(line)), ("column", number(column))]));
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_and_names_the_line_only_where_there_are_several() {
        assert_eq!(place("é | x", "é | ".len()), "column 5");
        assert_eq!(place("a\nbé!", "a\nbé".len()), "line 2, column 3");
        assert_eq!(place("abc", 99), "column 4");
    }

    #[test]
    fn a_long_text_is_shown_short_and_on_one_line() {
        assert_eq!(shown("a\nb"), "`a\\nb`");
        assert_eq!(shown(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
    }
}
