//! What a resume can tell from the records alone: the steps in doubt, and what may be decided over them.

use runbook_journal::History;
use runbook_journal::history::{Past, PastCall};
use runbook_model::call::Verdict;
use runbook_model::record::Kind;
use runbook_model::survey::Doubt;
use runbook_model::{Key, Repeat};

/// The calls that were begun and not ended, in the steps that were.
pub fn open_calls(history: &History) -> Vec<(Key, PastCall)> {
    let open = history.open().into_iter().filter(|(_, past)| may_doubt(past));
    open.flat_map(|(key, past)| {
        past.open_calls().iter().filter(|call| call.is_open()).map(|call| (key.clone(), call.clone()))
    })
    .collect()
}

/// What is told of a call in doubt before any new effect; `sight` is what a look at the world said of it.
pub fn doubt(key: &Key, call: &PastCall, sight: Option<(&Verdict, &str)>) -> Doubt {
    let (verdict, evidence) = match (sight, call.call.repeat) {
        (Some((verdict, evidence)), _) => (verdict.to_string(), evidence),
        (None, Repeat::Reads | Repeat::Safe) => ("repeats safely".into(), "doing it twice is as doing it once"),
        (None, Repeat::Probed | Repeat::Ask) => {
            ("unknown".into(), "only the step's `done_when`, or a person, can tell")
        }
    };
    Doubt { key: key.clone(), call: call.call.brief.clone(), verdict, evidence: evidence.to_owned() }
}

/// The steps whose end nobody but a person can tell.
pub fn unknown(history: &History) -> Vec<Key> {
    let open = history.open().into_iter().filter(|(_, past)| may_doubt(past) && asks(past));
    open.map(|(key, _)| key.clone()).collect()
}

fn may_doubt(past: &Past) -> bool {
    matches!(past.kind, Kind::Step | Kind::Unwind)
}

fn asks(past: &Past) -> bool {
    past.open_calls().iter().any(|call| call.is_open() && call.call.repeat.needs_intent_on_disk())
}
