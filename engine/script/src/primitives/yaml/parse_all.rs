//! `yaml::parse_all`: the values of all documents in a YAML text.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use super::read;
use crate::primitives::pure::give;
use crate::value::to_dynamic;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "yaml::parse_all",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "list" }],
    options: &[],
    doc: r#"
        The values of all documents in a YAML text, in order.

        Documents with nothing in them are left out, as `kubectl apply` does. The rest is as with `yaml::parse`.

        ```rhai
        let manifests = yaml::parse_all("kind: Namespace\n---\n# nothing here\n---\nkind: Service\n");
        if manifests.len() != 2 || manifests[1].kind != "Service" { throw manifests; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("parse_all").set_into_module(module, |ctx: NativeCallContext, text: &str| {
        let list = |values: Vec<_>| Dynamic::from_array(values.iter().map(to_dynamic).collect());
        give(&ctx, read::all(text).map(list))
    });
}
