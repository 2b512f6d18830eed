//! `text::words`: the words of a text.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::list;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::words",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "list" }],
    options: &[],
    doc: r#"
        What stands between the blanks and line ends of a text; however many, they part only once.

        ```rhai
        let words = text::words("  eth0   UP\t1500\n");
        if words != ["eth0", "UP", "1500"] { throw words; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("words")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, list(text.split_whitespace())));
}
