//! A plain aligned table: a dim head, columns two blanks apart, no lines, never wider than it is told.

use crate::style::{Paint, Style};
use crate::text::{clean, width};

/// Narrower than this no column is squeezed.
const COLUMN_MIN: usize = 6;
/// Narrower than this the last column is not squeezed before the others.
const LAST_MIN: usize = 16;
/// What stands between two columns.
const GAP: &str = "  ";

/// A table that is filled row by row.
#[derive(Clone, Debug, Default)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// One cell: its text and what it means.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    paint: Option<Paint>,
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: clean(text.as_ref()).into_owned(), paint: None }
    }
}

impl Cell {
    /// A cell whose colour says what it means.
    pub fn painted(paint: Paint, text: impl AsRef<str>) -> Self {
        Self { paint: Some(paint), ..Self::from(text) }
    }
}

impl Table {
    /// A table with these heads; without any, one without a head line.
    pub fn new<const N: usize>(head: [&str; N]) -> Self {
        Self { head: head.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    /// One more row.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines of the table, at most `columns` wide where that is given.
    pub fn draw(&self, columns: Option<usize>, style: &Style) -> Vec<String> {
        let widths = self.widths(columns);
        let head = self.head.iter().map(|text| Cell::painted(Paint::Dim, text)).collect::<Vec<_>>();
        let head = (!head.is_empty()).then_some(&head);
        head.into_iter().chain(&self.rows).map(|row| line(row, &widths, style)).collect()
    }

    /// How wide each column is: as wide as its widest cell, squeezed until all fit.
    fn widths(&self, columns: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self.head.iter().map(|text| width(text)).collect();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (cell, widest) in row.iter().zip(&mut widths) {
                *widest = (*widest).max(width(&cell.text));
            }
        }
        let Some(columns) = columns else { return widths };
        let room = columns.saturating_sub(GAP.len() * widths.len().saturating_sub(1));
        let over = |widths: &[usize]| widths.iter().sum::<usize>().saturating_sub(room);
        // The last column explains, the others are often copied: it gives way first.
        if let Some(last) = widths.len().checked_sub(1) {
            widths[last] = widths[last].min(LAST_MIN).max(widths[last].saturating_sub(over(&widths)));
        }
        while over(&widths) > 0 {
            let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > COLUMN_MIN) else { break };
            *widest -= 1;
        }
        widths
    }
}

fn line(row: &[Cell], widths: &[usize], style: &Style) -> String {
    let mut out = String::new();
    let last = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |at| at + 1);
    for (at, (cell, &columns)) in row.iter().zip(widths).enumerate().take(last) {
        let text = style.fit(&cell.text, columns);
        out.push_str(&cell.paint.map_or_else(|| text.to_string(), |paint| style.paint(paint, &text)));
        if at + 1 < last {
            out.push_str(&" ".repeat(columns.saturating_sub(width(&text))));
            out.push_str(GAP);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs() -> Table {
        let mut table = Table::new(["RUN", "RUNBOOK", "VERDICT", "WHY"]);
        table.row(["archive-7k2f", "archive", "done", ""]);
        table.row(["pool-to-cilium-9x", "pool-to-cilium", "failed", "pod `db-0` cannot be evicted from node `n3`"]);
        table
    }

    #[test]
    fn columns_stand_under_each_other_and_lines_end_without_blanks() {
        let lines = runs().draw(None, &Style::plain());
        assert_eq!(
            lines,
            [
                "RUN                RUNBOOK         VERDICT  WHY",
                "archive-7k2f       archive         done",
                "pool-to-cilium-9x  pool-to-cilium  failed   pod `db-0` cannot be evicted from node `n3`",
            ]
        );
    }

    #[test]
    fn the_last_column_gives_way_first() {
        let lines = runs().draw(Some(60), &Style::plain());
        assert_eq!(lines[2], "pool-to-cilium-9x  pool-to-cilium  failed   pod `db-0` cann…");
        let lines = runs().draw(Some(50), &Style::plain());
        assert_eq!(lines[2], "pool-to-cili…  pool-to-cil…  failed   pod `db-0` …");
        for columns in 0..120 {
            let most = runs().draw(Some(columns), &Style::plain()).iter().map(|line| width(line)).max().unwrap();
            assert!(most <= columns.max(4 * COLUMN_MIN + 7), "{columns}: {most}");
        }
    }
}
