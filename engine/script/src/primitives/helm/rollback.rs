//! `helm::rollback`: makes a release what an earlier revision was.

use rhai::{FuncRegistration, INT, Map, Module, NativeCallContext};
use runbook_drivers::helm::{Release, Uninstall, Wanted, answer};
use runbook_model::{Failure, Repeat, Value, code};

use super::doubt::{look, put_back};
use super::options::{HOOKS, NAMESPACE, TIMEOUT, WAIT};
use super::{Given, intent, mark, ready, thrown};
use crate::bench::{Answer, Change, change_prepared};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::rollback",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: Some("helm::rollback"),
    put_back: Some(put_back),
    look: Some(look),
    needs: Some("helm"),
    forms: &[
        Form { params: &["release: text", "revision: int"], gives: "map" },
        Form { params: &["release: text", "revision: int", "options: map"], gives: "map" },
    ],
    options: &[HOOKS, NAMESPACE, TIMEOUT, WAIT],
    doc: r#"
        Makes a release what an earlier revision was, as a new revision, and gives what `helm::upgrade` gives. To revision
        0, which is what `helm::upgrade` calls what was not there, it uninstalls the release and gives `()`.

        A revision that is deployed now is refused: to undo an upgrade, go back to its `was` and not to its `revision`.
        Helm 3 describes a rollback itself, as `Rollback to N`; helm 4 with `runbook RUN STEP NTH`.

        ```rhai
        let done = attempt(|| step("back", || helm::rollback("web@shop", 3, #{ timeout: "10m" })));
        if !done.ok { say(`${done.error.code}: ${done.error.what}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("rollback")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, release: &str, to: INT| {
            rollback(&ctx, release, to, Map::new())
        });
    FuncRegistration::new("rollback")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, release: &str, to: INT, options: Map| {
            rollback(&ctx, release, to, options)
        });
}

fn rollback(ctx: &NativeCallContext, release: &str, to: INT, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let (timeout, wait, hooks) = given.waits().map_err(|failure| thrown(ctx, &failure))?;
    let mark = mark(ctx)?;
    let (helm, mut args) = (given.helm.clone(), given.args.clone());
    args.insert(1, Value::Int(to));
    let brief = format!("{} to {to}", given.brief(&WORD));
    let wanted = if to == 0 { Wanted::Uninstall } else { Wanted::Rollback { to } };
    let prepare = async {
        let revisions = given.helm.history(&given.name, &given.namespace).await?;
        possible(&given, &revisions, to)?;
        ready(&given, revisions, mark, wanted)
    };
    change_prepared(ctx, Change { word: &WORD, brief, args, repeat: None }, prepare, |sent| async move {
        let intent = intent(sent.proof.as_ref())?;
        helm.clear(&intent).await?;
        let (name, namespace) = (intent.release, intent.namespace);
        let hear = |line: &str, error| sent.outlet.line(line, error);
        if to == 0 {
            let gone = Uninstall { name, namespace, timeout, wait, hooks, keep_history: false, mark: intent.mark };
            return helm.uninstall(&gone, hear).await.map(|()| Value::Unit);
        }
        let done = helm.rollback((&name, &namespace, to), (timeout, wait, hooks), &intent.mark, hear).await?;
        Ok(answer(&done, intent.before))
    })
}

/// Refuses what cannot be gone back to.
fn possible(given: &Given, revisions: &[Release], to: i64) -> Result<(), Failure> {
    let place = format!("release `{}` in `{}`", given.name, given.namespace);
    let refused = |what: String, hint: String| Err(Failure::new(code::HELM_RELEASE, what).hint(hint));
    let Some(last) = revisions.last() else {
        return refused(format!("there is no {place}"), "see what there is with `helm::list`".into());
    };
    if last.revision == to && last.status == "deployed" {
        let hint = "go back to the `was` of the upgrade, which is the revision before it";
        return refused(format!("{place} is at revision {to} already"), hint.into());
    }
    if to != 0 && !revisions.iter().any(|one| one.revision == to) {
        let kept: Vec<String> = revisions.iter().map(|one| one.revision.to_string()).collect();
        return refused(format!("{place} has no revision {to}"), format!("name one that is kept: {}", kept.join(", ")));
    }
    Ok(())
}
