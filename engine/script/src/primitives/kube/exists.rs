//! `kube::exists`: whether an object is there.

use rhai::{Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::{Called, NAMESPACE, PATIENCE};
use crate::bench::{Answer, read};
use crate::register::of_texts;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::exists",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text"], gives: "boolean" },
        Form { params: &["kind: text", "name: text", "options: map"], gives: "boolean" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        Whether an object is there. An answer that cannot be had is a failure, never `false`.

        ```rhai
        if !kube::exists("configmaps", "kube-system/no-such-thing") { say("nothing to clean up"); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "exists", exists);
}

fn exists(ctx: &NativeCallContext, kind: &str, name: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into()], options)?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "read")?;
    let brief = format!("kube::exists {object}");
    read(ctx, &WORD, &brief, async { cluster.exists(&object).await.map(Value::Bool) })
}
