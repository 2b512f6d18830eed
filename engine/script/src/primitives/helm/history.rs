//! `helm::history`: the revisions of a release.

use rhai::{Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::options::NAMESPACE;
use super::{Given, releases};
use crate::bench::{Answer, read};
use crate::register::of_text;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::history",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("helm"),
    forms: &[
        Form { params: &["release: text"], gives: "list" },
        Form { params: &["release: text", "options: map"], gives: "list" },
    ],
    options: &[NAMESPACE],
    doc: r#"
        The revisions of a release that helm still keeps, oldest first, each as `helm::status` gives it; an empty list where
        there is no such release. Helm keeps ten by default.

        ```rhai
        let seen = attempt(|| helm::history("web@shop"));
        if seen.ok { for one in seen.value { say(`${one.revision}: ${one.description}`); } }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "history", history);
}

fn history(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    read(ctx, &WORD, &given.brief(&WORD), async {
        Ok(releases(&given.helm.history(&given.name, &given.namespace).await?))
    })
}
