//! `runbook export`: a run with all its records, one JSON object a line.

use std::io::Write;
use std::path::Path;

use runbook_model::{Failure, code};

use crate::args::Common;
use crate::exit::Exit;
use crate::places;

/// Writes a run to a file.
pub(crate) fn export(common: &Common, run: &str, to: Option<&Path>) -> Result<Exit, Failure> {
    let store = places::store(common.state.as_deref())?;
    let row = store.find(run)?;
    let mut text = Vec::new();
    store.read(&row.run, 0, |record| {
        let mut line = serde_json::to_vec(&record).map_err(|error| error.to_string())?;
        line.push(b'\n');
        text.append(&mut line);
        Ok(())
    })?;
    match to {
        None => drop(std::io::stdout().lock().write_all(&text)),
        Some(file) => std::fs::write(file, &text).map_err(|error| {
            Failure::new(code::FILE_TROUBLE, format!("`{}` cannot be written", file.display())).because(error)
        })?,
    }
    Ok(Exit::Done)
}
