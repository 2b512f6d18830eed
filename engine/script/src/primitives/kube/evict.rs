//! `kube::evict`: asks one pod to leave.

use std::sync::Arc;

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::kube::{Evicted, Ref};
use runbook_model::call::Verdict;
use runbook_model::{Failure, Repeat, Value};
use runbook_run::step::PastCall;

use super::drain::GRACE;
use super::{Called, NAMESPACE, PATIENCE};
use crate::bench::{Answer, Bench, Change, Ready, change_prepared};
use crate::register::of_text;
use crate::word::{Doing, Form, NOTHING, Sight, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::evict",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: Some(NOTHING),
    put_back: None,
    look: Some(look),
    needs: Some("kube"),
    forms: &[
        Form { params: &["pod: text"], gives: "map" },
        Form { params: &["pod: text", "options: map"], gives: "map" },
    ],
    options: &[GRACE, NAMESPACE, PATIENCE],
    doc: r#"
        Asks one pod to leave, and gives `#{already}`: whether it was gone. It does not wait until it has left.

        Disruption budgets are kept: where one holds the pod, it fails with `kube.blocked`, which names it, and nothing
        was done. In doubt, the very pod is looked for: gone or ending is done, there is not done.

        ```rhai
        let tried = attempt(|| step("move it", || kube::evict("default/no-such-pod")));
        if !tried.ok { say(tried.error.what); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "evict", evict);
}

fn evict(ctx: &NativeCallContext, pod: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[pod.into()], options)?;
    let grace = called.options.count("grace").map_err(|failure| called.thrown(&failure))?.map(i64::from);
    let cluster = called.cluster()?;
    let object = called.object(&cluster, "v1/Pod", pod, "evict")?;
    let (namespace, name) = (object.namespace.clone().unwrap_or_default(), object.name.clone());
    let Called { args, .. } = called;
    let call = Change { word: &WORD, brief: format!("kube::evict {namespace}/{name}"), args, repeat: None };
    let prepare = async {
        let uid = cluster.find(&object).await?.and_then(|pod| uid_of(&pod));
        let proof = [("namespace", namespace.as_str().into()), ("name", name.as_str().into()), ("uid", text(uid))];
        Ok(Ready { before: None, proof: Some(Value::from(proof)) })
    };
    change_prepared(ctx, call, prepare, |sent| {
        let uid = sent.proof.as_ref().and_then(|proof| proof.get("uid")).and_then(Value::as_text).map(str::to_owned);
        let (cluster, namespace, name) = (cluster.clone(), namespace.clone(), name.clone());
        async move {
            let Some(uid) = uid else { return Ok(already(true)) };
            let evicted = cluster.evict(&namespace, &name, Some(&uid), grace).await?;
            Ok(already(evicted == Evicted::Already))
        }
    })
}

fn already(gone: bool) -> Value {
    Value::from([("already", Value::Bool(gone))])
}

fn text(text: Option<String>) -> Value {
    text.map_or(Value::Unit, Value::Text)
}

fn uid_of(object: &Value) -> Option<String> {
    object.get("metadata")?.get("uid")?.as_text().map(str::to_owned)
}

/// Whether the very pod that was asked is gone or ends.
fn look(bench: Arc<Bench>, call: PastCall) -> Doing<Sight> {
    Box::pin(async move {
        seen(&bench, &call).await.unwrap_or_else(|failure| Sight { verdict: Verdict::Unknown, evidence: failure.what })
    })
}

async fn seen(bench: &Bench, call: &PastCall) -> Result<Sight, Failure> {
    let proof = call.proof.clone().unwrap_or_default();
    let text = |key: &str| proof.get(key).and_then(Value::as_text).unwrap_or_default();
    let pod = Ref::new("v1/Pod", text("namespace"), text("name"));
    let found = bench.hands.cluster().await?.find(&pod).await?;
    let done =
        |evidence: &str| Sight { verdict: Verdict::Done { value: already(false) }, evidence: evidence.to_owned() };
    Ok(match found.filter(|now| uid_of(now).as_deref() == Some(text("uid"))) {
        None => done("the pod is gone"),
        Some(now) if now.get("metadata").is_some_and(|meta| meta.get("deletionTimestamp").is_some()) => {
            done("the pod is ending")
        }
        Some(_) => {
            Sight { verdict: Verdict::NotDone, evidence: "the pod is there, and nobody asked it to end".to_owned() }
        }
    })
}
