//! `runbook import`: read a run that was exported elsewhere.

use std::path::Path;

use runbook_journal::{History, format};
use runbook_model::record::Closing;
use runbook_model::{Body, Failure, Record, code};

use crate::args::Common;
use crate::exit::Exit;
use crate::places;

/// Reads a run from a file; refuses one that contradicts itself, and one that is there already.
pub(crate) fn import(common: &Common, file: &Path) -> Result<Exit, Failure> {
    let trouble = |what: String| Failure::new(code::FILE_TROUBLE, what);
    let text =
        std::fs::read(file).map_err(|error| trouble(format!("`{}` cannot be read", file.display())).because(error))?;
    let mut history = History::default();
    let mut records: Vec<Record> = Vec::new();
    for record in format::decode(&text) {
        let record =
            record.map_err(|error| trouble(format!("`{}` is no exported run", file.display())).because(error))?;
        history
            .fold(&record)
            .map_err(|what| trouble(format!("`{}` contradicts itself", file.display())).because(what))?;
        records.push(record);
    }
    let Some(Body::RunOpened(opened)) = records.first().map(|record| &record.body) else {
        return Err(trouble(format!("`{}` holds no run", file.display())));
    };
    let store = places::store(common.state.as_deref())?;
    if store.runs()?.iter().any(|row| row.run == opened.run) {
        return Err(trouble(format!("run `{}` is in this store already", opened.run)));
    }
    let verdict = history.closed.as_ref().map_or(Closing::Stopped, |closed| closed.verdict);
    let mut here = (**opened).clone();
    // A lock is of the store it was taken in: an unfinished run from elsewhere takes its own when it is resumed.
    here.lock = None;
    store.import(&here, history.epoch, &records, verdict.word())?;
    super::print(&format!("run `{}` is here, {}\n", opened.run, verdict.word()));
    Ok(Exit::Done)
}
