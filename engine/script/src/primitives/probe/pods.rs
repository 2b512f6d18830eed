//! `probe::pods`: which pod reaches which.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe::Kinds;
use runbook_model::Repeat;

use super::{NODES, asked};
use crate::primitives::kube::PATIENCE;
use crate::register::bare;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::pods",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[NODES, PATIENCE],
    doc: r#"
        Which pod reaches which: from the test pod on each node, and from each node itself, to the test pod on each node, the
        same one included.

        The pod that answers says its name, so that another one at its address is found out. A pod that is not ready, or
        in which no command can be run, is answered for as not known.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        let answers = probe::pods();
        let lost = answers.filter(|one| one.known && !one.ok);
        say(`${answers.len()} ways, ${lost.len()} of them closed`);
        step("no more", || probe::stop());
        ```
        "#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "pods", |ctx: &NativeCallContext, options: Map| {
        asked(ctx, &WORD, Kinds { pods: true, ..Kinds::default() }, &[], options)
    });
}
