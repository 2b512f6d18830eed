//! `file::mkdir`: makes a folder and those above it.

use rhai::{EvalAltResult, Map, Module, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Failure, Repeat, Value};

use super::{Leave, MODE, found_itself, mode, place, put_back};
use crate::bench::{Answer, Change, change_prepared};
use crate::options::Options;
use crate::register::of_text;
use crate::thrown::throw;
use crate::value::to_value;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::mkdir",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: Some("file::remove"),
    put_back: Some(put_back),
    look: None,
    needs: Some("file"),
    forms: &[
        Form { params: &["path: text"], gives: "text" },
        Form { params: &["path: text", "options: map"], gives: "text" },
    ],
    options: &[MODE],
    doc: r#"
        Makes a folder and those above it, and gives its full path. One that is there already is fine.

        With `mode` the folder has that mode afterwards, even where it was there already.
        A relative path lies in the folder of the run's own files; an absolute one needs leave, `file = ["write PATH"]`.

        ```rhai
        step("make room", || file::mkdir("reports/n1"));
        step("report", || file::write("reports/n1/facts.txt", "2 cores\n"));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "mkdir", mkdir);
}

fn mkdir(ctx: &NativeCallContext, path: &str, map: Map) -> Answer {
    let thrown = |failure: Failure| -> Box<EvalAltResult> { throw(&failure, ctx.call_position()) };
    let args = vec![path.into(), to_value(&map.clone().into()).map_err(thrown)?];
    let mode = Options::new(&WORD, map).and_then(|options| mode(&WORD, &options)).map_err(thrown)?;
    let path = place(ctx, &WORD, path, Leave::Write)?;
    let brief = format!("file::mkdir {}", path.display());
    let change = Change { word: &WORD, brief, args, repeat: None };
    change_prepared(ctx, change, async { found_itself(&path) }, |_| async {
        file::mkdir(&path, mode).map(|()| Value::Text(path.display().to_string()))
    })
}
