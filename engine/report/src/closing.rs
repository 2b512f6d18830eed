//! The last lines of a run: how it ended, what is left, and what to type next.

use runbook_model::record::Closing;

use crate::board::Board;
use crate::failure::Around;
use crate::head::Closed;
use crate::lines::Lines;
use crate::next;
use crate::phrase::{WORTH_TELLING, culprits, listed};
use crate::style::{Icon, Paint, Style, duration};
use crate::text::{clean, count, plural};

/// How many leftovers of an undo are shown.
const LEFT_MAX: usize = 50;

/// The lines of the latest closing on the board.
pub(crate) fn draw(board: &Board, told: &mut Lines, style: &Style) -> Vec<String> {
    let Some(closed) = &board.closed else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(failure) = &closed.failure {
        lines.extend(told.draw_once(failure, Around::default(), style));
    }
    if !closed.orphans.is_empty() {
        let number = plural(closed.orphans.len(), "this finished step was", "these finished steps were");
        let names = listed(closed.orphans.iter().map(runbook_model::Key::as_str));
        lines.push(format!("{} {number} not reached again: {names}", style.icon(Icon::Warn)));
    }
    lines.push(sentence(board, closed, style));
    lines.extend(leftovers(closed, style));
    let shown: Vec<&str> = closed.failure.iter().flat_map(|f| f.hints.iter().map(String::as_str)).collect();
    for (label, command) in commands(board, closed.verdict) {
        // A hint of the failure may have said so already.
        if !shown.iter().any(|hint| hint.contains(&command)) {
            let label = style.paint(Paint::Dim, &format!("{label}:"));
            lines.push(format!("  {label} {}", style.paint(Paint::Typed, &command)));
        }
    }
    lines
}

/// How it ended, in one sentence.
fn sentence(board: &Board, closed: &Closed, style: &Style) -> String {
    let took = board.took(closed.at).filter(|&took| took >= WORTH_TELLING).map(duration);
    let within = took.as_ref().map_or_else(String::new, |took| format!(" in {took}"));
    let after = took.as_ref().map_or_else(String::new, |took| format!(" after {took}"));
    let done = board.steps.done;
    let steps = if done > 0 { format!(", {} done", count(done, "step", "steps")) } else { String::new() };
    let failed = if board.steps.failed > 0 { format!(", {} failed", board.steps.failed) } else { String::new() };
    let (paint, word, rest) = match closed.verdict {
        Closing::Done => (Paint::Good, "done", format!("{within}, {}{failed}", count(done, "step", "steps"))),
        Closing::Failed => (Paint::Bad, "failed", format!("{}{after}{steps}", culprits(board))),
        Closing::Refused => {
            let so_far = if done > 0 { steps } else { "; nothing was changed".to_owned() };
            (Paint::Bad, "refused", format!("{}{after}{so_far}", culprits(board)))
        }
        Closing::Stopped => (Paint::Warn, "stopped", format!("{}{after}{steps}", at_gate(board))),
        Closing::InDoubt => (Paint::Warn, "in doubt", format!("{}{after}{steps}", doubtful(board))),
        Closing::Undone => (Paint::Good, "undone", within),
        Closing::UndoFailed => (Paint::Bad, "undo failed", format!("{}{after}", culprits(board))),
        Closing::Abandoned => (Paint::Warn, "abandoned", "; it will not go on".into()),
    };
    format!("{}{rest}", style.paint(paint, word))
}

fn at_gate(board: &Board) -> String {
    board.gates().next().map_or_else(|| culprits(board), |gate| format!(" at gate `{}`", clean(gate.key.as_str())))
}

fn doubtful(board: &Board) -> String {
    let names: Vec<&str> = board.doubts().map(|thing| thing.key.as_str()).collect();
    if names.is_empty() { culprits(board) } else { format!(" at {}", listed(names.into_iter())) }
}

/// What an undo could not put back; that nothing is left is worth a line too.
fn leftovers(closed: &Closed, style: &Style) -> Vec<String> {
    if closed.left.is_empty() {
        let clean = closed.verdict == Closing::Undone;
        return clean.then(|| "  nothing is left behind".to_owned()).into_iter().collect();
    }
    let mut lines = vec![format!("{} left behind:", style.icon(Icon::Warn))];
    lines.extend(closed.left.iter().take(LEFT_MAX).map(|what| format!("  {what}")));
    let more = closed.left.len().saturating_sub(LEFT_MAX);
    if more > 0 {
        lines.push(format!("  {} {more} more", style.pick("…", "...")));
    }
    lines
}

/// What can be typed now, with a word for what it does. A gate has said itself how it is answered.
fn commands(board: &Board, verdict: Closing) -> Vec<(&'static str, String)> {
    let resume = next::resume(board);
    let go_on = resume.clone().map(|command| ("go on", command));
    match verdict {
        Closing::Done | Closing::Undone | Closing::Abandoned => Vec::new(),
        Closing::Failed => {
            let undo = (board.steps.done > 0).then(|| ("undo", next::undo(board)));
            go_on.into_iter().chain(undo).collect()
        }
        Closing::Refused => resume.map(|command| ("ask again", command)).into_iter().collect(),
        Closing::Stopped if board.gates().next().is_some() => {
            resume.map(|command| ("then", command)).into_iter().collect()
        }
        Closing::Stopped => go_on.into_iter().collect(),
        Closing::InDoubt => {
            let settle = board
                .doubts()
                .next()
                .map(|thing| ("settle", format!("{} (or --redo)", next::settle(board, thing.key.as_str()))));
            settle.into_iter().chain(go_on).collect()
        }
        Closing::UndoFailed => vec![("go on", next::undo(board))],
    }
}
