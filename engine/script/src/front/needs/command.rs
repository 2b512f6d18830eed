//! Matches a command line of `sh` with a pattern: `run tar *` allows `tar -cf x y`, and `tar x; rm -rf /` it does not.
//!
//! A `*` covers words, not shell syntax that begins another command or opens another file. Outside quotes it never
//! covers `;` `|` `&` `<` `>` `(` `)`, a backtick, a line end, `$(`, `$'`, or a `#` that begins a comment; within double
//! quotes never a backtick or `$(`. Where the pattern itself has such a character, that one is matched as it stands.
//! A quote that is never closed counts as no quote. The pattern `*` alone covers everything.
//! What the command itself can do with its arguments is not looked at.
//! A pattern that ends in a blank and `*` also allows the command without arguments.

use super::glob::glob;

/// What stands for another command, or another file, outside quotes.
const SYNTAX: [char; 9] = [';', '|', '&', '<', '>', '(', ')', '`', '\n'];

/// Whether the pattern `target` allows the command `line`.
pub(super) fn allows(target: &str, line: &str) -> bool {
    let (target, line) = (target.trim(), line.trim());
    if target == "*" || target == line {
        return true;
    }
    let syntax = syntax(line);
    let matches = |pattern: &str| glob(pattern, line, |nth, _| !syntax[nth]);
    matches(target) || target.strip_suffix(" *").is_some_and(matches)
}

/// Of each character of `line` whether it is shell syntax that a `*` must not cover.
fn syntax(line: &str) -> Vec<bool> {
    let chars: Vec<char> = line.chars().collect();
    scan(&chars, true).unwrap_or_else(|| scan(&chars, false).unwrap_or_else(|| vec![true; chars.len()]))
}

/// What quotes the character at hand.
#[derive(Clone, Copy, PartialEq)]
enum Quote {
    None,
    Single,
    Double,
}

/// The same, with or without regard to quotes; nothing where a quote is never closed.
fn scan(chars: &[char], quotes: bool) -> Option<Vec<bool>> {
    let mut syntax = vec![false; chars.len()];
    let mut quote = Quote::None;
    let mut escaped = false;
    for (nth, c) in chars.iter().copied().enumerate() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        let next = chars.get(nth + 1).copied();
        let begins_word = nth == 0 || chars[nth - 1].is_whitespace();
        syntax[nth] = match quote {
            Quote::Single => false,
            Quote::Double => c == '`' || (c == '$' && next == Some('(')),
            Quote::None => {
                SYNTAX.contains(&c) || (c == '$' && matches!(next, Some('(' | '\''))) || (c == '#' && begins_word)
            }
        };
        if !quotes {
            continue;
        }
        match (quote, c) {
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            (Quote::None | Quote::Double, '\\') => escaped = true,
            _ => {}
        }
    }
    (quote == Quote::None && !escaped).then_some(syntax)
}
