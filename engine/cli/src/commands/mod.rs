//! The commands, one file each: what is typed becomes calls of the rooms below.

pub(crate) mod approve;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod doc;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod helm;
pub(crate) mod import;
pub(crate) mod info;
mod inputs;
pub(crate) mod new;
mod notebook;
pub(crate) mod prove;
pub(crate) mod rehearse;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod settle;
pub(crate) mod show;
pub(crate) mod stop;
pub(crate) mod twin;
pub(crate) mod undo;
pub(crate) mod watch;

use runbook_journal::History;
use runbook_model::{Failure, Key, code};
use runbook_script::options::nearest;

/// The key of `history` that `typed` means; says what may have been meant where there is none.
fn key_in(history: &History, typed: &str) -> Result<Key, Failure> {
    let key = Key::from_text(typed);
    if history.past(&key).is_some() {
        return Ok(key);
    }
    let names: Vec<String> = history.keys().map(|(key, _)| key.to_string()).collect();
    let ending: Vec<&String> = names.iter().filter(|name| name.ends_with(&format!("/{typed}"))).collect();
    if let [only] = ending.as_slice() {
        return Ok(Key::from_text(only));
    }
    let failure = Failure::new(code::RUN_UNKNOWN, format!("the run has no step `{typed}`"));
    Err(match nearest(typed, names.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("see its steps with `runbook show RUN`"),
    })
}

/// Writes to standard output; a reader that has gone away is no failure.
fn print(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
