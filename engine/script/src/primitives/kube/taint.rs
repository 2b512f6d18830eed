//! `kube::taint`: taints a node.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, put_back};
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::taint",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: Some("kube::untaint"),
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &["node: text", "key: text", "value: text", "effect: text"], gives: "map" }],
    options: &[],
    doc: r#"
        Taints a node: pods that do not tolerate it stay away (`NoSchedule`, `PreferNoSchedule`) or go (`NoExecute`).

        ```rhai
        let node = kube::list("nodes")[0].metadata.name;
        step("taint", || kube::taint(node, "runbook.example/moving", "yes", "PreferNoSchedule"));
        step("untaint", || kube::untaint(node, "runbook.example/moving"));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("taint").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, node: &str, key: &str, value: &str, effect: &str| {
            taint(&ctx, node, key, value, effect)
        },
    );
}

fn taint(ctx: &NativeCallContext, node: &str, key: &str, value: &str, effect: &str) -> Answer {
    let called = Called::new(ctx, &WORD, &[node.into(), key.into(), value.into(), effect.into()], Map::new())?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, "nodes", node, "patch")?;
    let brief = format!("{node} {key}={value}:{effect}");
    called.change(&cluster, &object, brief, || cluster.taint(&object.name, key, value, effect))
}
