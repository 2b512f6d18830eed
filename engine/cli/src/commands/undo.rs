//! `runbook undo`: unwind a run, newest first.

use std::sync::Arc;

use runbook_model::record::{Closing, Purpose};
use runbook_model::{Body, Failure, Mask, code};
use runbook_run::{Clock, identity};
use runbook_script::front::Header;
use runbook_script::hands::Hands;
use runbook_script::sources::Sources;

use crate::args::{Common, Undo};
use crate::conduct::{self, Furniture, UndoOrder};
use crate::exit::Exit;
use crate::session::{self, Session};
use crate::{aim, dispatch, lock, places, warden};

/// Unwinds a run. As with a run, the first process only watches.
pub(crate) fn undo(common: &Common, undo: &Undo) -> Result<Exit, Failure> {
    match &undo.watched {
        None => Ok(warden::watch(dispatch::typed(), |failure| dispatch::show(failure, &mut std::io::stderr()))),
        Some(words) => warden::watched(words, &undo.memory, |err| work(common, undo, err)),
    }
}

fn work(common: &Common, undo: &Undo, err: std::fs::File) -> Result<Exit, Failure> {
    let state = places::state(common.state.as_deref())?;
    let store = places::store(common.state.as_deref())?;
    let name = store.find(&undo.run)?.run;
    let mut history = session::history(&store, &name)?;
    if let Some(closed) = &history.closed
        && matches!(closed.verdict, Closing::Undone | Closing::Abandoned)
    {
        let what = format!("nothing to undo: run `{name}` is {}", closed.verdict.word());
        return Err(Failure::new(code::RUN_UNKNOWN, what));
    }
    let to = undo.to.as_deref().map(|step| super::key_in(&history, step)).transpose()?;
    let led = places::time(common.time.as_deref())?;
    let by = identity::this_process(Clock::of(led.clone(), 0).now());
    let opened = history.opened.clone().ok_or_else(|| Failure::new(code::STORE_DAMAGED, "the run was never opened"))?;
    let hands = Arc::new(Hands::new(aim::typed_over(&opened.aim, &undo.cluster)?, led.clone()));
    let lock = lock::of_known(&opened, &by, &hands, undo.take_over)?;
    let journal = session::take(&store, &name, &by, undo.take_over).inspect_err(|_| lock::give_back(lock.as_ref()))?;
    session::catch_up(&store, &name, &mut history)?;
    let mut session = Session::open(&store, journal, history, common.output, err, by.clone(), led)?;
    session.keep(lock);
    session.ledger.append(Body::RunTaken(Box::new(session::taken(&by, Purpose::Undo))))?;
    session.watched = true;
    session.listen_for_stops()?;
    let sources = Arc::new(Sources::from_records(&opened.file, opened.sources.clone()));
    let furniture = furniture(&session, sources, &opened.inputs, (&state, &name), hands)?;
    let order = UndoOrder { to, past_points: undo.past_point_of_no_return };
    let end = conduct::undo(&furniture, &session, &name, &order)?;
    session.end(end, &furniture.hands)
}

fn furniture(
    session: &Session,
    sources: Arc<Sources>,
    inputs: &std::collections::BTreeMap<String, runbook_model::Value>,
    (state, name): (&std::path::Path, &str),
    hands: Arc<Hands>,
) -> Result<Furniture, Failure> {
    Ok(Furniture {
        header: Arc::new(Header::of(&sources)?),
        sources,
        inputs: inputs.clone(),
        mask: Arc::new(Mask::default()),
        artifacts: places::artifacts(state, name),
        hands,
        ask: None,
        yes: false,
        accept: Vec::new(),
        who: session.by.who(),
    })
}
