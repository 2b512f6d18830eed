//! A step in doubt: its own `done_when`, the looks of its words, or a person decide whether it took place.

use rhai::{Dynamic, EvalAltResult, NativeCallContext};
use runbook_model::call::Verdict;
use runbook_model::record::Ruling;
use runbook_model::{Failure, Value, code};
use runbook_run::run::{Doubtful, Enter, Entered};
use runbook_run::step::PastCall;
use runbook_run::{Halt, OpenStep};

use super::steer::{kept, refused};
use super::step::Told;
use crate::bench::{Answer, end};
use crate::frame::{Frame, call, fail};
use crate::looks;
use crate::pulse::End;
use crate::value::to_dynamic;

/// A doubt that is settled.
pub(super) enum Settled {
    /// The step counts as done, with this value.
    Done(Dynamic),
    /// Its attempt goes on.
    Open(OpenStep),
}

/// A step whose calls were cut off: its own `done_when` decides, else what the words of its calls see, else a person.
pub(super) fn settle(
    ctx: &NativeCallContext,
    frame: &Frame,
    doubt: Doubtful,
    told: &Told,
) -> Result<Settled, Box<EvalAltResult>> {
    let run = &frame.bench().run;
    let enter = doubt.enter;
    if let Some(value) = done_already(ctx, frame, told)? {
        return rule_done(ctx, frame, &enter, value, "its `done_when` says so").map(Settled::Done);
    }
    if told.done_when.is_none() {
        if decided(ctx, frame, &enter, doubt.calls)?.is_none() {
            return Err(in_doubt(ctx, frame, &enter, None));
        }
    } else {
        for call in &doubt.calls {
            let ruling = Ruling::Call { nth: call.nth, verdict: Verdict::NotDone };
            run.rule(&enter.key, ruling, "done_when", "it says no").map_err(|halt| end(ctx, End::Halt(halt)))?;
        }
    }
    take_up(ctx, frame, enter, DECIDED).map(Settled::Open)
}

/// What looks at the world made of a step's calls in doubt.
pub(super) enum Decided {
    /// Each took place.
    Done,
    /// One did not.
    NotDone,
    /// One did in part: it may only go on as the call it was, never as a new one.
    Partly,
}

/// Lets the words look whether their calls took place; nothing where one of them cannot tell.
pub(super) fn decided(
    ctx: &NativeCallContext,
    frame: &Frame,
    enter: &Enter,
    calls: Vec<PastCall>,
) -> Result<Option<Decided>, Box<EvalAltResult>> {
    let open: Vec<_> = calls.into_iter().filter(PastCall::is_open).map(|call| (enter.key.clone(), call)).collect();
    let open: Vec<_> = open.into_iter().filter(|(_, call)| call.call.repeat.needs_intent_on_disk()).collect();
    let asked = open.len();
    let seen = looks::look(frame.bench(), open).map_err(|halt| end(ctx, End::Halt(halt)))?;
    if seen.len() < asked || seen.iter().any(|seen| seen.sight.verdict == Verdict::Unknown) {
        return Ok(None);
    }
    let is = |verdict: &dyn Fn(&Verdict) -> bool| seen.iter().any(|seen| verdict(&seen.sight.verdict));
    Ok(Some(match (is(&|verdict| *verdict == Verdict::Partly), is(&|verdict| *verdict == Verdict::NotDone)) {
        (true, _) => Decided::Partly,
        (false, true) => Decided::NotDone,
        (false, false) => Decided::Done,
    }))
}

/// Why an attempt is taken up again whose calls were looked at.
pub(super) const DECIDED: &str = "every call of it is decided";

/// Takes an attempt up again.
pub(super) fn take_up(
    ctx: &NativeCallContext,
    frame: &Frame,
    enter: Enter,
    why: &str,
) -> Result<OpenStep, Box<EvalAltResult>> {
    let enter = Enter { scope: frame.bench().run.new_scope(), ..enter };
    let taken = frame.bench().run.take_up(enter, "evidence", why);
    match taken.map_err(|refusal| refused(ctx, refusal))? {
        Entered::Open(open) => Ok(open),
        _ => Err(end(ctx, End::Halt(Halt::Bug("a settled doubt could not begin again".into())))),
    }
}

/// Halts the run: nobody knows whether the step's effect took place.
pub(super) fn in_doubt(
    ctx: &NativeCallContext,
    frame: &Frame,
    enter: &Enter,
    why: Option<Failure>,
) -> Box<EvalAltResult> {
    let halt = Halt::InDoubt(enter.key.clone(), why.map(Box::new));
    frame.bench().run.stop.halt(halt.clone());
    end(ctx, End::Halt(halt))
}

/// What the step's `done_when` says: the value of a step that is done.
pub(super) fn done_already(
    ctx: &NativeCallContext,
    frame: &Frame,
    told: &Told,
) -> Result<Option<Value>, Box<EvalAltResult>> {
    let Some(done_when) = &told.done_when else { return Ok(None) };
    let deadline = told.timeout.map(|timeout| frame.bench().run.clock().moment() + timeout);
    let given = call(ctx, frame.looking(deadline), done_when, Vec::new(), true)?;
    if let Ok(done) = given.as_bool() {
        return Ok(done.then_some(Value::Unit));
    }
    let map = given.as_map_ref().ok().filter(|map| map.contains_key("done"));
    let Some(map) = map else {
        let failure = Failure::new(
            code::WORD_OPTION,
            "option `done_when` of `step` gives `true` or `false`, or `#{done, value}`",
        );
        return Err(fail(ctx, &failure));
    };
    if !map["done"].as_bool().unwrap_or(false) {
        return Ok(None);
    }
    let value =
        map.get("value").map_or(Ok(Value::Unit), |value| kept(frame, value)).map_err(|failure| fail(ctx, &failure))?;
    Ok(Some(value))
}

pub(super) fn rule_done(ctx: &NativeCallContext, frame: &Frame, enter: &Enter, value: Value, why: &str) -> Answer {
    let given = to_dynamic(&value);
    let run = &frame.bench().run;
    run.rule(&enter.key, Ruling::Done(value), "done_when", why).map_err(|halt| end(ctx, End::Halt(halt)))?;
    Ok(given)
}
