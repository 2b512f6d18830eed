//! Brackets and quotes that are not closed, or close nothing: told where they were opened, which says more than where
//! the parser lost its way.

use rhai::{LexError, ParseErrorType};

use super::wording::Said;
use crate::tokens::{Kind, Token, Tokens};

/// What is wrong with the brackets and quotes of a text, where `error` may well come from them.
pub(super) fn trouble(tokens: &Tokens, error: &ParseErrorType) -> Option<Said> {
    use ParseErrorType as E;
    let may_be = match error {
        E::UnexpectedEOF
        | E::MissingToken(..)
        | E::MissingSymbol(_)
        | E::PropertyExpected
        | E::WrongFnDefinition
        | E::BadInput(LexError::UnterminatedString) => true,
        E::BadInput(LexError::UnexpectedInput(sign)) => matches!(sign.as_str(), ")" | "]" | "}" | ";"),
        _ => false,
    };
    if !may_be {
        return None;
    }
    broken(tokens).or_else(|| unbalanced(tokens))
}

fn place(token: &Token) -> Option<(u32, u32)> {
    Some((token.line, token.col))
}

fn broken(tokens: &Tokens) -> Option<Said> {
    let is_broken = |token: &&Token| matches!(token.kind, Kind::TextBroken | Kind::CommentBroken);
    let token = tokens.iter().find(is_broken)?;
    let (what, hint) = match (token.kind, tokens.text_of(token).chars().next()) {
        (Kind::CommentBroken, _) => ("this comment is never closed", "close it with `*/`; comments nest"),
        (_, Some('"')) => {
            ("this text is never closed", "close it with `\"`; a text of several lines stands between backticks")
        }
        (_, Some('\'')) => ("this character is never closed", "a text stands in double quotes: `\"text\"`"),
        (_, Some('`')) => ("this text is never closed", "close it with a backtick"),
        (_, Some('#')) => ("this text is never closed", "close it with `\"` and as many `#` as it began with"),
        _ => ("the text goes on here after `${…}`, and is never closed", "close it with a backtick"),
    };
    Some(Said { at: place(token), ..Said::new(what).hint(hint) })
}

fn unbalanced(tokens: &Tokens) -> Option<Said> {
    let mut open: Vec<usize> = Vec::new();
    let mut askew = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Opens | Kind::TextOpens => open.push(at),
            Kind::Closes | Kind::TextCloses => {
                let Some(opener) = open.pop() else {
                    let said = Said::new(format!("this `{}` closes nothing", sign(tokens, at)));
                    return Some(Said {
                        at: place(token),
                        cause: askew,
                        ..said.hint("take it away, or put what it closes before it")
                    });
                };
                if !is_pair(sign(tokens, opener), sign(tokens, at)) {
                    let cause = format!("the `{}` on line {} comes first", sign(tokens, at), token.line);
                    return Some(never(tokens, opener, Some(cause)));
                }
                askew = askew.or_else(|| is_askew(tokens, opener, at));
            }
            Kind::Word | Kind::Text | Kind::TextGoesOn | Kind::TextBroken | Kind::CommentBroken | Kind::Sign => {}
        }
    }
    open.pop().map(|opener| never(tokens, opener, askew))
}

fn never(tokens: &Tokens, opener: usize, cause: Option<String>) -> Said {
    let said = Said::new(format!("this `{}` is never closed", sign(tokens, opener)));
    let said = said.hint(format!("close it with `{}`", closer_of(sign(tokens, opener))));
    Said { at: tokens.get(opener).and_then(place), cause, ..said }
}

/// A brace that stands at the beginning of a line, and not below the line of the brace it closes: where a brace is
/// missing, it is often above the first of these.
fn is_askew(tokens: &Tokens, opener: usize, closer: usize) -> Option<String> {
    let (opens, closes) = (tokens.get(opener)?, tokens.get(closer)?);
    let first_of = |at: usize| (0..=at).rev().take_while(|other| same_line(tokens, *other, at)).last();
    let is_first = closer.checked_sub(1).is_none_or(|before| !same_line(tokens, before, closer));
    let indent = tokens.get(first_of(opener)?)?.col;
    (opens.line != closes.line && is_first && indent != closes.col).then(|| {
        let (sign, opener) = (sign(tokens, closer), sign(tokens, opener));
        format!("the `{sign}` on line {} closes the `{opener}` of line {}: are they a pair?", closes.line, opens.line)
    })
}

fn same_line(tokens: &Tokens, one: usize, other: usize) -> bool {
    tokens.get(one).map(|token| token.line) == tokens.get(other).map(|token| token.line)
}

/// The bracket of a token; that of a text is at its end.
fn sign(tokens: &Tokens, at: usize) -> &str {
    match tokens.get(at).map(|token| token.kind) {
        Some(Kind::TextOpens) => "${",
        Some(Kind::TextCloses) => "}",
        _ => tokens.text(at),
    }
}

fn closer_of(opens: &str) -> &'static str {
    match opens {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

fn is_pair(opens: &str, closes: &str) -> bool {
    matches!((opens, closes), ("(", ")") | ("[", "]") | ("{" | "#{" | "${", "}"))
}
