//! `kube::apply`: makes objects what they should be.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::kube::{Apply, Manifests};
use runbook_model::{Failure, Repeat, Value, code};

use super::{Called, PATIENCE, Thrown, changed, put_back};
use crate::bench::{Answer, Change, Ready, ahead, allow, change_prepared};
use crate::register::of_value;
use crate::value::to_value;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::apply",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["manifests: text, map or list of maps"], gives: "list" },
        Form { params: &["manifests: text, map or list of maps", "options: map"], gives: "list" },
    ],
    options: &[FORCE, WITHIN, PATIENCE],
    doc: r#"
        Makes objects what a text of YAML or maps say, and gives for each
        `#{kind, name, namespace, uid, resourceVersion, generation, changed, object}`.

        It is a server-side apply under our own name: fields that others own stay theirs, and where one of ours is
        theirs it fails with `kube.conflict`, which says whose; `force` takes it. Objects go in an order that works:
        namespaces and custom kinds before what needs them. `changed` is `"created"`, `"changed"` or `"unchanged"`.
        What was there before is recorded for an undo.

        ```rhai
        let made = step("keep the plan", || kube::apply(`
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: runbook-example-apply
          namespace: default
        data:
          first: n1
        `));
        if made[0].name != "runbook-example-apply" { throw made[0].name; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value(module, "apply", apply);
}

const FORCE: Opt = Opt { name: "force", takes: "a boolean", doc: "takes fields that others own" };
pub(super) const WITHIN: Opt =
    Opt { name: "namespace", takes: "text", doc: "the namespace of objects that do not say one" };

fn apply(ctx: &NativeCallContext, given: &Dynamic, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, std::slice::from_ref(given), options)?;
    let force = called.options.truth("force").map_err(|failure| called.thrown(&failure))?;
    let how = Apply { force: force.unwrap_or(false), namespace: called.namespace()?, ..Apply::default() };
    let cluster = called.cluster()?;
    let manifests = manifests(&called, given)?;
    let names = leave(&called, &cluster, &manifests, &how, "apply")?;
    let Called { args, .. } = called;
    let change = Change { word: &WORD, brief: format!("kube::apply {names}"), args, repeat: None };
    let prepare =
        async { Ok(Ready { before: Some(Value::List(cluster.before_apply(&manifests, &how).await?)), proof: None }) };
    change_prepared(ctx, change, prepare, |_| async {
        Ok(Value::List(cluster.apply(&manifests, &how).await?.iter().map(changed).collect()))
    })
}

/// The objects a script gave.
pub(super) fn manifests(called: &Called<'_>, given: &Dynamic) -> Result<Manifests, Thrown> {
    let read = if let Ok(text) = given.as_immutable_string_ref() {
        Manifests::from_text(&text)
    } else {
        to_value(given).and_then(|value| match value {
            Value::List(all) => Manifests::from_values(all),
            one @ Value::Map(_) => Manifests::from_values([one]),
            _ => Err(Failure::new(code::WORD_ARGUMENT, format!("`{}` takes text, a map or a list", called.word.name))),
        })
    };
    read.map_err(|failure| called.thrown(&failure))
}

/// Asks leave for each of the objects; gives their names in one line.
pub(super) fn leave(
    called: &Called<'_>,
    cluster: &runbook_drivers::kube::Cluster,
    manifests: &Manifests,
    how: &Apply,
    action: &str,
) -> Result<String, Thrown> {
    let mut names = Vec::new();
    for object in manifests.objects() {
        let text = |map: Option<&Value>, key: &str| {
            map.and_then(|map| map.get(key)).and_then(Value::as_text).unwrap_or_default().to_owned()
        };
        let (api, kind) = (text(Some(object), "apiVersion"), text(Some(object), "kind"));
        let meta = object.get("metadata");
        let (name, namespace) = (text(meta, "name"), text(meta, "namespace"));
        // A kind that these very objects bring is not known yet: it is asked for by the name it will have.
        let (plural, namespaced) = match ahead(called.ctx, cluster.kind(&format!("{api}/{kind}"))) {
            Ok(known) => (super::full(&known), known.namespaced),
            Err(_) => (format!("{api}/{kind}"), !namespace.is_empty()),
        };
        let usual = || how.namespace.clone().unwrap_or_else(|| cluster.namespace().to_owned());
        let at = match (namespaced, namespace.is_empty()) {
            (false, _) => name.clone(),
            (true, false) => format!("{namespace}/{name}"),
            (true, true) => format!("{}/{name}", usual()),
        };
        allow(called.ctx, "kube", action, &format!("{plural} {at}"))?;
        names.push(format!("{plural} {at}"));
    }
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let names = names.join(", ");
    Ok(if more == 0 { names } else { format!("{names} and {more} more") })
}
