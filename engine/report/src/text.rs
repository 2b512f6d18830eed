//! Foreign text made fit for a screen: cleaned, measured, cropped, quoted.
//!
//! Promises: what comes out of [`clean`] holds no escape sequence, no control character and nothing that turns the
//! direction of writing, so that a command's output cannot redraw the terminal or disguise a line.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The longest line that is shown, in characters; what is longer is cropped.
pub const LINE_CHARS_MAX: usize = 2000;
/// How many blanks a tab stands for.
const TAB: &str = "    ";

/// How many columns `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// One line of text without escape sequences and control characters; a tab as blanks, a line break as a blank.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.len() <= LINE_CHARS_MAX && !text.chars().any(is_foul) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(4 * LINE_CHARS_MAX));
    let mut chars = text.chars().peekable();
    let mut count = 0;
    while let Some(c) = chars.next() {
        if count >= LINE_CHARS_MAX {
            out.push_str("...");
            break;
        }
        count += 1;
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\t' => out.push_str(TAB),
            '\n' => out.push(' '),
            c if is_foul(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a character must not reach a terminal as it is.
fn is_foul(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Passes over what follows the escape character: a control sequence, a string such as a title, or one character.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || c == '\u{1b}' && chars.next_if_eq(&'\\').is_some() {
                    break;
                }
            }
        }
        _ => {
            chars.next();
        }
    }
}

/// The lines of a text, each cleaned, at most `max` of them; a last one says how many more there were.
pub fn clean_lines(text: &str, max: usize) -> Vec<String> {
    let mut lines: Vec<String> = text.trim_end().lines().take(max).map(|line| clean(line).into_owned()).collect();
    let more = text.trim_end().lines().count().saturating_sub(max);
    if more > 0 {
        lines.push(format!("and {more} more {}", plural(more, "line", "lines")));
    }
    lines
}

/// `text` cropped to `columns`, with `…` where something is left out.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if text.len() <= columns || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > columns {
            break;
        }
        used += w;
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

/// `one` for 1, `many` for all other counts.
pub fn plural<'w>(n: usize, one: &'w str, many: &'w str) -> &'w str {
    if n == 1 { one } else { many }
}

/// `5 steps`, `1 step`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", plural(n, one, many))
}

/// A word as it must be typed in a shell.
pub fn shell(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ':' | '@' | '%' | ',' | '=');
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", clean(word).replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_titles_and_turned_text_do_not_pass() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(clean("a\u{1b}]0;title\u{7}b\u{1b}]8;;x\u{1b}\\c"), "abc");
        assert_eq!(clean("50%\r100%\u{202e}x\u{8}"), "50%100%x");
        assert_eq!(clean("a\tb"), "a    b");
        assert_eq!(clean("\u{1b}"), "");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), LINE_CHARS_MAX + 3);
    }

    #[test]
    fn cropped_text_never_takes_more_columns_than_it_is_given() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abcd", 4), "abcd");
        assert_eq!(fit("漢字漢字", 4), "漢…");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn a_word_with_blanks_or_brackets_is_quoted_for_the_shell() {
        assert_eq!(shell("runbooks/a.rhai"), "runbooks/a.rhai");
        assert_eq!(shell("move nodes[n3]"), "'move nodes[n3]'");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell(""), "''");
    }

    #[test]
    fn a_text_of_many_lines_says_how_many_it_leaves_out() {
        assert_eq!(clean_lines("a\nb\nc\nd\n", 2), ["a", "b", "and 2 more lines"]);
    }
}
