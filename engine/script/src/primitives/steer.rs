//! What the steering words share: making a key, entering, and turning a refusal into what Rhai carries.

use rhai::{Dynamic, EvalAltResult, NativeCallContext};
use runbook_model::key::name_trouble;
use runbook_model::record::Kind;
use runbook_model::{Failure, Key, Value, code};
use runbook_run::run::{Enter, Refusal};

use crate::bench::{end, end_at};
use crate::frame::{Frame, fail, place_of};
use crate::pulse::End;
use crate::thrown::from_thrown;
use crate::trace::failure_of;
use crate::value::to_value;

/// The key of `name` under what `frame` stands in; refuses a name that cannot be part of one.
pub(super) fn key_of(
    ctx: &NativeCallContext,
    frame: &Frame,
    name: &str,
    item: Option<&str>,
) -> Result<Key, Box<EvalAltResult>> {
    let trouble = name_trouble(name).or_else(|| item.and_then(name_trouble));
    let mask = &frame.bench().mask;
    if let Some(secret) = mask.finds(name).or_else(|| item.and_then(|item| mask.finds(item))) {
        let what = format!("a `{}` is named after the secret `{secret}` in clear", ctx.fn_name());
        return Err(fail(
            ctx,
            &Failure::new(code::VALUE_SECRET, what).hint("name it after something that may be seen"),
        ));
    }
    match trouble {
        None => Ok(frame.key().child(name, item)),
        Some(trouble) => {
            let what = format!("`{}` cannot be named `{}`: {trouble}", ctx.fn_name(), name.escape_debug());
            Err(fail(ctx, &Failure::new(code::STEP_NAME, what)))
        }
    }
}

/// `given` as a run keeps it; refuses what cannot be stored, and what holds a secret in clear.
pub(super) fn kept(frame: &Frame, given: &Dynamic) -> Result<Value, Failure> {
    let value = to_value(given)?;
    let Some((path, name)) = frame.bench().mask.finds_in(&value) else { return Ok(value) };
    let at = if path.is_empty() { String::new() } else { format!("{path}: ") };
    let what = format!("{at}the value holds the secret `{name}` in clear");
    Err(Failure::new(code::VALUE_SECRET, what)
        .hint("give back something that does not hold it; read it again with `secret` where it is needed"))
}

/// What enters under `key`, with nothing special about it.
pub(super) fn enter_of(ctx: &NativeCallContext, frame: &Frame, kind: Kind, key: Key) -> Enter {
    crate::pulse::beat();
    let place = place_of(ctx, frame);
    Enter {
        key,
        kind,
        place,
        fingerprint: String::new(),
        of: 1,
        why: None,
        until: None,
        items: Vec::new(),
        undo: false,
        scope: frame.scope(),
        since: frame.since(),
        within: frame.within().cloned(),
    }
}

/// A refusal as Rhai carries it.
pub(super) fn refused(ctx: &NativeCallContext, refusal: Refusal) -> Box<EvalAltResult> {
    match refusal {
        Refusal::Halt(halt) => end(ctx, End::Halt(halt)),
        Refusal::Failure(failure) => fail(ctx, &failure),
    }
}

/// How a body ended that did not give a value.
pub(super) enum Ended {
    /// The evaluation ends: not for the script to catch.
    End(End),
    /// It failed.
    Failure(Box<Failure>),
}

/// What `error` says of the body it came from.
pub(super) fn ended(frame: &Frame, error: &EvalAltResult) -> Ended {
    match end_of(error) {
        Some(why) => Ended::End(why),
        None => Ended::Failure(Box::new(clean_failure_of(frame, error))),
    }
}

/// The failure that `error` means, with secrets masked and the step it came from.
pub(super) fn clean_failure_of(frame: &Frame, error: &EvalAltResult) -> Failure {
    let bench = frame.bench();
    let mut failure = failure_of(error, &bench.sources);
    if failure.step.is_none() && !frame.key().is_root() {
        failure.step = Some(frame.key().clone());
    }
    bench.mask.failure(failure)
}

/// The end of the evaluation that `error` carries, through whatever calls it came.
pub(crate) fn end_of(error: &EvalAltResult) -> Option<End> {
    match error {
        EvalAltResult::ErrorTerminated(token, _) => token.read_lock::<End>().map(|end| end.clone()),
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => end_of(inner),
        _ => None,
    }
}

/// Passes `error` on as it is where a script must not catch it.
pub(super) fn pass(ended: Ended, ctx: &NativeCallContext) -> Box<EvalAltResult> {
    match ended {
        Ended::End(why) => end_at(why, ctx.call_position()),
        Ended::Failure(failure) => fail(ctx, &failure),
    }
}

/// Whether `error` is something a script threw, and not a mistake in its text.
pub(super) fn is_thrown(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::ErrorRuntime(value, _) => !from_thrown(value).code.starts_with("script.re"),
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => {
            is_thrown(inner)
        }
        _ => false,
    }
}
