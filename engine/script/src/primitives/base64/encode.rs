//! `base64::encode`: text or bytes in base64.

use rhai::{Blob, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{URL, encoded};
use crate::bench::Answer;
use crate::primitives::pure::{bounded, give, switch};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "base64::encode",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["data: text or bytes"], gives: "text" },
        Form { params: &["data: text or bytes", "options: map"], gives: "text" },
    ],
    options: &[URL],
    doc: r#"
        Text or bytes in base64, on one line.

        ```rhai
        if base64::encode("hello?") != "aGVsbG8/" { throw "standard alphabet"; }
        if base64::encode("hello?", #{ url: true }) != "aGVsbG8_" { throw "safe alphabet"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("encode")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| answer(&ctx, text.as_bytes(), Map::new()));
    FuncRegistration::new("encode")
        .set_into_module(module, |ctx: NativeCallContext, bytes: Blob| answer(&ctx, &bytes, Map::new()));
    FuncRegistration::new("encode").set_into_module(module, |ctx: NativeCallContext, text: &str, options: Map| {
        answer(&ctx, text.as_bytes(), options)
    });
    FuncRegistration::new("encode")
        .set_into_module(module, |ctx: NativeCallContext, bytes: Blob, options: Map| answer(&ctx, &bytes, options));
}

fn answer(ctx: &NativeCallContext, bytes: &[u8], options: Map) -> Answer {
    give(ctx, switch(&WORD, options, "url").and_then(|url| bounded(encoded(bytes, url))))
}
