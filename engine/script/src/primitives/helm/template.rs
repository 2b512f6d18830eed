//! `helm::template`: what a chart renders.

use rhai::{Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::options::{CHART, HOOKS, NAMESPACE, REPO, VALUES, VERSION};
use super::upgrade::chart;
use super::{Given, plain, thrown};
use crate::bench::{Answer, read};
use crate::register::of_text;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::template",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("helm"),
    forms: &[
        Form { params: &["release: text"], gives: "text" },
        Form { params: &["release: text", "options: map"], gives: "text" },
    ],
    options: &[CHART, HOOKS, NAMESPACE, REPO, VALUES, VERSION],
    doc: r#"
        What a chart renders with these values, in YAML. The cluster is not asked: a chart that looks at what is there, or
        at which kinds there are, may render something else when it is installed. For that use `helm::diff`.

        ```rhai
        let seen = attempt(|| helm::template("web@shop", #{ chart: "./charts/web", values: #{ replicas: 3 } }));
        if seen.ok { step("keep it", || file::write("web.yaml", seen.value)); } else { say(seen.error.what); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "template", template);
}

fn template(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let options = &given.options;
    let hooks = options.truth("hooks").map_err(|failure| thrown(ctx, &failure))?.unwrap_or(true);
    let chart = chart(&WORD, options).map_err(|failure| thrown(ctx, &failure))?;
    let values = plain(&WORD, options.raw("values")).map_err(|failure| thrown(ctx, &failure))?;
    read(ctx, &WORD, &given.brief(&WORD), async {
        given.helm.template(&given.name, &given.namespace, &chart, &values, hooks).await.map(Value::Text)
    })
}
