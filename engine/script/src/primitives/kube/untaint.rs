//! `kube::untaint`: takes a taint off a node.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, put_back};
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::untaint",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: Some("kube::taint"),
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["node: text", "key: text"], gives: "map" },
        Form { params: &["node: text", "key: text", "effect: text"], gives: "map" },
    ],
    options: &[],
    doc: r#"
        Takes the taints of a key off a node; with an effect, only that one. One that is not there counts as taken off.

        ```rhai
        let node = kube::list("nodes")[0].metadata.name;
        step("untaint", || kube::untaint(node, "runbook.example/no-such-taint"));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("untaint")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, node: &str, key: &str| untaint(&ctx, node, key, None));
    FuncRegistration::new("untaint")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, node: &str, key: &str, effect: &str| {
            untaint(&ctx, node, key, Some(effect))
        });
}

fn untaint(ctx: &NativeCallContext, node: &str, key: &str, effect: Option<&str>) -> Answer {
    let given = [node.into(), key.into(), effect.unwrap_or_default().into()];
    let called = Called::new(ctx, &WORD, &given, Map::new())?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, "nodes", node, "patch")?;
    called.change(&cluster, &object, format!("{node} {key}"), || cluster.untaint(&object.name, key, effect))
}
