//! `step`: the durable unit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, EvalAltResult, FnPtr, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::call::Verdict;
use runbook_model::record::{Kind, Ruling};
use runbook_model::survey::{Drift, Survey};
use runbook_model::{Failure, Progress, Repeat, Value, code};
use runbook_run::run::{Enter, Entered};
use runbook_run::step::Calls;
use runbook_run::{Halt, Mode, OpenStep, Outcome, Retry};

use super::doubt::{self, Decided, Settled, decided, done_already, in_doubt, rule_done, take_up};
use super::steer::{Ended, ended, enter_of, kept, key_of, refused};
use crate::bench::{Answer, Met, end, pause};
use crate::frame::{Frame, call, fail};
use crate::options::{Options, parse_duration};
use crate::pulse::End;
use crate::value::to_dynamic;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "step",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["name: text", "body: closure"], gives: "what the body gives" },
        Form { params: &["name: text", "options: map", "body: closure"], gives: "what the body gives" },
    ],
    options: &[
        Opt {
            name: "retry",
            takes: "a whole number",
            doc: "how many attempts it may have in all; 1 where it is left out",
        },
        Opt {
            name: "backoff",
            takes: "a span of time, `\"1s..30s\"`",
            doc: "the wait before the next attempt, doubling from the first to the second",
        },
        Opt { name: "timeout", takes: "a length of time", doc: "how long one attempt may take" },
        Opt {
            name: "undo",
            takes: "a closure `|value| …`",
            doc: "puts back what the step did; it gets the step's value",
        },
        Opt {
            name: "done_when",
            takes: "a closure `|| true`",
            doc: "says whether the step is done: looked at before the first attempt and when in doubt",
        },
        Opt {
            name: "key",
            takes: "text",
            doc: "tells steps of one name apart, as in a loop: the key becomes `name[key]`",
        },
        Opt { name: "why", takes: "text", doc: "one line for whoever reads the run" },
    ],
    doc: r#"
        The durable unit: written down before it acts and after it has acted.

        A step that is done gives its recorded value on every resume, without running and without printing.
        One that was cut off in the middle is never silently run again: each call in it says what may be done.
        The body speaks only through its value; what it assigns to a variable outside is an error.

        ```rhai
        let who = step("ask who we are", #{ retry: 3, backoff: "1s..10s", timeout: "30s" }, || {
            local::run("id -un").stdout.trim()
        });
        step("greet", || local::run(`echo hello`, #{ repeat: "safe" }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("step")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, body: FnPtr| step(&ctx, name, Map::new(), &body));
    FuncRegistration::new("step")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, options: Map, body: FnPtr| {
            step(&ctx, name, options, &body)
        });
}

/// What a step was told.
pub(super) struct Told {
    retry: Retry,
    pub(super) timeout: Option<Duration>,
    pub(super) done_when: Option<FnPtr>,
    undo: Option<FnPtr>,
}

fn step(ctx: &NativeCallContext, name: &str, options: Map, body: &FnPtr) -> Answer {
    let frame = Frame::of(ctx)?;
    let options = Options::new(&WORD, options).map_err(|failure| fail(ctx, &failure))?;
    let told = told(&options).map_err(|failure| fail(ctx, &failure))?;
    let item = options.raw("key").map(|key| key.to_string());
    let key = key_of(ctx, &frame, name, item.as_deref())?;
    let mut enter = enter_of(ctx, &frame, Kind::Step, key);
    enter.of = told.retry.attempts;
    let why = options.text("why").map_err(|failure| fail(ctx, &failure))?;
    enter.why = why.map(|why| frame.bench().mask.text(&why).into_owned());
    enter.undo = told.undo.is_some();
    enter.fingerprint = frame.bench().fingerprints.of(&enter.place.file, enter.place.line, enter.place.col);
    go(ctx, &frame, enter, &told, &|frame| call(ctx, frame, body, Vec::new(), true))
}

/// The body of a step, evaluated in a frame.
pub(super) type Body<'b> = dyn Fn(Frame) -> Answer + 'b;

/// A step of a word's own, with nothing asked of it.
pub(super) fn own(ctx: &NativeCallContext, frame: &Frame, enter: Enter, body: &Body<'_>) -> Answer {
    let told = Told { retry: Retry::default(), timeout: None, done_when: None, undo: None };
    go(ctx, frame, enter, &told, body)
}

fn told(options: &Options<'_>) -> Result<Told, Failure> {
    let mut retry = Retry { attempts: options.count("retry")?.unwrap_or(1).max(1), ..Retry::default() };
    if let Some(text) = options.text("backoff")? {
        (retry.first, retry.most) = backoff(&text).ok_or_else(|| {
            Failure::new(
                code::WORD_OPTION,
                format!("option `backoff` of `step` takes a range like `\"1s..30s\"`, not `{text}`"),
            )
        })?;
    }
    Ok(Told {
        retry,
        timeout: options.duration("timeout")?,
        done_when: options.closure("done_when")?,
        undo: options.closure("undo")?,
    })
}

