//! `helm::uninstall`: takes a release away.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::helm::{Uninstall, Wanted};
use runbook_model::{Repeat, Value};

use super::doubt::look;
use super::options::{HOOKS, NAMESPACE, TIMEOUT, WAIT};
use super::{FORMS, Given, intent, mark, ready, thrown};
use crate::bench::{Answer, Change, Ready, change_prepared};
use crate::register::of_text;
use crate::word::{Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::uninstall",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: None,
    put_back: None,
    look: Some(look),
    needs: Some("helm"),
    forms: FORMS,
    options: &[
        HOOKS,
        Opt { name: "keep_history", takes: "a boolean", doc: "whether its revisions are kept" },
        NAMESPACE,
        TIMEOUT,
        WAIT,
    ],
    doc: r#"
        Takes a release and its objects away, and gives `()`; a release that is not there counts as taken away.

        Custom resource definitions stay, and so does what the chart's programs made themselves, on machines too. No undo can
        bring the release back: for that, keep its values and chart and install it again.

        ```rhai
        let done = attempt(|| step("remove web", || helm::uninstall("web@shop")));
        if !done.ok { say(`${done.error.code}: ${done.error.what}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "uninstall", uninstall);
}

fn uninstall(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let asked = given.waits().and_then(|waits| Ok((waits, given.options.truth("keep_history")?.unwrap_or(false))));
    let ((timeout, wait, hooks), keep_history) = asked.map_err(|failure| thrown(ctx, &failure))?;
    let mark = mark(ctx)?;
    let (helm, args) = (given.helm.clone(), given.args.clone());
    let brief = given.brief(&WORD);
    let prepare = async {
        let revisions = given.helm.history(&given.name, &given.namespace).await?;
        let ready = ready(&given, revisions, mark, Wanted::Uninstall)?;
        Ok(Ready { before: None, ..ready })
    };
    change_prepared(ctx, Change { word: &WORD, brief, args, repeat: None }, prepare, |sent| async move {
        let intent = intent(sent.proof.as_ref())?;
        let (name, namespace) = (intent.release, intent.namespace);
        if intent.before == 0 {
            return Ok(Value::Unit);
        }
        let gone = Uninstall { name, namespace, timeout, wait, hooks, keep_history, mark: intent.mark };
        helm.uninstall(&gone, |line, error| sent.outlet.line(line, error)).await.map(|()| Value::Unit)
    })
}
