//! `probe::stop`: the test pods, removed.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe;
use runbook_model::{Repeat, Value};

use super::namespace;
use crate::bench::{Answer, Change, allow, change};
use crate::primitives::kube::{Called, PATIENCE};
use crate::register::bare;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::stop",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "map" }, Form { params: &["options: map"], gives: "map" }],
    options: &[PATIENCE],
    doc: r#"
        Removes the run's test pods and all that belongs to them, and gives `#{removed}`: whether there was anything.

        It does not wait until the last of them is gone. What a run leaves is removed at its end as well.

        ```rhai
        let done = step("no more test pods", || probe::stop());
        if done.removed { say("there were some"); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "stop", stop);
}

fn stop(ctx: &NativeCallContext, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[], options)?;
    allow(ctx, "kube", "probe", "stop")?;
    let cluster = called.cluster()?;
    let namespace = namespace(ctx)?;
    let Called { args, .. } = called;
    let call = Change { word: &WORD, brief: format!("probe::stop {namespace}"), args, repeat: None };
    change(ctx, call, |_| async {
        Ok(Value::from([("removed", Value::Bool(probe::remove(&cluster, &namespace).await?))]))
    })
}
