//! `parallel` and `rolling`: the same body for many items, a bounded number at a time, with a budget of failures.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::record::Kind;
use runbook_model::{Failure, Key, Repeat, Value, code};

use super::batches::batches;
use super::items::name_of;
use super::phase::contain;
use super::steer::{Ended, ended, enter_of, kept, key_of, pass};
use crate::bench::{Answer, end};
use crate::frame::{Frame, call, fail};
use crate::options::Options;
use crate::privacy;
use crate::value::type_in_words;
use crate::word::{Form, Opt, Touches, Word};

/// How many branches go on at the same time where nothing is said.
const AT_ONCE: u32 = 10;
/// The stack of a branch.
const STACK_BYTES: usize = 16 * 1024 * 1024;

const KEY: Opt = Opt {
    name: "key",
    takes: "a closure `|item| text`",
    doc: "names each branch; without it a text or a number names itself, and a map is named by `name`, `key` or `metadata.name`",
};
const BUDGET: Opt = Opt {
    name: "budget",
    takes: "a whole number",
    doc: "how many branches may fail, counted across resumes; 0 where it is left out",
};

/// The word `parallel`.
pub(super) const PARALLEL: Word = Word {
    name: "parallel",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form {
            params: &["name: text", "items: list", "body: closure `|item| …`"],
            gives: "a list of what the bodies give",
        },
        Form {
            params: &["name: text", "items: list", "options: map", "body: closure `|item| …`"],
            gives: "a list of what the bodies give",
        },
    ],
    options: &[
        Opt {
            name: "max",
            takes: "a whole number",
            doc: "how many branches go on at the same time; 10 where it is left out",
        },
        KEY,
        BUDGET,
    ],
    doc: r#"
        The same body for every item, some of them at the same time.

        Each branch is keyed by its item and recorded as it ends; its steps stand under it: `move[n3]/drain`.
        Every branch has its own copies of the variables its body captured.
        Gives what the bodies gave, in the order of the items; `()` for a branch that failed within the budget.

        ```rhai
        let sizes = parallel("measure", ["/", "/tmp"], #{ max: 2 }, |dir| {
            step("look", || local::run(`ls ${dir}`, #{ repeat: "safe" }).stdout.len())
        });
        if sizes.len() != 2 { throw sizes; }
        ```"#,
    register: register_parallel,
};

/// The word `rolling`.
pub(super) const ROLLING: Word = Word {
    name: "rolling",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form {
            params: &["name: text", "items: list", "body: closure `|item| …`"],
            gives: "a list of what the bodies give",
        },
        Form {
            params: &["name: text", "items: list", "options: map", "body: closure `|item| …`"],
            gives: "a list of what the bodies give",
        },
    ],
    options: &[
        Opt {
            name: "batches",
            takes: "a list of numbers and percentages, `[1, \"25%\"]`",
            doc: "how many at a time; the last one repeats; one by one where it is left out",
        },
        Opt {
            name: "between",
            takes: "a closure `|| true`",
            doc: "looked at after each batch, before the next begins; a no ends the rollout",
        },
        KEY,
        BUDGET,
    ],
    doc: r#"
        The same body for every item, batch after batch, each batch at the same time.

        After more failures than the budget no further batch begins.

        ```rhai
        rolling("restart", ["a", "b", "c"], #{ batches: [1, "50%"], between: || true }, |name| {
            step("restart", || local::run(`echo ${name}`))
        });
        ```"#,
    register: register_rolling,
};

fn register_parallel(module: &mut Module) {
    FuncRegistration::new("parallel")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, items: Array, body: FnPtr| {
            parallel(&ctx, name, items, Map::new(), &body)
        });
    FuncRegistration::new("parallel").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, name: &str, items: Array, options: Map, body: FnPtr| {
            parallel(&ctx, name, items, options, &body)
        },
    );
}

fn register_rolling(module: &mut Module) {
    FuncRegistration::new("rolling")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, items: Array, body: FnPtr| {
            rolling(&ctx, name, items, Map::new(), &body)
        });
    FuncRegistration::new("rolling").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, name: &str, items: Array, options: Map, body: FnPtr| {
            rolling(&ctx, name, items, options, &body)
        },
    );
}

fn parallel(ctx: &NativeCallContext, name: &str, items: Array, options: Map, body: &FnPtr) -> Answer {
    let thrown = |failure: Failure| fail(ctx, &failure);
    let options = Options::new(&PARALLEL, options).map_err(thrown)?;
    let at_once = options.count("max").map_err(thrown)?.unwrap_or(AT_ONCE).max(1) as usize;
    let fan = Fan::new(ctx, name, items, &options, body)?;
    fan.run(ctx, |inner| {
        let all: Vec<usize> = (0..fan.items.len()).collect();
        fan.batch(ctx, inner, &all, at_once)
    })
}

