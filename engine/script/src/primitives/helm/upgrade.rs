//! `helm::upgrade`: makes a release what it should be; installs it where there is none.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::helm::{Change as Wish, Chart, Unknown, Wanted, answer};
use runbook_model::{Failure, Repeat, code};

use super::doubt::{look, put_back};
use super::options::{
    CHART, CREATE_NAMESPACE, FORCE_CONFLICTS, HOOKS, KEEP_VALUES, NAMESPACE, REPO, STRICT, TAKE_OWNERSHIP, TIMEOUT,
    VALUES, VERSION, WAIT, WAIT_FOR_JOBS,
};
use super::{FORMS, Given, intent, mark, plain, ready, thrown};
use crate::bench::{Answer, Change, change_prepared};
use crate::options::Options;
use crate::primitives::say::say;
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::upgrade",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: Some("helm::rollback"),
    put_back: Some(put_back),
    look: Some(look),
    needs: Some("helm"),
    forms: FORMS,
    options: &[
        CHART,
        CREATE_NAMESPACE,
        FORCE_CONFLICTS,
        HOOKS,
        KEEP_VALUES,
        NAMESPACE,
        REPO,
        STRICT,
        TAKE_OWNERSHIP,
        TIMEOUT,
        VALUES,
        VERSION,
        WAIT,
        WAIT_FOR_JOBS,
    ],
    doc: r#"
        Makes a release what its chart and values say, installs it where there is none, and gives what `helm::status`
        gives, with `notes` and `was`: the revision before, or 0 where there was none.

        It is done when its objects are ready, unless `wait: false`. A failed upgrade stays as it is: nothing is rolled back
        by itself, for that would take a network away. Values under keys that the chart does not have are warned of, or with
        `strict` refused. A release at which someone is, or was cut off, is refused with `helm.pending`.

        The new revision is described `runbook RUN STEP NTH`. Where the run is cut off, a look at the revisions says whether
        it took place; what this call left pending itself is cleared away, and it is made once more, its hooks too. An undo rolls back to the revision that was deployed before, or uninstalls what was not there.

        ```rhai
        let done = attempt(|| step("web", || {
            helm::upgrade("web@shop", #{ chart: "./charts/web", version: "1.2.0", values: #{ replicas: 3 }, timeout: "10m" })
        }));
        if !done.ok { say(`${done.error.code}: ${done.error.what}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "upgrade", upgrade);
}

fn upgrade(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let mark = mark(ctx)?;
    let wish = wanted(&WORD, &given).map_err(|failure| thrown(ctx, &failure))?;
    let strict = given.options.truth("strict").map_err(|failure| thrown(ctx, &failure))?.unwrap_or(false);
    let brief = format!("{} {}", given.brief(&WORD), wish.chart.chart);
    let (helm, args, wish) = (given.helm.clone(), given.args.clone(), &wish);
    let prepare = async {
        let revisions = given.helm.history(&given.name, &given.namespace).await?;
        let ready = ready(&given, revisions, mark, Wanted::Upgrade)?;
        for unknown in given.helm.unknown_values(&wish.chart, &wish.values).await? {
            let failure = stray(&unknown, &wish.chart);
            if strict {
                return Err(failure);
            }
            let near = failure.hints.first().map_or(String::new(), |hint| format!("; {hint}"));
            // A warning that cannot be recorded ends the run at the next record.
            let _ = say(ctx, &format!("{}{near}", failure.what), true);
        }
        Ok(ready)
    };
    change_prepared(ctx, Change { word: &WORD, brief, args, repeat: None }, prepare, |sent| async move {
        let intent = intent(sent.proof.as_ref())?;
        helm.clear(&intent).await?;
        let token = Some(helm.token(&intent.mark, intent.before));
        let wish = Wish { mark: intent.mark, token, ..wish.clone() };
        let done = helm.upgrade(&wish, |line, error| sent.outlet.line(line, error)).await?;
        Ok(answer(&done, intent.before))
    })
}

/// The chart that the options name.
pub(super) fn chart(word: &Word, options: &Options<'_>) -> Result<Chart, Failure> {
    let Some(chart) = options.text("chart")? else {
        let what = format!("`{}` was not given a `chart`", word.name);
        return Err(Failure::new(code::WORD_OPTION, what).hint("name it like `chart: \"cilium/cilium\"`"));
    };
    Ok(Chart { chart, version: options.text("version")?, repo: options.text("repo")? })
}

/// The release as the options want it.
pub(super) fn wanted(word: &Word, given: &Given) -> Result<Wish, Failure> {
    let truth = |name: &str| {
        if word.options.iter().any(|opt| opt.name == name) { given.options.truth(name) } else { Ok(None) }
    };
    let has = |name: &str| word.options.iter().any(|opt| opt.name == name);
    let timeout = if has("timeout") { given.options.duration("timeout")? } else { None };
    Ok(Wish {
        name: given.name.clone(),
        namespace: given.namespace.clone(),
        chart: chart(word, &given.options)?,
        values: plain(word, given.options.raw("values"))?,
        keep_values: truth("keep_values")?.unwrap_or(false),
        timeout: timeout.unwrap_or(super::TIMEOUT),
        wait: has("wait") && truth("wait")?.unwrap_or(true),
        wait_for_jobs: truth("wait_for_jobs")?.unwrap_or(false),
        hooks: truth("hooks")?.unwrap_or(true),
        create_namespace: truth("create_namespace")?.unwrap_or(false),
        force_conflicts: truth("force_conflicts")?.unwrap_or(false),
        take_ownership: truth("take_ownership")?.unwrap_or(false),
        mark: String::new(),
        token: None,
    })
}

/// A value under a key that the chart does not have.
fn stray(unknown: &Unknown, chart: &Chart) -> Failure {
    let what = format!("chart `{}` has no value `{}`", chart.chart, unknown.path);
    Failure::new(code::HELM_VALUES, what).hint(match &unknown.near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("see what it has with `helm show values {}`", chart.chart),
    })
}
