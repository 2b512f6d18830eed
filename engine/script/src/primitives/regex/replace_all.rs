//! `regex::replace_all`: all matches of a pattern replaced.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::replaced;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "regex::replace_all",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["pattern: text", "text: text", "replacement: text"], gives: "text" }],
    options: &[],
    doc: r#"
        A text with all matches of a pattern replaced.

        The replacement is read as by `regex::replace`.

        ```rhai
        let hidden = regex::replace_all(`token=\w+`, "a?token=x1 b?token=y2", "token=…");
        if hidden != "a?token=… b?token=…" { throw hidden; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("replace_all").set_into_module(
        module,
        |ctx: NativeCallContext, pattern: &str, text: &str, with: &str| {
            give(&ctx, replaced(pattern, text, with, usize::MAX))
        },
    );
}
