//! The TOML of a front matter together with where each of its characters stands in the runbook's file.
//!
//! Whatever is wrong in it is pointed at in the file the author wrote, not in the text that is left without `//!`.

use std::ops::Range;

use runbook_model::failure::Frame;
use runbook_model::{Failure, Place, code};

/// One line of the runbook's file.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    /// Its number, from 1.
    pub(super) number: u32,
    /// Its text without the line end.
    pub(super) text: &'t str,
}

impl Line<'_> {
    /// A failure that underlines what this line holds, blanks around it left out.
    pub(super) fn bad(self, file: &str, what: impl Into<String>) -> Failure {
        let blanks = self.text.chars().take_while(|c| c.is_whitespace()).count();
        let width = self.text.trim().chars().count();
        self.bad_at(file, blanks, width, what)
    }

    fn bad_at(self, file: &str, before: usize, width: usize, what: impl Into<String>) -> Failure {
        let mut failure = Failure::new(code::FRONT_BAD, what);
        failure.frames.push(Frame {
            place: Place { file: file.into(), line: self.number, col: count(before).saturating_add(1) },
            function: String::new(),
            text: self.text.to_owned(),
            width: count(width).max(1),
        });
        failure
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The TOML block of a front matter.
pub(super) struct Sheet<'t> {
    file: &'t str,
    /// The line that opens the block.
    pub(super) fence: Line<'t>,
    text: String,
    rows: Vec<Row<'t>>,
}

/// One line of the block.
struct Row<'t> {
    /// Where it begins in the TOML.
    start: usize,
    /// How many bytes of the file's line come before it.
    prefix: usize,
    line: Line<'t>,
}

impl<'t> Sheet<'t> {
    /// An empty block that opens at `fence`.
    pub(super) fn new(file: &'t str, fence: Line<'t>) -> Self {
        Self { file, fence, text: String::new(), rows: Vec::new() }
    }

    /// Adds a line of which all but the first `prefix` bytes are TOML.
    pub(super) fn push(&mut self, line: Line<'t>, prefix: usize) {
        self.rows.push(Row { start: self.text.len(), prefix, line });
        self.text.push_str(line.text.get(prefix..).unwrap_or_default());
        self.text.push('\n');
    }

    /// The TOML.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A failure that underlines `span` of the TOML in the runbook's file.
    pub(super) fn bad(&self, span: Range<usize>, what: impl Into<String>) -> Failure {
        let Some(row) = self.row(span.start) else { return self.fence.bad(self.file, what) };
        let toml = row.line.text.get(row.prefix..).unwrap_or_default();
        let from = boundary(toml, span.start.saturating_sub(row.start));
        let to = boundary(toml, span.end.saturating_sub(row.start)).max(from);
        let before = row.line.text[..row.prefix + from].chars().count();
        row.line.bad_at(self.file, before, toml[from..to].chars().count(), what)
    }

    /// The same, with what stands there struck out: for a token that may be a secret in clear.
    pub(super) fn bad_unseen(&self, span: Range<usize>, what: impl Into<String>) -> Failure {
        let mut failure = self.bad(span, what);
        for frame in &mut failure.frames {
            let before = usize::try_from(frame.place.col).unwrap_or(1).saturating_sub(1);
            let kept: String = frame.text.chars().take(before).collect();
            // What comes after is left out too: a text of several lines goes on to the end of this one.
            frame.text = format!("{kept}\"…\"");
            frame.width = 3;
        }
        failure
    }

    /// The row in which the TOML's byte `at` lies; the last one for the end of the text.
    fn row(&self, at: usize) -> Option<&Row<'t>> {
        let after = self.rows.partition_point(|row| row.start <= at);
        after.checked_sub(1).and_then(|nth| self.rows.get(nth))
    }
}

/// The last character boundary of `text` at or before `at`.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
