//! The picture of a past run: what it was, its tree with what came of each thing, what failed, and what to type next.
//!
//! Promises: a pure picture of the same board the live run draws. Long rows of uneventful siblings are counted, not
//! drawn, unless all is asked for; nothing that needs a person is ever folded away.

use runbook_model::holder::Life;
use runbook_model::record::Kind;
use runbook_model::{Failure, Millis};

use crate::board::Board;
use crate::failure::{self, Around};
use crate::names::label;
use crate::next;
use crate::phrase::{attempt, branches, icon, took};
use crate::row::Row;
use crate::style::{Icon, Paint, Style, duration};
use crate::text::count;
use crate::thing::{Id, Status, Thing};

/// More uneventful siblings in a row than this are folded.
const FOLD: usize = 12;
/// How many of them are still drawn before the fold.
const FOLD_SHOWN: usize = 3;
/// How many different failures are drawn in full.
const FAILURES_MAX: usize = 10;
/// Deeper things are drawn no further to the right.
const LEVEL_MAX: usize = 20;
/// The width where none is given: a file, a pipe.
const UNBOUNDED: usize = 10_000;

/// How a past run is shown.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The time now.
    pub now: Millis,
    /// What is known of the process that holds the run, where it was not let go.
    pub life: Option<Life>,
    /// How wide the picture may be.
    pub columns: Option<usize>,
    /// Whether nothing is folded.
    pub all: bool,
}

/// The lines of the picture.
pub fn draw(board: &Board, options: Options, style: &Style) -> Vec<String> {
    let mut board = std::borrow::Cow::Borrowed(board);
    if board.closed.is_none() && options.life == Some(Life::Gone) {
        board.to_mut().cut_off();
    }
    let mut lines = head(&board, options, style);
    let tree = Tree { calm: calm(&board), board: &board, options, style };
    let drawn = tree.draw();
    if !drawn.is_empty() {
        lines.push(String::new());
        lines.extend(drawn);
    }
    for drawn in failures(&board, style) {
        lines.push(String::new());
        lines.extend(drawn);
    }
    if let Some(closed) = board.closed.as_ref().filter(|closed| !closed.left.is_empty()) {
        lines.push(String::new());
        lines.push(format!("{} left behind:", style.icon(Icon::Warn)));
        lines.extend(closed.left.iter().map(|what| format!("  {what}")));
    }
    if let Some(command) = next::command(&board, options.life) {
        lines.push(String::new());
        lines.push(format!("{} {}", style.paint(Paint::Dim, "next:"), style.paint(Paint::Typed, &command)));
    }
    lines
}

/// How the run stands, in a word or two.
pub fn verdict(board: &Board, life: Option<Life>) -> (Paint, &'static str) {
    use runbook_model::record::Closing;
    match (board.closed.as_ref().map(|closed| closed.verdict), life) {
        (Some(verdict @ (Closing::Done | Closing::Undone)), _) => (Paint::Good, verdict.word()),
        (Some(verdict @ (Closing::Failed | Closing::Refused | Closing::UndoFailed)), _) => (Paint::Bad, verdict.word()),
        (Some(verdict @ (Closing::Stopped | Closing::InDoubt | Closing::Abandoned)), _) => {
            (Paint::Warn, verdict.word())
        }
        (None, Some(Life::Gone)) => (Paint::Warn, "cut off"),
        (None, Some(Life::Alive | Life::Elsewhere) | None) => (Paint::Live, "running"),
    }
}

fn head(board: &Board, options: Options, style: &Style) -> Vec<String> {
    let (paint, word) = verdict(board, options.life);
    let name = style.paint(Paint::Strong, &format!("run {}", board.run()));
    let mut lines = vec![format!("{name}  {}", style.paint(paint, word))];
    let mut row = |name: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!("  {} {text}", style.paint(Paint::Dim, &format!("{name:<8}"))));
        }
    };
    if let Some(head) = &board.head {
        row(
            "runbook",
            [Some(head.runbook.as_str()), head.version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "),
        );
        row("file", head.file.clone());
        row("site", head.site.clone());
        row("by", head.by.clone());
        row("begun", style.date(head.at));
    }
    if let Some(hold) = board.hold.as_ref().filter(|hold| hold.purpose.is_some()) {
        row("taken up", format!("{} by {}", style.date(hold.since), hold.by));
    }
    row("took", board.took(options.now).map(duration).unwrap_or_default());
    lines
}

/// For each thing whether nobody needs to look at it or at anything under it.
fn calm(board: &Board) -> Vec<bool> {
    let things = board.things();
    let mut calm: Vec<bool> = things.iter().map(own_calm).collect();
    // A thing always stands after the one it is under.
    for id in (1..things.len()).rev() {
        if let (false, Some(parent)) = (calm[id], things[id].parent) {
            calm[parent] = false;
        }
    }
    calm
}

fn own_calm(thing: &Thing) -> bool {
    let quiet = thing.notes.as_ref().is_none_or(|notes| {
        notes.ruled.is_none() && notes.broken.is_none() && notes.said.iter().all(|(_, warning)| !warning)
    });
    quiet
        && (thing.status.is_calm() || thing.status == Status::Pending && thing.kind.is_none())
        && thing.gate().is_none()
}

struct Tree<'a> {
    board: &'a Board,
    calm: Vec<bool>,
    options: Options,
    style: &'a Style,
}

/// What stands on the list of what is still to be drawn.
enum Item {
    Thing(Id),
    Folded(usize),
}

