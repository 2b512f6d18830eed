//! The live tree on a terminal: what goes on now, and nothing else.
//!
//! Promises: a pure picture of the board at one moment, never wider or higher than the terminal; its cost grows with
//! what goes on now, not with what is done. What has ended stands above it, as `lines.rs` tells it.

use std::collections::BTreeMap;

use runbook_model::Millis;
use runbook_model::record::Kind;

use crate::board::Board;
use crate::names::label;
use crate::phrase::{again, attempt, listed, what};
use crate::row::Row;
use crate::style::{Icon, Paint, Style, between, duration};
use crate::text::count;
use crate::thing::{Id, Status, Thing};

/// More open things than this are counted, not drawn: no terminal is that high.
const OPEN_MAX: usize = 400;
/// Deeper things are drawn no further to the right.
const LEVEL_MAX: usize = 8;
/// The pictures of something that goes on, one each tenth of a second.
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// How large the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many columns it has.
    pub columns: u16,
    /// How many rows it has.
    pub rows: u16,
}

/// The rows of the live tree, from top to bottom; none once the run is let go.
pub fn draw(board: &Board, size: Size, now: Millis, style: &Style) -> Vec<String> {
    // The last column stays free, where terminals disagree on wrapping, and the last row holds the cursor.
    let columns = usize::from(size.columns).saturating_sub(1);
    let rows = usize::from(size.rows).saturating_sub(1);
    if board.closed.is_some() || columns == 0 || rows == 0 {
        return Vec::new();
    }
    let mut feet = feet(board, now, style);
    feet.drain(..feet.len().saturating_sub(rows));
    let tree = fit(tree(board, now, style), rows - feet.len());
    tree.iter().chain(&feet).map(|row| row.draw(columns, style)).collect()
}

/// A row of the tree; what it says besides may be left out.
struct Entry {
    row: Row,
    beside: Option<Row>,
}

/// As many rows as there is room for: first all things, then what they say; too many things are counted.
fn fit(entries: Vec<Entry>, room: usize) -> Vec<Row> {
    if entries.len() > room {
        let shown = room.saturating_sub(1);
        let more = entries.len() - shown;
        let counted = Row::indented(1).painted(Paint::Dim, format!("and {more} more"));
        let shown = entries.into_iter().take(shown).map(|entry| entry.row);
        return if room == 0 { Vec::new() } else { shown.chain([counted]).collect() };
    }
    let mut spare = room - entries.len();
    let mut rows = Vec::new();
    for entry in entries {
        rows.push(entry.row);
        if let Some(beside) = entry.beside.filter(|_| spare > 0) {
            spare -= 1;
            rows.push(beside);
        }
    }
    rows
}

fn tree(board: &Board, now: Millis, style: &Style) -> Vec<Entry> {
    let mut under: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for &open in board.open().iter().take(OPEN_MAX) {
        let mut id = open;
        while let Some(parent) = board.thing(id).parent {
            let children = under.entry(parent).or_default();
            if children.contains(&id) {
                break;
            }
            children.push(id);
            id = parent;
        }
    }
    let mut entries = Vec::new();
    let mut stack: Vec<(Id, usize)> = children(&under, 0).map(|id| (id, 0)).collect();
    while let Some((mut id, level)) = stack.pop() {
        let mut name = label(board.thing(id));
        // A branch in which one thing goes on takes one row with it.
        while let (Some(Kind::Branch), Some([only])) = (board.thing(id).kind, under.get(&id).map(Vec::as_slice)) {
            id = *only;
            name = format!("{name} {} {}", style.pick("›", ">"), label(board.thing(id)));
        }
        let leaf = !under.contains_key(&id);
        entries.push(entry(board.thing(id), name, leaf, level.min(LEVEL_MAX), now, style));
        stack.extend(children(&under, id).map(|id| (id, level + 1)));
    }
    entries
}

/// The children to be drawn, the last first, as a stack takes them.
fn children(under: &BTreeMap<Id, Vec<Id>>, id: Id) -> impl Iterator<Item = Id> {
    let mut ids = under.get(&id).cloned().unwrap_or_default();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.into_iter()
}

