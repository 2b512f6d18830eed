//! `guard`: an invariant probed throughout the run. A breach stops the run at its next safe point.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rhai::{EvalAltResult, FnPtr, FuncRegistration, GlobalRuntimeState, Map, Module, NativeCallContext};
use runbook_drivers::Clock;
use runbook_model::record::{GuardBroken, Kind};
use runbook_model::{Body, Failure, Key, Repeat, Value, code};
use runbook_run::run::Entered;
use runbook_run::{Halt, Mode, OpenStep, Retry};
use tokio_util::sync::CancellationToken;

use super::steer::{enter_of, kept, key_of, refused};
use crate::bench::{Answer, Bench, end, wait_for};
use crate::frame::{Frame, call, fail};
use crate::options::Options;
use crate::privacy;
use crate::pulse::End;
use crate::value::{to_dynamic, to_value};
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "guard",
    touches: Touches::Steers,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["name: text", "probe: closure"], gives: "the baseline" },
        Form { params: &["name: text", "options: map", "probe: closure"], gives: "the baseline" },
    ],
    options: &[
        Opt {
            name: "every",
            takes: "a length of time",
            doc: "the pause between two probes; five seconds where it is left out",
        },
        Opt {
            name: "tolerate",
            takes: "a whole number",
            doc: "how many bad probes in a row are let pass; 0 where it is left out",
        },
    ],
    doc: r#"
        An invariant, probed from here to the end of the run, against the baseline taken here.

        The probe gives `true`/`false`, `#{ok, detail}`, or any value that must stay the same.
        A breach lets the steps under way end, begins no other, and names what was going on; exit code 4.
        A resume goes on with the recorded baseline.

        ```rhai
        guard("the shell answers", #{ every: "1s", tolerate: 2 }, || local::read("echo yes").status == 0);
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("guard")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, probe: FnPtr| {
            guard(&ctx, name, Map::new(), &probe)
        });
    FuncRegistration::new("guard")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, options: Map, probe: FnPtr| {
            guard(&ctx, name, options, &probe)
        });
}

fn guard(ctx: &NativeCallContext, name: &str, options: Map, probe: &FnPtr) -> Answer {
    let frame = Frame::of(ctx)?;
    let thrown = |failure: Failure| fail(ctx, &failure);
    let options = Options::new(&WORD, options).map_err(thrown)?;
    let every = options.duration("every").map_err(thrown)?.unwrap_or(Duration::from_secs(5));
    let tolerate = options.count("tolerate").map_err(thrown)?.unwrap_or(0);
    let key = key_of(ctx, &frame, name, None)?;
    let bench = frame.bench();
    let baseline =
        match bench.run.enter(enter_of(ctx, &frame, Kind::Guard, key.clone())).map_err(|r| refused(ctx, r))? {
            Entered::Known(value) => value,
            Entered::Failed(failure) => return Err(fail(ctx, &failure)),
            Entered::Open(open) => take_baseline(ctx, &frame, open, probe)?,
            Entered::Doubt(_) | Entered::Container(_) => {
                return Err(end(ctx, End::Halt(Halt::Bug("a guard entered as something else".into()))));
            }
        };
    if bench.run.options.mode == Mode::Live {
        let mut body = probe.clone();
        body.set_curry(probe.iter_curry().map(|value| privacy::copy(value, 0).into_shared()).collect::<Vec<_>>());
        let watch = Watch {
            key,
            body,
            state: ctx.global_runtime_state().clone(),
            source: ctx.call_source().map(str::to_owned),
            // A look that is under way when the run ends is cut off: a node that is away must not hold the end up.
            frame: frame.looking(None).until(bench.guards.0.over.clone()),
            baseline: baseline.clone(),
            every,
            tolerate,
        };
        bench.guards.start(Arc::clone(bench), watch);
    }
    Ok(to_dynamic(&baseline))
}

fn take_baseline(
    ctx: &NativeCallContext,
    frame: &Frame,
    open: OpenStep,
    probe: &FnPtr,
) -> Result<Value, Box<EvalAltResult>> {
    let given = call(ctx, frame.looking(None), probe, Vec::new(), true)?;
    let value = kept(frame, &given).map_err(|failure| fail(ctx, &failure))?;
    if let Some(detail) = breach(&value, &value) {
        let what = format!("guard `{}` is broken when it is put up", open.enter.key);
        let mut failure = Failure::new(code::GUARD_BROKEN, what).because(detail);
        failure.step = Some(open.enter.key.clone());
        open.failed(&frame.bench().run, failure.clone(), &Retry::default())
            .map_err(|halt| end(ctx, End::Halt(halt)))?;
        return Err(fail(ctx, &failure));
    }
    open.done(value.clone()).map_err(|halt| end(ctx, End::Halt(halt)))?;
    Ok(value)
}

/// What is wrong with a probe's value; nothing where the invariant holds.
fn breach(value: &Value, baseline: &Value) -> Option<String> {
    let ok = match value {
        Value::Bool(ok) => Some(*ok),
        other => match other.get("ok") {
            Some(Value::Bool(ok)) => Some(*ok),
            _ => None,
        },
    };
    match ok {
        Some(true) => None,
        Some(false) => Some(value.get("detail").map_or("the probe says no".to_owned(), ToString::to_string)),
        None if value == baseline => None,
        None => Some(format!("it was `{baseline}` and is `{value}`")),
    }
}

/// A guard on its own thread.
struct Watch {
    key: Key,
    body: FnPtr,
    state: GlobalRuntimeState,
    source: Option<String>,
    frame: Frame,
    baseline: Value,
    every: Duration,
    tolerate: u32,
}

impl Watch {
    fn look(&self, engine: &rhai::Engine) -> Option<String> {
        let at = rhai::Position::NONE;
        let ctx = NativeCallContext::new_with_all_fields(engine, "guard", self.source.as_deref(), &self.state, at);
        let given = call(&ctx, self.frame.clone(), &self.body, Vec::new(), true);
        match given.map(|given| to_value(&given)) {
            Ok(Ok(value)) => breach(&value, &self.baseline),
            Ok(Err(failure)) => Some(failure.what),
            Err(error) => Some(super::steer::clean_failure_of(&self.frame, &error).what),
        }
    }

    fn go_on(self, bench: &Bench, guards: &Guards) {
        let mut bad = 0;
        while guards.pause(bench.hands.clock(), self.every) {
            let Some(engine) = bench.engine.upgrade() else { return };
            let Some(detail) = self.look(&engine) else {
                bad = 0;
                continue;
            };
            bad += 1;
            if bad <= self.tolerate || guards.is_over() {
                continue;
            }
            let during = bench.run.ledger.look(|history| {
                let open = history.open().into_iter().filter(|(_, past)| past.kind == Kind::Step);
                open.map(|(key, _)| key.clone()).collect()
            });
            let broken = GuardBroken { key: self.key.clone(), detail: bench.mask.text(&detail).into_owned(), during };
            // A store that cannot be written halts the run by itself.
            let _ = bench.run.ledger.write(Body::GuardBroken(broken));
            bench.run.stop.halt(Halt::Guard(self.key));
            return;
        }
    }
}

/// The guards of an evaluation.
#[derive(Clone, Default)]
pub struct Guards(Arc<Inner>);

#[derive(Default)]
struct Inner {
    threads: Mutex<Vec<JoinHandle<()>>>,
    over: CancellationToken,
}

impl Guards {
    fn start(&self, bench: Arc<Bench>, watch: Watch) {
        let guards = self.clone();
        let thread = std::thread::Builder::new().name(format!("guard {}", watch.key));
        if let Ok(thread) = thread.spawn(move || watch.go_on(&bench, &guards)) {
            self.0.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        }
    }

    /// Waits; says whether the run still goes on.
    fn pause(&self, clock: &Clock, length: Duration) -> bool {
        wait_for(async {
            tokio::select! {
                biased;
                () = self.0.over.cancelled() => false,
                () = clock.rest_aside(clock.now() + length) => true,
            }
        })
    }

    fn is_over(&self) -> bool {
        self.0.over.is_cancelled()
    }

    /// Ends all guards.
    pub(crate) fn end(&self) {
        self.0.over.cancel();
        let threads = std::mem::take(&mut *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A probe that panicked has no say any more.
            let _ = thread.join();
        }
    }
}