fn backoff(text: &str) -> Option<(Duration, Duration)> {
    match text.split_once("..") {
        Some((first, most)) => Some((parse_duration(first)?, parse_duration(most)?)).filter(|(a, b)| a <= b),
        None => parse_duration(text).map(|same| (same, same)),
    }
}

fn go(ctx: &NativeCallContext, frame: &Frame, enter: Enter, told: &Told, body: &Body<'_>) -> Answer {
    let bench = frame.bench();
    note_meeting(frame, &enter);
    if let (Mode::Rebuild, Some(undo)) = (bench.run.options.mode, &told.undo) {
        bench.undoings.put_up(ctx, &enter.key, undo);
    }
    match bench.run.enter(enter.clone()).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Known(value) => {
            look_for_drift(ctx, frame, &enter, told);
            look_inside(frame, &enter, body);
            Ok(to_dynamic(&value))
        }
        Entered::Failed(failure) => Err(fail(ctx, &failure)),
        Entered::Open(open) => {
            tell_drift(frame);
            if open.attempt == 1
                && let Some(value) = done_already(ctx, frame, told)?
            {
                return rule_done(ctx, frame, &enter, value, "it was so before the first attempt");
            }
            attempts(ctx, frame, open, told, body)
        }
        Entered::Doubt(doubt) => {
            tell_drift(frame);
            match doubt::settle(ctx, frame, doubt, told)? {
                Settled::Done(value) => Ok(value),
                Settled::Open(open) => attempts(ctx, frame, open, told, body),
            }
        }
        Entered::Container(_) => Err(end(ctx, End::Halt(Halt::Bug("a step entered as a container".into())))),
    }
}

/// How often an attempt goes on with a call that was done in part, before a person is asked.
const TAKEN_UP_MAX: u32 = 3;

/// How long is waited before a call is repeated whose reply was lost; longer each time.
const LOST_PAUSE: Duration = Duration::from_secs(1);

/// Attempt after attempt, until one gives a value or the last has failed.
fn attempts(ctx: &NativeCallContext, frame: &Frame, mut open: OpenStep, told: &Told, body: &Body<'_>) -> Answer {
    let run = &frame.bench().run;
    let mut taken_up = 0;
    loop {
        let failure = match attempt(frame, &open, told, body) {
            Ok((given, value)) => {
                open.done(value).map_err(|halt| end(ctx, End::Halt(halt)))?;
                return Ok(given);
            }
            Err(Ended::End(why)) => return Err(leave(ctx, open, why)),
            Err(Ended::Failure(failure)) => placed(frame, &open.enter, *failure),
        };
        let enter = open.enter.clone();
        if let Some(nth) = open.calls().doubt() {
            if let Some(value) = done_already(ctx, frame, told)? {
                return rule_done(ctx, frame, &enter, value, "its `done_when` says so");
            }
            if told.done_when.is_some() {
                let ruling = Ruling::Call { nth, verdict: Verdict::NotDone };
                run.rule(&enter.key, ruling, "done_when", "").map_err(|halt| end(ctx, End::Halt(halt)))?;
            } else {
                let calls = run.past(&enter.key).map_or(Vec::new(), |past| past.open_calls().to_vec());
                match decided(ctx, frame, &enter, calls)? {
                    // It did take place: the attempt goes on behind it.
                    Some(Decided::Done) => {
                        open = take_up(ctx, frame, enter, doubt::DECIDED)?;
                        continue;
                    }
                    // It goes on as the call it was, and finds a part of its work done.
                    Some(Decided::Partly) if taken_up < TAKEN_UP_MAX && failure.code != code::STEP_TIMEOUT => {
                        taken_up += 1;
                        open = take_up(ctx, frame, enter, doubt::DECIDED)?;
                        continue;
                    }
                    Some(Decided::NotDone) => {}
                    Some(Decided::Partly) | None => return Err(in_doubt(ctx, frame, &enter, Some(failure))),
                }
            }
        }
        if open.calls().lost() && taken_up < TAKEN_UP_MAX {
            taken_up += 1;
            pause(ctx, run.clock().moment() + LOST_PAUSE * taken_up)?;
            open = take_up(ctx, frame, enter, "a reply was lost, and the call may be repeated")?;
            continue;
        }
        match open.failed(run, failure, &told.retry).map_err(|halt| end(ctx, End::Halt(halt)))? {
            Outcome::Failed(failure) => return Err(fail(ctx, &failure)),
            Outcome::Again(wait) => pause(ctx, run.clock().moment() + wait)?,
        }
        open = reopen(ctx, frame, enter)?;
    }
}

