//! `ssh::read`: the text of a file of a machine.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::Called;
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::read",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "path: text"], gives: "text" }],
    options: &[],
    doc: r#"
        All of a file of a machine, which has to be text.

        Links are followed. More than 16 MiB is refused: bring it here with `ssh::download`. It needs leave,
        `ssh = ["read PATH"]`.

        ```rhai
        say(ssh::read("m0", "/etc/hostname").trim());
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("read").with_volatility(true).set_into_module(module, read);
}

fn read(ctx: NativeCallContext, machine: Dynamic, path: &str) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[path.into()], rhai::Map::new())?;
    let path = called.path(path, "read")?;
    called.read(&path.clone(), |remote| async move { remote.read(&path).await.map(Value::Text) })
}
