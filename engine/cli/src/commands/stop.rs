//! `runbook stop`: ask a run to stop at its next safe point, or give it up for good.

use runbook_journal::store::{Ask, Mail};
use runbook_model::holder::Life;
use runbook_model::{Failure, code};
use runbook_run::{Clock, identity};

use super::notebook;
use crate::args::Common;
use crate::exit::Exit;
use crate::{leftovers, lock, places, session};

/// Stops a run.
pub(crate) fn stop(common: &Common, run: &str, abandon: bool) -> Result<Exit, Failure> {
    let store = places::store(common.state.as_deref())?;
    let row = store.find(run)?;
    let by = identity::this_process(Clock::start(0).now());
    let alive = row.holder.as_ref().is_some_and(|holder| identity::life_of(holder) != Life::Gone);
    if abandon {
        let opened = session::history(&store, &row.run)?.opened;
        notebook::abandon(&store, &row.run, &by)?;
        let freed = opened.map_or(Ok(()), |opened| {
            let (freed, swept) = (lock::free(&opened), leftovers::sweep_closed(&opened));
            freed.and(swept)
        });
        super::print(&match freed {
            Ok(()) => format!("run `{}` is given up; its lock is free\n", row.run),
            Err(failure) => {
                format!("run `{}` is given up; what it has in the cluster may be there still: {failure}\n", row.run)
            }
        });
        return Ok(Exit::Done);
    }
    if !alive {
        let failure = Failure::new(code::RUN_UNKNOWN, format!("no process holds run `{}`", row.run));
        return Err(failure.hint("to give it up for good, add `--abandon`"));
    }
    store.post(&row.run, &Mail { who: by.who(), at: Clock::start(0).now(), ask: Ask::Stop })?;
    super::print(&format!("asked run `{}` to stop at its next safe point\n", row.run));
    Ok(Exit::Done)
}
