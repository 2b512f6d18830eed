//! From the words that were typed to the command they mean, and from its end to an exit code.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use runbook_model::Failure;
use runbook_report::failure::{Around, draw};

use crate::args::{Cli, Command, Common};
use crate::exit::{self, Exit};
use crate::{commands, look};

/// Parses the command line, carries the command out, gives the exit code.
pub fn main() -> ExitCode {
    let words = with_command(std::env::args_os().collect());
    if let Some(file) = file_of_help(&words) {
        return finish(commands::info::help(&file));
    }
    match Cli::try_parse_from(words) {
        Ok(cli) => finish(carry_out(cli)),
        Err(error) => {
            // Help and version are asked for; anything else is a mistake.
            let wanted = !error.use_stderr();
            let _ = error.print();
            if wanted { ExitCode::SUCCESS } else { Exit::Usage.into() }
        }
    }
}

fn carry_out(cli: Cli) -> Result<Exit, Failure> {
    let common = cli.common;
    match cli.command {
        Command::Run(run) => commands::run::run(&common, &run),
        Command::Runs { unfinished } => commands::runs::runs(&common, unfinished),
        Command::Show { run } => commands::show::show(&common, &run),
        Command::Watch { run } => commands::watch::watch(&common, &run),
        Command::Events { run, follow } => commands::events::events(&common, &run, follow),
        Command::Approve { run, gate, deny, note } => {
            commands::approve::approve(&common, &run, gate.as_deref(), !deny, &note)
        }
        Command::Settle(settle) => commands::settle::settle(&common, &settle),
        Command::Undo(undo) => commands::undo::undo(&common, &undo),
        Command::Stop { run, abandon } => commands::stop::stop(&common, &run, abandon),
        Command::Take { run, yes } => commands::run::take(&common, &run, yes),
        Command::Export { run, output_file } => commands::export::export(&common, &run, output_file.as_deref()),
        Command::Import { file } => commands::import::import(&common, &file),
        Command::Check { files, outline } => commands::check::check(&common, &files, outline),
        Command::Info { file } => commands::info::info(&common, &file),
        Command::Doc { word, markdown } => commands::doc::doc(&common, word.as_deref(), markdown),
        Command::Explain { code } => commands::explain::explain(&common, code.as_deref()),
        Command::New { file } => commands::new::new(&file),
        Command::Prove(typed) => commands::prove::prove(&common, &typed),
        Command::Rehearse(typed) => commands::rehearse::rehearse(&common, &typed),
        Command::Twin(asked) => commands::twin::twin(&common, &asked),
        Command::Completions { shell } => commands::completions::completions(shell),
    }
}

fn finish(end: Result<Exit, Failure>) -> ExitCode {
    match end {
        Ok(exit) => exit.into(),
        Err(failure) => {
            show(&failure, &mut std::io::stderr());
            exit::of(&failure).into()
        }
    }
}

/// Draws a failure for people.
pub(crate) fn show(failure: &Failure, err: &mut dyn Write) {
    let style = look::style(std::io::stderr().is_terminal());
    let lines = draw(failure, Around::default(), &style);
    let _ = err.write_all(look::text(&lines).as_bytes());
}

/// The words of this command line, without the program's name.
pub(crate) fn typed() -> impl Iterator<Item = OsString> {
    with_command(std::env::args_os().collect()).into_iter().skip(1)
}

/// What is common to all commands, as it is typed.
pub(crate) fn common(common: &Common) -> Vec<OsString> {
    let mut typed = Vec::new();
    if let Some(state) = &common.state {
        typed.extend(["--state".into(), state.clone().into_os_string()]);
    }
    if let Some(output) = common.output.to_possible_value() {
        typed.extend(["--output".into(), output.get_name().into()]);
    }
    typed
}

/// `runbook FILE …` is short for `runbook run FILE …`.
fn with_command(mut words: Vec<OsString>) -> Vec<OsString> {
    let is_runbook = |word: &OsString| {
        let path = Path::new(word);
        path.extension().is_some_and(|end| end == "rhai") || (word.to_string_lossy().contains('/') && path.exists())
    };
    if let Some(at) = command_at(&words).filter(|at| is_runbook(&words[*at])) {
        words.insert(at, "run".into());
    }
    words
}

/// Where the command stands: behind the options that all commands share.
fn command_at(words: &[OsString]) -> Option<usize> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match word.to_string_lossy().as_ref() {
            "--state" | "--output" | "--time" => at += 2,
            word if word.starts_with('-') => at += 1,
            _ => return Some(at),
        }
    }
    None
}

/// The runbook whose own help is asked for: `runbook run FILE --help`.
fn file_of_help(words: &[OsString]) -> Option<std::path::PathBuf> {
    let at = command_at(words).filter(|at| words[*at] == "run")?;
    if !words.iter().any(|word| word == "--help" || word == "-h") {
        return None;
    }
    let file = words.iter().skip(at + 1).find(|word| !word.to_string_lossy().starts_with('-'))?;
    Some(file.into())
}
