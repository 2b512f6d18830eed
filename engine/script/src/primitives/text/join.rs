//! `text::join`: the entries of a list as one text.

use rhai::{Array, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use crate::language::STRING_BYTES_MAX;
use crate::primitives::pure::{give, too_long};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::join",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["list: list", "between: text"], gives: "text" }],
    options: &[],
    doc: r#"
        The entries of a list as one text, with `between` between them.

        ```rhai
        let shown = text::join(["n1", "n2", 3], ", ");
        if shown != "n1, n2, 3" { throw shown; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("join")
        .set_into_module(module, |ctx: NativeCallContext, list: Array, between: &str| give(&ctx, join(&list, between)));
}

fn join(list: &Array, between: &str) -> Result<String, Failure> {
    let mut out = String::new();
    for (nth, entry) in list.iter().enumerate() {
        if nth > 0 {
            out.push_str(between);
        }
        match entry.read_lock::<rhai::ImmutableString>() {
            Some(text) => out.push_str(&text),
            None => out.push_str(&entry.to_string()),
        }
        if out.len() > STRING_BYTES_MAX {
            return Err(too_long());
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_none_or_one_has_nothing_between() {
        assert_eq!(join(&vec![], ", ").unwrap(), "");
        assert_eq!(join(&vec!["a".into()], ", ").unwrap(), "a");
    }

    #[test]
    fn what_would_be_too_long_is_refused() {
        let long = rhai::Dynamic::from("x".repeat(STRING_BYTES_MAX / 2));
        assert!(join(&vec![long.clone(), long.clone(), long], "").is_err());
    }
}
