//! The real engine within this process: a store, a run and an evaluation, composed as the command line composes them,
//! so that a step can be timed from the inside.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use runbook_journal::{History, Store};
use runbook_model::record::{Kind, RunOpened};
use runbook_model::{Body, Event, Mask, Record};
use runbook_run::{Clock, Ledger, Options, Run, Stop, identity};
use runbook_script::bench::Bench;
use runbook_script::evaluate::{Ended, Script};
use runbook_script::fingerprint::Fingerprints;
use runbook_script::front::Header;
use runbook_script::primitives::guard::Guards;
use runbook_script::primitives::undo::Undoings;
use runbook_script::sources::Sources;

use crate::Trouble;

/// What a run within this process took.
pub(crate) struct Took {
    /// From the first word of the runbook to its end.
    pub all: Duration,
    /// How many steps it did.
    pub steps: usize,
    /// For each step, from the moment the one before it was on disk until it was itself, in milliseconds.
    pub each: Vec<f64>,
    /// How many bytes a step left in the journal.
    pub bytes: usize,
}

type Heard = Arc<Mutex<Vec<(Instant, Arc<Record>)>>>;

/// Runs `file` with a new store in `state`.
pub(crate) fn run(file: &Path, state: &Path) -> Result<Took, Trouble> {
    let trouble = |failure: runbook_model::Failure| failure.what;
    let sources = Arc::new(Sources::gather(file).map_err(trouble)?);
    let header = Header::of(&sources).map_err(trouble)?;
    let store = Store::open(state)?;
    let clock = Clock::start(0);
    let (journal, first) = store.create(opened(&sources, file, &clock), clock.now())?;
    let mut history = History::default();
    history.fold(&first)?;
    let heard = Heard::default();
    let ears = Arc::clone(&heard);
    let hear = move |event| {
        if let Event::Recorded(record) = event {
            ears.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), record));
        }
    };
    let ledger = Ledger::open(journal, history, clock, Box::new(hear));
    let script = Script::read(Arc::clone(&sources)).map_err(trouble)?;
    let run = Arc::new(Run::new("bench", Arc::clone(&ledger), Stop::default(), Options::live()));
    let began = Instant::now();
    let (ended, _) = script.evaluate(run, |run| furnish(run, &sources, &header, state));
    let all = began.elapsed();
    ledger.close().map_err(trouble)?;
    ledger.journal().release("done", true, ledger.clock().now())?;
    if !matches!(ended, Ended::Done(_)) {
        return Err(format!("the runbook did not end well: {ended:?}").into());
    }
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    sum(all, &heard)
}

fn opened(sources: &Sources, file: &Path, clock: &Clock) -> RunOpened {
    RunOpened {
        run: "bench".to_owned(),
        runbook: "bench".to_owned(),
        version: None,
        file: sources.main().to_owned(),
        path: file.to_string_lossy().into_owned(),
        sources: sources.files().clone(),
        inputs: BTreeMap::new(),
        site: "local".to_owned(),
        lock: None,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        by: identity::this_process(clock.now()),
    }
}

fn furnish(run: Arc<Run>, sources: &Arc<Sources>, header: &Header, state: &Path) -> Bench {
    Bench {
        run,
        main: sources.main().into(),
        sources: Arc::clone(sources),
        fingerprints: Fingerprints::new(sources),
        needs: header.needs.clone(),
        inputs: BTreeMap::new(),
        secrets: Vec::new(),
        mask: Arc::new(Mask::default()),
        engine: Weak::new(),
        guards: Guards::default(),
        artifacts: state.join("runs"),
        undoings: Undoings::default(),
        drift: Mutex::default(),
        met: Mutex::default(),
        ask: None,
        yes: None,
        accept: Vec::new(),
        who: "bench".to_owned(),
        helm: runbook_script::primitives::helm::usual(),
    }
}

fn sum(all: Duration, heard: &[(Instant, Arc<Record>)]) -> Result<Took, Trouble> {
    let mut bytes = 0;
    let mut each = Vec::with_capacity(heard.len() / 2);
    let mut steps = 0;
    let mut before: Option<Instant> = None;
    for (at, record) in heard {
        match &record.body {
            Body::StepBegun(begun) if begun.kind == Kind::Step => {}
            Body::StepSettled(_) => {
                steps += 1;
                each.extend(before.map(|before| at.duration_since(before).as_secs_f64() * 1e3));
                before = Some(*at);
            }
            _ => continue,
        }
        bytes += serde_json::to_vec(&**record)?.len() + 1;
    }
    Ok(Took { all, steps, each, bytes: bytes / steps.max(1) })
}
