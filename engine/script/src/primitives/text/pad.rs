//! `text::pad`: a text filled up to a width.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use crate::language::STRING_BYTES_MAX;
use crate::primitives::pure::{give, too_long};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::pad",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text", "width: whole number"], gives: "text" }],
    options: &[],
    doc: r#"
        A text filled up with blanks to a width in characters; a longer one stays as it is.

        The blanks come after the text, or before it where the width is negative.

        ```rhai
        let row = text::pad("n1", 6) + text::pad("98%", -5);
        if row != "n1      98%" { throw row; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("pad")
        .set_into_module(module, |ctx: NativeCallContext, text: &str, width: i64| give(&ctx, pad(text, width)));
}

fn pad(text: &str, width: i64) -> Result<String, Failure> {
    let wanted = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
    let missing = wanted.saturating_sub(text.chars().count());
    if missing > STRING_BYTES_MAX {
        return Err(too_long());
    }
    let blanks = " ".repeat(missing);
    Ok(if width < 0 { format!("{blanks}{text}") } else { format!("{text}{blanks}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_count_not_bytes_and_no_width_is_too_much() {
        assert_eq!(pad("é", 2).unwrap(), "é ");
        assert_eq!(pad("long", 2).unwrap(), "long");
        assert!(pad("", i64::MIN).is_err());
    }
}
