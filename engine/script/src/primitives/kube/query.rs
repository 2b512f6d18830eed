//! `kube::query`: a command in a pod that only looks.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::exec::{CONTAINER, OK, brief, run, wanted};
use super::{Called, NAMESPACE, PATIENCE};
use crate::bench::{Answer, read};
use crate::register::of_text_and_value;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::query",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["pod: text", "command: text or list of texts"], gives: "map" },
        Form { params: &["pod: text", "command: text or list of texts", "options: map"], gives: "map" },
    ],
    options: &[CONTAINER, NAMESPACE, OK, PATIENCE],
    doc: r#"
        Runs a command in a pod that only looks, and gives `#{status, stdout, stderr}`.

        It may stand anywhere, also in a `check` or a `wait`, and is run again on every resume. That it changes nothing is
        for the author to see to: what changes something is for `kube::exec`. A text is run by the pod's `sh -c`, a list
        is a program and its arguments. It needs leave, `kube = ["exec pods NAMESPACE/*"]`.

        ```rhai
        let tried = attempt(|| kube::query("default/no-such-pod", ["id"]));
        if tried.ok { throw "there was one"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text_and_value(module, "query", query);
}

fn query(ctx: &NativeCallContext, pod: &str, command: &Dynamic, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[pod.into(), command.clone()], options)?;
    let (exec, ok) = wanted(&called, command).map_err(|failure| called.thrown(&failure))?;
    let cluster = called.cluster()?;
    let pod = called.object(&cluster, "v1/Pod", pod, "exec")?;
    let brief = brief(&WORD, &pod, &exec);
    read(ctx, &WORD, &brief, run(&cluster, &pod, &exec, &ok))
}
