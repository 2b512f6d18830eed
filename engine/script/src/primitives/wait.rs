//! `wait`: until something is true, or the time is up.

use std::time::{Duration, Instant};

use rhai::{Dynamic, FnPtr, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::record::Kind;
use runbook_model::{Failure, Progress, Repeat, code};
use runbook_run::clock::millis;
use runbook_run::run::Entered;
use runbook_run::{Halt, OpenStep, Retry};

use super::steer::{Ended, ended, enter_of, kept, key_of, pass, refused};
use crate::bench::{Answer, end, pause};
use crate::frame::{Frame, call, fail};
use crate::options::Options;
use crate::pulse::End;
use crate::value::to_dynamic;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "wait",
    touches: Touches::Steers,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["name: text", "options: map", "body: closure"], gives: "what the body gave at last" }],
    options: &[
        Opt { name: "timeout", takes: "a length of time", doc: "how long to wait; it must be said" },
        Opt {
            name: "every",
            takes: "a length of time",
            doc: "the pause between two looks; one second where it is left out",
        },
        Opt { name: "key", takes: "text", doc: "tells waits of one name apart, as in a loop" },
    ],
    doc: r#"
        Waits until the body gives something other than `false` or `()`, or the time is up.

        The body only looks. A failure that may pass counts as *not yet*, and the last one is told when the time is up;
        one that cannot pass ends the wait.
        A resume waits for what was left of the time, and looks at least once.

        ```rhai
        wait("the shell answers", #{ timeout: "5s", every: "50ms" }, || local::read("echo up").stdout.contains("up"));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("wait")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, options: Map, body: FnPtr| {
            wait(&ctx, name, options, &body)
        });
}

fn wait(ctx: &NativeCallContext, name: &str, options: Map, body: &FnPtr) -> Answer {
    let frame = Frame::of(ctx)?;
    let thrown = |failure: Failure| fail(ctx, &failure);
    let options = Options::new(&WORD, options).map_err(thrown)?;
    let Some(timeout) = options.duration("timeout").map_err(thrown)? else {
        let failure = Failure::new(code::WORD_OPTION, "this wait does not say how long");
        return Err(thrown(failure.hint("add `timeout: \"5m\"` to its options")));
    };
    let every = options.duration("every").map_err(thrown)?.unwrap_or(Duration::from_secs(1));
    let item = options.raw("key").map(|key| key.to_string());
    let key = key_of(ctx, &frame, name, item.as_deref())?;
    let run = &frame.bench().run;
    let past = run.past(&key).filter(|past| !past.status.is_settled());
    let until = past.and_then(|past| past.until).unwrap_or_else(|| run.clock().now() + millis(timeout));
    let mut enter = enter_of(ctx, &frame, Kind::Wait, key.clone());
    enter.until = Some(until);
    match run.enter(enter).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Known(value) => Ok(to_dynamic(&value)),
        Entered::Failed(failure) => Err(fail(ctx, &failure)),
        Entered::Open(open) => {
            run.ledger.progress(Progress::Waiting { key, why: name.to_owned(), until: Some(until) });
            let until = run.clock().moment() + run.clock().until(until, timeout);
            look(ctx, &frame, open, Look { name, until, every, timeout }, body)
        }
        Entered::Doubt(_) | Entered::Container(_) => {
            Err(end(ctx, End::Halt(Halt::Bug("a wait entered as something else".into()))))
        }
    }
}

struct Look<'n> {
    name: &'n str,
    until: Instant,
    every: Duration,
    timeout: Duration,
}

fn look(ctx: &NativeCallContext, frame: &Frame, open: OpenStep, told: Look<'_>, body: &FnPtr) -> Answer {
    let run = &frame.bench().run;
    let halt = |halt| end(ctx, End::Halt(halt));
    let inner = frame.body(open.enter.key.clone()).looking(Some(told.until));
    let mut last = None;
    loop {
        match call(ctx, inner.clone(), body, Vec::new(), true) {
            Ok(value) if is_yes(&value) => {
                let kept = kept(frame, &value).map_err(|failure| fail(ctx, &failure))?;
                open.done(kept).map_err(halt)?;
                return Ok(value);
            }
            Ok(_) => {}
            Err(error) => match ended(&inner, &error) {
                Ended::End(End::Deadline) => {}
                Ended::Failure(failure) if failure.retryable => last = Some(failure.what.clone()),
                Ended::Failure(failure) => {
                    open.failed(run, (*failure).clone(), &Retry::default()).map_err(halt)?;
                    return Err(fail(ctx, &failure));
                }
                other => return Err(pass(other, ctx)),
            },
        }
        let now = run.clock().moment();
        if frame.deadline().is_some_and(|deadline| now >= deadline) {
            return Err(end(ctx, End::Deadline));
        }
        if now >= told.until {
            let mut failure =
                Failure::new(code::WAIT_TIMEOUT, format!("`{}` did not come true in {:?}", told.name, told.timeout));
            failure = last.into_iter().fold(failure, Failure::because).retryable();
            failure.step = Some(open.enter.key.clone());
            open.failed(run, failure.clone(), &Retry::default()).map_err(halt)?;
            return Err(fail(ctx, &failure));
        }
        pause(ctx, (now + told.every).min(told.until))?;
    }
}

fn is_yes(value: &Dynamic) -> bool {
    !value.is_unit() && value.as_bool().unwrap_or(true)
}
