//! `kube::label`: labels an object.

use rhai::Module;
use runbook_model::Repeat;

use super::marks::{self, Mark};
use super::{NAMESPACE, PATIENCE, put_back};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::label",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text", "labels: map of texts"], gives: "map" },
        Form { params: &["kind: text", "name: text", "labels: map of texts", "options: map"], gives: "map" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        Sets labels of an object; `()` takes one away. What was there before is recorded for an undo.

        ```rhai
        step("mark", || kube::label("namespaces", "default", #{ "runbook.example/seen": "yes" }));
        step("unmark", || kube::label("namespaces", "default", #{ "runbook.example/seen": () }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    marks::register(module, "label", &WORD, Mark::Label);
}
