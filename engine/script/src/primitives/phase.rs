//! `phase`: a heading.

use rhai::{Dynamic, EvalAltResult, FnPtr, FuncRegistration, Module, NativeCallContext};
use runbook_model::record::{Kind, Outcome};
use runbook_model::{Repeat, Value};
use runbook_run::Halt;
use runbook_run::run::{Enter, Entered};

use super::steer::{Ended, ended, enter_of, key_of, refused};
use crate::bench::{Answer, end};
use crate::frame::{Frame, call};
use crate::pulse::End;
use crate::word::{Form, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "phase",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["name: text", "body: closure"], gives: "what the body gives" }],
    options: &[],
    doc: r#"
        A heading: the steps in it stand under its name, on the screen, in the report and in their keys.

        ```rhai
        phase("prepare", || {
            step("make room", || local::run("true"));
        });
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("phase")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, body: FnPtr| phase(&ctx, name, &body));
}

fn phase(ctx: &NativeCallContext, name: &str, body: &FnPtr) -> Answer {
    let frame = Frame::of(ctx)?;
    let key = key_of(ctx, &frame, name, None)?;
    let enter = enter_of(ctx, &frame, Kind::Phase, key);
    contain(ctx, &frame, enter, |inner| call(ctx, inner, body, Vec::new(), false), |_| Ok(Value::Unit))
}

/// Evaluates what stands in a heading, a fan-out or a branch, and writes its end down. What was done before gives its
/// recorded value.
pub(super) fn contain(
    ctx: &NativeCallContext,
    frame: &Frame,
    enter: Enter,
    body: impl FnOnce(Frame) -> Answer,
    keep: impl FnOnce(&Dynamic) -> Result<Value, Box<EvalAltResult>>,
) -> Answer {
    let run = &frame.bench().run;
    let key = enter.key.clone();
    let container = match run.enter(enter).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Container(container) => container,
        Entered::Known(value) => return Ok(crate::value::to_dynamic(&value)),
        _ => return Err(end(ctx, End::Halt(Halt::Bug(format!("`{key}` entered as something else"))))),
    };
    let inner = frame.body(key).inside(std::sync::Arc::clone(&container));
    let halt = |halt| end(ctx, End::Halt(halt));
    match body(inner.clone()).and_then(|given| Ok((keep(&given)?, given))) {
        Ok((value, given)) => {
            container.settle(run, Outcome::Done(value)).map_err(halt)?;
            Ok(given)
        }
        Err(error) => {
            if let Ended::Failure(failure) = ended(&inner, &error) {
                container.settle(run, Outcome::Failed { failure, again_at: None }).map_err(halt)?;
            }
            Err(error)
        }
    }
}
