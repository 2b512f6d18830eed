//! A gate that waits: what the person is told, who may answer, and how.

use runbook_model::Key;

use crate::board::Board;
use crate::next;
use crate::style::{Icon, Paint, Style};
use crate::text::{clean, clean_lines};

/// How many lines of a gate's text are shown.
const LINES_MAX: usize = 40;

/// The lines of a gate that was opened; none where the key is not a gate's.
pub(crate) fn opened(board: &Board, key: &Key, style: &Style) -> Vec<String> {
    let Some(gate) = board.find(key).and_then(crate::thing::Thing::gate) else { return Vec::new() };
    let name = style.paint(Paint::Strong, &format!("gate {}", clean(key.as_str())));
    let mut lines = vec![format!("{} {name}", style.icon(Icon::Ask))];
    lines.extend(clean_lines(&gate.text, LINES_MAX).into_iter().map(|line| format!("  {line}")));
    if let Some(ask) = &gate.ask {
        lines.extend(clean_lines(ask, LINES_MAX).into_iter().map(|line| format!("  {line}")));
    }
    let mut row = |label: &str, text: String| {
        lines.push(format!("  {} {text}", style.paint(Paint::Dim, &format!("{label}:"))));
    };
    if !gate.approvers.is_empty() {
        row("for", gate.approvers.join(", "));
    }
    if gate.people > 1 {
        row("needs", format!("{} different people", gate.people));
    }
    if let Some(expires) = gate.expires {
        row("closes", style.clock(expires, board.now));
    }
    row("answer", style.paint(Paint::Typed, &next::approve(board, key.as_str())));
    lines
}
