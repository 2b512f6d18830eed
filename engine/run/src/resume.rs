//! What a resume can tell from the records alone: the steps in doubt, and what may be decided over them.

use runbook_journal::History;
use runbook_journal::history::Past;
use runbook_model::record::Kind;
use runbook_model::survey::Doubt;
use runbook_model::{Key, Repeat};

/// The steps that were begun and not ended and whose calls may have acted, with what resume will do about each.
pub fn doubts(history: &History) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    for (key, past) in history.open() {
        if !matches!(past.kind, Kind::Step | Kind::Unwind) {
            continue;
        }
        doubts.extend(past.open_calls().iter().filter(|call| call.is_open()).map(|call| {
            let (verdict, evidence) = match call.call.repeat {
                Repeat::Reads | Repeat::Safe => ("repeats safely", "doing it twice is as doing it once"),
                Repeat::Probed => ("to be looked at", "a look at the world decides"),
                Repeat::Ask => ("unknown", "only the step's `done_when`, or a person, can tell"),
            };
            Doubt {
                key: key.clone(),
                call: call.call.brief.clone(),
                verdict: verdict.to_owned(),
                evidence: evidence.to_owned(),
            }
        }));
    }
    doubts
}

/// The steps whose end nobody but a person can tell.
pub fn unknown(history: &History) -> Vec<Key> {
    history
        .open()
        .into_iter()
        .filter(|(_, past)| matches!(past.kind, Kind::Step | Kind::Unwind) && asks(past))
        .map(|(key, _)| key.clone())
        .collect()
}

fn asks(past: &Past) -> bool {
    past.open_calls().iter().any(|call| call.is_open() && call.call.repeat.needs_intent_on_disk())
}
