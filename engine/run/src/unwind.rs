//! Which steps an undo unwinds, and in which order.

use std::collections::HashSet;

use runbook_journal::History;
use runbook_journal::history::Past;
pub use runbook_journal::history::PastCall;
use runbook_journal::status::Status;
use runbook_model::Key;
use runbook_model::record::Kind;

/// One thing to unwind.
#[derive(Clone, Debug)]
pub struct Unwinding {
    /// The step.
    pub key: Key,
    /// What is known of it.
    pub past: Past,
    /// The key under which it is unwound.
    pub under: Key,
}

/// What there is to unwind, the newest first; with `to`, only what came after that step, itself included.
pub fn plan(history: &History, to: Option<&Key>) -> Vec<Unwinding> {
    let from = to.and_then(|key| history.past(key)).map_or(0, |past| past.seq);
    let mut plan: Vec<Unwinding> = history
        .keys()
        .filter(|(key, past)| past.seq >= from && has_something_to_unwind(key, past))
        .map(|(key, past)| Unwinding { key: key.clone(), past: past.clone(), under: key.unwinding() })
        .collect();
    // A step that says how to undo itself answers for the steps inside it.
    let covers: HashSet<Key> = plan
        .iter()
        .filter(|one| one.past.undo && one.past.kind == Kind::Step && matches!(one.past.status, Status::Done { .. }))
        .map(|one| one.key.clone())
        .collect();
    plan.retain(|one| !std::iter::successors(one.key.parent(), Key::parent).any(|above| covers.contains(&above)));
    plan.sort_by_key(|one| std::cmp::Reverse(one.past.seq));
    plan
}

/// The points of no return that were passed, the newest first, among what `plan` would unwind.
pub fn points(history: &History, to: Option<&Key>) -> Vec<Key> {
    let from = to.and_then(|key| history.past(key)).map_or(0, |past| past.seq);
    let mut points: Vec<(u64, Key)> = history
        .keys()
        .filter(|(_, past)| past.kind == Kind::Point && past.seq > from && matches!(past.status, Status::Done { .. }))
        .map(|(key, past)| (past.seq, key.clone()))
        .collect();
    points.sort_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    points.into_iter().map(|(_, key)| key).collect()
}

fn has_something_to_unwind(key: &Key, past: &Past) -> bool {
    let acted = || past.calls.iter().any(|call| call.may_have_acted());
    match past.kind {
        Kind::Undo => matches!(past.status, Status::Done { .. }),
        Kind::Step => match past.status {
            Status::Done { .. } => past.undo || acted(),
            Status::Failed { .. } | Status::Waiting { .. } | Status::Open { .. } | Status::Stopped { .. } => acted(),
            Status::New | Status::Skipped { .. } | Status::Fresh { .. } => false,
        },
        Kind::Unwind => {
            debug_assert!(key.unwound().is_some(), "an unwinding is named after its step");
            false
        }
        Kind::Check
        | Kind::Gate
        | Kind::Fan
        | Kind::Branch
        | Kind::Phase
        | Kind::Wait
        | Kind::Guard
        | Kind::Sleep
        | Kind::Now
        | Kind::Point => false,
    }
}
