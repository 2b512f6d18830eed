//! `file::copy`: makes a file a copy of another.

use rhai::{EvalAltResult, Map, Module, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Failure, Repeat};

use super::{Leave, MODE, found, mode, place, put_back, written};
use crate::bench::{Answer, Change, change_prepared};
use crate::options::Options;
use crate::register::of_texts;
use crate::thrown::throw;
use crate::value::to_value;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::copy",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("file"),
    forms: &[
        Form { params: &["from: text", "to: text"], gives: "map" },
        Form { params: &["from: text", "to: text", "options: map"], gives: "map" },
    ],
    options: &[MODE],
    doc: r#"
        Makes the file at `to` a copy of the one at `from`, with its mode, and gives `#{path, size, sha256}` of it.

        Files of any size; folders are not copied. `to` is the file itself, not a folder to put it in. It is replaced
        whole or not at all, and what was there before is recorded for an undo.
        A relative path lies in the folder of the run's own files; absolute ones need leave,
        `file = ["read FROM", "write TO"]`.

        ```rhai
        step("note", || file::write("note.txt", "abc"));
        let kept = step("keep a copy", || file::copy("note.txt", "note.old"));
        if kept.sha256 != sha256::hex("abc") { throw "the copy is not the same"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "copy", copy);
}

fn copy(ctx: &NativeCallContext, from: &str, to: &str, map: Map) -> Answer {
    let thrown = |failure: Failure| -> Box<EvalAltResult> { throw(&failure, ctx.call_position()) };
    let args = vec![from.into(), to.into(), to_value(&map.clone().into()).map_err(thrown)?];
    let mode = Options::new(&WORD, map).and_then(|options| mode(&WORD, &options)).map_err(thrown)?;
    let from = place(ctx, &WORD, from, Leave::Read)?;
    let to = place(ctx, &WORD, to, Leave::Write)?;
    let brief = format!("file::copy {} {}", from.display(), to.display());
    let change = Change { word: &WORD, brief, args, repeat: None };
    change_prepared(ctx, change, async { found(&to) }, |_| async {
        file::copy(&from, &to, mode).await.map(|done| written(&to, done))
    })
}
