//! `probe::baseline`: everything, for a comparison.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe::Kinds;
use runbook_model::Repeat;

use super::{BYTES, DOMAIN, NAMES, NODES, OUTSIDE, asked};
use crate::primitives::kube::PATIENCE;
use crate::register::bare;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::baseline",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[BYTES, DOMAIN, NAMES, NODES, OUTSIDE, PATIENCE],
    doc: r#"
        Asks everything at once: pods, service, API, DNS, ports of nodes, large packets, and what is `outside`.

        Recorded in a step before a change, it is what `probe::compare` compares with afterwards. Rules between pods are
        not in it, for they have to be changed to be seen: that is `probe::policy`.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        let before = step("baseline", || probe::baseline());
        let now = probe::compare(before, probe::baseline());
        say(now.detail);
        step("no more", || probe::stop());
        ```
        "#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "baseline", |ctx: &NativeCallContext, options: Map| {
        asked(
            ctx,
            &WORD,
            Kinds { pods: true, service: true, api: true, dns: true, outside: true, node_port: true, large: true },
            &[],
            options,
        )
    });
}
