//! `file::remove`: removes a file, a link or an empty folder.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Repeat, Value};

use super::{Leave, found_itself, place, put_back};
use crate::bench::{Answer, Change, change_prepared};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::remove",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("file"),
    forms: &[Form { params: &["path: text"], gives: "()" }],
    options: &[],
    doc: r#"
        Removes a file, a link or an empty folder. That nothing is there is fine.

        A folder with something in it is refused. What was there before is recorded for an undo, the content of a file
        up to 1 MiB with it.
        A relative path lies in the folder of the run's own files; an absolute one needs leave, `file = ["write PATH"]`.

        ```rhai
        step("note", || file::write("note.txt", "abc"));
        step("forget", || file::remove("note.txt"));
        if file::exists("note.txt") { throw "it is still there"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("remove").with_volatility(true).set_into_module(module, remove);
}

fn remove(ctx: NativeCallContext, path: &str) -> Answer {
    let args = vec![path.into()];
    let path = place(&ctx, &WORD, path, Leave::Write)?;
    let brief = format!("file::remove {}", path.display());
    let change = Change { word: &WORD, brief, args, repeat: None };
    change_prepared(&ctx, change, async { found_itself(&path) }, |_| async {
        file::remove(&path).map(|()| Value::Unit)
    })
}