fn rolling(ctx: &NativeCallContext, name: &str, items: Array, options: Map, body: &FnPtr) -> Answer {
    let thrown = |failure: Failure| fail(ctx, &failure);
    let options = Options::new(&ROLLING, options).map_err(thrown)?;
    let sizes = batches(options.raw("batches"), items.len()).map_err(thrown)?;
    let between = options.closure("between").map_err(thrown)?;
    let fan = Fan::new(ctx, name, items, &options, body)?;
    fan.run(ctx, |inner| {
        let mut from = 0;
        let mut nth = 0;
        while from < fan.items.len() && fan.within_budget() {
            let size = sizes.get(nth).or(sizes.last()).copied().unwrap_or(1).max(1);
            let to = (from + size).min(fan.items.len());
            let batch: Vec<usize> = (from..to).collect();
            fan.batch(ctx, inner, &batch, batch.len())?;
            (from, nth) = (to, nth + 1);
            if fan.waits() {
                break;
            }
            // Once the next batch had begun, or all was done, the answer was yes. Asked again on a resume, it would look
            // into the middle of what came after.
            if let Some(between) = &between
                && !fan.is_past(from)
                && fan.within_budget()
                && !call(ctx, inner.looking(None), between, Vec::new(), true)?.as_bool().unwrap_or(true)
            {
                let what = format!("`between` of `{name}` says no after batch {nth}");
                return Err(fail(ctx, &Failure::new(code::CHECK_NO, what).retryable()));
            }
        }
        Ok(())
    })
}

/// A fan-out under way.
struct Fan<'a> {
    name: &'a str,
    frame: Frame,
    body: &'a FnPtr,
    items: Array,
    names: Vec<String>,
    budget: usize,
    ended: Mutex<Vec<Option<Branch>>>,
}

enum Branch {
    Gave(Dynamic),
    Failed(Box<Failure>),
    Ends(Box<EvalAltResult>),
}

