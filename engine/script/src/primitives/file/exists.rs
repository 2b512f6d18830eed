//! `file::exists`: whether something is at a path.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Repeat, Value};

use super::{Leave, place};
use crate::bench::{Answer, read as look};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::exists",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("file"),
    forms: &[Form { params: &["path: text"], gives: "boolean" }],
    options: &[],
    doc: r#"
        Whether a file, a folder or anything else is at a path.

        A relative path lies in the folder of the run's own files; an absolute one needs leave, `file = ["read PATH"]`.
        A link that leads nowhere is not there. Fails where a folder on the way may not be looked into.

        ```rhai
        if file::exists("never-written.txt") { throw "who wrote it?"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("exists").with_volatility(true).set_into_module(module, exists);
}

fn exists(ctx: NativeCallContext, path: &str) -> Answer {
    let path = place(&ctx, &WORD, path, Leave::Read)?;
    let brief = format!("file::exists {}", path.display());
    look(&ctx, &WORD, &brief, async { file::exists(&path).map(Value::Bool) })
}
