//! Conducting a run: evaluate it from the top, try again what ended it, unwind it, and say how it ended.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use runbook_model::record::{Closing, RunClosed};
use runbook_model::survey::Doubt;
use runbook_model::{Failure, Key, Mask, Value, code};
use runbook_run::step::PastCall;
use runbook_run::{Halt, Mode, Options, Run, resume, unwind};
use runbook_script::bench::{Ask, Bench};
use runbook_script::evaluate::{Ended, Evaluated, Script, culprits};
use runbook_script::fingerprint::Fingerprints;
use runbook_script::front::Header;
use runbook_script::hands::Hands;
use runbook_script::looks;
use runbook_script::primitives::guard::Guards;
use runbook_script::primitives::undo::Undoings;
use runbook_script::sources::Sources;
use runbook_script::tidy::tidy;
use runbook_script::unwinding;

use crate::exit::Exit;
use crate::session::{Session, closed};

/// What every evaluation of a run is furnished with.
#[derive(Clone)]
pub(crate) struct Furniture {
    /// The texts.
    pub sources: Arc<Sources>,
    /// The front matter.
    pub header: Arc<Header>,
    /// The inputs.
    pub inputs: BTreeMap<String, Value>,
    /// The secrets.
    pub mask: Arc<Mask>,
    /// The folder of the run's own files.
    pub artifacts: PathBuf,
    /// What it reaches the world with.
    pub hands: Arc<Hands>,
    /// How a person is asked.
    pub ask: Option<Ask>,
    /// Whether every gate is answered yes.
    pub yes: bool,
    /// The checks whose no is accepted.
    pub accept: Vec<String>,
    /// Who runs it.
    pub who: String,
}

impl Furniture {
    /// A bench for one evaluation.
    pub(crate) fn bench(&self, run: Arc<Run>) -> Bench {
        Bench {
            run,
            main: self.sources.main().into(),
            sources: Arc::clone(&self.sources),
            fingerprints: Fingerprints::new(&self.sources),
            needs: self.header.needs.clone(),
            inputs: self.inputs.clone(),
            secrets: self.header.secrets(),
            mask: Arc::clone(&self.mask),
            engine: Weak::new(),
            guards: Guards::default(),
            artifacts: self.artifacts.clone(),
            hands: Arc::clone(&self.hands),
            undoings: Undoings::default(),
            drift: Mutex::default(),
            met: Mutex::default(),
            ask: self.ask.clone(),
            yes: self.yes.then(|| "--yes".to_owned()),
            accept: self.accept.clone(),
            who: self.who.clone(),
        }
    }

    /// One evaluation from the top.
    pub(crate) fn evaluate(
        &self,
        session: &Session,
        name: &str,
        options: Options,
    ) -> Result<(Ended, Evaluated), Failure> {
        let script = Script::read(Arc::clone(&self.sources))?;
        let run = Arc::new(Run::new(name, Arc::clone(&session.ledger), session.stop.clone(), options));
        Ok(script.evaluate(run, |run| self.bench(run)))
    }
}

/// Lets the words look at the calls of `session` that were cut off; what they saw is written down, and told for each.
pub(crate) fn look(furniture: &Furniture, session: &Session, name: &str) -> Result<Vec<Doubt>, Failure> {
    let calls = session.ledger.look(resume::open_calls);
    let options = Options { mode: Mode::Live, until: None, retry: HashSet::new() };
    let run = Arc::new(Run::new(name, Arc::clone(&session.ledger), session.stop.clone(), options));
    let seen = match looks::look(&Arc::new(furniture.bench(run)), calls.clone()) {
        Ok(seen) => seen,
        Err(Halt::Store(failure)) => return Err(*failure),
        // The evaluation that follows halts for the same reason.
        Err(_) => Vec::new(),
    };
    let doubt = |(key, call): (Key, PastCall)| {
        let sight = seen.iter().find(|seen| seen.key == key && seen.call.nth == call.nth).map(|seen| &seen.sight);
        resume::doubt(&key, &call, sight.map(|sight| (&sight.verdict, sight.evidence.as_str())))
    };
    Ok(calls.into_iter().map(doubt).collect())
}

