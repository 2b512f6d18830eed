//! The small phrases that several pictures share: an attempt, a duration, a line with its tail.

use runbook_model::{Failure, Millis, Value};

use crate::board::Board;
use crate::names::subject;
use crate::style::{Icon, Paint, Style, between, duration};
use crate::text::{clean, count};
use crate::thing::{Status, Thing};

/// Shorter than this, how long a thing took is not worth telling.
pub(crate) const WORTH_TELLING: Millis = 1000;

/// `attempt 2 of 3`; nothing where it is the only one so far and `always` is not asked for.
pub(crate) fn attempt(thing: &Thing, always: bool) -> Option<String> {
    if thing.is_container() || thing.attempt == 0 {
        None
    } else if thing.of > 1 && thing.attempt <= thing.of {
        (always || thing.attempt > 1).then(|| format!("attempt {} of {}", thing.attempt, thing.of))
    } else {
        (thing.attempt > 1).then(|| format!("attempt {}", thing.attempt))
    }
}

/// How long the latest attempt took, where that is worth telling.
pub(crate) fn took(thing: &Thing) -> Option<String> {
    thing.took().filter(|&millis| millis >= WORTH_TELLING).map(duration)
}

/// `4 branches, 1 failed`.
pub(crate) fn branches(thing: &Thing) -> Option<String> {
    let all = thing.items.max(thing.children.len());
    let failed = thing.counts.failed;
    let said = count(all, "branch", "branches");
    (all > 0).then(|| if failed > 0 { format!("{said}, {failed} failed") } else { said })
}

/// An icon, what it is about, and dim behind it what else is known.
pub(crate) fn line(icon: Icon, about: &str, tail: impl IntoIterator<Item = Option<String>>, style: &Style) -> String {
    let tail: Vec<String> = tail.into_iter().flatten().collect();
    if tail.is_empty() {
        return format!("{} {about}", style.icon(icon));
    }
    format!("{} {about}  {}", style.icon(icon), style.paint(Paint::Dim, &tail.join(", ")))
}

/// The icon of a thing as it stands now.
pub(crate) fn icon(status: Status) -> Icon {
    match status {
        Status::Pending => Icon::Pending,
        Status::Running => Icon::Running,
        Status::Again(_) => Icon::Again,
        Status::Asking => Icon::Ask,
        Status::Done | Status::Accepted => Icon::Done,
        Status::Failed => Icon::Failed,
        Status::Skipped => Icon::Skipped,
        Status::Stopped => Icon::Stopped,
        Status::InDoubt => Icon::Doubt,
        Status::Undone => Icon::Undone,
    }
}

/// `again in 5s`, `again at once`.
pub(crate) fn again(at: Millis, now: Millis) -> String {
    match between(now, at) {
        0..WORTH_TELLING => "again at once".into(),
        wait => format!("again in {}", duration(wait)),
    }
}

/// The first line of what a failure says.
pub(crate) fn what(failure: &Failure) -> String {
    clean(failure.what.lines().next().unwrap_or_default()).into_owned()
}

/// What a check that was answered says: whether yes, and its own words.
pub(crate) fn check_says(value: &Value) -> (bool, Option<String>) {
    let text = |key: &str| value.get(key).and_then(Value::as_text).map(|text| clean(text).into_owned());
    let yes = !matches!(value.get("ok").unwrap_or(value), Value::Bool(false));
    let fix = text("fix").filter(|_| !yes);
    let says = [text("detail"), fix].into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    (yes, (!says.is_empty()).then(|| says.join("; ")))
}

/// Things by name, at most five: `a`, `b` and 3 more.
pub(crate) fn listed<'t>(names: impl ExactSizeIterator<Item = &'t str>) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.take(SHOWN).map(|name| format!("`{}`", clean(name))).collect();
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// What a step in trouble is called in a sentence.
pub(crate) fn culprits(board: &Board) -> String {
    let Some(closed) = &board.closed else { return String::new() };
    let named: Vec<String> = closed
        .culprits
        .iter()
        .filter(|key| !key.is_root())
        .map(|key| board.find(key).map_or_else(|| key.to_string(), subject))
        .collect();
    if named.is_empty() { String::new() } else { format!(" at {}", listed(named.iter().map(String::as_str))) }
}
