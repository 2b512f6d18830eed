//! A variable that is not there: what was meant, or why it cannot be seen.

use super::habits;
use super::wording::Said;
use crate::options::nearest;
use crate::primitives::{WORDS, word};
use crate::tokens::{Kind, Tokens};

/// What is said of the variable `name`, used at the token `at` and not known there.
pub(super) fn undefined(tokens: &Tokens, name: &str, at: Option<usize>) -> Said {
    let said = Said::new(format!("there is no variable `{name}` here"));
    if let Some(said) = foreign(tokens, name, at) {
        return said;
    }
    if let Some(declared) = declared_at(tokens, name) {
        return hidden(tokens, name, at, declared, said);
    }
    let names = (0..tokens.len()).filter(|at| is_declaration(tokens, *at)).map(|at| tokens.text(at));
    // Two short names are always near.
    match nearest(name, names).filter(|_| name.chars().count() > 2) {
        Some(near) => said.hint(format!("did you mean `{near}`?")),
        None => said.hint(format!("declare it first: `let {name} = …;`")),
    }
}

/// A word of the engine that is not called, or a habit from elsewhere.
fn foreign(tokens: &Tokens, name: &str, at: Option<usize>) -> Option<Said> {
    let next = at.map_or("", |at| tokens.text(at + 1));
    if let Some(word) = word(name) {
        let call = if word.forms.iter().any(|form| form.params.is_empty()) { "()" } else { "(…)" };
        let said = Said::new(format!("`{name}` is a word, and is called with parentheses"));
        return Some(said.hint(format!("write `{name}{call}`")));
    }
    if WORDS.iter().any(|word| word.parts().0 == Some(name)) && next == "." {
        let verb = at.map_or("", |at| tokens.text(at + 2));
        return Some(
            Said::new(format!("the words of `{name}` follow two colons")).hint(format!("write `{name}::{verb}`")),
        );
    }
    let quoted =
        at.and_then(|at| tokens.get(at + 1)).is_some_and(|token| matches!(token.kind, Kind::Text | Kind::TextOpens));
    if quoted && matches!(name, "f" | "r" | "b" | "u") {
        return Some(super::wording::f_string());
    }
    let follows = at.and_then(|at| at.checked_sub(1)).map_or("", |at| tokens.text(at));
    if follows == "{" && next == ":" {
        return Some(Said::new(format!("`{name}:` stands in a block, not in a map")).hint("a map begins with `#{`"));
    }
    let instead = habits::instead(name)?;
    Some(Said::new(format!("`{name}` means nothing here")).hint(instead))
}

/// The variable is declared somewhere, and cannot be seen from here.
fn hidden(tokens: &Tokens, name: &str, at: Option<usize>, declared: usize, said: Said) -> Said {
    let line = tokens.get(declared).map_or(0, |token| token.line);
    let is_constant = declared.checked_sub(1).is_some_and(|at| tokens.text(at) == "const");
    let function = at.and_then(|at| function_around(tokens, at));
    if function != function_around(tokens, declared) && function.is_some() {
        let said = said.because(format!("it is declared on line {line}, and a function sees only its own variables"));
        return match is_constant {
            true => said.hint(format!("write `global::{name}`")),
            false => said.hint("give it to the function as an argument"),
        };
    }
    if at.is_some_and(|at| declared > at) {
        return said.because(format!("it is declared on line {line}, after this"));
    }
    said.because(format!("it is declared on line {line}, in a block that has ended"))
        .hint(format!("declare it before the block: `let {name} = ();`"))
}

/// The function whose text holds the token `at`.
fn function_around(tokens: &Tokens, at: usize) -> Option<usize> {
    tokens.functions().find(|(_, begin, end)| (*begin..=*end).contains(&at)).map(|(_, begin, _)| begin)
}

fn declared_at(tokens: &Tokens, name: &str) -> Option<usize> {
    (0..tokens.len()).find(|at| tokens.text(*at) == name && is_declaration(tokens, *at))
}

/// Whether the token gives a variable its name.
fn is_declaration(tokens: &Tokens, at: usize) -> bool {
    let is_name = tokens.get(at).is_some_and(|token| token.kind == Kind::Word);
    let before = |back: usize| at.checked_sub(back).map_or("", |at| tokens.text(at));
    let declares = matches!(before(1), "let" | "const" | "for")
        || before(1) == "(" && matches!(before(2), "for" | "catch")
        || is_parameter(tokens, at);
    is_name && declares
}

/// Whether the token is a parameter of a closure or a function: names and commas up to `|`, or to `fn name(`.
fn is_parameter(tokens: &Tokens, at: usize) -> bool {
    let ends = matches!(tokens.text(at + 1), "," | "|" | ")");
    let mut back = at;
    while let Some(before) = back.checked_sub(1) {
        match tokens.text(before) {
            "|" => return ends,
            "(" => return ends && before.checked_sub(2).is_some_and(|at| tokens.text(at) == "fn"),
            "," => match before.checked_sub(1).and_then(|at| tokens.get(at)) {
                Some(token) if token.kind == Kind::Word => back = before - 1,
                _ => return false,
            },
            _ => return false,
        }
    }
    false
}
