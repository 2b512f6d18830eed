//! `runbook show`: what is known of a run, the same picture as while it ran.

use std::io::IsTerminal;

use runbook_model::{Failure, Record};
use runbook_report::{Style, show};

use crate::args::{Common, Output};
use crate::exit::Exit;
use crate::places;

/// Shows a run.
pub(crate) fn show(common: &Common, run: &str) -> Result<Exit, Failure> {
    if common.output == Output::Json {
        return super::events::events(common, run, false);
    }
    let store = places::store(common.state.as_deref())?;
    let row = store.find(run)?;
    let mut records: Vec<Record> = Vec::new();
    store.read(&row.run, 0, |record| {
        records.push(record);
        Ok(())
    })?;
    let style = Style::detect(std::io::stdout().is_terminal());
    super::print(&show::picture(&records, super::runs::state(&row), &style));
    Ok(Exit::Done)
}
