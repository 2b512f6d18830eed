//! `jq::first`: the first output of a filter, said in full.

use rhai::Module;
use runbook_model::Repeat;

use super::word::register_as;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "jq::first",
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
        The first output of a jq filter, `()` where it gives none; the same as `jq`.

        What comes after the first output is not computed.

        ```rhai
        if jq::first([3, 1, 2], ".[] | select(. < 3)") != 1 { throw "the first below three"; }
        if jq::first([], ".[]") != () { throw "there is none"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    register_as("first", module);
}
