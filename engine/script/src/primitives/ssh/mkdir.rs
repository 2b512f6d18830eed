//! `ssh::mkdir`: makes a folder of a machine.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::{Called, put_back};
use crate::bench::Answer;
use crate::primitives::file::{MODE, mode};
use crate::register::of_value_and_text;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::mkdir",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map", "path: text"], gives: "nothing" },
        Form { params: &["machine: text or map", "path: text", "options: map"], gives: "nothing" },
    ],
    options: &[MODE],
    doc: r#"
        Makes a folder of a machine, and those above it; that it is there already is fine.

        An undo takes the folder away again where it was not there before and is empty; those above it stay. It needs
        leave, `ssh = ["write PATH"]`.

        ```rhai
        step("make room", || ssh::mkdir("m0", "/tmp/runbook-example", #{ mode: "0700" }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value_and_text(module, "mkdir", mkdir);
}

fn mkdir(ctx: &NativeCallContext, machine: &Dynamic, path: &str, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, &[path.into()], map)?;
    let mode = mode(&WORD, &called.options).map_err(|failure| called.thrown(&failure))?;
    let path = called.path(path, "write")?;
    let (found, what) = (path.clone(), path.clone());
    called.change(
        &what,
        |remote| async move { remote.before_remove(&found).await },
        |remote| async move { remote.mkdir(&path, mode).await.map(|()| Value::Unit) },
    )
}
