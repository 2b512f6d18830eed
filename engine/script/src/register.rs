//! How words that take options come into their module: once without them and once with.

use rhai::{FuncRegistration, Map, Module, NativeCallContext};

use crate::bench::Answer;

/// A word of one text.
pub(crate) fn of_text(module: &mut Module, name: &str, word: fn(&NativeCallContext, &str, Map) -> Answer) {
    FuncRegistration::new(name)
        .with_volatility(true)
        .set_into_module(module, move |ctx: NativeCallContext, text: &str| word(&ctx, text, Map::new()));
    FuncRegistration::new(name)
        .with_volatility(true)
        .set_into_module(module, move |ctx: NativeCallContext, text: &str, options: Map| word(&ctx, text, options));
}

/// A word of two texts.
pub(crate) fn of_texts(module: &mut Module, name: &str, word: fn(&NativeCallContext, &str, &str, Map) -> Answer) {
    FuncRegistration::new(name)
        .with_volatility(true)
        .set_into_module(module, move |ctx: NativeCallContext, one: &str, other: &str| {
            word(&ctx, one, other, Map::new())
        });
    FuncRegistration::new(name)
        .with_volatility(true)
        .set_into_module(module, move |ctx: NativeCallContext, one: &str, other: &str, options: Map| {
            word(&ctx, one, other, options)
        });
}
