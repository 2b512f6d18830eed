//! `yaml::parse`: the value that a YAML text means.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::read;
use crate::primitives::pure::give;
use crate::value::to_dynamic;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "yaml::parse",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "any" }],
    options: &[],
    doc: r#"
        The value that a YAML text of one document means.

        Only `true` and `false` are booleans: `on`, `off`, `yes` and `no` are text, though `kubectl` and `helm` take
        them for booleans where they are not quoted. Anchors and merge keys are resolved; a key that is a number becomes
        text; a key that stands twice is refused. An empty text gives `()`.

        ```rhai
        let values = yaml::parse("image: &i {tag: v1}\nfeature: on\nsidecar: {<<: *i, pull: true}");
        if values.feature != "on" { throw values; }
        if values.sidecar.tag != "v1" { throw values; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("parse").set_into_module(module, |ctx: NativeCallContext, text: &str| {
        give(&ctx, read::one(text).map(|value| to_dynamic(&value)))
    });
}
