//! The bench a primitive works at: the one place that blocks on async work, applies the deadline and the stop, and
//! notes the call in the open step. A primitive never prints, never records, never retries.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Instant;

use rhai::{Dynamic, EvalAltResult, NativeCallContext, Position};
use runbook_model::clock::Awaited;
use runbook_model::record::Answer as Recorded;
use runbook_model::survey::Drift;
use runbook_model::{Call, Failure, Key, Mask, Millis, Progress, Repeat, Value, code};
use runbook_run::step::Calls;
use runbook_run::{Halt, Noted, Run};

use crate::fingerprint::Fingerprints;
use crate::frame::{Frame, fail};
use crate::front::Needs;
use crate::hands::Hands;
use crate::primitives::guard::Guards;
use crate::primitives::undo::Undoings;
use crate::pulse::{self, End};
use crate::sources::Sources;
use crate::value::to_dynamic;
use crate::word::{Doing, Word};

/// What a registered function of ours gives to Rhai.
pub type Answer = Result<Dynamic, Box<EvalAltResult>>;

/// What one evaluation of a run works at.
pub struct Bench {
    /// The run.
    pub run: Arc<Run>,
    /// The texts of the runbook and of what it imports.
    pub sources: Arc<Sources>,
    /// The name of the main file.
    pub main: Arc<str>,
    /// The hashes of the steps' texts.
    pub fingerprints: Fingerprints,
    /// What the runbook may touch.
    pub needs: Needs,
    /// The inputs; a secret as its reference.
    pub inputs: BTreeMap<String, Value>,
    /// The names of the inputs that are secrets.
    pub secrets: Vec<String>,
    /// The secrets met so far.
    pub mask: Arc<Mask>,
    /// The engine that evaluates it.
    pub engine: Weak<rhai::Engine>,
    /// The probes that go on throughout the run.
    pub guards: Guards,
    /// The folder of the run's own files.
    pub artifacts: PathBuf,
    /// What it reaches the world with.
    pub hands: Arc<Hands>,
    /// What has been put up to undo, and what of it the records know.
    pub undoings: Undoings,
    /// The finished steps whose own `done_when` says no now.
    pub drift: Mutex<Vec<Drift>>,
    /// How the present text meets the records.
    pub met: Mutex<Vec<Met>>,
    /// How a person is asked, where one is there.
    pub ask: Option<Ask>,
    /// Answers to gates that were given in advance.
    pub yes: Option<String>,
    /// The checks whose no is accepted, and by whom.
    pub accept: Vec<String>,
    /// Who runs it.
    pub who: String,
}

/// Asks a person at the terminal; the second argument says whether the question is over by other means.
pub type Ask = Arc<dyn Fn(&Question<'_>, &dyn Fn() -> bool) -> Option<bool> + Send + Sync>;

/// A question to a person.
pub struct Question<'q> {
    /// The gate.
    pub key: &'q Key,
    /// The question, where it is not the usual one.
    pub ask: Option<&'q str>,
    /// Whether the person at this terminal may answer.
    pub may_answer: bool,
}

/// A finished step that an evaluation came to, and whether its text is the same.
#[derive(Clone, Debug)]
pub struct Met {
    /// The step.
    pub key: Key,
    /// Where it stands now.
    pub place: runbook_model::Place,
    /// Whether its text is the one that ran.
    pub same: bool,
    /// Whether it is finished.
    pub finished: bool,
    /// Whether the records know it at all.
    pub known: bool,
}

impl Bench {
    /// The name of the main file, shared by all places in it.
    pub fn main_file(&self) -> &Arc<str> {
        &self.main
    }
}

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
}

/// What is written down of a call before it goes out, besides the call.
#[derive(Clone, Debug, Default)]
pub struct Ready {
    /// What was there before, so that it can be put back.
    pub before: Option<Value>,
    /// What a look at the world will need in order to tell whether the call took place.
    pub proof: Option<Value>,
}

