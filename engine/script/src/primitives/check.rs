//! `check`: a read-only assertion, asked again by every process that takes the run up.

use rhai::{Dynamic, FnPtr, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::record::{Kind, Ruling};
use runbook_model::{Failure, Repeat, Value, code};
use runbook_run::run::Entered;
use runbook_run::{Halt, Retry};

use super::steer::{Ended, ended, enter_of, key_of, pass, refused};
use crate::bench::{Answer, end};
use crate::frame::{Frame, call, fail};
use crate::options::Options;
use crate::pulse::End;
use crate::value::type_in_words;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "check",
    touches: Touches::Steers,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["name: text", "body: closure"], gives: "a boolean" },
        Form { params: &["name: text", "options: map", "body: closure"], gives: "a boolean" },
    ],
    options: &[
        Opt { name: "severity", takes: "\"error\" or \"warn\"", doc: "a warning is shown and the run goes on" },
        Opt { name: "timeout", takes: "a length of time", doc: "how long the body may take" },
        Opt { name: "key", takes: "text", doc: "tells checks of one name apart, as in a loop" },
    ],
    doc: r#"
        A read-only assertion. A no stops the run; `--accept NAME` lets it pass and records who said so.

        It is asked again on every resume and never replayed. The body gives `true` or `false`, or
        `#{ok, detail, fix}`: what was seen, and what to do about it.

        ```rhai
        check("the shell answers", || local::read("echo yes").stdout.trim() == "yes");
        check("there is room", #{ severity: "warn" }, || {
            #{ ok: true, detail: "40 GiB free", fix: "remove old archives" }
        });
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("check")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, body: FnPtr| {
            check(&ctx, name, Map::new(), &body)
        });
    FuncRegistration::new("check")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, options: Map, body: FnPtr| {
            check(&ctx, name, options, &body)
        });
}

fn check(ctx: &NativeCallContext, name: &str, options: Map, body: &FnPtr) -> Answer {
    let frame = Frame::of(ctx)?;
    let bench = frame.bench();
    let thrown = |failure: Failure| fail(ctx, &failure);
    let options = Options::new(&WORD, options).map_err(thrown)?;
    let warns = match options.text("severity").map_err(thrown)?.as_deref() {
        None | Some("error") => false,
        Some("warn") => true,
        Some(other) => {
            let what = format!("option `severity` of `check` takes \"error\" or \"warn\", not `{other}`");
            return Err(thrown(Failure::new(code::WORD_OPTION, what)));
        }
    };
    let deadline = options.duration("timeout").map_err(thrown)?.map(|timeout| bench.run.clock().moment() + timeout);
    let item = options.raw("key").map(|key| key.to_string());
    let key = key_of(ctx, &frame, name, item.as_deref())?;
    let enter = enter_of(ctx, &frame, Kind::Check, key.clone());
    let open = match bench.run.enter(enter).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Open(open) => open,
        Entered::Known(_) => return Ok(true.into()),
        Entered::Failed(_) if warns => return Ok(false.into()),
        Entered::Failed(failure) => return Err(fail(ctx, &failure)),
        Entered::Doubt(_) | Entered::Container(_) => {
            return Err(end(ctx, End::Halt(Halt::Bug("a check entered as something else".into()))));
        }
    };
    let inner = frame.body(key.clone()).looking(deadline);
    let answer = match call(ctx, inner.clone(), body, Vec::new(), true) {
        Ok(value) => read(ctx, name, &value)?,
        Err(error) => match ended(&inner, &error) {
            Ended::Failure(failure) => Some(Failure { step: Some(key.clone()), ..*failure }),
            Ended::End(End::Deadline) => {
                Some(Failure::new(code::CHECK_NO, format!("check `{name}` did not answer in time")))
            }
            other => return Err(pass(other, ctx)),
        },
    };
    let halt = |halt| end(ctx, End::Halt(halt));
    let Some(mut failure) = answer else {
        open.done(Value::Bool(true)).map_err(halt)?;
        return Ok(true.into());
    };
    failure.step = Some(key.clone());
    failure.retryable = false;
    let failure = bench.mask.failure(failure);
    open.failed(&bench.run, failure.clone(), &Retry::default()).map_err(halt)?;
    if bench.accept.iter().any(|accepted| accepted == name || accepted == key.as_str()) {
        bench.run.rule(&key, Ruling::Accept, &bench.who, "--accept").map_err(halt)?;
        return Ok(true.into());
    }
    if warns { Ok(false.into()) } else { Err(fail(ctx, &failure)) }
}

/// What the body's value says: nothing where the check is content.
fn read(ctx: &NativeCallContext, name: &str, value: &Dynamic) -> Result<Option<Failure>, Box<rhai::EvalAltResult>> {
    let no = |detail: Option<String>| {
        let failure = Failure::new(code::CHECK_NO, format!("check `{name}` says no"));
        detail.into_iter().fold(failure, Failure::because)
    };
    if let Ok(ok) = value.as_bool() {
        return Ok((!ok).then(|| no(None)));
    }
    if let Ok(map) = value.as_map_ref()
        && let Some(ok) = map.get("ok").and_then(|ok| ok.as_bool().ok())
    {
        let text = |key: &str| map.get(key).filter(|value| !value.is_unit()).map(ToString::to_string);
        let failure = || text("fix").into_iter().fold(no(text("detail")), Failure::hint);
        return Ok((!ok).then(failure));
    }
    let what = format!(
        "the body of check `{name}` gives {}, not `true`, `false` or `#{{ok, detail, fix}}`",
        type_in_words(value)
    );
    Err(fail(ctx, &Failure::new(code::WORD_ARGUMENT, what)))
}
