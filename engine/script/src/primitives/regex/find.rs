//! `regex::find`: the first match of a pattern.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::compiled;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "regex::find",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["pattern: text", "text: text"], gives: "text" }],
    options: &[],
    doc: r#"
        The first match of a pattern in a text, `()` where there is none.

        ```rhai
        let version = regex::find(`v\d+\.\d+\.\d+`, "kubelet v1.34.4 on linux");
        if version != "v1.34.4" { throw version; }
        if regex::find(`\d`, "none") != () { throw "there is none"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("find").set_into_module(module, |ctx: NativeCallContext, pattern: &str, text: &str| {
        let first =
            compiled(pattern).map(|regex| regex.find(text).map_or(Dynamic::UNIT, |found| found.as_str().into()));
        give(&ctx, first)
    });
}
