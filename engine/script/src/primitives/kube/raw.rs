//! `kube::raw`: what the API answers at a path.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, guarded};
use crate::bench::{Answer, allow, read};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::raw",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &["path: text"], gives: "any value" }],
    options: &[],
    doc: r#"
        What the API server answers at a path that is only read, `/readyz` or `/apis/metrics.k8s.io/v1beta1/nodes`.

        ```rhai
        say(`the API has ${kube::raw("/version").gitVersion}`);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("raw")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, path: &str| raw(&ctx, path));
}

fn raw(ctx: &NativeCallContext, path: &str) -> Answer {
    let called = Called::new(ctx, &WORD, &[path.into()], Map::new())?;
    allow(ctx, "kube", "read", path)?;
    let cluster = called.cluster()?;
    let guarded = guarded(ctx)?;
    read(ctx, &WORD, &format!("kube::raw {path}"), async { cluster.raw(path).await.map(guarded) })
}
