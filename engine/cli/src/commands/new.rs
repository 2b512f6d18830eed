//! `runbook new`: a runbook to start from.

use std::io::Write;
use std::path::Path;

use runbook_model::{Failure, code};

use crate::exit::Exit;

const START: &str = include_str!("new.rhai");

/// Writes a new runbook; never over a file that is there.
pub(crate) fn new(file: &Path) -> Result<Exit, Failure> {
    let trouble = |error: std::io::Error| {
        let failure =
            Failure::new(code::FILE_TROUBLE, format!("`{}` cannot be written", file.display())).because(&error);
        if error.kind() == std::io::ErrorKind::AlreadyExists { failure.hint("choose another name") } else { failure }
    };
    let name = file.file_stem().map_or("runbook".into(), |stem| stem.to_string_lossy());
    let text = START.replace("NAME", &name);
    std::fs::File::create_new(file).and_then(|mut made| made.write_all(text.as_bytes())).map_err(trouble)?;
    let shown = file.display();
    super::print(&format!("wrote `{shown}`; read it with `runbook info {shown}`, run it with `runbook {shown}`\n"));
    Ok(Exit::Done)
}
