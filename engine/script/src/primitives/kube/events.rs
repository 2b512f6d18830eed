//! `kube::events`: what the cluster tells of an object.

use rhai::{Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::{Called, NAMESPACE, PATIENCE};
use crate::bench::{Answer, read};
use crate::register::of_texts;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::events",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text"], gives: "list" },
        Form { params: &["kind: text", "name: text", "options: map"], gives: "list" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        The events about an object, the latest last: scheduling, images, probes, kills.

        ```rhai
        for event in kube::events("namespaces", "default") { say(`${event.reason}: ${event.message}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "events", events);
}

fn events(ctx: &NativeCallContext, kind: &str, name: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into()], options)?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "read")?;
    let brief = format!("kube::events {object}");
    read(ctx, &WORD, &brief, async { cluster.events(&object).await.map(Value::List) })
}
