//! `kube::can_i`: whether the cluster lets us do something.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::kube::May;
use runbook_model::{Repeat, Value};

use super::Called;
use crate::bench::{Answer, read};
use crate::register::of_texts;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::can_i",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["verb: text", "kind: text"], gives: "boolean" },
        Form { params: &["verb: text", "kind: text", "options: map"], gives: "boolean" },
    ],
    options: &[NAME, WITHIN],
    doc: r#"
        Whether the cluster lets us do something: `get`, `list`, `create`, `patch`, `delete` and so on.

        Ask before the first step, so that a run is not stopped in the middle. What is under an object is written behind
        a slash, `pods/eviction`.

        ```rhai
        check("we may drain", || kube::can_i("create", "pods/eviction") && kube::can_i("patch", "nodes"));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "can_i", can_i);
}

const NAME: Opt = Opt { name: "name", takes: "text", doc: "with this object; with all where it is left out" };
const WITHIN: Opt = Opt { name: "namespace", takes: "text", doc: "in this namespace; everywhere where it is left out" };

fn can_i(ctx: &NativeCallContext, verb: &str, kind: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[verb.into(), kind.into()], options)?;
    let text = |name: &str| called.options.text(name).map_err(|failure| called.thrown(&failure));
    let may = May { verb: verb.to_owned(), kind: kind.to_owned(), namespace: text("namespace")?, name: text("name")? };
    let cluster = called.cluster()?;
    let brief = format!("kube::can_i {verb} {kind}");
    read(ctx, &WORD, &brief, async { cluster.can_i(&may).await.map(Value::Bool) })
}
