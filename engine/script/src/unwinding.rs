//! Unwinding a run, newest first: each step's own undo, or the pre-images of its calls.

use std::sync::Arc;

use rhai::{EvalAltResult, NativeCallContext};
use runbook_model::call::Verdict;
use runbook_model::record::{Answer, Kind};
use runbook_model::{Failure, Value};
use runbook_run::run::{Enter, Entered, Refusal};
use runbook_run::unwind::{PastCall, Unwinding};
use runbook_run::{Halt, OpenStep, Retry};

use crate::bench::{Bench, aside};
use crate::evaluate::{Ended, Evaluated};
use crate::frame::{Frame, call};
use crate::primitives::steer::end_of;
use crate::primitives::undo::Undoing;
use crate::primitives::word;
use crate::pulse::End;
use crate::trace::failure_of;
use crate::value::to_dynamic;
use crate::word::NOTHING;

/// What an unwinding came to.
pub struct Unwound {
    /// How it ended; done where all that could be undone is undone.
    pub ended: Ended,
    /// What could not be put back, one line each.
    pub left: Vec<String>,
}

/// Unwinds `plan` with the closures that `rebuilt` has put up; `bench` is the one of this live evaluation.
pub fn unwind(rebuilt: &Evaluated, bench: &Arc<Bench>, plan: &[Unwinding]) -> Unwound {
    let mut left = Vec::new();
    for one in plan {
        match unwind_one(rebuilt, bench, one, &mut left) {
            Ok(()) => {}
            Err(Refusal::Halt(halt)) => return Unwound { ended: Ended::Halted(halt), left },
            Err(Refusal::Failure(failure)) => return Unwound { ended: Ended::Failed(failure), left },
        }
    }
    Unwound { ended: Ended::Done(Value::Unit), left }
}

fn unwind_one(rebuilt: &Evaluated, bench: &Arc<Bench>, one: &Unwinding, left: &mut Vec<String>) -> Result<(), Refusal> {
    let undoing = rebuilt.bench.undoings.of(&one.key);
    let leaves = |call: &&PastCall| word(&call.call.word).is_none_or(|word| word.undone_by != Some(NOTHING));
    let acted: Vec<_> = one.past.calls.iter().filter(|call| call.may_have_acted()).filter(leaves).collect();
    let can_put_back = |brief: &str| word(brief).is_some_and(|word| word.put_back.is_some());
    // A step that did not end well has no value to undo by: what its calls left behind is put back one by one.
    let by_calls = acted.iter().all(|call| call.before.is_some() && can_put_back(&call.call.word));
    let ended_well = one.past.failure.is_none() && one.past.status.is_settled();
    let undoing = undoing.filter(|_| ended_well || !by_calls);
    if undoing.is_none() && acted.is_empty() {
        return Ok(());
    }
    if undoing.is_none() && !by_calls {
        let stays: Vec<_> =
            acted.iter().filter(|call| call.before.is_none() || !can_put_back(&call.call.word)).collect();
        left.extend(stays.iter().map(|call| format!("{}: {}", one.key, call.call.brief)));
        if stays.len() == acted.len() {
            return Ok(());
        }
    }
    let enter = Enter {
        key: one.under.clone(),
        kind: Kind::Unwind,
        place: one.past.place.clone(),
        fingerprint: String::new(),
        of: 1,
        why: None,
        until: None,
        items: Vec::new(),
        undo: false,
        scope: bench.run.new_scope(),
        since: 0,
        within: None,
    };
    let open = match bench.run.enter(enter)? {
        Entered::Open(open) => open,
        Entered::Known(_) => return Ok(()),
        Entered::Failed(failure) => return Err(Refusal::Failure(failure)),
        Entered::Doubt(doubt) => return Err(Halt::InDoubt(doubt.enter.key, None).into()),
        Entered::Container(_) => return Err(Halt::Bug("an unwinding entered as something else".into()).into()),
    };
    let frame = Frame::root(Arc::clone(bench)).body(one.under.clone());
    let frame = frame.open(Arc::clone(open.calls()), open.begun_seq, None);
    let outcome = match &undoing {
        Some(undoing) => by_closure(rebuilt, frame, undoing, &one.past.value),
        None => put_back(bench, &acted),
    };
    settle(bench, open, outcome)
}

fn settle(bench: &Arc<Bench>, open: OpenStep, outcome: Result<(), Stopped>) -> Result<(), Refusal> {
    match outcome {
        Ok(()) => Ok(open.done(Value::Unit)?),
        Err(Stopped::End(End::Halt(halt))) => Err(halt.into()),
        Err(Stopped::End(End::Deadline | End::Endless)) => {
            Err(Halt::Bug("an undo has no time limit of its own".into()).into())
        }
        Err(Stopped::Failure(mut failure)) => {
            failure.step = Some(open.enter.key.clone());
            open.failed(&bench.run, (*failure).clone(), &Retry::default())?;
            Err(Refusal::Failure(failure))
        }
    }
}

enum Stopped {
    End(End),
    Failure(Box<Failure>),
}

fn by_closure(rebuilt: &Evaluated, frame: Frame, undoing: &Undoing, value: &Value) -> Result<(), Stopped> {
    let ctx = NativeCallContext::new_with_all_fields(
        &rebuilt.engine,
        "undo",
        undoing.source.as_deref(),
        &undoing.state,
        undoing.at,
    );
    let sources = Arc::clone(&frame.bench().sources);
    let mask = Arc::clone(&frame.bench().mask);
    let given = call(&ctx, frame.clone(), &undoing.body, vec![to_dynamic(value)], true);
    let given = match given {
        // `undo: || …` does not care for the value.
        Err(error) if takes_nothing(&error, undoing) => call(&ctx, frame, &undoing.body, Vec::new(), true),
        given => given,
    };
    match given {
        Ok(_) => Ok(()),
        Err(error) => Err(match end_of(&error) {
            Some(why) => Stopped::End(why),
            None => Stopped::Failure(Box::new(mask.failure(failure_of(&error, &sources)))),
        }),
    }
}

fn takes_nothing(error: &EvalAltResult, undoing: &Undoing) -> bool {
    match error {
        EvalAltResult::ErrorInModule(_, inner, _) => takes_nothing(inner, undoing),
        EvalAltResult::ErrorFunctionNotFound(called, _) => called.starts_with(undoing.body.fn_name()),
        _ => false,
    }
}

/// Puts back what the calls of a step found, the last call first.
fn put_back(bench: &Arc<Bench>, acted: &[&PastCall]) -> Result<(), Stopped> {
    for call in acted.iter().rev() {
        let (Some(before), Some(put_back)) = (&call.before, word(&call.call.word).and_then(|word| word.put_back))
        else {
            continue;
        };
        let written = match (&call.verdict, &call.answer) {
            (Some(Verdict::Done { value }), _) | (_, Some(Answer::Value(value))) => Some(value.clone()),
            (_, Some(Answer::Failure(_)) | None) => None,
        };
        let done = aside(bench, put_back(Arc::clone(bench), before.clone(), written));
        done.map_err(|halt| Stopped::End(End::Halt(halt)))?.map_err(|failure| {
            let failure = failure.because(format!("it was to put back what `{}` changed", call.call.brief));
            Stopped::Failure(Box::new(failure))
        })?;
    }
    Ok(())
}
