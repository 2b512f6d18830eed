//! `text::parse_duration`: the seconds that a text means.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use crate::options;
use crate::primitives::pure::{bad, give, shown};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::parse_duration",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "number" }],
    options: &[],
    doc: r#"
        The seconds that a length of time like `90s`, `1h30m`, `250ms` or `2d` means.

        Whole seconds come as a whole number. The units are `d`, `h`, `m`, `s` and `ms`, each at most once, from large
        to small.

        ```rhai
        if text::parse_duration("1h30m") != 5400 { throw text::parse_duration("1h30m"); }
        if text::parse_duration("250ms") != 0.25 { throw text::parse_duration("250ms"); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("parse_duration")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, parse(text)));
}

fn parse(text: &str) -> Result<Dynamic, Failure> {
    let wrong =
        || bad(format!("{} is no length of time", shown(text))).hint("write one like `90s`, `1h30m` or `250ms`");
    let length = options::parse_duration(text).ok_or_else(wrong)?;
    if length.subsec_nanos() != 0 {
        return Ok(length.as_secs_f64().into());
    }
    i64::try_from(length.as_secs()).map(Dynamic::from).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in "[0-9.a-z ]{0,24}|.*") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        assert_eq!(parse("10").unwrap_err().what, "`10` is no length of time");
        assert!(parse("99999999999999999999d").is_err());
    }
}
