//! `runbook undo`: unwind a run, newest first.

use std::sync::Arc;

use runbook_model::record::{Closing, Purpose};
use runbook_model::{Body, Failure, Key, Mask, code};
use runbook_run::{Clock, identity};
use runbook_script::front::Header;
use runbook_script::sources::Sources;

use crate::args::Common;
use crate::conduct::{self, Furniture, UndoOrder};
use crate::exit::Exit;
use crate::places;
use crate::session::{self, Session};

/// Unwinds a run.
pub(crate) fn undo(
    common: &Common,
    name: &str,
    to: Option<&str>,
    past_points: bool,
    take_over: bool,
) -> Result<Exit, Failure> {
    let state = places::state(common.state.as_deref())?;
    let store = places::store(common.state.as_deref())?;
    let name = store.find(name)?.run;
    let history = session::history(&store, &name)?;
    if let Some(closed) = &history.closed
        && matches!(closed.verdict, Closing::Undone | Closing::Abandoned)
    {
        let what = format!("nothing to undo: run `{name}` is {}", closed.verdict.word());
        return Err(Failure::new(code::RUN_UNKNOWN, what));
    }
    let to = to.map(|step| super::key_in(&history, step)).transpose()?;
    let by = identity::this_process(Clock::start(0).now());
    let journal = session::take(&store, &name, &by, take_over)?;
    let history = session::history(&store, &name)?;
    let opened = history.opened.clone().ok_or_else(|| Failure::new(code::STORE_DAMAGED, "the run was never opened"))?;
    let err = std::fs::File::from(
        rustix::io::dup(rustix::stdio::stderr())
            .map_err(|error| Failure::new(code::RUN_DIED, "the process cannot be set up").because(error))?,
    );
    let session = Session::open(&store, journal, history, common.output, err, by.clone())?;
    session.ledger.append(Body::RunTaken(Box::new(session::taken(&by, Purpose::Undo))))?;
    session.listen_for_stops()?;
    let sources = Arc::new(Sources::from_records(&opened.file, opened.sources.clone()));
    let furniture = furniture(&session, sources, &opened.inputs, &state, &name)?;
    let end = conduct::undo(&furniture, &session, &name, &UndoOrder { to: to.clone() as Option<Key>, past_points })?;
    session.end(end)
}

fn furniture(
    session: &Session,
    sources: Arc<Sources>,
    inputs: &std::collections::BTreeMap<String, runbook_model::Value>,
    state: &std::path::Path,
    name: &str,
) -> Result<Furniture, Failure> {
    Ok(Furniture {
        header: Arc::new(Header::of(&sources)?),
        sources,
        inputs: inputs.clone(),
        mask: Arc::new(Mask::default()),
        artifacts: places::artifacts(state, name),
        ask: None,
        yes: false,
        accept: Vec::new(),
        who: session.by.who(),
    })
}
