//! How words that take options come into their module: once without them and once with.

use rhai::{FuncRegistration, Map, Module, NativeCallContext, Variant};

use crate::bench::Answer;

/// A word of options alone.
pub(crate) fn bare(module: &mut Module, name: &str, word: fn(&NativeCallContext, Map) -> Answer) {
    volatile(name).set_into_module(module, move |ctx: NativeCallContext| word(&ctx, Map::new()));
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, options: Map| word(&ctx, options));
}

/// A word of one text.
pub(crate) fn of_text(module: &mut Module, name: &str, word: fn(&NativeCallContext, &str, Map) -> Answer) {
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, text: &str| word(&ctx, text, Map::new()));
    volatile(name)
        .set_into_module(module, move |ctx: NativeCallContext, text: &str, options: Map| word(&ctx, text, options));
}

/// A word of two texts.
pub(crate) fn of_texts(module: &mut Module, name: &str, word: fn(&NativeCallContext, &str, &str, Map) -> Answer) {
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, one: &str, other: &str| {
        word(&ctx, one, other, Map::new())
    });
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, one: &str, other: &str, options: Map| {
        word(&ctx, one, other, options)
    });
}

/// A word of one value.
pub(crate) fn of_value<T: Variant + Clone>(
    module: &mut Module,
    name: &str,
    word: fn(&NativeCallContext, &T, Map) -> Answer,
) {
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, value: T| word(&ctx, &value, Map::new()));
    volatile(name)
        .set_into_module(module, move |ctx: NativeCallContext, value: T, options: Map| word(&ctx, &value, options));
}

/// A word of a text and a value.
pub(crate) fn of_text_and_value<T: Variant + Clone>(
    module: &mut Module,
    name: &str,
    word: fn(&NativeCallContext, &str, &T, Map) -> Answer,
) {
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, text: &str, value: T| {
        word(&ctx, text, &value, Map::new())
    });
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, text: &str, value: T, options: Map| {
        word(&ctx, text, &value, options)
    });
}

/// A word of a value and a text.
pub(crate) fn of_value_and_text<T: Variant + Clone>(
    module: &mut Module,
    name: &str,
    word: fn(&NativeCallContext, &T, &str, Map) -> Answer,
) {
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, value: T, text: &str| {
        word(&ctx, &value, text, Map::new())
    });
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, value: T, text: &str, options: Map| {
        word(&ctx, &value, text, options)
    });
}

/// A word of two values.
pub(crate) fn of_values<T: Variant + Clone, U: Variant + Clone>(
    module: &mut Module,
    name: &str,
    word: fn(&NativeCallContext, &T, &U, Map) -> Answer,
) {
    volatile(name)
        .set_into_module(module, move |ctx: NativeCallContext, one: T, other: U| word(&ctx, &one, &other, Map::new()));
    volatile(name).set_into_module(module, move |ctx: NativeCallContext, one: T, other: U, options: Map| {
        word(&ctx, &one, &other, options)
    });
}

/// What is asked of the world may be answered otherwise the next time: no call of it is computed ahead.
fn volatile(name: &str) -> FuncRegistration {
    FuncRegistration::new(name).with_volatility(true)
}
