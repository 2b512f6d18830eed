//! Where a call stands: the run, the key, the open step. It travels in the tag of Rhai's own call state, so it is there
//! in every function, module, closure and thread, without a thread-local or a global.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext, Position};
use runbook_model::{Failure, Key, Place, code};
use runbook_run::step::{Calls, Container};
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::privacy;
use crate::pulse;
use crate::thrown::throw;

/// Where a call stands.
#[derive(Clone)]
pub struct Frame(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    bench: Arc<Bench>,
    key: Key,
    scope: u64,
    since: u64,
    within: Option<Arc<Container>>,
    calls: Option<Arc<Calls>>,
    deadline: Option<Instant>,
    over: Option<CancellationToken>,
}

impl Frame {
    /// The frame of the runbook itself.
    pub fn root(bench: Arc<Bench>) -> Self {
        let scope = bench.run.new_scope();
        Self(Arc::new(Inner {
            bench,
            key: Key::root(),
            scope,
            since: 0,
            within: None,
            calls: None,
            deadline: None,
            over: None,
        }))
    }

    /// The frame a call stands in; a failure where no run goes on, as at the top of a module.
    pub fn of(ctx: &NativeCallContext) -> Result<Self, Box<EvalAltResult>> {
        let frame = ctx.tag().and_then(|tag| tag.read_lock::<Self>().map(|frame| frame.clone()));
        frame.ok_or_else(|| {
            let failure = Failure::new(code::STEP_OUTSIDE, format!("`{}` is used where no run goes on", ctx.fn_name()))
                .hint("a module holds functions and constants; move the call into a function of it");
            throw(&failure, ctx.call_position())
        })
    }

    /// This frame as the tag of a call state.
    pub fn into_tag(self) -> Dynamic {
        Dynamic::from(self)
    }

    /// What the run works at.
    pub fn bench(&self) -> &Arc<Bench> {
        &self.0.bench
    }

    /// The key of the thing it stands in.
    pub fn key(&self) -> &Key {
        &self.0.key
    }

    /// Which evaluation of a body this is.
    pub fn scope(&self) -> u64 {
        self.0.scope
    }

    /// The record with which the step around it began.
    pub fn since(&self) -> u64 {
        self.0.since
    }

    /// The heading or branch it stands in.
    pub fn within(&self) -> Option<&Arc<Container>> {
        self.0.within.as_ref()
    }

    /// The calls of the open step, where it stands in one.
    pub fn calls(&self) -> Option<&Arc<Calls>> {
        self.0.calls.as_ref()
    }

    /// When the step it stands in must have ended.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// Whether the step it stands in must have ended by now.
    pub fn is_late(&self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }

    /// How long the step it stands in may still take.
    pub fn left(&self) -> Option<Duration> {
        let now = || self.0.bench.run.clock().moment();
        self.0.deadline.map(|deadline| deadline.saturating_duration_since(now()))
    }

    /// The frame of a body under `key`.
    #[must_use]
    pub fn body(&self, key: Key) -> Self {
        let scope = self.0.bench.run.new_scope();
        Self(Arc::new(Inner { key, scope, ..(*self.0).clone() }))
    }

    /// The same inside a heading or a branch.
    #[must_use]
    pub fn inside(&self, container: Arc<Container>) -> Self {
        Self(Arc::new(Inner { within: Some(container), ..(*self.0).clone() }))
    }

    /// The same inside an open step, which began with record `since`.
    #[must_use]
    pub fn open(&self, calls: Arc<Calls>, since: u64, deadline: Option<Instant>) -> Self {
        let deadline = [self.0.deadline, deadline].into_iter().flatten().min();
        let since = since.max(self.0.since);
        Self(Arc::new(Inner { calls: Some(calls), since, deadline, ..(*self.0).clone() }))
    }

    /// The same where nothing may be changed: in the probe of a check, a wait or a guard.
    #[must_use]
    pub fn looking(&self, deadline: Option<Instant>) -> Self {
        let deadline = [self.0.deadline, deadline].into_iter().flatten().min();
        Self(Arc::new(Inner { calls: None, deadline, ..(*self.0).clone() }))
    }

    /// The same for a look that nobody needs any more once `over` is cancelled.
    pub fn until(&self, over: CancellationToken) -> Self {
        Self(Arc::new(Inner { over: Some(over), ..(*self.0).clone() }))
    }

    /// Ends when nobody needs what is looked at here.
    pub async fn over(&self) {
        match &self.0.over {
            Some(over) => over.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

/// Where `ctx` was called from.
pub fn place_of(ctx: &NativeCallContext, frame: &Frame) -> Place {
    let at = ctx.call_position();
    let main = frame.bench().main_file();
    let file = match ctx.call_source() {
        Some(source) if source != &**main => source.into(),
        _ => Arc::clone(main),
    };
    Place {
        file,
        line: at.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(0),
        col: at.position().and_then(|col| u32::try_from(col).ok()).unwrap_or(0),
    }
}

/// Calls a closure in `frame`. With `private`, the variables it captured are copies, and writing to one is an error:
/// a step speaks only through its value, and branches share nothing.
pub fn call(
    ctx: &NativeCallContext,
    frame: Frame,
    body: &FnPtr,
    args: Vec<Dynamic>,
    private: bool,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let given =
        within(
            ctx,
            frame,
            |inner| {
                if private { privacy::call(inner, body, args) } else { body.call_raw(inner, None, args) }
            },
        );
    // The error tells a place and not the file of the outermost call: that is the caller's.
    given.map_err(|error| match ctx.call_source() {
        Some(source) => EvalAltResult::ErrorInModule(source.to_owned(), error, Position::NONE).into(),
        None => error,
    })
}

/// Has `act` called as if it stood in `frame`.
pub fn within<T>(ctx: &NativeCallContext, frame: Frame, act: impl FnOnce(&NativeCallContext) -> T) -> T {
    let mut state = ctx.global_runtime_state().clone();
    let watch = pulse::within(frame.deadline());
    state.tag = frame.into_tag();
    let source = ctx.call_source().map(str::to_owned);
    let inner = NativeCallContext::new_with_all_fields(
        ctx.engine(),
        ctx.fn_name(),
        source.as_deref(),
        &state,
        ctx.call_position(),
    );
    let given = act(&inner);
    drop(watch);
    given
}

/// Throws `failure` at the place of the call.
pub fn fail(ctx: &NativeCallContext, failure: &Failure) -> Box<EvalAltResult> {
    throw(failure, ctx.call_position())
}

/// Throws at no particular place.
pub fn fail_nowhere(failure: &Failure) -> Box<EvalAltResult> {
    throw(failure, Position::NONE)
}
