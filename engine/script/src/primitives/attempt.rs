//! `attempt`: tries something and gives its failure as a value.

use rhai::{Dynamic, FnPtr, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::steer::{clean_failure_of, is_thrown};
use crate::bench::Answer;
use crate::frame::{Frame, call};
use crate::thrown::to_map;
use crate::word::{Form, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "attempt",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["body: closure"], gives: "`#{ok, value, error}`" }],
    options: &[],
    doc: r#"
        Tries something and gives its failure as a value: `#{ok: true, value}` or `#{ok: false, error}`.

        `error` is what a `catch` would get: `#{code, what, causes, retryable, may_have_acted, hints}`.
        A mistake in the script's text, a stop and a gate that waits pass through.

        ```rhai
        let tried = attempt(|| step("may fail", || local::run("exit 3")));
        if tried.ok || tried.error.code != "local.exit" { throw tried; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("attempt")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, body: FnPtr| attempt(&ctx, &body));
}

fn attempt(ctx: &NativeCallContext, body: &FnPtr) -> Answer {
    let frame = Frame::of(ctx)?;
    let answer = match call(ctx, frame.clone(), body, Vec::new(), false) {
        Ok(value) => [("ok", true.into()), ("value", value), ("error", Dynamic::UNIT)],
        Err(error) if is_thrown(&error) => {
            let failure = clean_failure_of(&frame, &error);
            [("ok", false.into()), ("value", Dynamic::UNIT), ("error", Dynamic::from_map(to_map(&failure)))]
        }
        Err(error) => return Err(error),
    };
    Ok(Dynamic::from_map(answer.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>()))
}
