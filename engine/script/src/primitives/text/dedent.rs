//! `text::dedent`: a text moved to the left.

use rhai::{FuncRegistration, Module};
use runbook_model::Repeat;

use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::dedent",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "text" }],
    options: &[],
    doc: r#"
        A text without the blanks that all its lines begin with, and without an empty first line.

        So a text can stand in a runbook as far to the right as the code around it. A last line of blanks is emptied.

        ```rhai
        let unit = text::dedent(`
            [Service]
              Nice=5
            `);
        if unit != "[Service]\n  Nice=5\n" { throw unit; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("dedent").set_into_module(module, dedent);
}

fn dedent(text: &str) -> String {
    let text = match text.split_once('\n') {
        Some((first, rest)) if first.trim().is_empty() => rest,
        _ => text,
    };
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = text.lines().filter(|line| !line.trim().is_empty()).map(blanks).min().unwrap_or(0);
    let cut = |line: &str| {
        let line_end = if line.ends_with('\n') { "\n" } else { "" };
        if line.trim().is_empty() { line_end.to_owned() } else { line[common..].to_owned() }
    };
    text.split_inclusive('\n').map(cut).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_dedented_and_never_panics(text in "[ \\té\\na]{0,60}") {
            dedent(&text);
        }
    }

    #[test]
    fn the_least_indented_line_decides() {
        assert_eq!(dedent("  a\n    b\n\n  c"), "a\n  b\n\nc");
        assert_eq!(dedent("a\n  b"), "a\n  b");
    }
}
