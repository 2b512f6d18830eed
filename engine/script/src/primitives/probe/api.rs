//! `probe::api`: whether the API is reached from everywhere.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe::Kinds;
use runbook_model::Repeat;

use super::{NODES, asked};
use crate::primitives::kube::PATIENCE;
use crate::register::bare;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::api",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[NODES, PATIENCE],
    doc: r#"
        Whether the API takes connections at the address of its service, from each pod and each node.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        say(probe::table(probe::api()));
        step("no more", || probe::stop());
        ```
        "#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "api", |ctx: &NativeCallContext, options: Map| {
        asked(ctx, &WORD, Kinds { api: true, ..Kinds::default() }, &[], options)
    });
}
