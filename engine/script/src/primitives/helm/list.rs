//! `helm::list`: the releases of a namespace.

use rhai::{EvalAltResult, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::options::NAMESPACE;
use super::{releases, thrown};
use crate::bench::{Answer, ahead, allow, read};
use crate::frame::Frame;
use crate::options::Options;
use crate::register::bare;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::list",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("helm"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[Opt { name: "all", takes: "a boolean", doc: "whether those of all namespaces are listed" }, NAMESPACE],
    doc: r#"
        The releases of a namespace, or with `all` of all namespaces, each as `helm::status` gives it, sorted. Unlike
        `helm list` it leaves none out: those that failed or are pending are in it.

        It needs leave for every release there, `helm = ["*@shop"]`, or with `all` `helm = ["*@*"]`.

        ```rhai
        let seen = attempt(|| helm::list(#{ namespace: "shop" }));
        if seen.ok { say(`${seen.value.len()} releases`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "list", list);
}

fn list(ctx: &NativeCallContext, map: Map) -> Answer {
    let failed = |failure: Failure| -> Box<EvalAltResult> { thrown(ctx, &failure) };
    let options = Options::new(&WORD, map).map_err(failed)?;
    let helm = Frame::of(ctx)?.bench().hands.helm().clone();
    let namespace = match (options.truth("all").map_err(failed)?, options.text("namespace").map_err(failed)?) {
        (Some(true), _) => None,
        (_, Some(namespace)) => Some(namespace),
        (_, None) => Some(ahead(ctx, helm.namespace())?),
    };
    let place = namespace.as_deref().unwrap_or("*");
    allow(ctx, "helm", "list", &format!("*@{place}"))?;
    read(ctx, &WORD, &format!("helm::list {place}"), async { Ok(releases(&helm.list(namespace.as_deref()).await?)) })
}
