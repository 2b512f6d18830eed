//! `file::read`: the text in a file.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Repeat, Value};

use super::{Leave, place};
use crate::bench::{Answer, read as look};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::read",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("file"),
    forms: &[Form { params: &["path: text"], gives: "text" }],
    options: &[],
    doc: r#"
        The text in a file.

        A relative path lies in the folder of the run's own files; an absolute one needs leave, `file = ["read PATH"]`.
        Fails where the file is not there, is not UTF-8 text, or is larger than 16 MiB.

        ```rhai
        step("note", || file::write("note.txt", "all well\n"));
        if file::read("note.txt") != "all well\n" { throw "the note is gone"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("read").with_volatility(true).set_into_module(module, read);
}

fn read(ctx: NativeCallContext, path: &str) -> Answer {
    let path = place(&ctx, &WORD, path, Leave::Read)?;
    let brief = format!("file::read {}", path.display());
    look(&ctx, &WORD, &brief, async { file::read(&path).map(Value::Text) })
}
