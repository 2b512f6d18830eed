//! `helm::diff`: what an upgrade would change.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::helm::Differences;
use runbook_model::Repeat;

use super::options::{CHART, FORCE_CONFLICTS, HOOKS, KEEP_VALUES, NAMESPACE, REPO, TAKE_OWNERSHIP, VALUES, VERSION};
use super::upgrade::wanted;
use super::{FORMS, Given, thrown};
use crate::bench::{Answer, read};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::diff",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("helm"),
    forms: FORMS,
    options: &[CHART, FORCE_CONFLICTS, HOOKS, KEEP_VALUES, NAMESPACE, REPO, TAKE_OWNERSHIP, VALUES, VERSION],
    doc: r#"
        What `helm::upgrade` with the same options would change: `#{revision, changed, objects, values, unknown}`.

        `objects` has `#{object, how, paths}` for each object that would be `added`, `removed` or `changed`, with
        `#{path, from, to}` for each place in it; `values` the same for the values that are given; `unknown` names the keys
        that the chart does not have. Helm renders the chart as it would for the cluster, and stops before it acts.
        It compares with what helm rendered before: what someone changed on the objects themselves is not seen.

        ```rhai
        let seen = attempt(|| helm::diff("web@shop", #{ chart: "./charts/web", values: #{ replicas: 3 } }));
        if seen.ok { for one in seen.value.objects { say(`${one.object} would be ${one.how}`); } }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "diff", diff);
}

fn diff(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let change = wanted(&WORD, &given).map_err(|failure| thrown(ctx, &failure))?;
    read(ctx, &WORD, &given.brief(&WORD), async {
        given.helm.diff(&change).await.map(|differences: Differences| differences.to_value())
    })
}
