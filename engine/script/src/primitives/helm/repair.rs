//! `helm::repair`: ends an operation on a release that nobody works at any more.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::helm::{Release, wait_for_end};
use runbook_model::{Repeat, Value};

use super::options::{HOOKS, NAMESPACE, TIMEOUT, WAIT};
use super::{FORMS, Given, mark, thrown};
use crate::bench::{Answer, Change, change};
use crate::register::of_text;
use crate::word::{Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::repair",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("helm"),
    forms: FORMS,
    options: &[
        HOOKS,
        NAMESPACE,
        Opt {
            name: "revision",
            takes: "a whole number",
            doc: "the pending revision that was seen; another one that is pending by now is left alone",
        },
        TIMEOUT,
        WAIT,
    ],
    doc: r#"
        Ends an operation on a release that was begun and that nobody works at any more, and gives
        `#{repaired, pending, back_to}`; `repaired` is `false` where nothing is pending.

        It rolls back to the last revision that was deployed. Where there was none, it deletes the record of the pending one:
        the objects it had made stay, and the next `helm::upgrade` takes those of its own over.

        That nobody works at it any more only a person can know: ask with a `gate` that shows who began it and when.

        ```rhai
        let seen = attempt(|| helm::status("web@shop"));
        if seen.ok && seen.value != () && seen.value.pending {
            gate("nobody is at it", `web: ${seen.value.status} since ${seen.value.when}, "${seen.value.description}". Repair it?`);
            step("repair", || helm::repair("web@shop", #{ revision: seen.value.revision }));
        }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "repair", repair);
}

fn repair(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let asked = given.waits().and_then(|waits| Ok((waits, given.revision()?)));
    let (waits, revision) = asked.map_err(|failure| thrown(ctx, &failure))?;
    let mark = mark(ctx)?;
    let args = given.args.clone();
    let brief = given.brief(&WORD);
    change(ctx, Change { word: &WORD, brief, args, repeat: None }, |sent| async move {
        let helm = &given.helm;
        // Its own, where it is repeated after a cut.
        wait_for_end(&mark).await;
        let last = helm.last(&given.name, &given.namespace).await?.filter(Release::is_pending);
        let Some(pending) = last.filter(|last| revision.is_none_or(|seen| is_seen(last, seen))) else {
            return Ok(Value::from([
                ("repaired", Value::Bool(false)),
                ("pending", Value::Unit),
                ("back_to", Value::Unit),
            ]));
        };
        Ok(helm.repair(&pending, waits, &mark, |line, error| sent.outlet.line(line, error)).await?.to_value())
    })
}

/// Whether the pending revision is the one that was seen, or what is left of an earlier repair of it.
fn is_seen(last: &Release, seen: i64) -> bool {
    last.revision == seen || (last.revision == seen + 1 && last.status == "pending-rollback")
}
