//! The inputs of a new run: as given, and what is missing asked for at a terminal.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Component, Path};

use runbook_model::{Failure, Value, code};
use runbook_script::front::{Given, Header, Input, Kind, parse_answer, resolve};

use crate::args::Run;
use crate::screen;

/// The inputs of a run, whole and of their types.
pub(super) fn resolve_all(header: &Header, run: &Run) -> Result<BTreeMap<String, Value>, Failure> {
    let set = run.set.iter().map(|pair| split(pair)).collect::<Result<Vec<_>, _>>()?;
    let file = run.inputs.as_deref().map(|file| {
        let text = std::fs::read_to_string(file).map_err(|error| {
            Failure::new(code::INPUT_BAD, format!("`--inputs {}` cannot be read", file.display())).because(error)
        })?;
        Ok::<_, Failure>((file.display().to_string(), text))
    });
    let given = Given { set, file: file.transpose()?, env: Box::new(|name| std::env::var(name).ok()) };
    let mut resolved = resolve(&header.inputs, &given).map_err(one)?;
    for input in resolved.missing.clone() {
        if let Some(value) = std::io::stdin().is_terminal().then(|| ask(input)).flatten() {
            resolved.answer(&input.name, value);
        }
    }
    let mut values = resolved.complete().map_err(one)?;
    for input in header.inputs.iter().filter(|input| input.kind == Kind::Path) {
        if let Some(Value::Text(path)) = values.get_mut(&input.name) {
            *path = whole(path);
        }
    }
    Ok(values)
}

/// A path as it is meant where the run is begun: a resume from elsewhere must mean the same. It climbs no more: what is
/// there is called by where it really is.
fn whole(path: &str) -> String {
    let Ok(here) = std::env::current_dir() else { return path.to_owned() };
    let path = here.join(path);
    if !path.components().any(|part| part == Component::ParentDir) {
        return path.to_string_lossy().into_owned();
    }
    let real = path.canonicalize().or_else(|_| match (path.parent().map(Path::canonicalize), path.file_name()) {
        // What is still to be written has a folder that is there.
        (Some(Ok(folder)), Some(name)) => Ok(folder.join(name)),
        _ => Err(()),
    });
    real.unwrap_or(path).to_string_lossy().into_owned()
}

fn split(pair: &str) -> Result<(String, String), Failure> {
    let (name, value) = pair.split_once('=').ok_or_else(|| {
        Failure::new(code::INPUT_BAD, format!("`--set {pair}` names no value")).hint("write it as `--set NAME=VALUE`")
    })?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Several failures as one: the first, with the others as its causes.
fn one(failures: Vec<Failure>) -> Failure {
    let mut failures = failures.into_iter();
    let Some(mut first) = failures.next() else { return Failure::new(code::INPUT_BAD, "the inputs are wrong") };
    for other in failures {
        first.causes.push(format!("also: {}", other.what));
        first.hints.extend(other.hints);
    }
    first
}

/// What a person is asked: what it is for, and how it is written where that is no plain text.
fn question(input: &Input) -> String {
    let such_as = match input.kind {
        Kind::String => String::new(),
        Kind::Enum => input.options.join(", "),
        kind => format!("{}, such as `{}`", kind.takes(), input.example()),
    };
    let told = [input.doc.as_str(), such_as.as_str()];
    let told: Vec<&str> = told.into_iter().filter(|part| !part.is_empty()).collect();
    if told.is_empty() { format!("{}: ", input.name) } else { format!("{} ({}): ", input.name, told.join("; ")) }
}

/// Asks for an input until the answer is one; nothing where nobody answers.
fn ask(input: &Input) -> Option<Value> {
    loop {
        screen::say(&question(input));
        let typed = screen::read_line(&|| false)?;
        if typed.is_empty() {
            return None;
        }
        match parse_answer(input, &typed) {
            Ok(value) => return Some(value),
            Err(failure) => screen::say(&format!("{}\n", failure.what)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_climbs_is_called_by_where_it_really_is() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(real.join("a/b")).unwrap();
        std::fs::write(real.join("kept.yaml"), "").unwrap();
        let typed = |end: &str| format!("{}/a/b/{end}", real.display());
        assert_eq!(whole(&typed("../../kept.yaml")), real.join("kept.yaml").display().to_string());
        assert_eq!(whole(&typed("../../new.yaml")), real.join("new.yaml").display().to_string());
        assert_eq!(whole(&typed("c")), typed("c"), "what does not climb stays as it was typed");
    }
}
