//! `regex::find_all`: all matches of a pattern.

use rhai::{Array, Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::{compiled, too_many};
use crate::language::LIST_ITEMS_MAX;
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "regex::find_all",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["pattern: text", "text: text"], gives: "list" }],
    options: &[],
    doc: r#"
        All matches of a pattern in a text, in order.

        ```rhai
        let pods = regex::find_all(`\bdb-\d+\b`, "db-0 is ready, db-1 is not");
        if pods != ["db-0", "db-1"] { throw pods; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("find_all").set_into_module(module, |ctx: NativeCallContext, pattern: &str, text: &str| {
        give(&ctx, find_all(pattern, text).map(Dynamic::from_array))
    });
}

fn find_all(pattern: &str, text: &str) -> Result<Array, Failure> {
    let regex = compiled(pattern)?;
    let found: Array = regex.find_iter(text).take(LIST_ITEMS_MAX + 1).map(|found| found.as_str().into()).collect();
    if found.len() > LIST_ITEMS_MAX { Err(too_many()) } else { Ok(found) }
}
