//! `regex::split`: what stands between the matches of a pattern.

use rhai::{Array, Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::{compiled, too_many};
use crate::language::LIST_ITEMS_MAX;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "regex::split",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["pattern: text", "text: text"], gives: "list" }],
    options: &[],
    doc: r#"
        What stands between the matches of a pattern in a text, in order; the whole text where there is none.

        ```rhai
        let parts = regex::split(`\s*[,;]\s*`, "n1 , n2;n3");
        if parts != ["n1", "n2", "n3"] { throw parts; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("split").set_into_module(module, |ctx: NativeCallContext, pattern: &str, text: &str| {
        give(&ctx, split(pattern, text).map(Dynamic::from_array))
    });
}

fn split(pattern: &str, text: &str) -> Result<Array, Failure> {
    let regex = compiled(pattern)?;
    let parts: Array = regex.split(text).take(LIST_ITEMS_MAX + 1).map(|part| part.into()).collect();
    if parts.len() > LIST_ITEMS_MAX { Err(too_many()) } else { Ok(parts) }
}
