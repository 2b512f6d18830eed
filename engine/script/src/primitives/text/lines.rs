//! `text::lines`: the lines of a text.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::list;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::lines",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "list" }],
    options: &[],
    doc: r#"
        The lines of a text, without their ends; a last line end makes no empty line.

        ```rhai
        let nodes = text::lines("n1\nn2\r\n\n");
        if nodes != ["n1", "n2", ""] { throw nodes; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("lines")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, list(text.lines())));
}
