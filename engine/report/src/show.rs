//! The picture of a past run: what it was, its tree with what came of each thing, what failed, and what to type next.
//!
//! Promises: a pure picture of the same board the live run draws. Long rows of uneventful siblings are counted, not
//! drawn, unless all is asked for; nothing that needs a person is ever folded away.

use runbook_model::holder::Life;
use runbook_model::{Failure, Millis};

use crate::board::Board;
use crate::failure::{self, Around};
use crate::style::{Icon, Paint, Style, duration};
use crate::text::count;
use crate::thing::{Status, Thing};
use crate::{next, tree};

/// How many different failures are drawn in full.
const FAILURES_MAX: usize = 10;

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
    let drawn = tree::draw(&board, options, style);
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
        let step = failure.step.clone().or_else(|| thing.map(|thing| thing.key.clone()));
        let failure = Failure { step, ..failure.clone() };
        drawn.push(failure::draw(&failure, Around { under: None, live }, style));
    }
    if left_out > 0 {
        drawn.push(vec![format!("and {} more", count(left_out, "failure", "failures"))]);
    }
    drawn
}
