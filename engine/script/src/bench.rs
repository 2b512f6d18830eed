//! The bench a primitive works at: the one place that blocks on async work, applies the deadline and the stop, and
//! notes the call in the open step. A primitive never prints, never records, never retries.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rhai::{Dynamic, EvalAltResult, NativeCallContext};
use runbook_model::{Failure, Repeat, Value};

use crate::thrown::throw;
use crate::value::to_dynamic;
use crate::word::Word;

/// What a registered function of ours gives to Rhai.
pub type Answer = Result<Dynamic, Box<EvalAltResult>>;

/// A call that changes the world, before it goes out.
pub struct Change<'a> {
    /// The word.
    pub word: &'a Word,
    /// One line for people: what matters of the arguments.
    pub brief: String,
    /// All arguments: two calls with the same ones are the same call when a step is taken up again.
    pub args: Vec<Value>,
    /// What resume may do with this very call, where it differs from what the word says.
    pub repeat: Option<Repeat>,
    /// What was there before, so that it can be put back.
    pub before: Option<Value>,
}

/// Where a call sends the lines that its command prints while it runs.
#[derive(Clone)]
pub struct Outlet(Arc<dyn Fn(&str, bool) + Send + Sync>);

impl Outlet {
    /// An outlet that hands each line on, with whether it came on the error channel.
    pub fn new(hear: impl Fn(&str, bool) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    /// One line.
    pub fn line(&self, line: &str, error: bool) {
        (self.0)(line, error);
    }
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads for calls")
    })
}

/// Asks leave of the runbook's `needs`.
pub fn allow(_ctx: &NativeCallContext, _family: &str, _action: &str, _target: &str) -> Result<(), Box<EvalAltResult>> {
    Ok(())
}

/// The folder of the run's own files.
pub fn artifacts(_ctx: &NativeCallContext) -> Result<PathBuf, Box<EvalAltResult>> {
    Ok(std::env::temp_dir().join(format!("runbook-{}", std::process::id())))
}

/// Makes a call that only looks. Allowed anywhere.
pub fn read<F>(ctx: &NativeCallContext, _word: &Word, _brief: &str, act: F) -> Answer
where
    F: Future<Output = Result<Value, Failure>>,
{
    let answer = runtime().block_on(act);
    answer.map(|value| to_dynamic(&value)).map_err(|failure| throw(&failure, ctx.call_position()))
}

/// Makes a call that changes the world. Refused outside a step; in a step that is taken up again, a recorded answer is
/// given back instead.
pub fn change<F>(ctx: &NativeCallContext, _change: Change<'_>, act: impl FnOnce(Outlet) -> F) -> Answer
where
    F: Future<Output = Result<Value, Failure>>,
{
    let answer = runtime().block_on(act(Outlet::new(|_, _| {})));
    answer.map(|value| to_dynamic(&value)).map_err(|failure| throw(&failure, ctx.call_position()))
}
