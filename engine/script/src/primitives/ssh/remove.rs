//! `ssh::remove`: takes away what stands at a path of a machine.

use std::sync::Arc;

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, Value, code};

use super::Called;
use crate::bench::{Answer, Bench};
use crate::word::{Doing, Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::remove",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "path: text"], gives: "nothing" }],
    options: &[],
    doc: r#"
        Removes a file, a link or an empty folder of a machine; that nothing is there is fine.

        What was there, up to 1 MiB, is recorded for an undo with its owner and mode. It needs leave,
        `ssh = ["write PATH"]`.

        ```rhai
        step("make one", || ssh::write("m0", "/tmp/runbook-example.old", "x"));
        step("clean up", || ssh::remove("m0", "/tmp/runbook-example.old"));
        if ssh::exists("m0", "/tmp/runbook-example.old") { throw "it stayed"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("remove").with_volatility(true).set_into_module(module, remove);
}

fn remove(ctx: NativeCallContext, machine: Dynamic, path: &str) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[path.into()], Map::new())?;
    let path = called.path(path, "write")?;
    let (found, what) = (path.clone(), path.clone());
    called.change(
        &what,
        |remote| async move { remote.before_remove(&found).await },
        |remote| async move { remote.remove(&path).await.map(|()| Value::Unit) },
    )
}

/// Puts back what was taken away, where nothing else has come in its place.
fn put_back(bench: Arc<Bench>, before: Value, _written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move {
        if before.get("existed") != Some(&Value::Bool(true)) {
            return Ok(());
        }
        let remote = bench.hands.remote_of(before.get("machine"))?;
        let path = before.get("path").and_then(Value::as_text).unwrap_or_default();
        let now = remote.before_remove(path).await?;
        if now.get("existed") == Some(&Value::Bool(true)) {
            let same = ["kind", "content", "to"].iter().all(|key| now.get(key) == before.get(key));
            if same {
                return Ok(());
            }
            let what = format!("something else is at `{path}` of `{}` now", remote.machine().name);
            return Err(
                Failure::new(code::SSH_TRAMPLED, what).hint("look at what it is, then put the old one back by hand")
            );
        }
        remote.put_back(&before, None).await
    })
}
