//! `helm::get`: what a release is made of.

use rhai::{Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::options::{NAMESPACE, REVISION};
use super::{FORMS, Given, thrown};
use crate::bench::{Answer, read};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "helm::get",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("helm"),
    forms: FORMS,
    options: &[NAMESPACE, REVISION],
    doc: r#"
        What a release is made of: `#{manifest, notes, hooks}`. The manifest is its objects in YAML, as helm rendered them;
        `yaml::parse_all` makes values of it. Each hook is `#{name, kind, events, manifest}`.

        Fails with `helm.release` where there is no such release or revision.

        ```rhai
        let seen = attempt(|| helm::get("web@shop"));
        if seen.ok { for object in yaml::parse_all(seen.value.manifest) { say(`${object.kind} ${object.metadata.name}`); } }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "get", get);
}

fn get(ctx: &NativeCallContext, release: &str, map: Map) -> Answer {
    let given = Given::read(ctx, &WORD, release, map)?;
    let revision = given.revision().map_err(|failure| thrown(ctx, &failure))?;
    read(ctx, &WORD, &given.brief(&WORD), async {
        let release = given.helm.revision(&given.name, &given.namespace, revision).await?;
        Ok(Value::from([
            ("manifest", Value::Text(release.manifest)),
            ("notes", Value::Text(release.notes)),
            ("hooks", hooks(&release.hooks)),
        ]))
    })
}

/// Of each hook what a script can use.
fn hooks(kept: &serde_json::Value) -> Value {
    let part = |hook: &serde_json::Value, key: &str| hook.get(key).cloned().map_or(Value::Unit, Value::from_plain_json);
    let keys = ["name", "kind", "events", "manifest"];
    let one = |hook| Value::Map(keys.iter().map(|key| ((*key).to_owned(), part(hook, key))).collect());
    Value::List(kept.as_array().map_or(&[] as &[_], Vec::as_slice).iter().map(one).collect())
}