/// How a run ended, ready to be written down.
pub(crate) struct End {
    /// The last record.
    pub closed: RunClosed,
    /// The exit code.
    pub exit: Exit,
    /// Whether the store can still be written.
    pub writable: bool,
}

/// Runs what has not run yet. A failure that was only replayed from the records, and that nothing caught, is what ended
/// the run before: it is tried again.
pub(crate) fn live(
    furniture: &Furniture,
    session: &Session,
    name: &str,
    until: Option<Key>,
    mut retry: HashSet<Key>,
) -> Result<End, Failure> {
    loop {
        let options = Options { mode: Mode::Live, until: until.clone(), retry: retry.clone() };
        let (ended, evaluated) = furniture.evaluate(session, name, options)?;
        let run = &evaluated.bench.run;
        if let Ended::Failed(failure) = &ended {
            let replayed = run.replayed_failures();
            let again: Vec<Key> = culprits(failure).into_iter().filter(|key| replayed.contains(key)).collect();
            if !again.is_empty() {
                retry.extend(again);
                continue;
            }
        }
        let mut end = sum(ended, name);
        if end.closed.verdict == Closing::Done {
            end.closed.orphans = run.orphans();
            tidy_up(furniture, session);
        }
        return Ok(end);
    }
}

/// Has the machines forget what they kept for a run that is over.
fn tidy_up(furniture: &Furniture, session: &Session) {
    let calls = session.ledger.look(|history| {
        let all = history.keys().flat_map(|(_, past)| past.calls.iter());
        all.filter(|call| call.proof.is_some()).cloned().collect::<Vec<_>>()
    });
    tidy(&furniture.hands, calls);
}

/// What an end amounts to.
pub(crate) fn sum(ended: Ended, name: &str) -> End {
    match ended {
        Ended::Done(value) => {
            let mut closed = closed(Closing::Done);
            closed.value = value;
            End { closed, exit: Exit::Done, writable: true }
        }
        Ended::Failed(failure) => {
            let verdict = if failure.code == code::CHECK_NO { Closing::Refused } else { Closing::Failed };
            let mut closed = closed(verdict);
            closed.culprits = culprits(&failure);
            closed.failure = Some(*failure);
            End { closed, exit: Exit::from(verdict), writable: true }
        }
        Ended::Halted(halt) => halted(halt, name),
    }
}

fn halted(halt: Halt, name: &str) -> End {
    let end = |verdict, failure: Option<Failure>| {
        let mut closed = closed(verdict);
        closed.failure = failure;
        End { closed, exit: Exit::from(verdict), writable: true }
    };
    match halt {
        // What a person or the runbook itself asked for is no failure; the report says where it stopped and what next.
        Halt::Stopped | Halt::StoppedNow | Halt::Gate(_) | Halt::Until(_) | Halt::EndOfRecords => {
            end(Closing::Stopped, None)
        }
        Halt::Guard(key) => {
            let failure = Failure::new(code::GUARD_BROKEN, format!("guard `{key}` is broken"));
            end(Closing::Stopped, Some(failure.hint("find out why before you go on")))
        }
        Halt::Lock(failure) => {
            let End { closed, writable, .. } = end(Closing::Stopped, Some(*failure));
            End { closed, exit: Exit::Held, writable }
        }
        Halt::InDoubt(key, why) => end(Closing::InDoubt, Some(in_doubt(&key, why.as_deref(), name))),
        Halt::Check(failure) => end(Closing::Refused, Some(*failure)),
        Halt::Store(failure) => {
            let exit = if failure.code == code::RUN_LOST { Exit::Held } else { Exit::Failed };
            let mut closed = closed(Closing::Failed);
            closed.failure = Some(*failure);
            End { closed, exit, writable: false }
        }
        Halt::Bug(what) => {
            let mut closed = closed(Closing::Failed);
            let failure = Failure::new(code::RUN_BUG, format!("a mistake of the engine: {what}"));
            closed.failure = Some(failure.hint("the records are safe; please report this"));
            End { closed, exit: Exit::Bug, writable: true }
        }
    }
}

