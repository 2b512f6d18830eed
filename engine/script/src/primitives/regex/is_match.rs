//! `regex::is_match`: whether a pattern is found in a text.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::compiled;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "regex::is_match",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["pattern: text", "text: text"], gives: "boolean" }],
    options: &[],
    doc: r#"
        Whether a pattern is found anywhere in a text; `^` and `$` tie it to the ends.

        ```rhai
        if !regex::is_match(`^node-\d+$`, "node-12") { throw "it is one"; }
        if regex::is_match(`^node-\d+$`, "node-12b") { throw "it is none"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("is_match").set_into_module(module, |ctx: NativeCallContext, pattern: &str, text: &str| {
        give(&ctx, compiled(pattern).map(|regex| regex.is_match(text)))
    });
}
