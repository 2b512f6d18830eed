//! `helm::values`: the values of a release.

use rhai::{Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::options::{NAMESPACE, REVISION};
use super::{FORMS, Given, thrown};
use crate::bench::{Answer, read};
use crate::register::of_text;
use crate::word::{Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::values",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("helm"),
    forms: FORMS,
    options: &[
        Opt {
            name: "all",
            takes: "a boolean",
            doc: "whether the chart's own values are among them; by default only those that were given",
        },
        NAMESPACE,
        REVISION,
    ],
    doc: r#"
        The values of a release: those that were given, or with `all` what they and the chart's own come to.

        Values hold passwords more often than one would wish: what is given back is recorded where a step gives it back.
        Fails with `helm.release` where there is no such release.

        ```rhai
        let seen = attempt(|| helm::values("web@shop", #{ all: true }));
        if seen.ok { say(`it runs ${seen.value.replicas} pods`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "values", values);
}

fn values(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let asked = given.revision().and_then(|revision| Ok((revision, given.options.truth("all")?.unwrap_or(false))));
    let (revision, all) = asked.map_err(|failure| thrown(ctx, &failure))?;
    read(ctx, &WORD, &given.brief(&WORD), async {
        let release = given.helm.revision(&given.name, &given.namespace, revision).await?;
        Ok(Value::from_plain_json(if all { release.values() } else { release.given }))
    })
}
