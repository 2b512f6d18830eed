//! `kube::annotate`: annotates an object.

use rhai::Module;
use runbook_model::Repeat;

use super::marks::{self, Mark};
use super::{NAMESPACE, PATIENCE, put_back};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "kube::annotate",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("kube"),
    forms: &[
        Form { params: &["kind: text", "name: text", "annotations: map of texts"], gives: "map" },
        Form { params: &["kind: text", "name: text", "annotations: map of texts", "options: map"], gives: "map" },
    ],
    options: &[NAMESPACE, PATIENCE],
    doc: r#"
        Sets annotations of an object; `()` takes one away. What was there before is recorded for an undo.

        ```rhai
        step("note", || kube::annotate("namespaces", "default", #{ "runbook.example/by": "the night shift" }));
        step("forget", || kube::annotate("namespaces", "default", #{ "runbook.example/by": () }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    marks::register(module, "annotate", &WORD, Mark::Annotation);
}
