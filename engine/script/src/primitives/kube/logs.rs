//! `kube::logs`: what a container printed.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::kube::Logs;
use runbook_model::{Failure, Repeat, Value};

use super::{Called, NAMESPACE, PATIENCE};
use crate::bench::{Answer, read};
use crate::register::of_text;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::logs",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["pod: text"], gives: "text" },
        Form { params: &["pod: text", "options: map"], gives: "text" },
    ],
    options: &[CONTAINER, NAMESPACE, PREVIOUS, SINCE, TAIL, PATIENCE],
    doc: r#"
        What a container of a pod printed, as text.

        ```rhai
        let tried = attempt(|| kube::logs("default/no-such-pod", #{ tail: 20 }));
        if !tried.ok { say(tried.error.what); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "logs", logs);
}

const CONTAINER: Opt =
    Opt { name: "container", takes: "text", doc: "the container; the only one where it is left out" };
const PREVIOUS: Opt = Opt { name: "previous", takes: "a boolean", doc: "of the container before it was restarted" };
const SINCE: Opt = Opt { name: "since", takes: crate::options::TIME, doc: "only what it printed in this time" };
const TAIL: Opt = Opt { name: "tail", takes: "a whole number", doc: "only the last lines" };

fn logs(ctx: &NativeCallContext, pod: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[pod.into()], options)?;
    let logs = which(&called).map_err(|failure| called.thrown(&failure))?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, "v1/Pod", pod, "read")?;
    let namespace = object.namespace.clone().unwrap_or_default();
    let brief = format!("kube::logs {object}");
    read(ctx, &WORD, &brief, async { cluster.logs(&namespace, &object.name, &logs).await.map(Value::Text) })
}

fn which(called: &Called<'_>) -> Result<Logs, Failure> {
    let options = &called.options;
    Ok(Logs {
        container: options.text("container")?,
        previous: options.truth("previous")?.unwrap_or(false),
        since: options.duration("since")?.map(|since| since.as_secs()),
        tail: options.count("tail")?.map(u64::from),
        ..Logs::default()
    })
}
