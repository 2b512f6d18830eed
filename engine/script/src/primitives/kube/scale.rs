//! `kube::scale`: says how many pods there should be.

use rhai::{FuncRegistration, INT, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, NAMESPACE, PATIENCE, put_back};
use crate::bench::Answer;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::scale",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text", "replicas: whole number"], gives: "map" },
        Form { params: &["kind: text", "name: text", "replicas: whole number", "options: map"], gives: "map" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        Says how many pods something should have. It does not wait for them: that is `kube::rollout_status`.

        ```rhai
        let tried = attempt(|| step("stop it", || kube::scale("deployments", "default/no-such-thing", 0)));
        if tried.ok { throw "there was one"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("scale")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, kind: &str, name: &str, replicas: INT| {
            scale(&ctx, kind, name, replicas, Map::new())
        });
    FuncRegistration::new("scale").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, kind: &str, name: &str, replicas: INT, options: Map| {
            scale(&ctx, kind, name, replicas, options)
        },
    );
}

fn scale(ctx: &NativeCallContext, kind: &str, name: &str, replicas: INT, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into(), replicas.into()], options)?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "patch")?;
    called.change(&cluster, &object, format!("{object} to {replicas}"), || cluster.scale(&object, replicas))
}
