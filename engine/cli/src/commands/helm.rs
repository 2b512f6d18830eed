//! `runbook twin helm`: the twin's own helm, for those who have none.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use runbook_model::{Failure, code};
use runbook_twin::helm::{Call, is_foreign, run};

use crate::args::TwinHelm;
use crate::exit::Exit;

/// Answers as helm would; what is about charts the twin does not have is left to a real one.
pub(crate) fn helm(asked: &TwinHelm) -> Result<Exit, Failure> {
    if is_foreign(&asked.words) {
        let error = Command::new(&asked.real).args(&asked.words).exec();
        let what = format!("the twin has no such chart, and `{}` could not be started", asked.real);
        let failure = Failure::new(code::HELM_MISSING, what).because(error);
        return Err(failure.hint("install helm 3 or 4 for charts of your own"));
    }
    let mut input = String::new();
    if asked.words.iter().any(|word| word == "--values=-" || word == "-") {
        let read = std::io::stdin().lock().read_to_string(&mut input);
        read.map_err(|error| Failure::new(code::HELM_VALUES, "the values cannot be read").because(error))?;
    }
    let kubeconfig = std::env::var_os("KUBECONFIG").map(PathBuf::from);
    let said = run(&Call { words: asked.words.clone(), input, time: asked.time.clone(), kubeconfig });
    super::print(&said.out);
    let _ = std::io::stderr().write_all(said.err.as_bytes());
    Ok(if said.code == 0 { Exit::Done } else { Exit::Failed })
}
