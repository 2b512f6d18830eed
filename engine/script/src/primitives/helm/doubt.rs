//! What is done for words of helm apart from a call of theirs: a look whether one took place, and putting back.

use std::sync::Arc;

use runbook_drivers::helm::{Intent, Release, Uninstall, Wanted, judge, wait_for_end};
use runbook_model::call::Verdict;
use runbook_model::{Failure, Value, code};
use runbook_run::step::PastCall;

use super::{TIMEOUT, intent};
use crate::bench::Bench;
use crate::word::{Doing, Sight};

/// Says of a call whether it took place, from the revisions of its release. A helm that goes on without its engine on
/// this machine is waited for first.
pub(super) fn look(bench: Arc<Bench>, past: PastCall) -> Doing<Sight> {
    Box::pin(async move {
        let unknown = |evidence: String| Sight { verdict: Verdict::Unknown, evidence };
        let intent = match intent(past.proof.as_ref()) {
            Ok(intent) => intent,
            Err(failure) => return unknown(failure.what),
        };
        let went_on = wait_for_end(&intent.mark).await;
        match bench.hands.helm().history(&intent.release, &intent.namespace).await {
            Err(failure) => {
                let causes = failure.causes.first().map_or(String::new(), |cause| format!(": {cause}"));
                unknown(format!("{}{causes}", failure.what))
            }
            Ok(revisions) => {
                let helm = bench.hands.helm();
                let (verdict, mut evidence) = judge(&intent, &revisions, |last| helm.is_left_of(&intent, last));
                if went_on {
                    evidence.push_str("; its helm had gone on and was waited for");
                }
                Sight { verdict, evidence }
            }
        }
    })
}

/// Makes the release what it was before a call: the revision that was deployed then, or none.
pub(super) fn put_back(bench: Arc<Bench>, before: Value, written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move { back(&bench, &before, written.as_ref()).await })
}

async fn back(bench: &Bench, before: &Value, written: Option<&Value>) -> Result<(), Failure> {
    let text = |key: &str| before.get(key).and_then(Value::as_text).unwrap_or_default().to_owned();
    let (name, namespace) = (text("release"), text("namespace"));
    let (to, last) = (number(before, "revision"), number(before, "last"));
    let helm = bench.hands.helm();
    let mark = undone(&bench.run.name, to);
    wait_for_end(&mark).await;
    let mut revisions = helm.history(&name, &namespace).await?;
    let ours = written.map_or(last + 1, |value| number(value, "revision"));
    // What an earlier try of this left when it was cut off.
    let before = revisions.iter().rev().nth(1).map_or(0, |one| one.revision);
    let wanted = Wanted::Rollback { to };
    let intent = Intent { release: name.clone(), namespace: namespace.clone(), before, mark: mark.clone(), wanted };
    if revisions.last().is_some_and(|last| helm.is_left_of(&intent, last)) {
        helm.clear(&intent).await?;
        revisions.pop();
    }
    let Some(now) = revisions.last() else {
        // Taken away meanwhile: the same, where it was not there before.
        return if to == 0 { Ok(()) } else { Err(changed(&name, &namespace, None)) };
    };
    if now.revision == last || is_as(now, to, &mark) {
        return Ok(());
    }
    // An undo of what came later has made it what the call left.
    if now.revision != ours && !is_as(now, ours, &undone(&bench.run.name, ours)) {
        return Err(changed(&name, &namespace, Some(now)));
    }
    let silent = |_: &str, _: bool| {};
    if to == 0 && last > 0 {
        let what = format!("release `{name}` in `{namespace}` had no deployed revision to go back to");
        return Err(Failure::new(code::HELM_RELEASE, what).hint("roll back or uninstall it by hand"));
    }
    if to == 0 {
        let gone = Uninstall { name, namespace, timeout: TIMEOUT, wait: true, hooks: true, keep_history: false, mark };
        return helm.uninstall(&gone, silent).await;
    }
    helm.rollback((&name, &namespace, to), (TIMEOUT, true, true), &mark, silent).await.map(drop)
}

/// The description of a revision that an undo of a run made.
fn undone(run: &str, to: i64) -> String {
    format!("runbook {run} undo to {to}")
}

/// Whether the release is as its revision `to` was: by an undo of this run, or by a rollback that helm described.
fn is_as(now: &Release, to: i64, mark: &str) -> bool {
    now.status == "deployed" && (now.description == mark || now.description == format!("Rollback to {to}"))
}

fn number(of: &Value, key: &str) -> i64 {
    if let Some(Value::Int(n)) = of.get(key) { *n } else { 0 }
}

fn changed(name: &str, namespace: &str, now: Option<&Release>) -> Failure {
    let what = format!("release `{name}` in `{namespace}` was changed since by someone else");
    let state = now.map_or("it is not there any more".to_owned(), Release::brief);
    Failure::new(code::HELM_CONFLICT, what)
        .because(state)
        .hint("look at what was changed with `helm history`, then roll it back by hand")
}
