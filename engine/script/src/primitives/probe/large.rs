//! `probe::large`: whether large packets come through whole.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::probe::Kinds;
use runbook_model::Repeat;

use super::{BYTES, NODES, asked};
use crate::primitives::kube::PATIENCE;
use crate::register::bare;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::large",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[Form { params: &[], gives: "list" }, Form { params: &["options: map"], gives: "list" }],
    options: &[BYTES, NODES, PATIENCE],
    doc: r#"
        Whether a packet of the largest size that leaves a pod reaches every test pod without being cut; `bytes` asks for
        another size, the headers included.

        It is asked by `ping -M do` where the image has one that can, else by `traceroute -F`, as busybox has it. Where
        neither is there, or small packets get no answer either, nothing is known. `why` says the size.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        say(probe::table(probe::large(#{ bytes: 1400 })));
        step("no more", || probe::stop());
        ```
        "#,
    register,
};

fn register(module: &mut Module) {
    bare(module, "large", |ctx: &NativeCallContext, options: Map| {
        asked(ctx, &WORD, Kinds { large: true, ..Kinds::default() }, &[], options)
    });
}
