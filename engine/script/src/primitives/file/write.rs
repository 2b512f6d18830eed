//! `file::write`: makes a text or bytes the content of a file.

use rhai::{Dynamic, EvalAltResult, Map, Module, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Failure, Repeat};

use super::{Leave, MODE, content, found, mode, place, put_back, written};
use crate::bench::{Answer, Change, change_prepared};
use crate::options::Options;
use crate::register::of_text_and_value;
use crate::thrown::throw;
use crate::value::to_value;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::write",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("file"),
    forms: &[
        Form { params: &["path: text", "content: text or bytes"], gives: "map" },
        Form { params: &["path: text", "content: text or bytes", "options: map"], gives: "map" },
    ],
    options: &[MODE],
    doc: r#"
        Makes a text or bytes the content of a file, and gives `#{path, size, sha256}`.

        Whoever reads the file meets the old content or the new, never a part, and the new is on the disk when this
        comes back. Its owner stays, and its mode unless one is given. A link at the path is followed and stays.
        The folder must be there: make it with `file::mkdir`. What was there before is recorded for an undo.
        A relative path lies in the folder of the run's own files; an absolute one needs leave, `file = ["write PATH"]`.

        ```rhai
        let kept = step("keep the plan", || file::write("plan.txt", "first n1, then n2\n", #{ mode: "0640" }));
        if kept.size != 18 { throw `wrote ${kept.size} bytes`; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text_and_value(module, "write", write);
}

fn write(ctx: &NativeCallContext, path: &str, given: &Dynamic, map: Map) -> Answer {
    let thrown = |failure: Failure| -> Box<EvalAltResult> { throw(&failure, ctx.call_position()) };
    let args = vec![path.into(), to_value(given).map_err(thrown)?, to_value(&map.clone().into()).map_err(thrown)?];
    let bytes = content(&WORD, given).map_err(thrown)?;
    let mode = Options::new(&WORD, map).and_then(|options| mode(&WORD, &options)).map_err(thrown)?;
    let path = place(ctx, &WORD, path, Leave::Write)?;
    let brief = format!("file::write {}", path.display());
    let change = Change { word: &WORD, brief, args, repeat: None };
    change_prepared(ctx, change, async { found(&path) }, |_| async {
        file::write(&path, &bytes, mode).map(|done| written(&path, done))
    })
}
