//! `runbook settle`: a person decides over a step that is in doubt.

use runbook_model::record::{Ruling, StepRuled};
use runbook_model::{Body, Failure, Value, code};
use runbook_run::{Clock, identity};

use super::{key_in, notebook};
use crate::args::{Common, Settle};
use crate::exit::Exit;
use crate::{places, session};

/// Settles a step.
pub(crate) fn settle(common: &Common, settle: &Settle) -> Result<Exit, Failure> {
    let store = places::store(common.state.as_deref())?;
    let row = store.find(&settle.run)?;
    let history = session::history(&store, &row.run)?;
    let key = key_in(&history, &settle.step)?;
    let by = identity::this_process(Clock::start(0).now());
    let (ruling, word) = if settle.done {
        (Ruling::Done(value(settle.value.as_deref())?), "done")
    } else if settle.redo {
        (Ruling::Redo, "to be run again")
    } else {
        (Ruling::Undone, "undone")
    };
    let ruled = StepRuled { key: key.clone(), ruling, by: by.who(), why: settle.note.clone() };
    let after = notebook::write(&store, &row.run, &by, &history, vec![Body::StepRuled(ruled)])?;
    let left = runbook_run::resume::unknown(&after);
    let next = match left.first() {
        Some(other) => format!("`{other}` is in doubt still"),
        None => format!("go on with `runbook run --resume={}`", row.run),
    };
    super::print(&format!("`{key}` counts as {word}; {next}\n"));
    Ok(Exit::Done)
}

fn value(json: Option<&str>) -> Result<Value, Failure> {
    let Some(json) = json else { return Ok(Value::Unit) };
    let parsed = serde_json::from_str(json);
    parsed.map(Value::from_plain_json).map_err(|error| {
        Failure::new(code::INPUT_BAD, "`--value` takes JSON")
            .because(error)
            .hint("quote text twice: `--value '\"text\"'`")
    })
}
