//! `kube::rollout_status`: waits until a rollout is complete.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::kube::Wait;
use runbook_model::Repeat;

use super::wait::TIMEOUT;
use super::{Called, NAMESPACE, PATIENCE, told};
use crate::bench::{Answer, read};
use crate::frame::Frame;
use crate::register::of_texts;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::rollout_status",
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
    options: &[NAMESPACE, PATIENCE, TIMEOUT],
    doc: r#"
        Waits until a Deployment, DaemonSet or StatefulSet is rolled out: all pods are of its present template, and
        ready. It watches, and does not ask again and again. Gives the object; after `timeout`, `kube.timeout` says what
        was still lacking. That a rollout is complete says nothing of the network: probe that.

        ```rhai
        let tried = attempt(|| kube::rollout_status("deployments", "default/no-such-thing", #{ timeout: "1s" }));
        if tried.ok { throw "there was one"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "rollout_status", rollout_status);
}

fn rollout_status(ctx: &NativeCallContext, kind: &str, name: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into(), name.into()], options)?;
    let within = super::wait::limit(&called)?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "read")?;
    let wait = Wait::until_rolled_out().within(within).telling(told(&Frame::of(ctx)?));
    let brief = format!("kube::rollout_status {object}");
    read(ctx, &WORD, &brief, async { cluster.wait(&object, &wait).await.map(Option::unwrap_or_default) })
}
