//! `probe::node_port`: whether a port of every node leads to the service.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe::Kinds;
use runbook_model::Repeat;

use super::{NODES, asked};
use crate::primitives::kube::PATIENCE;
use crate::register::bare;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::node_port",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[NODES, PATIENCE],
    doc: r#"
        Whether the port of the service on every node leads to a test pod: from every node, and from here.

        From the nodes it is asked only where `probe::start` made a place in their network, as it does unless told not to.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1" }).namespace);
        let ports = probe::node_port();
        say(`${ports.filter(|one| one.from == "here").len()} ports asked from here`);
        step("no more", || probe::stop());
        ```
        "#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "node_port", |ctx: &NativeCallContext, options: Map| {
        asked(ctx, &WORD, Kinds { node_port: true, ..Kinds::default() }, &[], options)
    });
}
