//! `text::table`: a command's output in columns, read by its header.

use std::ops::Range;

use rhai::{Array, Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, code};

use crate::language::LIST_ITEMS_MAX;
use crate::primitives::pure::{bad, give};
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::table",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: text"], gives: "list" }],
    options: &[],
    doc: r#"
        The rows of a command's output in columns, each a map from header to cell.

        The first line that is not empty is the header. Columns are parted by tabs, or by two blanks or more as in
        `kubectl get`, `docker ps` or `helm list`: then a header and a cell may hold single blanks and a cell may be
        empty. Where single blanks part the header, as in `ps` or `df`, the last column takes the rest of the line.
        All cells are text.

        ```rhai
        let pods = text::table("NAME   READY   RESTARTS     AGE\ndb-0   1/1     2 (3d ago)   9d\ndb-1   0/1     0            9d\n");
        if pods.len() != 2 { throw pods; }
        if pods[0].RESTARTS != "2 (3d ago)" || pods[1].READY != "0/1" { throw pods; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("table")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, table(text).map(Dynamic::from_array)));
}

fn table(text: &str) -> Result<Array, Failure> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let Some(header) = lines.next() else { return Ok(Array::new()) };
    let columns = Columns::new(header);
    let names = columns.cells(header);
    if let Some((at, twice)) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return Err(bad(format!("the header names the column `{twice}` twice, the second time as number {}", at + 1)));
    }
    let mut rows = Array::new();
    for line in lines {
        if rows.len() == LIST_ITEMS_MAX {
            return Err(Failure::new(code::VALUE_LARGE, format!("the table has more than {LIST_ITEMS_MAX} rows")));
        }
        let mut cells = columns.cells(line).into_iter();
        let row: Map = names.iter().map(|name| (name.into(), cells.next().unwrap_or_default().into())).collect();
        rows.push(Dynamic::from_map(row));
    }
    Ok(rows)
}

/// How the lines of a table are cut.
enum Columns {
    /// At tabs.
    Tabs,
    /// At these places, counted in characters; the last goes to the end.
    Places(Vec<Range<usize>>),
    /// At blanks, into this many; the last takes the rest.
    Blanks(usize),
}

impl Columns {
    fn new(header: &str) -> Self {
        if header.trim().contains('\t') {
            return Self::Tabs;
        }
        if !header.trim().contains("  ") {
            return Self::Blanks(header.split_whitespace().count());
        }
        let chars: Vec<char> = header.chars().collect();
        let blank = |at: usize| at >= chars.len() || chars[at] == ' ';
        let starts: Vec<usize> = (0..chars.len())
            .filter(|&at| !blank(at) && (at == 0 || blank(at - 1) && (at == 1 || blank(at - 2))))
            .collect();
        let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
        let mut places: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
        if let Some(first) = places.first_mut() {
            first.start = 0;
        }
        Self::Places(places)
    }

    fn cells(&self, line: &str) -> Vec<String> {
        match self {
            Self::Tabs => line.split('\t').map(|cell| cell.trim().to_owned()).collect(),
            Self::Blanks(count) => blanks(line, *count),
            Self::Places(places) => {
                let chars: Vec<char> = line.chars().collect();
                // A cell wider than its column pushes the rest of its line to the right: then only gaps can be trusted.
                let pushed = places.iter().skip(1).any(|place| {
                    let at = |n: usize| chars.get(n).is_some_and(|c| *c != ' ');
                    at(place.start - 1) && at(place.start)
                });
                let by_gaps: Vec<String> = gaps(line);
                if pushed && by_gaps.len() == places.len() {
                    return by_gaps;
                }
                let cut = |place: &Range<usize>| chars.get(place.start.min(chars.len())..place.end.min(chars.len()));
                places
                    .iter()
                    .map(|place| cut(place).unwrap_or_default().iter().collect::<String>().trim().to_owned())
                    .collect()
            }
        }
    }
}

/// What stands between gaps of two blanks or more.
fn gaps(line: &str) -> Vec<String> {
    line.trim().split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
}

fn blanks(line: &str, count: usize) -> Vec<String> {
    let mut rest = line.trim();
    let mut cells = Vec::new();
    while cells.len() + 1 < count {
        let Some((cell, after)) = rest.split_once(char::is_whitespace) else { break };
        cells.push(cell.to_owned());
        rest = after.trim_start();
    }
    cells.push(rest.to_owned());
    cells
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(text: &str, row: usize, column: &str) -> String {
        table(text).unwrap()[row].as_map_ref().unwrap()[column].to_string()
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in "(.|\\n){0,200}") {
            let _ = table(&text);
        }

        #[test]
        fn any_columns_are_read_or_refused_and_never_panic(text in "[ \\tA-Cé\\n]{0,120}") {
            let _ = table(&text);
        }
    }

    #[test]
    fn empty_cells_and_headers_of_two_words_are_kept() {
        let text =
            "NAME    NOMINATED NODE   STATUS\nweb-1                    Running\nweb-2   n1               Pending\n";
        assert_eq!(cell(text, 0, "NOMINATED NODE"), "");
        assert_eq!(cell(text, 0, "STATUS"), "Running");
        assert_eq!(cell(text, 1, "NOMINATED NODE"), "n1");
    }

    #[test]
    fn the_last_column_takes_the_rest_where_single_blanks_part_them() {
        let text = "PID TTY TIME CMD\n  1 ?   00:01 /sbin/init --switched-root\n";
        assert_eq!(cell(text, 0, "CMD"), "/sbin/init --switched-root");
        assert_eq!(cell(text, 0, "PID"), "1");
    }

    #[test]
    fn tabs_part_columns_too() {
        let text = "NAME   \tREVISION\tSTATUS  \ncilium \t3       \tdeployed\n";
        assert_eq!(cell(text, 0, "REVISION"), "3");
    }

    #[test]
    fn a_cell_wider_than_its_column_pushes_the_rest() {
        let text = "NAME   READY   AGE\na-very-long-name   1/1   9d\n";
        assert_eq!(cell(text, 0, "NAME"), "a-very-long-name");
        assert_eq!(cell(text, 0, "AGE"), "9d");
    }

    #[test]
    fn a_header_that_repeats_itself_is_refused_and_nothing_gives_nothing() {
        assert!(table("A   B   A\n").unwrap_err().what.contains("`A` twice"));
        assert!(table("\n \n").unwrap().is_empty());
        assert!(table("A   B\n").unwrap().is_empty());
    }
}
