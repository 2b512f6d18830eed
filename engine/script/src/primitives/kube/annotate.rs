//! `kube::annotate`: annotates an object.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, NAMESPACE, PATIENCE, put_back, texts};
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::annotate",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text", "annotations: map of texts"], gives: "map" },
        Form { params: &["kind: text", "name: text", "annotations: map of texts", "options: map"], gives: "map" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        Sets annotations of an object; `()` takes one away. What was there before is recorded for an undo.

        ```rhai
        step("note", || kube::annotate("namespaces", "default", #{ "runbook.example/by": "the night shift" }));
        step("forget", || kube::annotate("namespaces", "default", #{ "runbook.example/by": () }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("annotate").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, kind: &str, name: &str, annotations: Map| {
            annotate(&ctx, kind, name, &annotations, Map::new())
        },
    );
    FuncRegistration::new("annotate").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, kind: &str, name: &str, annotations: Map, options: Map| {
            annotate(&ctx, kind, name, &annotations, options)
        },
    );
}

fn annotate(ctx: &NativeCallContext, kind: &str, name: &str, annotations: &Map, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into(), annotations.clone().into()], options)?;
    let wanted = texts(&WORD, annotations).map_err(|failure| called.thrown(&failure))?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "patch")?;
    let brief = format!("{object} {}", annotations.keys().map(|key| key.as_str()).collect::<Vec<_>>().join(", "));
    called.change(&cluster, &object, brief, || cluster.annotate(&object, &wanted))
}
