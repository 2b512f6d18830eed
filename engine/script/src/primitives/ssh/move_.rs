//! `ssh::move`: gives what stands at a path of a machine another name.

use std::sync::Arc;

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_drivers::ssh::Remote;
use runbook_model::call::Verdict;
use runbook_model::{Failure, Repeat, Value};
use runbook_run::step::PastCall;

use super::{Called, doubt, marked};
use crate::bench::{Answer, Bench, Change, Ready, change_prepared};
use crate::word::{Doing, Form, Sight, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::move",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: Some("ssh::move"),
    put_back: Some(put_back),
    look: Some(look),
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "from: text", "to: text"], gives: "nothing" }],
    options: &[],
    doc: r#"
        Moves a file, a link or a folder of a machine to another path, where nothing may be.

        In doubt, both paths are looked at: what is no longer at the first and is at the second was moved. An undo moves
        it back. It needs leave for both, `ssh = ["write PATH"]`.

        ```rhai
        step("write it", || ssh::write("m0", "/tmp/runbook-example.a", "x"));
        step("move it", || ssh::move("m0", "/tmp/runbook-example.a", "/tmp/runbook-example.b"));
        step("clean up", || ssh::remove("m0", "/tmp/runbook-example.b"));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("move").with_volatility(true).set_into_module(module, move_);
}

fn move_(ctx: NativeCallContext, machine: Dynamic, from: &str, to: &str) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[from.into(), to.into()], Map::new())?;
    let (from, to) = (called.path(from, "write")?, called.path(to, "write")?);
    let brief = called.brief(&format!("{from} to {to}"));
    let paths = Value::from([("from", Value::from(from.as_str())), ("to", Value::from(to.as_str()))]);
    let paths = marked(paths, called.found.mark());
    let Called { remote, args, .. } = called;
    let ready = Ready { before: Some(paths.clone()), proof: Some(paths) };
    change_prepared(&ctx, Change { word: &WORD, brief, args, repeat: None }, async { Ok(ready) }, |_| async move {
        remote.rename(&from, &to).await.map(|()| Value::Unit)
    })
}

/// Whether something is at the first path, and at the second.
async fn both(bench: &Bench, paths: &Value) -> Result<(Remote, String, String, bool, bool), Failure> {
    let remote = bench.hands.remote_of(paths.get("machine"))?;
    let text = |key: &str| paths.get(key).and_then(Value::as_text).unwrap_or_default().to_owned();
    let (from, to) = (text("from"), text("to"));
    let there = |found: Value| found.get("existed") == Some(&Value::Bool(true));
    let at_from = there(remote.before_remove(&from).await?);
    let at_to = there(remote.before_remove(&to).await?);
    Ok((remote, from, to, at_from, at_to))
}

fn look(bench: Arc<Bench>, call: PastCall) -> Doing<Sight> {
    doubt::seen(async move {
        let (_, from, to, at_from, at_to) = both(&bench, &call.proof.unwrap_or_default()).await?;
        Ok(match (at_from, at_to) {
            (false, true) => Sight {
                verdict: Verdict::Done { value: Value::Unit },
                evidence: format!("nothing is at `{from}`, and something is at `{to}`"),
            },
            (true, false) => Sight { verdict: Verdict::NotDone, evidence: format!("it is still at `{from}`") },
            (true, true) => {
                Sight { verdict: Verdict::Unknown, evidence: format!("`{from}` and `{to}` are both there") }
            }
            (false, false) => {
                Sight { verdict: Verdict::Unknown, evidence: format!("neither `{from}` nor `{to}` is there") }
            }
        })
    })
}

fn put_back(bench: Arc<Bench>, before: Value, _written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move {
        let (remote, from, to, at_from, at_to) = both(&bench, &before).await?;
        // It never went, or is back already.
        if at_from && !at_to { Ok(()) } else { remote.rename(&to, &from).await }
    })
}
