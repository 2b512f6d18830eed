//! `helm::status`: what a release is now.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::helm::Release;
use runbook_model::{Repeat, Value};

use super::options::{NAMESPACE, REVISION};
use super::{FORMS, Given, thrown};
use crate::bench::{Answer, read};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::status",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("helm"),
    forms: FORMS,
    options: &[NAMESPACE, REVISION],
    doc: r#"
        What a release is now: `#{release, namespace, revision, status, pending, description, when, chart, version,
        app_version}`, or `()` where there is no such release.

        `pending` says that an operation on it was begun and has not ended: someone is at it, or was cut off. `description`
        and `when` say who began it and when; one that a runbook made is described `runbook RUN STEP NTH`.
        It is read from the secrets in which helm keeps releases, and needs no helm.

        ```rhai
        let seen = attempt(|| helm::status("web", #{ namespace: "shop" }));
        if seen.ok && seen.value != () { say(`revision ${seen.value.revision} is ${seen.value.status}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "status", status);
}

fn status(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let revision = given.revision().map_err(|failure| thrown(ctx, &failure))?;
    read(ctx, &WORD, &given.brief(&WORD), async {
        let revisions = given.helm.history(&given.name, &given.namespace).await?;
        let found = match revision {
            None => revisions.last(),
            Some(wanted) => revisions.iter().find(|one| one.revision == wanted),
        };
        Ok(found.map_or(Value::Unit, Release::to_value))
    })
}
