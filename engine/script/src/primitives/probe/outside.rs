//! `probe::outside`: whether what is outside is reached from everywhere.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::probe::Kinds;
use runbook_model::{Failure, Repeat, code};

use super::{NODES, asked};
use crate::bench::Answer;
use crate::primitives::kube::PATIENCE;
use crate::register::of_value;
use crate::thrown::throw;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::outside",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["targets: text or list of texts"], gives: "list" },
        Form { params: &["targets: text or list of texts", "options: map"], gives: "list" },
    ],
    options: &[NODES, PATIENCE],
    doc: r#"
        Whether places outside the cluster, each `host:port`, take connections from each pod and each node.

        ```rhai
        step("test pods", || probe::start(#{ image: "localhost/test:1", from_nodes: false }).namespace);
        say(probe::table(probe::outside(["example.com:443"])));
        step("no more", || probe::stop());
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value(module, "outside", outside);
}

fn outside(ctx: &NativeCallContext, targets: &Dynamic, options: Map) -> Answer {
    let list = match targets.as_immutable_string_ref() {
        Ok(one) => Some(vec![one.to_string()]),
        Err(_) => targets.clone().into_typed_array::<String>().ok().filter(|list| !list.is_empty()),
    };
    let Some(list) = list else {
        let failure =
            Failure::new(code::WORD_ARGUMENT, "the `targets` of `probe::outside` are texts, each `host:port`");
        return Err(throw(&failure, ctx.call_position()));
    };
    asked(ctx, &WORD, Kinds { outside: true, ..Kinds::default() }, &list, options)
}
