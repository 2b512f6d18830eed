//! `jq::all`: all outputs of a filter.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::run::outputs;
use super::word::question;
use crate::primitives::pure::give;
use crate::value::to_dynamic;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "jq::all",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["value: any", "filter: text"], gives: "list" },
        Form { params: &["value: any", "filter: text", "variables: map"], gives: "list" },
    ],
    options: &[],
    doc: r#"
        All outputs of a jq filter, as a list.

        At most 100000 of them; a filter that goes on without end is stopped.

        ```rhai
        let nodes = [#{ name: "n1", cpu: 4 }, #{ name: "n2", cpu: 8 }];
        let large = jq::all(nodes, ".[] | select(.cpu >= $cpu) | .name", #{ cpu: 8 });
        if large != ["n2"] { throw large; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("all").set_into_module(module, |ctx: NativeCallContext, value: Dynamic, filter: &str| {
        give(&ctx, all(&value, filter, Map::new()))
    });
    FuncRegistration::new("all").set_into_module(
        module,
        |ctx: NativeCallContext, value: Dynamic, filter: &str, variables: Map| {
            give(&ctx, all(&value, filter, variables))
        },
    );
}

fn all(value: &Dynamic, filter: &str, variables: Map) -> Result<Dynamic, Failure> {
    let given = outputs(question(value, filter, variables, false)?)?;
    Ok(Dynamic::from_array(given.iter().map(to_dynamic).collect()))
}
