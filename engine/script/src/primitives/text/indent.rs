//! `text::indent`: a text moved to the right.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use crate::language::STRING_BYTES_MAX;
use crate::primitives::pure::{bad, bounded, give, too_long};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::indent",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text", "n: whole number"], gives: "text" }],
    options: &[],
    doc: r#"
        A text with `n` blanks before each line that is not empty.

        ```rhai
        let block = text::indent("a: 1\n\nb: 2\n", 2);
        if block != "  a: 1\n\n  b: 2\n" { throw block; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("indent")
        .set_into_module(module, |ctx: NativeCallContext, text: &str, n: i64| give(&ctx, indent(text, n)));
}

/// `text` with `n` blanks before each line that is not empty.
pub(in crate::primitives) fn indent(text: &str, n: i64) -> Result<String, Failure> {
    let n = usize::try_from(n).map_err(|_| bad(format!("a text cannot be indented by {n}")))?;
    if n.saturating_mul(text.lines().count()) > STRING_BYTES_MAX {
        return Err(too_long());
    }
    let blanks = " ".repeat(n);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if !line.trim_end_matches(['\n', '\r']).is_empty() {
            out.push_str(&blanks);
        }
        out.push_str(line);
    }
    bounded(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(indent("a", -1).unwrap_err().what, "a text cannot be indented by -1");
        assert!(indent("a\nb", i64::MAX).is_err());
        assert_eq!(indent("", 4).unwrap(), "");
    }
}
