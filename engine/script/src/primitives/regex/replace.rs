//! `regex::replace`: the first match of a pattern replaced.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::replaced;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "regex::replace",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["pattern: text", "text: text", "replacement: text"], gives: "text" }],
    options: &[],
    doc: r#"
        A text with the first match of a pattern replaced.

        In the replacement `$1` and `${name}` stand for groups of the match and `$$` for a dollar sign. A name ends
        where letters, digits and `_` end, so write `${1}st` rather than `$1st`. In a text between backticks Rhai
        itself takes `${…}`, so write such a replacement between double quotes.

        ```rhai
        let image = regex::replace(`:(\w+)$`, "registry/app:v1", ":$1-debug");
        if image != "registry/app:v1-debug" { throw image; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("replace")
        .set_into_module(module, |ctx: NativeCallContext, pattern: &str, text: &str, with: &str| {
            give(&ctx, replaced(pattern, text, with, 1))
        });
}
