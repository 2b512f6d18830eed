//! `kube::exec`: runs a command in a pod.

use std::sync::Arc;

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::kube::{Cluster, Exec, Ref};
use runbook_model::{Failure, Repeat, Value, code};

use super::{Called, NAMESPACE, PATIENCE};
use crate::bench::{Answer, Change, change};
use crate::register::of_text_and_value;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::exec",
    touches: Touches::Changes,
    repeat: Repeat::Ask,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["pod: text", "command: text or list of texts"], gives: "map" },
        Form { params: &["pod: text", "command: text or list of texts", "options: map"], gives: "map" },
    ],
    options: &[CONTAINER, NAMESPACE, OK, PATIENCE, REPEAT, STDIN],
    doc: r#"
        Runs a command in a pod and gives `#{status, stdout, stderr}`. A text is run by the pod's `sh -c`, a list is a program
        and its arguments. What it prints is shown as it comes.

        An exit status that is not in `ok` fails with `kube.exec`. The engine cannot see what a command did: where a run
        was cut off in the middle of one, a person decides, unless `repeat: "safe"` says that it may run again.
        What only looks is for `kube::query`.

        ```rhai
        let tried = attempt(|| step("look inside", || kube::exec("default/no-such-pod", ["id"], #{ repeat: "safe" })));
        if tried.ok { throw "there was one"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text_and_value(module, "exec", exec);
}

pub(super) const CONTAINER: Opt =
    Opt { name: "container", takes: "text", doc: "the container; the first one where it is left out" };
const STDIN: Opt = Opt { name: "stdin", takes: "text", doc: "what the command reads" };
pub(super) const OK: Opt = Opt {
    name: "ok",
    takes: "a list of whole numbers",
    doc: "the exit statuses that count as done; `[0]` where it is left out",
};
const REPEAT: Opt = Opt {
    name: "repeat",
    takes: "`\"safe\"` or `\"ask\"`",
    doc: "`\"safe\"` vouches that running it twice is as running it once: then nobody is asked when in doubt",
};

fn exec(ctx: &NativeCallContext, pod: &str, command: &Dynamic, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[pod.into(), command.clone()], options)?;
    let thrown = |failure: Failure| called.thrown(&failure);
    let (mut exec, ok) = wanted(&called, command).map_err(thrown)?;
    exec.input = called.options.text("stdin").map_err(thrown)?.map(String::into_bytes);
    let repeat = match called.options.text("repeat").map_err(thrown)?.as_deref() {
        Some("safe") => Some(Repeat::Safe),
        None | Some("ask") => None,
        Some(other) => {
            let what = format!("option `repeat` of `kube::exec` takes `\"safe\"` or `\"ask\"`, not `{other}`");
            return Err(called.thrown(&Failure::new(code::WORD_OPTION, what)));
        }
    };
    let cluster = called.cluster()?;
    let pod = called.object(&cluster, "v1/Pod", pod, "exec")?;
    let brief = brief(&WORD, &pod, &exec);
    let Called { args, .. } = called;
    change(ctx, Change { word: &WORD, brief, args, repeat }, |sent| async move {
        exec.line = Some(Arc::new(move |line: &str, error: bool| sent.outlet.line(line, error)));
        run(&cluster, &pod, &exec, &ok).await
    })
}

/// What is run, and the exit statuses that count as done.
pub(super) fn wanted(called: &Called<'_>, command: &Dynamic) -> Result<(Exec, Vec<i64>), Failure> {
    let exec =
        Exec { command: words(called.word, command)?, container: called.options.text("container")?, ..Exec::default() };
    Ok((exec, called.options.numbers("ok")?.unwrap_or_else(|| vec![0])))
}

/// What people read of it.
pub(super) fn brief(word: &Word, pod: &Ref, exec: &Exec) -> String {
    let namespace = pod.namespace.as_deref().unwrap_or_default();
    format!("{} {namespace}/{} {}", word.name, pod.name, exec.command.join(" "))
}

/// Runs it, and takes the exit statuses that count as done.
pub(super) async fn run(cluster: &Cluster, pod: &Ref, exec: &Exec, ok: &[i64]) -> Result<Value, Failure> {
    let namespace = pod.namespace.as_deref().unwrap_or_default();
    let ended = cluster.exec(namespace, &pod.name, exec).await?;
    if ok.contains(&i64::from(ended.code)) {
        return Ok(ended.to_value());
    }
    let what = format!("`{}` in pod `{namespace}/{}` ended with {}", exec.command.join(" "), pod.name, ended.code);
    let mut failure = Failure::new(code::KUBE_EXEC, what);
    failure.causes.extend(ended.err.lines().last().map(str::to_owned));
    Err(Failure { data: Some(ended.to_value()), ..failure })
}

/// The program and its arguments.
fn words(word: &Word, command: &Dynamic) -> Result<Vec<String>, Failure> {
    if let Ok(text) = command.as_immutable_string_ref() {
        return Ok(vec!["sh".to_owned(), "-c".to_owned(), text.to_string()]);
    }
    let list = command.clone().into_typed_array::<String>().ok().filter(|list| !list.is_empty());
    let what = || format!("the `command` of `{}` is text, or a list of texts", word.name);
    list.ok_or_else(|| Failure::new(code::WORD_ARGUMENT, what()))
}
