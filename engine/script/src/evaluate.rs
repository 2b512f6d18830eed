//! One evaluation of a runbook, from its first line: what ran before is replayed, what did not runs now.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rhai::{AST, Engine, Scope};
use runbook_model::{Failure, Key, Value, code};
use runbook_run::{Halt, Run, Stop};

use crate::bench::Bench;
use crate::frame::Frame;
use crate::language;
use crate::primitives::steer::end_of;
use crate::pulse::{self, End};
use crate::resolver::Resolver;
use crate::sources::Sources;
use crate::syntax;
use crate::trace::failure_of;
use crate::value::to_value;

/// The stack of the thread that evaluates.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// How an evaluation ended.
#[derive(Debug)]
pub enum Ended {
    /// It came to the end of the runbook.
    Done(Value),
    /// It failed.
    Failed(Box<Failure>),
    /// It was halted.
    Halted(Halt),
}

/// A runbook that has been read and can be evaluated.
pub struct Script {
    engine: Engine,
    ast: AST,
    /// The texts it came from.
    pub sources: Arc<Sources>,
}

impl Script {
    /// Reads a runbook: its syntax, its imports, and that it redefines none of the engine's words.
    pub fn read(sources: Arc<Sources>) -> Result<Self, Failure> {
        let mut engine = language::engine();
        engine.set_module_resolver(Resolver::new(Arc::clone(&sources)));
        let ast = syntax::parse(&engine, &sources)?;
        Ok(Self { engine, ast, sources })
    }

    /// Evaluates it with what `furnish` puts on the bench. The engine stays alive with the bench that is given back.
    pub fn evaluate(mut self, run: Arc<Run>, furnish: impl FnOnce(Arc<Run>) -> Bench) -> (Ended, Evaluated) {
        pulse::watch(&mut self.engine, run.stop.clone(), run.clock().clone());
        let stop = run.stop.clone();
        // The bench knows its engine, and the engine's calls know their bench: one of the two knows weakly.
        let mut furnished = None;
        let engine = Arc::new_cyclic(|weak| {
            let mut bench = furnish(run);
            bench.engine = weak.clone();
            let bench = Arc::new(bench);
            let mut engine = self.engine;
            engine.set_default_tag(Frame::root(Arc::clone(&bench)).into_tag());
            furnished = Some(bench);
            engine
        });
        let Some(bench) = furnished else {
            unreachable!("the bench is furnished with the engine");
        };
        let ended = on_its_own_thread(&engine, &self.ast, &bench, &stop);
        bench.guards.end();
        (ended, Evaluated { engine, bench })
    }
}

/// What an evaluation leaves behind.
pub struct Evaluated {
    /// The engine, for closures that are called later.
    pub engine: Arc<Engine>,
    /// The bench.
    pub bench: Arc<Bench>,
}

fn on_its_own_thread(engine: &Engine, ast: &AST, bench: &Arc<Bench>, stop: &Stop) -> Ended {
    let evaluation = || {
        let eval = || engine.eval_ast_with_scope::<rhai::Dynamic>(&mut Scope::new(), ast);
        let given = catch_unwind(AssertUnwindSafe(eval));
        match given {
            Err(_) => Ended::Halted(Halt::Bug("a panic while the runbook was evaluated".into())),
            Ok(Ok(value)) => match to_value(&value) {
                // What a runbook gives is for people; a value that cannot be kept is simply not kept.
                Ok(value) => Ended::Done(bench.mask.value(value)),
                Err(_) => Ended::Done(Value::Unit),
            },
            Ok(Err(error)) => ended(bench, &error),
        }
    };
    let ended = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("runbook".into()).stack_size(STACK_BYTES);
        let thread = thread.spawn_scoped(scope, evaluation).ok()?;
        thread.join().ok()
    });
    match (ended, stop.halted()) {
        // What halted the run first is the reason, whatever else it brought down.
        (Some(Ended::Halted(Halt::EndOfRecords)), _) => Ended::Halted(Halt::EndOfRecords),
        (Some(Ended::Halted(_)), Some(halt)) => Ended::Halted(halt),
        (Some(ended), _) => ended,
        (None, _) => Ended::Halted(Halt::Bug("the evaluation could not be started".into())),
    }
}

fn ended(bench: &Bench, error: &rhai::EvalAltResult) -> Ended {
    match end_of(error) {
        Some(End::Halt(halt)) => Ended::Halted(halt),
        Some(End::Deadline | End::Endless) => {
            let limit = pulse::COMPUTE_MAX.as_secs();
            let what = format!("the runbook computed for {limit}s without calling a word");
            Ended::Failed(Box::new(Failure::new(code::SCRIPT_ENDLESS, what).hint("look for a loop that never ends")))
        }
        None => Ended::Failed(Box::new(bench.mask.failure(failure_of(error, &bench.sources)))),
    }
}

/// The steps whose failure ended an evaluation: they are tried again on resume.
pub fn culprits(failure: &Failure) -> Vec<Key> {
    let mut culprits: Vec<Key> = failure.step.iter().cloned().collect();
    let mut look = failure.data.iter().collect::<Vec<_>>();
    while let Some(value) = look.pop() {
        if let Some(Value::List(failed)) = value.get("failed") {
            for one in failed {
                culprits.extend(one.get("step").and_then(Value::as_text).map(Key::from_text));
                look.push(one);
            }
        }
    }
    culprits.sort();
    culprits.dedup();
    culprits
}
