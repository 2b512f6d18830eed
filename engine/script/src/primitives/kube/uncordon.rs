//! `kube::uncordon`: lets pods come to a node again.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, put_back};
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::uncordon",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: Some("kube::cordon"),
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &["node: text"], gives: "map" }],
    options: &[],
    doc: r#"
        Takes the mark away that keeps new pods off a node. An undo sets it again only where this call took it away.

        ```rhai
        let node = kube::list("nodes")[0].metadata.name;
        step("uncordon", || kube::uncordon(node));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("uncordon")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, node: &str| uncordon(&ctx, node));
}

fn uncordon(ctx: &NativeCallContext, node: &str) -> Answer {
    let called = Called::new(ctx, &WORD, &[node.into()], Map::new())?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, "nodes", node, "patch")?;
    called.change(&cluster, &object, node.to_owned(), || cluster.uncordon(&object.name))
}
