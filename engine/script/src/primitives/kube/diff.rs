//! `kube::diff`: what applying objects would change.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::kube::{Applied, Apply, Change};
use runbook_model::{Repeat, Value};

use super::apply::{WITHIN, leave, manifests};
use super::{Called, PATIENCE};
use crate::bench::{Answer, read};
use crate::register::of_value;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::diff",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["manifests: text, map or list of maps"], gives: "list" },
        Form { params: &["manifests: text, map or list of maps", "options: map"], gives: "list" },
    ],
    options: &[WITHIN, PATIENCE],
    doc: r#"
        What `kube::apply` would change, asked of the server itself, which changes nothing:
        for each object `#{kind, name, namespace, changed, changes}`, with `#{path, old, new}` for each change.

        ```rhai
        let would = kube::diff(`
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: runbook-example-diff, namespace: default }
        data: { a: "1" }
        `);
        say(`${would[0].name} would be ${would[0].changed}`);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value(module, "diff", diff);
}

fn diff(ctx: &NativeCallContext, given: &Dynamic, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, std::slice::from_ref(given), options)?;
    let how = Apply { namespace: called.namespace()?, ..Apply::default() };
    let cluster = called.cluster()?;
    let manifests = manifests(&called, given)?;
    let names = leave(&called, &cluster, &manifests, &how, "read")?;
    read(ctx, &WORD, &format!("kube::diff {names}"), async {
        Ok(Value::List(cluster.diff(&manifests, &how).await?.iter().map(told).collect()))
    })
}

fn told(applied: &Applied) -> Value {
    let mut told = applied.to_value();
    if let Value::Map(map) = &mut told {
        map.retain(|key, _| ["kind", "name", "namespace", "changed"].contains(&key.as_str()));
        map.insert("changes".to_owned(), Value::List(applied.changes.iter().map(Change::to_value).collect()));
    }
    told
}
