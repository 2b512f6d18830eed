//! A `${…}` in double quotes, where it stands as it is, although it names a variable of the file.

use rhai::Position;
use runbook_model::{Failure, code};

use super::{Finding, Seen};
use crate::tokens::{Kind, Tokens};

pub(super) fn look(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for (file, text) in seen.sources.scripts() {
        let tokens = Tokens::of(text);
        for token in tokens.iter().filter(|token| token.kind == Kind::Text) {
            let quoted = tokens.text_of(token);
            let Some(name) = quoted.strip_prefix('"').and_then(|rest| computed(rest)) else { continue };
            let place = (u16::try_from(token.line), u16::try_from(token.col));
            if let (true, (Ok(line), Ok(col))) = (is_known(seen, file, name), place) {
                let failure =
                    Failure::new(code::SCRIPT_ERROR, format!("`${{{name}}}` stands as it is in double quotes"));
                let failure = failure.hint("put the text between backticks, where `${…}` is computed");
                findings.push(seen.warning(file, Position::new(line, col), failure));
            }
        }
    }
}

/// The first name in `${name}` or `${name.…}`, `${name(…)}`.
fn computed(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("${")?;
    let inside = rest.split_once('}')?.0.trim();
    let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inside.len());
    Some(&inside[..end]).filter(|name| !name.is_empty())
}

/// A shell has variables of its own, usually in capitals.
fn is_known(seen: &Seen<'_>, file: &str, name: &str) -> bool {
    let bodies = seen.text.bodies.iter().filter(|((other, _), _)| other == file);
    name == "inputs"
        || bodies.map(|(_, body)| body).any(|body| {
            body.lets.iter().any(|(declared, _)| declared == name) || body.params.iter().any(|param| param == name)
        })
}
