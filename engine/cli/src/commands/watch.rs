//! `runbook watch`: the picture of a run that another process holds, until it is let go.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use runbook_journal::Store;
use runbook_model::holder::Life;
use runbook_model::{Event, Failure, Record, code};
use runbook_run::{Clock, identity};

use crate::args::{Common, Output};
use crate::exit::Exit;
use crate::places;
use crate::screen::Screen;

/// How often to look for new records.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Watches a run.
pub(crate) fn watch(common: &Common, run: &str) -> Result<Exit, Failure> {
    let store = places::store(common.state.as_deref())?;
    let name = store.find(run)?.run;
    let trouble = |error: std::io::Error| Failure::new(code::RUN_DIED, "the picture cannot be shown").because(error);
    let err = rustix::io::dup(rustix::stdio::stderr()).map_err(|error| trouble(error.into()))?;
    let output = match common.output {
        Output::Auto if !std::io::stderr().is_terminal() => Output::Lines,
        other => other,
    };
    let screen = Screen::open(output, &name, err.into(), Clock::start(0)).map_err(trouble)?;
    let hand = screen.hand();
    let verdict = follow(&store, &name, |record| hand.hear(Event::Recorded(Arc::new(record))))?;
    screen.close(verdict as u8, None);
    Ok(verdict)
}

/// Hands out every record of `run`, then each new one, until nobody holds the run.
pub(super) fn follow(store: &Store, run: &str, mut hear: impl FnMut(Record)) -> Result<Exit, Failure> {
    let mut seen = 0;
    loop {
        // Asked before the records are read, so that none can come in between.
        let row = store.find(run)?;
        let held = row.holder.as_ref().is_some_and(|holder| identity::life_of(holder) != Life::Gone);
        store.read(run, seen, |record| {
            seen = record.seq;
            hear(record);
            Ok(())
        })?;
        if !held {
            return Ok(Exit::Done);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
