//! `base64::decode`: the text that base64 stands for.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::{URL, decoded};
use crate::primitives::pure::{bad, give, switch};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "base64::decode",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["text: text"], gives: "text" },
        Form { params: &["text: text", "options: map"], gives: "text" },
    ],
    options: &[URL],
    doc: r#"
        The text that base64 stands for.

        Line breaks, blanks and missing padding do not matter.
        What is not UTF-8 is refused; `base64::decode_bytes` takes it.

        ```rhai
        let secret = #{ data: #{ user: "YWRtaW4=" } };
        if base64::decode(secret.data.user) != "admin" { throw "the wrong user"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("decode")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, decode(text, Map::new())));
    FuncRegistration::new("decode")
        .set_into_module(module, |ctx: NativeCallContext, text: &str, options: Map| give(&ctx, decode(text, options)));
}

fn decode(text: &str, options: Map) -> Result<String, Failure> {
    let bytes = decoded(text, switch(&WORD, options, "url")?)?;
    String::from_utf8(bytes).map_err(|_| {
        bad("what the base64 text stands for is not UTF-8")
            .hint("use `base64::decode_bytes` for bytes that are no text")
    })
}