impl<'a> Fan<'a> {
    fn new(
        ctx: &NativeCallContext,
        name: &'a str,
        items: Array,
        options: &Options<'_>,
        body: &'a FnPtr,
    ) -> Result<Self, Box<EvalAltResult>> {
        let frame = Frame::of(ctx)?;
        let thrown = |failure: Failure| fail(ctx, &failure);
        let by = options.closure("key").map_err(thrown)?;
        let budget = options.count("budget").map_err(thrown)?.unwrap_or(0) as usize;
        let mut names: Vec<String> = Vec::with_capacity(items.len());
        for item in &items {
            let named = match &by {
                Some(by) => Some(call(ctx, frame.looking(None), by, vec![privacy::copy(item, 0)], true)?),
                None => name_of(item),
            };
            let named = named.filter(|named| !named.is_unit()).ok_or_else(|| {
                let what = format!("`{name}` cannot name a branch after {}", type_in_words(item));
                thrown(Failure::new(code::STEP_NAME, what).hint("say how with the option `key: |item| …`"))
            })?;
            let named = named.to_string();
            key_of(ctx, &frame, name, Some(&named))?;
            names.push(named);
        }
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
            let what = format!("two branches of `{name}` are named `{twice}`");
            return Err(thrown(
                Failure::new(code::STEP_REPEATED, what).hint("tell them apart with the option `key: |item| …`"),
            ));
        }
        let ended = Mutex::new(items.iter().map(|_| None).collect());
        Ok(Self { name, frame, body, items, names, budget, ended })
    }

    /// Opens the fan-out, runs its branches, and says what they amount to.
    fn run(&self, ctx: &NativeCallContext, branches: impl FnOnce(&Frame) -> Result<(), Box<EvalAltResult>>) -> Answer {
        let key = key_of(ctx, &self.frame, self.name, None)?;
        let mut enter = enter_of(ctx, &self.frame, Kind::Fan, key);
        enter.items.clone_from(&self.names);
        let whole = |inner: Frame| {
            branches(&inner)?;
            self.sum(ctx)
        };
        contain(ctx, &self.frame, enter, whole, |_| Ok(Value::Unit))
    }

    fn within_budget(&self) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = ended.iter().flatten().filter(|branch| matches!(branch, Branch::Failed(_))).count();
        // A branch that waits at a gate does not keep the others from going on; a run that is to halt does.
        failed <= self.budget && self.frame.bench().run.stop.halted().is_none()
    }

    /// Whether a branch has ended without an end of its own: it waits at a gate, or the run is to halt.
    fn waits(&self) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.iter().flatten().any(|branch| matches!(branch, Branch::Ends(_)))
    }

    /// Runs the branches `batch`, at most `at_once` of them at the same time.
    fn batch(
        &self,
        ctx: &NativeCallContext,
        inner: &Frame,
        batch: &[usize],
        at_once: usize,
    ) -> Result<(), Box<EvalAltResult>> {
        let next = AtomicUsize::new(0);
        let work = || {
            while self.within_budget() {
                let Some(at) = batch.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let branch = self.branch(ctx, inner, *at);
                self.ended.lock().unwrap_or_else(PoisonError::into_inner)[*at] = Some(branch);
            }
        };
        let workers = at_once.min(batch.len());
        if workers <= 1 {
            work();
            return Ok(());
        }
        let started = std::thread::scope(|scope| {
            let spawn = |nth| {
                let builder = std::thread::Builder::new().name(format!("branch {nth}")).stack_size(STACK_BYTES);
                builder.spawn_scoped(scope, work)
            };
            (0..workers).map(spawn).filter(Result::is_ok).count()
        });
        if started == 0 {
            let failure = Failure::new(code::RUN_THREADS, "no thread could be started for the branches").retryable();
            return Err(fail(ctx, &failure.hint("lower the option `max`")));
        }
        Ok(())
    }

    fn branch_key(&self, at: usize) -> Key {
        self.frame.key().child(self.name, Some(&self.names[at]))
    }

    /// Whether the records have come past the branches before `from`: one of the others has begun, or all is done.
    fn is_past(&self, from: usize) -> bool {
        let run = &self.frame.bench().run;
        let whole = self.frame.key().child(self.name, None);
        run.is_done(&whole) || (from..self.items.len()).any(|at| run.has_begun(&self.branch_key(at)))
    }

    fn branch(&self, ctx: &NativeCallContext, inner: &Frame, at: usize) -> Branch {
        let key = self.branch_key(at);
        let enter = enter_of(ctx, inner, Kind::Branch, key);
        let keep = |given: &Dynamic| kept(inner, given).map_err(|failure| fail(ctx, &failure));
        let body = |frame: Frame| call(ctx, frame, self.body, vec![privacy::copy(&self.items[at], 0)], true);
        match contain(ctx, inner, enter, body, keep) {
            Ok(given) => Branch::Gave(given),
            Err(error) => match ended(inner, &error) {
                Ended::Failure(failure) => Branch::Failed(failure),
                Ended::End(why) => Branch::Ends(end(ctx, why)),
            },
        }
    }

    /// What the branches amount to.
    fn sum(&self, ctx: &NativeCallContext) -> Answer {
        let ended = std::mem::take(&mut *self.ended.lock().unwrap_or_else(PoisonError::into_inner));
        let mut given = Array::with_capacity(ended.len());
        let mut failed: Vec<(usize, Box<Failure>)> = Vec::new();
        for (at, branch) in ended.into_iter().enumerate() {
            match branch {
                Some(Branch::Ends(error)) => return Err(error),
                Some(Branch::Failed(failure)) => failed.push((at, failure)),
                Some(Branch::Gave(value)) => {
                    given.push(value);
                    continue;
                }
                None => {}
            }
            given.push(Dynamic::UNIT);
        }
        if failed.len() <= self.budget {
            return Ok(Dynamic::from_array(given));
        }
        if let [(_, only)] = failed.as_slice() {
            return Err(pass(Ended::Failure(only.clone()), ctx));
        }
        Err(fail(ctx, &self.too_many(&failed)))
    }

    fn too_many(&self, failed: &[(usize, Box<Failure>)]) -> Failure {
        const TOLD: usize = 5;
        let of = self.items.len();
        let what =
            format!("{} of {of} branches of `{}` failed, and the budget is {}", failed.len(), self.name, self.budget);
        let mut failure = Failure::new(code::PARALLEL_BUDGET, what);
        for (at, one) in failed.iter().take(TOLD) {
            failure = failure.because(format!("`{}`: {}", self.names[*at], one.what));
        }
        if failed.len() > TOLD {
            failure = failure.because(format!("and {} more", failed.len() - TOLD));
        }
        let list = failed.iter().map(|(at, one)| {
            let step = one.step.as_ref().map_or(Value::Unit, |step| Value::from(step.as_str()));
            let more = one.data.as_ref().and_then(|data| data.get("failed")).cloned().unwrap_or_default();
            Value::from([
                ("item", Value::from(self.names[*at].as_str())),
                ("code", Value::from(one.code.as_str())),
                ("what", Value::from(one.what.as_str())),
                ("step", step),
                ("failed", more),
            ])
        });
        failure.data = Some(Value::from([("failed", Value::List(list.collect()))]));
        failure.retryable = failed.iter().all(|(_, one)| one.retryable);
        failure
    }
}
