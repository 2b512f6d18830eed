//! `kube::drain_plan`: what draining a node would do.

use rhai::{Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::Called;
use super::drain::{EMPTY_DIRS, GRACE, LABELS, UNMANAGED, how};
use crate::bench::{Answer, allow, read};
use crate::register::of_text;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::drain_plan",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["node: text"], gives: "map" },
        Form { params: &["node: text", "options: map"], gives: "map" },
    ],
    options: &[EMPTY_DIRS, GRACE, LABELS, UNMANAGED],
    doc: r#"
        What `kube::drain` would do with a node: `#{node, leave, stay, refused}`, for each pod `#{namespace, name, why}`.

        ```rhai
        let node = kube::list("nodes")[0].metadata.name;
        check("nothing holds a drain", || kube::drain_plan(node, #{ labels: "app=no-such-app" }).refused.is_empty());
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "drain_plan", drain_plan);
}

fn drain_plan(ctx: &NativeCallContext, node: &str, options: Map) -> Answer {
    let called = Called::new(ctx, &WORD, &[node.into()], options)?;
    let how = how(&called).map_err(|failure| called.thrown(&failure))?;
    allow(ctx, "kube", "read", "pods */*")?;
    let cluster = called.cluster()?;
    let brief = format!("kube::drain_plan {node}");
    read(ctx, &WORD, &brief, async { cluster.drain_plan(node, &how).await.map(|plan| plan.to_value()) })
}
