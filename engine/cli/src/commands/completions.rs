//! `runbook completions`: for the shells people use.

use clap::CommandFactory;
use runbook_model::Failure;

use crate::args::Cli;
use crate::exit::Exit;

/// Prints the completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "runbook", &mut text);
    super::print(&String::from_utf8_lossy(&text));
    Ok(Exit::Done)
}
