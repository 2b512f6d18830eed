//! `kube::rollout_restart`: has all pods of something made anew.

use std::sync::Arc;

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::kube::Ref;
use runbook_model::call::Verdict;
use runbook_model::{Failure, Repeat, Value};
use runbook_run::step::PastCall;

use super::{Called, NAMESPACE, PATIENCE, changed};
use crate::bench::{Answer, Bench, Change, Ready, change_prepared};
use crate::frame::Frame;
use crate::register::of_texts;
use crate::word::{Doing, Form, NOTHING, Sight, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::rollout_restart",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: Some(NOTHING),
    put_back: None,
    look: Some(look),
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text"], gives: "map" },
        Form { params: &["kind: text", "name: text", "options: map"], gives: "map" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        Has all pods of a Deployment, DaemonSet or StatefulSet made anew, one after another as its strategy says.

        It does not wait for them: that is `kube::rollout_status`. In doubt, the mark it leaves in the pod template
        tells whether it took place. An undo leaves the pods as they are: there is nothing to put back.

        ```rhai
        let tried = attempt(|| step("restart", || kube::rollout_restart("daemonsets", "default/no-such-thing")));
        if tried.ok { throw "there was one"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "rollout_restart", rollout_restart);
}

fn rollout_restart(ctx: &NativeCallContext, kind: &str, name: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into()], options)?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "patch")?;
    let frame = Frame::of(ctx)?;
    let (run, key, at) = (&frame.bench().run, frame.key(), frame.bench().run.clock().now());
    let stamp = format!("{at} {} {key}", run.name);
    let Called { args, .. } = called;
    let change = Change { word: &WORD, brief: format!("kube::rollout_restart {object}"), args, repeat: None };
    let ready = Ready { before: None, proof: Some(proof(&object, &stamp)) };
    change_prepared(ctx, change, async { Ok(ready) }, |sent| async move {
        let stamp = sent.proof.as_ref().and_then(|proof| proof.get("stamp")).and_then(Value::as_text);
        cluster.rollout_restart(&object, stamp.unwrap_or_default()).await.map(|applied| changed(&applied))
    })
}

fn proof(object: &Ref, stamp: &str) -> Value {
    Value::from([
        ("kind", Value::from(object.kind.as_str())),
        ("namespace", object.namespace.as_deref().map_or(Value::Unit, Value::from)),
        ("name", Value::from(object.name.as_str())),
        ("stamp", Value::from(stamp)),
    ])
}

/// Whether the mark of this very restart is in the pod template.
fn look(bench: Arc<Bench>, call: PastCall) -> Doing<Sight> {
    Box::pin(async move {
        match seen(&bench, &call).await {
            Ok(sight) => sight,
            Err(failure) => Sight { verdict: Verdict::Unknown, evidence: failure.what },
        }
    })
}

async fn seen(bench: &Bench, call: &PastCall) -> Result<Sight, Failure> {
    let proof = call.proof.clone().unwrap_or_default();
    let text = |key: &str| proof.get(key).and_then(Value::as_text).map(str::to_owned);
    let object = Ref {
        kind: text("kind").unwrap_or_default(),
        namespace: text("namespace"),
        name: text("name").unwrap_or_default(),
    };
    let found = bench.hands.cluster().await?.restarted_at(&object).await?;
    let sight = |verdict, evidence: &str| Ok(Sight { verdict, evidence: evidence.to_owned() });
    match found {
        Some(mark) if Some(&mark) == text("stamp").as_ref() => {
            let value = Value::from([("name", Value::from(object.name.as_str()))]);
            sight(Verdict::Done { value }, "its mark is in the pod template")
        }
        Some(_) => sight(Verdict::NotDone, "the mark in the pod template is another one"),
        None => sight(Verdict::NotDone, "there is no mark in the pod template"),
    }
}
