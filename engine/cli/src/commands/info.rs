//! `runbook info` and `runbook FILE --help`: a runbook's inputs, needs and steps.

use std::path::Path;

use runbook_model::Failure;
use runbook_script::front::{Header, help as help_text};
use runbook_script::outline::{outline, print};
use runbook_script::sources::Sources;

use crate::args::Common;
use crate::exit::Exit;

/// The width of a help text where the terminal does not say.
const WIDTH: usize = 100;

/// Prints the help of a runbook: its inputs, like any good command.
pub(crate) fn help(file: &Path) -> Result<Exit, Failure> {
    let sources = Sources::gather(file)?;
    let header = Header::of(&sources)?;
    super::print(&help_text(&header, &file.display().to_string(), WIDTH));
    Ok(Exit::Done)
}

/// Prints what a runbook is, what it may touch, and the outline of its steps.
pub(crate) fn info(_common: &Common, file: &Path) -> Result<Exit, Failure> {
    let sources = Sources::gather(file)?;
    let header = Header::of(&sources)?;
    super::print(&format!("{}\n\n", header.doc.trim()));
    super::print(&help_text(&header, &file.display().to_string(), WIDTH));
    super::print("\nSteps:\n");
    super::print(&print(&outline(&sources)?));
    Ok(Exit::Done)
}
