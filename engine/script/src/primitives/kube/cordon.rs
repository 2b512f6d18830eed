//! `kube::cordon`: keeps new pods off a node.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, put_back};
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::cordon",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: Some("kube::uncordon"),
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &["node: text"], gives: "map" }],
    options: &[],
    doc: r#"
        Marks a node so that no new pods come to it. Pods that are there stay.

        An undo takes the mark away only where this call set it: what was found cordoned stays cordoned.

        ```rhai
        let node = kube::list("nodes")[0].metadata.name;
        step("cordon", || kube::cordon(node));
        step("uncordon", || kube::uncordon(node));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("cordon")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, node: &str| cordon(&ctx, node));
}

fn cordon(ctx: &NativeCallContext, node: &str) -> Answer {
    let called = Called::new(ctx, &WORD, &[node.into()], Map::new())?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, "nodes", node, "patch")?;
    called.change(&cluster, &object, node.to_owned(), || cluster.cordon(&object.name))
}
