//! The bottom of a terminal, redrawn in place; what is written above it stays.
//!
//! Promises: one write for a frame; the cursor is hidden only while a frame stands, and comes back with an empty one.

use std::io::{self, Write};

use crossterm::cursor::{Hide, MoveToColumn, MoveUp, Show};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};

use crate::text::width;

/// What stands at the bottom now.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    drawn: Vec<String>,
    plain_widths: Vec<usize>,
}

impl Screen {
    /// Writes `above` for good, and `view` below it in place of the last one.
    pub(crate) fn frame(
        &mut self,
        out: &mut dyn Write,
        above: &[String],
        view: Vec<String>,
        columns: u16,
    ) -> io::Result<()> {
        if above.is_empty() && view == self.drawn {
            return Ok(());
        }
        let mut bytes = Vec::new();
        queue!(bytes, BeginSynchronizedUpdate)?;
        self.go_to_top(&mut bytes, columns)?;
        if self.drawn.is_empty() && !view.is_empty() {
            queue!(bytes, Hide)?;
        }
        for line in above.iter().chain(&view) {
            bytes.extend_from_slice(line.as_bytes());
            queue!(bytes, Clear(ClearType::UntilNewLine))?;
            bytes.extend_from_slice(b"\r\n");
        }
        queue!(bytes, Clear(ClearType::FromCursorDown))?;
        if view.is_empty() && !self.drawn.is_empty() {
            queue!(bytes, Show)?;
        }
        queue!(bytes, EndSynchronizedUpdate)?;
        self.plain_widths = view.iter().map(|line| width(&crate::text::clean(line))).collect();
        self.drawn = view;
        out.write_all(&bytes)?;
        out.flush()
    }

    /// To the first row of what was drawn; a terminal made narrower since has wrapped it.
    fn go_to_top(&self, bytes: &mut Vec<u8>, columns: u16) -> io::Result<()> {
        let columns = usize::from(columns.max(1));
        let rows: usize = self.plain_widths.iter().map(|width| width.div_ceil(columns).max(1)).sum();
        if rows > 0 {
            queue!(bytes, MoveUp(u16::try_from(rows).unwrap_or(u16::MAX)), MoveToColumn(0))?;
        }
        Ok(())
    }
}
