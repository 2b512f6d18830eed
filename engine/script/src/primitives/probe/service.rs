//! `probe::service`: whether a service is reached from everywhere.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe::Kinds;
use runbook_model::Repeat;

use super::{DOMAIN, NODES, asked};
use crate::primitives::kube::PATIENCE;
use crate::register::bare;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::service",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[DOMAIN, NODES, PATIENCE],
    doc: r#"
        Whether the service of the test pods is reached from each pod and node, by its address, and whether its name
        resolves to that address in each pod.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        say(probe::table(probe::service()));
        step("no more", || probe::stop());
        ```
        "#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "service", |ctx: &NativeCallContext, options: Map| {
        asked(ctx, &WORD, Kinds { service: true, ..Kinds::default() }, &[], options)
    });
}
