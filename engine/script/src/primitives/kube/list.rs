//! `kube::list`: objects of a kind.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::kube::Select;
use runbook_model::Repeat;

use super::{Called, PATIENCE, guarded};
use crate::bench::{Answer, read_as};
use crate::listed;
use crate::register::of_text;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::list",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text"], gives: "list" },
        Form { params: &["kind: text", "options: map"], gives: "list" },
    ],
    options: &[FIELDS, LABELS, WITHIN, PATIENCE],
    doc: r#"
        Lists the objects of a kind, in all namespaces unless one is named.

        They come in pages, so that a large cluster is no burden to its API. To keep what was found for the rest of a
        run, list in a step: a step's value stays the same on every resume.

        ```rhai
        let ready = step("choose nodes", || kube::list("nodes", #{ labels: "!node.kubernetes.io/exclude" }));
        let waiting = kube::list("pods", #{ namespace: "kube-system", fields: "status.phase=Pending" });
        say(`${ready.len()} nodes, ${waiting.len()} pods wait`);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "list", list);
}

const FIELDS: Opt = Opt { name: "fields", takes: "text", doc: "only those with these fields, `spec.nodeName=n1`" };
const LABELS: Opt = Opt { name: "labels", takes: "text", doc: "only those with these labels, `app=web,tier!=cache`" };
const WITHIN: Opt = Opt { name: "namespace", takes: "text", doc: "only those in this namespace" };

fn list(ctx: &NativeCallContext, kind: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[kind.into()], options)?;
    let cluster = called.cluster()?;
    let text = |name: &str| called.options.text(name).map_err(|failure| called.thrown(&failure));
    let (fields, labels, namespace) = (text("fields")?, text("labels")?, text("namespace")?);
    let target = namespace.as_deref().map_or_else(|| "*".to_owned(), |namespace| format!("{namespace}/*"));
    let known = called.kind(&cluster, kind, "read", &target)?;
    let select = Select {
        namespace: namespace.filter(|_| known.namespaced),
        labels: labels.unwrap_or_default(),
        fields: fields.unwrap_or_default(),
        ..Select::of(super::full(&known))
    };
    let brief = format!("kube::list {}", super::full(&known));
    let guarded = guarded(ctx)?;
    let secret = known.group.is_empty() && known.name == "Secret";
    read_as(ctx, &WORD, &brief, cluster.list(&select), |found| {
        if secret {
            // They are looked at now, so that what they hold is masked from now on.
            found.iter().for_each(|one| drop(guarded(one)));
        }
        Dynamic::from_array(listed::all(found))
    })
}
