//! One row of a picture that must fit a width: pieces of text, cleaned and cropped before they are painted.

use crate::style::{Icon, Paint, Style};
use crate::text::{clean, width};

/// A row made of pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pieces: Vec<(Option<Paint>, String)>,
}

impl Row {
    /// An indented row.
    pub(crate) fn indented(level: usize) -> Self {
        Self::default().text(" ".repeat(2 * level))
    }

    /// The row with one more piece as it is.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.pieces.push((None, text.into()));
        self
    }

    /// The row with one more painted piece.
    pub(crate) fn painted(mut self, paint: Paint, text: impl Into<String>) -> Self {
        self.pieces.push((Some(paint), text.into()));
        self
    }

    /// The row with one more icon.
    pub(crate) fn icon(self, icon: Icon, style: &Style) -> Self {
        let (paint, picture) = style.picture(icon);
        self.painted(paint, picture)
    }

    /// The row with a dim tail of what is known, two blanks away.
    pub(crate) fn tail(self, parts: impl IntoIterator<Item = Option<String>>) -> Self {
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { self } else { self.text("  ").painted(Paint::Dim, parts.join(", ")) }
    }

    /// The row as it is written, at most `columns` wide.
    pub(crate) fn draw(&self, columns: usize, style: &Style) -> String {
        let mut out = String::new();
        let mut room = columns;
        for (paint, text) in &self.pieces {
            let clean = clean(text);
            let text = style.fit(&clean, room);
            let taken = width(&text);
            out.push_str(&paint.map_or_else(|| text.to_string(), |paint| style.paint(paint, &text)));
            if room <= taken {
                break;
            }
            room -= taken;
        }
        out
    }
}
