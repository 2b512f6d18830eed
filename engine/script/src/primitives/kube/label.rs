//! `kube::label`: labels an object.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, NAMESPACE, PATIENCE, put_back, texts};
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::label",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text", "labels: map of texts"], gives: "map" },
        Form { params: &["kind: text", "name: text", "labels: map of texts", "options: map"], gives: "map" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        Sets labels of an object; `()` takes one away. What was there before is recorded for an undo.

        ```rhai
        step("mark", || kube::label("namespaces", "default", #{ "runbook.example/seen": "yes" }));
        step("unmark", || kube::label("namespaces", "default", #{ "runbook.example/seen": () }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("label")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, kind: &str, name: &str, labels: Map| {
            label(&ctx, kind, name, &labels, Map::new())
        });
    FuncRegistration::new("label").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, kind: &str, name: &str, labels: Map, options: Map| {
            label(&ctx, kind, name, &labels, options)
        },
    );
}

fn label(ctx: &NativeCallContext, kind: &str, name: &str, labels: &Map, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into(), labels.clone().into()], options)?;
    let wanted = texts(&WORD, labels).map_err(|failure| called.thrown(&failure))?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "patch")?;
    let brief = format!("{object} {}", labels.keys().map(|key| key.as_str()).collect::<Vec<_>>().join(", "));
    called.change(&cluster, &object, brief, || cluster.label(&object, &wanted))
}
