//! `runbook show`: what is known of a run, the same picture as while it ran.

use std::io::IsTerminal;

use runbook_model::Failure;
use runbook_report::{Board, show};
use runbook_run::{Clock, identity};

use crate::args::{Common, Output};
use crate::exit::Exit;
use crate::{look, places};

/// Shows a run.
pub(crate) fn show(common: &Common, run: &str) -> Result<Exit, Failure> {
    if common.output == Output::Json {
        return super::events::events(common, run, false);
    }
    let store = places::store(common.state.as_deref())?;
    let row = store.find(run)?;
    let mut board = Board::named(row.run.clone());
    store.read(&row.run, 0, |record| {
        board.record(&record);
        Ok(())
    })?;
    let life = row.holder.as_ref().map(identity::life_of);
    let options = show::Options { now: Clock::start(0).now(), life, columns: look::columns(), all: false };
    let style = look::style(std::io::stdout().is_terminal());
    super::print(&look::text(&show::draw(&board, options, &style)));
    Ok(Exit::Done)
}