/// One attempt: the value as the script sees it and as it is kept.
fn attempt(frame: &Frame, open: &OpenStep, told: &Told, body: &Body<'_>) -> Result<(Dynamic, Value), Ended> {
    let deadline = told.timeout.map(|timeout| frame.bench().run.clock().moment() + timeout);
    let inner = frame.body(open.enter.key.clone()).open(Arc::clone(open.calls()), open.begun_seq, deadline);
    let given = catch_unwind(AssertUnwindSafe(|| body(inner.clone())))
        .map_err(|_| Ended::End(End::Halt(Halt::Bug("a panic while a step was evaluated".into()))))?
        .map_err(|error| match ended(&inner, &error) {
            Ended::End(End::Deadline) if !frame.is_late() => Ended::Failure(Box::new(late(&open.enter, told.timeout))),
            Ended::End(End::Endless) => Ended::Failure(Box::new(endless(&open.enter))),
            other => other,
        })?;
    let bad = |failure: Failure| Ended::Failure(Box::new(Failure { step: Some(open.enter.key.clone()), ..failure }));
    let value = kept(frame, &given).map_err(bad)?;
    Ok((given, value))
}

fn late(enter: &Enter, timeout: Option<Duration>) -> Failure {
    let after = timeout.map_or(String::new(), |timeout| format!(" after {timeout:?}"));
    let mut failure = Failure::new(code::STEP_TIMEOUT, format!("`{}` was not done{after}", enter.key)).retryable();
    failure.step = Some(enter.key.clone());
    failure
}

fn endless(enter: &Enter) -> Failure {
    let limit = crate::pulse::COMPUTE_MAX.as_secs();
    let mut failure =
        Failure::new(code::SCRIPT_ENDLESS, format!("`{}` computed for {limit}s without calling a word", enter.key))
            .hint("look for a loop that never ends");
    failure.step = Some(enter.key.clone());
    failure
}

/// The failure, at the call of the step where it does not say where it happened.
fn placed(frame: &Frame, enter: &Enter, mut failure: Failure) -> Failure {
    if failure.frames.is_empty() {
        let place = &enter.place;
        failure.frames.push(frame.bench().sources.frame(&place.file, (place.line, place.col), ""));
    }
    failure
}

/// The next attempt of a step whose last one failed.
fn reopen(ctx: &NativeCallContext, frame: &Frame, enter: Enter) -> Result<OpenStep, Box<EvalAltResult>> {
    // The same step enters again: in a scope of its own, or it would count as repeated.
    let enter = Enter { scope: frame.bench().run.new_scope(), ..enter };
    match frame.bench().run.enter(enter).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Open(open) => Ok(open),
        _ => Err(end(ctx, End::Halt(Halt::Bug("a failed step could not begin again".into())))),
    }
}

/// Leaves an attempt where it is: the run ends within it.
fn leave(ctx: &NativeCallContext, open: OpenStep, why: End) -> Box<EvalAltResult> {
    if let End::Halt(halt @ (Halt::Stopped | Halt::Gate(_) | Halt::Until(_) | Halt::Guard(_) | Halt::Lock(_))) = &why {
        let word = match halt {
            Halt::Gate(_) => "a gate waits",
            Halt::Guard(_) => "a guard is broken",
            Halt::Lock(_) => "the lock of the cluster is another's",
            _ => "the run was stopped",
        };
        if let Err(halt) = open.stopped(word) {
            return end(ctx, End::Halt(halt));
        }
    }
    end(ctx, why)
}

/// Replays the body of a finished step that has steps in it, so that what they put up to undo is put up again.
fn look_inside(frame: &Frame, enter: &Enter, body: &Body<'_>) {
    let run = &frame.bench().run;
    if run.options.mode == Mode::Rebuild && run.has_inside(&enter.key) {
        let inner = frame.body(enter.key.clone()).open(Calls::replay(run, &enter.key), 0, None);
        // The value is known already, and where the records end, so does the look.
        let _ = body(inner);
    }
}

/// Asks a finished step's `done_when` again, as long as nothing new has begun.
fn look_for_drift(ctx: &NativeCallContext, frame: &Frame, enter: &Enter, told: &Told) {
    let bench = frame.bench();
    if told.done_when.is_none() || bench.run.options.mode != Mode::Live || bench.run.is_live() {
        return;
    }
    let detail = match done_already(ctx, frame, told) {
        Ok(Some(_)) => return,
        Ok(None) => "it was done, and its `done_when` says no now".to_owned(),
        Err(_) => "it was done, and its `done_when` cannot tell now".to_owned(),
    };
    bench
        .drift
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .push(Drift { key: enter.key.clone(), detail });
}

/// Tells what has drifted, before the first new effect.
fn tell_drift(frame: &Frame) {
    let bench = frame.bench();
    let drift = std::mem::take(&mut *bench.drift.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    if !drift.is_empty() {
        bench.run.ledger.progress_in_turn(Progress::Surveyed(Survey { drift, ..Survey::default() }));
    }
}

/// Notes, for a survey, how the present text of the step meets the records.
fn note_meeting(frame: &Frame, enter: &Enter) {
    let bench = frame.bench();
    if bench.run.options.mode != Mode::Survey {
        return;
    }
    let past = bench.run.past(&enter.key);
    let met = Met {
        key: enter.key.clone(),
        place: enter.place.clone(),
        same: past.as_ref().is_none_or(|past| past.fingerprint.is_empty() || *past.fingerprint == *enter.fingerprint),
        finished: past.as_ref().is_some_and(|past| past.status.is_settled() && past.failure.is_none()),
        known: past.is_some(),
    };
    bench.met.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(met);
}
