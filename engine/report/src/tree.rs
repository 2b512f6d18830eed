//! The tree of a past run: each thing with what came of it, under the thing it belongs to.

use runbook_model::record::Kind;

use crate::board::Board;
use crate::names::label;
use crate::phrase::{attempt, branches, icon, took};
use crate::row::Row;
use crate::show::Options;
use crate::style::{Icon, Paint, Style};
use crate::thing::{Gate, Id, Status, Thing};

/// More uneventful siblings in a row than this are folded.
const FOLD: usize = 12;
/// How many of them are still drawn before the fold.
const FOLD_SHOWN: usize = 3;
/// Deeper things are drawn no further to the right.
const LEVEL_MAX: usize = 20;
/// The width where none is given: a file, a pipe.
const UNBOUNDED: usize = 10_000;

/// The lines of the tree.
pub(crate) fn draw(board: &Board, options: Options, style: &Style) -> Vec<String> {
    Tree { calm: calm(board), board, options, style }.draw()
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
                    // An unwinding that went well shows in the step it unwound.
                    let unwound = thing.kind == Some(Kind::Unwind) && thing.status == Status::Done;
                    if !unwound && !matches!(thing.kind, Some(Kind::Now | Kind::Undo)) {
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
        let row = Row::indented(level);
        // What holds others without being anything itself is as well as they are.
        let plain = thing.kind.is_none() && thing.status == Status::Pending;
        let row = if plain { row.text("  ") } else { row.icon(icon(status(thing)), self.style).text(" ") };
        let fan = if thing.kind == Some(Kind::Fan) { branches(thing) } else { None };
        let known = [word(thing), attempt(thing, false), fan].into_iter();
        row.text(label(thing)).tail(known.chain(remarks(thing)).chain([took(thing)]))
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

/// What is true of a thing: a gate that waits does so whether or not the run has stopped at it.
fn status(thing: &Thing) -> Status {
    let asks = thing.gate().is_some_and(Gate::waits) && !thing.status.is_calm();
    if asks { Status::Asking } else { thing.status }
}

/// What is true of a thing, in words, where its icon does not say it all; and why.
fn word(thing: &Thing) -> Option<String> {
    let status = status(thing);
    let word = match status {
        Status::Done | Status::Failed | Status::Undone => return None,
        Status::Pending if thing.kind.is_none() => return None,
        Status::Asking => return Some(status.word().to_owned()),
        Status::Pending
        | Status::Running
        | Status::Again(_)
        | Status::Skipped
        | Status::Stopped
        | Status::InDoubt
        | Status::Accepted => status.word(),
    };
    let reason = thing.notes.as_ref().and_then(|notes| notes.reason.as_ref()).filter(|why| !why.is_empty());
    Some(reason.map_or_else(|| word.to_owned(), |reason| format!("{word}: {reason}")))
}

/// Who answered, what was found, what was decided.
fn remarks(thing: &Thing) -> Vec<Option<String>> {
    let Some(notes) = thing.notes.as_deref() else { return Vec::new() };
    let why = notes.why.clone().filter(|_| thing.kind == Some(Kind::Point));
    let evidence = notes.doubt.as_ref().filter(|_| thing.status == Status::InDoubt);
    let evidence = evidence.map(|doubt| format!("{}: {}", doubt.verdict, doubt.evidence));
    let ruled = notes.ruled.as_ref().map(|ruled| format!("{} (by {})", ruled.what, ruled.by));
    let answers = notes
        .gate
        .iter()
        .flat_map(|gate| &gate.answers)
        .map(|(who, yes, _)| Some(format!("{} by {who}", if *yes { "approved" } else { "refused" })));
    [why, evidence, ruled].into_iter().chain(answers).collect()
}
