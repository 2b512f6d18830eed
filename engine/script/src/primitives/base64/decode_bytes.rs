//! `base64::decode_bytes`: the bytes that base64 stands for.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use super::{URL, decoded};
use crate::primitives::pure::{give, switch};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "base64::decode_bytes",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["text: text"], gives: "bytes" },
        Form { params: &["text: text", "options: map"], gives: "bytes" },
    ],
    options: &[URL],
    doc: r#"
        The bytes that base64 stands for.

        Line breaks, blanks and missing padding do not matter.

        ```rhai
        let bytes = base64::decode_bytes("/wA=");
        if bytes.len() != 2 || bytes[0] != 255 { throw bytes; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("decode_bytes")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, decode(text, Map::new())));
    FuncRegistration::new("decode_bytes")
        .set_into_module(module, |ctx: NativeCallContext, text: &str, options: Map| give(&ctx, decode(text, options)));
}

fn decode(text: &str, options: Map) -> Result<Dynamic, Failure> {
    Ok(Dynamic::from_blob(decoded(text, switch(&WORD, options, "url")?)?))
}
