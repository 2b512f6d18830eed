//! `probe::dns`: whether every DNS server answers everyone.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe::Kinds;
use runbook_model::Repeat;

use super::{DOMAIN, NAMES, NODES, asked};
use crate::primitives::kube::PATIENCE;
use crate::register::bare;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::dns",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[DOMAIN, NAMES, NODES, PATIENCE],
    doc: r#"
        Whether every DNS server of the cluster answers every pod, by UDP and by TCP: the one the pod itself asks, the
        service, and each server behind it; the nodes ask all but their own.

        They are asked for the name of the API, which must have its address, and for `names`.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        say(probe::table(probe::dns(#{ names: ["example.com"] })));
        step("no more", || probe::stop());
        ```
        "#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "dns", |ctx: &NativeCallContext, options: Map| {
        asked(ctx, &WORD, Kinds { dns: true, ..Kinds::default() }, &[], options)
    });
}
