//! `ssh::read_bytes`: the bytes of a file of a machine.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::Called;
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::read_bytes",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "path: text"], gives: "bytes" }],
    options: &[],
    doc: r#"
        All of a file of a machine, as bytes; otherwise as `ssh::read`.

        ```rhai
        if ssh::read_bytes("m0", "/etc/hostname").len() == 0 { throw "no name"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("read_bytes").with_volatility(true).set_into_module(module, read_bytes);
}

fn read_bytes(ctx: NativeCallContext, machine: Dynamic, path: &str) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[path.into()], rhai::Map::new())?;
    let path = called.path(path, "read")?;
    called.read(&path.clone(), |remote| async move { remote.read_bytes(&path).await.map(Value::Blob) })
}
