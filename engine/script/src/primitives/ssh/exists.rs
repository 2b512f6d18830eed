//! `ssh::exists`: whether something is at a path of a machine.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::Called;
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::exists",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "path: text"], gives: "boolean" }],
    options: &[],
    doc: r#"
        Whether something is at a path of a machine. A link that leads nowhere is not something.

        ```rhai
        if !ssh::exists("m0", "/etc/passwd") { throw "an odd machine"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("exists").with_volatility(true).set_into_module(module, exists);
}

fn exists(ctx: NativeCallContext, machine: Dynamic, path: &str) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[path.into()], rhai::Map::new())?;
    let path = called.path(path, "read")?;
    called.read(&path.clone(), |remote| async move { remote.exists(&path).await.map(Value::Bool) })
}
