//! `jq`: the first output of a filter.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::run::{Question, outputs};
use crate::primitives::pure::give;
use crate::value::{to_dynamic, to_value};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "jq",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["value: any", "filter: text"], gives: "any" },
        Form { params: &["value: any", "filter: text", "variables: map"], gives: "any" },
    ],
    options: &[],
    doc: r#"
        The first output of a jq filter, `()` where it gives none.

        `jq::all` gives all outputs. A filter sees its input and its variables and nothing else: no environment, no
        clock, no files. One that goes on without end is stopped.

        ```rhai
        let pods = #{ items: [#{ name: "a", ready: true }, #{ name: "b", ready: false }] };
        let waiting = jq(pods, "[.items[] | select(.ready | not) | .name]");
        if waiting != ["b"] { throw waiting; }
        let one = jq(pods, ".items[] | select(.name == $name) | .ready", #{ name: "a" });
        if !one { throw "pod `a` is ready"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    register_as("jq", module);
}

/// Registers the calls that give the first output as `name`.
pub(super) fn register_as(name: &str, module: &mut Module) {
    FuncRegistration::new(name).set_into_module(module, |ctx: NativeCallContext, value: Dynamic, filter: &str| {
        give(&ctx, first(&value, filter, Map::new()))
    });
    FuncRegistration::new(name).set_into_module(
        module,
        |ctx: NativeCallContext, value: Dynamic, filter: &str, variables: Map| {
            give(&ctx, first(&value, filter, variables))
        },
    );
}

fn first(value: &Dynamic, filter: &str, variables: Map) -> Result<Dynamic, Failure> {
    let given = outputs(question(value, filter, variables, true)?)?;
    Ok(given.first().map_or(Dynamic::UNIT, to_dynamic))
}

/// What the arguments of a call ask.
pub(super) fn question<'q>(
    value: &Dynamic,
    filter: &'q str,
    variables: Map,
    first: bool,
) -> Result<Question<'q>, Failure> {
    let variables = variables.iter().map(|(name, value)| Ok((format!("${name}"), to_value(value)?)));
    Ok(Question { code: filter, input: to_value(value)?, variables: variables.collect::<Result<_, Failure>>()?, first })
}