/// The failure of a run with a step that nobody knows the end of.
pub(crate) fn in_doubt(key: &Key, why: Option<&Failure>, name: &str) -> Failure {
    let cause = match why {
        Some(why) => {
            format!("{}: whether it acted cannot be seen from here, and it must not just be repeated", why.what)
        }
        None => "it was begun, and its end was not recorded; a call in it must not just be repeated".to_owned(),
    };
    let failure = Failure::new(code::STEP_IN_DOUBT, format!("nobody knows whether `{key}` took place")).because(cause);
    let mut failure = why
        .map_or(&[][..], |why| &why.causes)
        .iter()
        .fold(failure, |failure, cause| failure.because(cause))
        .hint(format!("look, then say `runbook settle {name} '{key}' --done`, or `--redo` if it may run again"));
    failure.step = Some(key.clone());
    failure
}

/// What an undo is told.
pub(crate) struct UndoOrder {
    /// The step down to which it goes.
    pub to: Option<Key>,
    /// Whether it may go behind a point of no return.
    pub past_points: bool,
}

/// Unwinds a run, newest first. Refuses before anything is done where a person has to decide first.
pub(crate) fn undo(furniture: &Furniture, session: &Session, name: &str, order: &UndoOrder) -> Result<End, Failure> {
    look(furniture, session, name)?;
    let (plan, points, unknown) = session.ledger.look(|history| {
        let to = order.to.as_ref();
        (unwind::plan(history, to), unwind::points(history, to), runbook_run::resume::unknown(history))
    });
    if let Some(key) = unknown.first() {
        return Ok(sum(Ended::Halted(Halt::InDoubt(key.clone(), None)), name));
    }
    if let (false, Some(point)) = (order.past_points, points.first()) {
        let failure = Failure::new(code::UNDO_POINT, format!("the run has passed `{point}`"))
            .hint("if you mean it, add `--past-point-of-no-return`")
            .hint("or name the step to go back to with `--to STEP`");
        let mut end = sum(Ended::Halted(Halt::Stopped), name);
        end.closed.failure = Some(failure);
        return Ok(end);
    }
    let rebuilt = {
        let options = Options { mode: Mode::Rebuild, until: None, retry: HashSet::new() };
        furniture.evaluate(session, name, options)?.1
    };
    let failed: HashSet<Key> = plan.iter().map(|one| one.under.clone()).collect();
    let options = Options { mode: Mode::Live, until: None, retry: failed };
    let run = Arc::new(Run::new(name, Arc::clone(&session.ledger), session.stop.clone(), options));
    let mut bench = furniture.bench(run);
    bench.engine = Arc::downgrade(&rebuilt.engine);
    let unwound = unwinding::unwind(&rebuilt, &Arc::new(bench), &plan);
    let mut end = match unwound.ended {
        Ended::Done(_) => {
            let verdict = if order.to.is_some() { Closing::Stopped } else { Closing::Undone };
            End { closed: closed(verdict), exit: Exit::Done, writable: true }
        }
        Ended::Failed(failure) => {
            let mut closed = closed(Closing::UndoFailed);
            let hint = format!("mend it, then go on with `runbook undo {name}`");
            closed.failure = Some(failure.hint(hint));
            End { closed, exit: Exit::UndoFailed, writable: true }
        }
        Ended::Halted(halt) => sum(Ended::Halted(halt), name),
    };
    end.closed.left = unwound.left;
    if end.closed.verdict == Closing::Undone {
        tidy_up(furniture, session);
    }
    Ok(end)
}