/// A call on its way.
pub struct Sent {
    /// Where its command's lines go.
    pub outlet: Outlet,
    /// What was written down as its proof, when it went out first.
    pub proof: Option<Value>,
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

/// Waits for something that is done before a run is evaluated.
pub(crate) fn wait_for<T>(act: impl Future<Output = T>) -> T {
    runtime().block_on(act)
}

/// Begins something that goes on beside the evaluation.
pub(crate) fn begin(act: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    runtime().spawn(act)
}

/// Refuses what the front matter's `needs` does not allow.
pub fn allow(ctx: &NativeCallContext, family: &str, action: &str, target: &str) -> Result<(), Box<EvalAltResult>> {
    let frame = Frame::of(ctx)?;
    let needs = &frame.bench().needs;
    if needs.allows(family, action, target) { Ok(()) } else { Err(fail(ctx, &needs.refuse(family, action, target))) }
}

/// The folder of the run's own files.
pub fn artifacts(ctx: &NativeCallContext) -> Result<PathBuf, Box<EvalAltResult>> {
    Ok(Frame::of(ctx)?.bench().artifacts.clone())
}

/// Makes a call that only looks. Allowed anywhere.
pub fn read<F>(ctx: &NativeCallContext, word: &Word, brief: &str, act: F) -> Answer
where
    F: Future<Output = Result<Value, Failure>>,
{
    read_as(ctx, word, brief, act, |value| to_dynamic(&value))
}

/// The same for what becomes a script's value in a way of its own.
pub fn read_as<T>(
    ctx: &NativeCallContext,
    word: &Word,
    brief: &str,
    act: impl Future<Output = Result<T, Failure>>,
    give: impl FnOnce(T) -> Dynamic,
) -> Answer {
    let frame = Frame::of(ctx)?;
    let bench = frame.bench();
    let brief = bench.mask.text(brief).into_owned();
    bench.run.ledger.progress(Progress::Reading { key: frame.key().clone(), brief });
    let value = perform(&frame, Some(word), act).map_err(|why| end(ctx, why))?;
    value.map(give).map_err(|failure| fail(ctx, &clean(&frame, failure)))
}

/// What a word must know of the world before it can say what it will do. Changes nothing.
pub fn ahead<T>(
    ctx: &NativeCallContext,
    act: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Box<EvalAltResult>> {
    let frame = Frame::of(ctx)?;
    let known = perform(&frame, None, act).map_err(|why| end(ctx, why))?;
    known.map_err(|failure| fail(ctx, &clean(&frame, failure)))
}

/// Does something for a word apart from a call of it: puts back what it found. A stop cuts it off.
pub(crate) fn aside<T>(bench: &Bench, act: impl Future<Output = T>) -> Result<T, Halt> {
    let stop = &bench.run.stop;
    runtime().block_on(async {
        tokio::select! {
            biased;
            done = act => Ok(done),
            () = stop.now().cancelled() => Err(Halt::StoppedNow),
        }
    })
}

/// Does the same for many at once; what they give comes in their order.
pub(crate) fn aside_all<T: Send + 'static>(bench: &Bench, acts: Vec<Doing<T>>) -> Result<Vec<T>, Halt> {
    aside(bench, async {
        let begun: Vec<_> = acts.into_iter().map(tokio::spawn).collect();
        let mut given = Vec::with_capacity(begun.len());
        for one in begun {
            given.push(one.await.map_err(|_| Halt::Bug("a look at the world panicked".into()))?);
        }
        Ok(given)
    })?
}

/// Makes a call that changes the world. Refused outside a step; in a step that is taken up again, a recorded answer is
/// given back instead.
pub fn change<F>(ctx: &NativeCallContext, change: Change<'_>, act: impl FnOnce(Sent) -> F) -> Answer
where
    F: Future<Output = Result<Value, Failure>>,
{
    change_prepared(ctx, change, async { Ok(Ready::default()) }, act)
}

/// The same for a call that has something more to write down before it goes out. Nothing is prepared where the call is
/// known from before the interruption.
pub fn change_prepared<F>(
    ctx: &NativeCallContext,
    change: Change<'_>,
    prepare: impl Future<Output = Result<Ready, Failure>>,
    act: impl FnOnce(Sent) -> F,
) -> Answer
where
    F: Future<Output = Result<Value, Failure>>,
{
    let frame = Frame::of(ctx)?;
    let bench = frame.bench();
    let Some(calls) = frame.calls() else { return Err(fail(ctx, &outside(change.word))) };
    let call = call_of(&frame, &change);
    let halted = |halt| end(ctx, End::Halt(halt));
    let going = match calls.known(&call).map_err(halted)? {
        Some(Noted::Recorded(Recorded::Value(value))) => return Ok(to_dynamic(&value)),
        Some(Noted::Recorded(Recorded::Failure(failure))) => return Err(fail(ctx, &failure)),
        Some(Noted::Go(going)) => going,
        None => {
            let ready = ahead(ctx, prepare)?;
            // A pre-image without its secrets is not what was there, and must never be put back.
            let before = ready.before.filter(|before| bench.mask.value(before.clone()) == *before);
            let proof = ready.proof.map(|proof| bench.mask.value(proof));
            calls.note(call.clone(), before, proof).map_err(halted)?
        }
    };
    let nth = going.nth;
    let sent = Sent { outlet: outlet(&frame), proof: going.proof };
    let answer = match perform(&frame, Some(change.word), act(sent)) {
        Ok(answer) => answer.map_err(|failure| clean(&frame, failure)),
        Err(End::Deadline) => {
            // It was cut off when it may already have acted, and the records must say so.
            let late = Failure::new(code::STEP_TIMEOUT, format!("`{}` was cut off by the step's `timeout`", call.word));
            settle(ctx, calls, nth, &call, &frame, &Err(late.may_have_acted()))?;
            return Err(end(ctx, End::Deadline));
        }
        Err(why) => return Err(end(ctx, why)),
    };
    settle(ctx, calls, nth, &call, &frame, &answer)?;
    answer.map(|value| to_dynamic(&value)).map_err(|failure| fail(ctx, &failure))
}

fn settle(
    ctx: &NativeCallContext,
    calls: &Calls,
    nth: u32,
    call: &Call,
    frame: &Frame,
    answer: &Result<Value, Failure>,
) -> Result<(), Box<EvalAltResult>> {
    let recorded = match answer {
        Ok(value) => Recorded::Value(frame.bench().mask.value(value.clone())),
        Err(failure) => Recorded::Failure(Box::new(failure.clone())),
    };
    calls.answered(nth, call, recorded).map_err(|halt| end(ctx, End::Halt(halt)))
}

fn outside(word: &Word) -> Failure {
    Failure::new(code::STEP_OUTSIDE, format!("`{}` changes the world and stands outside a step", word.name))
        .because("only what stands in a step is written down before it acts")
        .hint(format!("put it into a step: `step(\"…\", || {}(…))`", word.name))
}

fn call_of(frame: &Frame, change: &Change<'_>) -> Call {
    let mask = &frame.bench().mask;
    let args = mask.value(Value::List(change.args.clone()));
    let text = serde_json::to_string(&args).unwrap_or_default();
    Call {
        word: change.word.name.to_owned(),
        brief: mask.text(&change.brief).into_owned(),
        args: crate::primitives::digest(text.as_bytes()),
        repeat: change.repeat.unwrap_or(change.word.repeat),
    }
}

fn outlet(frame: &Frame) -> Outlet {
    let bench = Arc::clone(frame.bench());
    let key = frame.key().clone();
    Outlet::new(move |line, error| {
        let at: Millis = bench.run.clock().now();
        let line = bench.mask.text(line).into_owned();
        bench.run.ledger.progress(Progress::Output { key: key.clone(), at, line, error });
    })
}

fn clean(frame: &Frame, failure: Failure) -> Failure {
    frame.bench().mask.failure(failure)
}

/// Blocks on `act`: the answer, or the end of the evaluation where the run is stopped or the step's time is over.
fn perform<F: Future>(frame: &Frame, word: Option<&Word>, act: F) -> Result<F::Output, End> {
    let bench = frame.bench();
    let stop = &bench.run.stop;
    if stop.asked_now() {
        return Err(End::Halt(Halt::StoppedNow));
    }
    let (deadline, clock) = (frame.deadline(), bench.hands.clock());
    // The programs that some words start live in this machine's own time.
    let awaits = word.filter(|word| has_process(word)).map(|_| clock.awaits(Awaited::Process));
    let answer = runtime().block_on(async {
        let late = async {
            match deadline {
                Some(at) => clock.late(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            answer = act => Ok(answer),
            () = stop.now().cancelled() => Err(End::Halt(Halt::StoppedNow)),
            () = frame.over() => Err(End::Halt(Halt::StoppedNow)),
            () = late => Err(End::Deadline),
        }
    });
    drop(awaits);
    pulse::beat();
    answer
}

fn has_process(word: &Word) -> bool {
    ["helm::", "http::", "local::", "net::"].iter().any(|family| word.name.starts_with(family))
}

/// Waits until `until` is over, the run is to halt, or the time is up; for words that wait without a call.
pub(crate) fn pause(ctx: &NativeCallContext, until: Instant) -> Result<(), Box<EvalAltResult>> {
    let frame = Frame::of(ctx)?;
    let (stop, clock) = (&frame.bench().run.stop, frame.bench().hands.clock());
    let halted = runtime().block_on(async {
        tokio::select! {
            biased;
            () = stop.soon().cancelled() => true,
            () = clock.sleep_until(until) => false,
        }
    });
    pulse::beat();
    match stop.halted() {
        Some(halt) if halted => Err(end(ctx, End::Halt(halt))),
        _ => Ok(()),
    }
}

/// Ends the evaluation at the place of the call.
pub(crate) fn end(ctx: &NativeCallContext, why: End) -> Box<EvalAltResult> {
    end_at(why, ctx.call_position())
}

/// Ends the evaluation.
pub(crate) fn end_at(why: End, at: Position) -> Box<EvalAltResult> {
    EvalAltResult::ErrorTerminated(why.into_token(), at).into()
}
