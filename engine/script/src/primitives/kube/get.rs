//! `kube::get`: an object.

use rhai::{Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, NAMESPACE, PATIENCE, guarded};
use crate::bench::{Answer, read};
use crate::register::of_texts;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::get",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text"], gives: "map" },
        Form { params: &["kind: text", "name: text", "options: map"], gives: "map" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        Gives an object as a map; fails with `kube.not_found` where it is not there.

        The kind is any name the cluster knows: `pods`, `po`, `Deployment`, `ciliumnodes.cilium.io`. A name in a
        namespace is written `namespace/name`. To ask whether something is there, use `kube::exists`.

        ```rhai
        let system = kube::get("namespaces", "kube-system");
        say(`the cluster is ${system.metadata.uid}`);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "get", get);
}

fn get(ctx: &NativeCallContext, kind: &str, name: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into()], options)?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "read")?;
    let guarded = guarded(ctx)?;
    read(ctx, &WORD, &format!("kube::get {object}"), async { cluster.get(&object).await.map(guarded) })
}
