//! `file::list`: what is in a folder.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_drivers::file::{self, Entry};
use runbook_model::{Repeat, Value};

use super::{Leave, place};
use crate::bench::{Answer, read as look};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::list",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("file"),
    forms: &[Form { params: &["path: text"], gives: "list of maps" }],
    options: &[],
    doc: r#"
        What is in a folder: a list of `#{name, kind, size}`, sorted by name.

        `kind` is `"file"`, `"folder"`, `"link"` or `"other"`. Folders in it are not looked into.
        A relative path lies in the folder of the run's own files; an absolute one needs leave, `file = ["read PATH"]`.

        ```rhai
        step("note", || { file::mkdir("notes"); file::write("notes/a.txt", "a") });
        let names = file::list("notes").map(|entry| entry.name);
        if names != ["a.txt"] { throw `found ${names}`; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("list").with_volatility(true).set_into_module(module, list);
}

fn list(ctx: NativeCallContext, path: &str) -> Answer {
    let path = place(&ctx, &WORD, path, Leave::Read)?;
    let brief = format!("file::list {}", path.display());
    look(&ctx, &WORD, &brief, async {
        file::list(&path).map(|entries| Value::List(entries.into_iter().map(answer).collect()))
    })
}

fn answer(entry: Entry) -> Value {
    Value::from([
        ("name", Value::Text(entry.name)),
        ("kind", Value::from(entry.kind.word())),
        ("size", Value::Int(i64::try_from(entry.size).unwrap_or(i64::MAX))),
    ])
}