fn entry(thing: &Thing, name: String, leaf: bool, level: usize, now: Millis, style: &Style) -> Entry {
    let row = Row::indented(level);
    let elapsed = thing.begun.map(|begun| duration(between(begun, now)));
    if !leaf {
        let of = (thing.kind == Some(Kind::Fan)).then(|| {
            let all = thing.items.max(thing.children.len());
            let failed =
                if thing.counts.failed > 0 { format!(", {} failed", thing.counts.failed) } else { String::new() };
            format!("{} of {all} done{failed}", thing.counts.done)
        });
        let row = row.painted(Paint::Dim, style.pick("▾ ", "- ")).painted(Paint::Strong, name);
        return Entry { row: row.tail([of, elapsed]), beside: None };
    }
    let (paint, icon, tail) = state(thing, elapsed, now, style);
    let row = row.painted(paint, format!("{icon} ")).text(name).tail(tail);
    let beside = beside(thing).map(|text| {
        let bar = style.pick("│ ", "| ");
        Row::indented(level).text("  ").painted(Paint::Dim, format!("{bar}{text}"))
    });
    Entry { row, beside }
}

/// The icon of an open thing and what is told behind its name.
fn state(
    thing: &Thing,
    elapsed: Option<String>,
    now: Millis,
    style: &Style,
) -> (Paint, &'static str, Vec<Option<String>>) {
    let left = |until: Millis| format!("{} left", duration(between(now, until)));
    match thing.status {
        Status::Again(at) => {
            let why = thing.failure().map(|failure| what(failure));
            (Paint::Warn, style.pick("↻", "~"), vec![attempt(thing, true), Some(again(at, now)), why])
        }
        Status::Asking => (Paint::Live, "?", vec![Some("waits for a person".into()), elapsed]),
        Status::Pending
        | Status::Running
        | Status::Done
        | Status::Failed
        | Status::Skipped
        | Status::Stopped
        | Status::InDoubt
        | Status::Undone
        | Status::Accepted => {
            let frame = usize::try_from(now.rem_euclid(1000) / 100).unwrap_or_default();
            let waiting = thing.live.as_ref().and_then(|live| live.waiting.as_ref());
            let until = match thing.kind {
                Some(Kind::Sleep | Kind::Wait) => thing.until,
                _ => None,
            };
            let until = until.or(waiting.and_then(|(_, until)| *until)).map(left);
            let why = waiting.map(|(why, _)| why.clone()).filter(|why| !why.is_empty());
            (Paint::Live, style.pick(SPINNER[frame], "*"), vec![attempt(thing, false), elapsed, why, until])
        }
    }
}

/// What an open step does right now: its last line of output, else its last call.
fn beside(thing: &Thing) -> Option<String> {
    let live = thing.live.as_ref()?;
    let call = || live.calls.back().filter(|seen| seen.answer.is_none()).map(|seen| seen.brief.clone());
    live.output.back().cloned().or_else(call).or_else(|| live.reading.clone())
}

/// The rows that stand below the tree: the guards, and the run as a whole.
fn feet(board: &Board, now: Millis, style: &Style) -> Vec<Row> {
    let mut rows = Vec::new();
    if !board.guards.is_empty() {
        let mut row = Row::default().painted(Paint::Dim, "guards");
        for thing in board.guards.iter().take(OPEN_MAX).map(|&id| board.thing(id)) {
            let broken = thing.notes.as_ref().and_then(|notes| notes.broken.as_ref());
            let icon = if broken.is_some() { Icon::Failed } else { Icon::Done };
            let seen = broken.map_or_else(String::new, |detail| format!(": {detail}"));
            let name = thing.key.last();
            row = row.text("  ").icon(icon, style).text(format!(" {name}{seen}"));
        }
        rows.push(row);
    }
    let mut parts = vec![Some(count(board.steps.done, "step done", "steps done"))];
    parts.push((board.steps.failed > 0).then(|| format!("{} failed", board.steps.failed)));
    parts.push(board.point.map(|_| "past the point of no return".to_owned()));
    parts.push(board.took(now).map(duration));
    let mut row = Row::default().painted(Paint::Strong, format!("run {}", board.run())).tail(parts);
    if let Some(after) = &board.stopping {
        let after = listed(after.iter().map(runbook_model::Key::as_str));
        let after = if after.is_empty() { String::new() } else { format!(" after {after}") };
        row = row.text("  ").painted(Paint::Warn, format!("stopping{after}"));
    }
    rows.push(row);
    rows
}
