//! What a resume found, before any new effect: doubts, drift, and what an edited runbook changes.

use runbook_model::survey::{Edit, Survey};

use crate::style::{Icon, Paint, Style};
use crate::table::{Cell, Table};
use crate::text::count;

/// How many rows of one kind are shown.
const ROWS_MAX: usize = 50;

/// The lines of a survey; none where it found nothing.
pub fn draw(survey: &Survey, style: &Style) -> Vec<String> {
    let mut lines = Vec::new();
    if !survey.doubts.is_empty() {
        let number = count(survey.doubts.len(), "step was", "steps were");
        lines.push(format!("{} {number} cut off", style.icon(Icon::Doubt)));
        let mut table = Table::new(["step", "call", "verdict", "evidence"]);
        for doubt in survey.doubts.iter().take(ROWS_MAX) {
            let paint = if doubt.verdict == "unknown" { Paint::Bad } else { Paint::Good };
            table.row([
                Cell::from(doubt.key.as_str()),
                Cell::from(&doubt.call),
                Cell::painted(paint, &doubt.verdict),
                Cell::from(&doubt.evidence),
            ]);
        }
        push(&mut lines, &table, survey.doubts.len(), style);
    }
    if !survey.drift.is_empty() {
        let number = count(survey.drift.len(), "finished step no longer holds", "finished steps no longer hold");
        lines.push(format!("{} {number}", style.icon(Icon::Warn)));
        let mut table = Table::new(["step", "seen"]);
        for drift in survey.drift.iter().take(ROWS_MAX) {
            table.row([drift.key.as_str(), &drift.detail]);
        }
        push(&mut lines, &table, survey.drift.len(), style);
    }
    if !survey.edits.is_empty() {
        edits(&mut lines, survey, style);
    }
    lines
}

fn edits(lines: &mut Vec<String>, survey: &Survey, style: &Style) {
    let edits = &survey.edits;
    lines.push(format!(
        "{} the runbook was edited  {}",
        style.icon(Icon::Warn),
        style.paint(Paint::Dim, &format!("{} reused", count(edits.reused, "finished step is", "finished steps are")))
    ));
    let kinds: [(&str, &str, &[Edit]); 4] = [
        ("changed", "is done; its recorded value is used", &edits.changed),
        ("new", "comes before the point of resume; it runs now", &edits.new),
        ("gone", "is done, and the runbook no longer has it", &edits.gone),
        ("retried", "was not done; it runs as it now stands", &edits.retried),
    ];
    let mut table = Table::new(["edit", "step", "where", "what that means"]);
    let mut all = 0;
    for (word, meaning, list) in kinds {
        all += list.len();
        for edit in list.iter().take(ROWS_MAX) {
            let place = if edit.place.file.is_empty() { String::new() } else { edit.place.to_string() };
            table.row([word, edit.key.as_str(), &place, meaning]);
        }
    }
    push(lines, &table, all, style);
}

/// The table, indented, and how many rows it leaves out.
fn push(lines: &mut Vec<String>, table: &Table, all: usize, style: &Style) {
    let drawn = table.draw(None, style);
    let left_out = all.saturating_sub(table.len());
    lines.extend(drawn.into_iter().map(|line| format!("  {line}")));
    if left_out > 0 {
        lines.push(format!("  {} {left_out} more", style.pick("…", "...")));
    }
}