impl Tree<'_> {
    fn draw(&self) -> Vec<String> {
        let columns = self.options.columns.unwrap_or(UNBOUNDED);
        let mut lines = Vec::new();
        let mut stack: Vec<(Item, usize)> = self.under(0).map(|item| (item, 0)).collect();
        lines.extend(self.said(self.board.thing(0), 0, columns));
        while let Some((item, level)) = stack.pop() {
            let shown = level.min(LEVEL_MAX);
            match item {
                Item::Folded(n) => {
                    let text = format!("{} and {n} more, done", self.style.pick("…", "..."));
                    lines.push(Row::indented(shown).painted(Paint::Dim, text).draw(columns, self.style));
                }
                Item::Thing(id) => {
                    let thing = self.board.thing(id);
                    if !matches!(thing.kind, Some(Kind::Now | Kind::Undo)) {
                        lines.push(self.row(thing, shown).draw(columns, self.style));
                        lines.extend(self.said(thing, shown + 1, columns));
                    }
                    stack.extend(self.under(id).map(|item| (item, level + 1)));
                }
            }
        }
        lines
    }

    /// What stands under a thing, the last first, long uneventful stretches folded.
    fn under(&self, id: Id) -> impl Iterator<Item = Item> {
        let children = &self.board.thing(id).children;
        let mut items = Vec::new();
        let mut at = 0;
        while at < children.len() {
            let stretch = children[at..].iter().take_while(|&&id| self.calm[id]).count();
            if stretch > FOLD && !self.options.all {
                items.extend(children[at..at + FOLD_SHOWN].iter().map(|&id| Item::Thing(id)));
                items.push(Item::Folded(stretch - FOLD_SHOWN));
            } else {
                items.extend(children[at..at + stretch].iter().map(|&id| Item::Thing(id)));
            }
            at += stretch;
            if at < children.len() {
                items.push(Item::Thing(children[at]));
                at += 1;
            }
        }
        items.into_iter().rev()
    }

    fn row(&self, thing: &Thing, level: usize) -> Row {
        let notes = thing.notes.as_deref();
        let reason = notes.and_then(|notes| notes.reason.clone()).filter(|why| !why.is_empty());
        let word = match thing.status {
            Status::Done | Status::Failed | Status::Undone => None,
            Status::Pending if thing.kind.is_none() => None,
            Status::Pending
            | Status::Running
            | Status::Again(_)
            | Status::Asking
            | Status::Skipped
            | Status::Stopped
            | Status::InDoubt
            | Status::Accepted => Some(thing.status.word().to_owned()),
        };
        let word = match (word, reason) {
            (Some(word), Some(reason)) => Some(format!("{word}: {reason}")),
            (word, _) => word,
        };
        let fan = if thing.kind == Some(Kind::Fan) { branches(thing) } else { None };
        let of_gate = thing.gate().map(|gate| {
            let answers = gate
                .answers
                .iter()
                .map(|(who, yes, _)| format!("{} by {who}", if *yes { "approved" } else { "refused" }));
            answers.collect::<Vec<_>>().join(", ")
        });
        let evidence = notes.and_then(|notes| notes.doubt.as_ref()).filter(|_| thing.status == Status::InDoubt);
        let evidence = evidence.map(|doubt| format!("{}: {}", doubt.verdict, doubt.evidence));
        let ruled =
            notes.and_then(|notes| notes.ruled.as_ref()).map(|ruled| format!("{}, by {}", ruled.what, ruled.by));
        let tail =
            [word, attempt(thing, false), fan, of_gate.filter(|text| !text.is_empty()), evidence, ruled, took(thing)];
        // What holds others without being anything itself is as well as they are.
        let plain = thing.kind.is_none() && thing.status == Status::Pending;
        let row = Row::indented(level);
        let row = if plain { row.text("  ") } else { row.icon(icon(thing.status), self.style).text(" ") };
        row.text(label(thing)).tail(tail)
    }

    fn said(&self, thing: &Thing, level: usize, columns: usize) -> Vec<String> {
        let Some(notes) = &thing.notes else { return Vec::new() };
        let broken = notes.broken.iter().map(|detail| (Icon::Failed, format!("broken: {detail}")));
        let said =
            notes.said.iter().map(|(text, warning)| (if *warning { Icon::Warn } else { Icon::Say }, text.clone()));
        let rows =
            broken.chain(said).map(|(icon, text)| Row::indented(level).icon(icon, self.style).text(format!(" {text}")));
        rows.map(|row| row.draw(columns, self.style)).collect()
    }
}

/// Each failure that stands, once, in full; many are counted.
fn failures(board: &Board, style: &Style) -> Vec<Vec<String>> {
    let mut seen: Vec<&Failure> = Vec::new();
    let mut drawn = Vec::new();
    let mut left_out = 0;
    let failed = board.things().iter().filter(|thing| matches!(thing.status, Status::Failed | Status::Again(_)));
    let of_things = failed.filter_map(|thing| Some((thing.failure()?.as_ref(), Some(thing))));
    let of_run = board.closed.as_ref().and_then(|closed| closed.failure.as_deref()).map(|failure| (failure, None));
    // What was met innermost was settled last but stands deeper: the deepest is the one to draw.
    let mut all: Vec<(&Failure, Option<&Thing>)> = of_things.collect();
    all.sort_by_key(|(_, thing)| std::cmp::Reverse(thing.map_or(0, |thing| thing.key.depth())));
    all.extend(of_run);
    for (failure, thing) in all {
        let same = |other: &&Failure| {
            other.code == failure.code && other.what == failure.what && other.causes == failure.causes
        };
        if seen.iter().any(same) {
            continue;
        }
        if seen.len() == FAILURES_MAX {
            left_out += 1;
            continue;
        }
        seen.push(failure);
        let live = thing.and_then(|thing| thing.live.as_deref());
        drawn.push(failure::draw(failure, Around { under: None, live }, style));
    }
    if left_out > 0 {
        drawn.push(vec![format!("and {} more", count(left_out, "failure", "failures"))]);
    }
    drawn
}
