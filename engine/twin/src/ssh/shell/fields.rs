//! Words while they are put together: where they are split, and which of their characters match names; pure.

use super::pattern::escaped;

/// A word that grows: its text, the same as a pattern, whether something in it matches names.
#[derive(Clone, Debug, Default)]
struct Field {
    text: String,
    pattern: String,
    special: bool,
}

/// The words that come of one.
#[derive(Debug)]
pub(super) struct Fields {
    separators: String,
    splits: bool,
    done: Vec<Field>,
    open: Option<Field>,
    /// The last word was ended by a blank, so that one separator may still follow it.
    by_blank: bool,
}

impl Fields {
    pub(super) fn new(separators: String, splits: bool) -> Self {
        Self { separators, splits, done: Vec::new(), open: None, by_blank: false }
    }

    fn field(&mut self) -> &mut Field {
        self.by_blank = false;
        self.open.get_or_insert_default()
    }

    /// Text that was quoted: there even if it is empty, and ordinary.
    pub(super) fn quoted(&mut self, text: &str) {
        let field = self.field();
        field.text.push_str(text);
        field.pattern.push_str(&escaped(text));
    }

    /// Text as it was written: it may match names, but it is not split.
    pub(super) fn plain(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let field = self.field();
        field.text.push_str(text);
        field.pattern.push_str(text);
        field.special |= text.contains(['*', '?', '[']);
    }

    /// Text that came of an expansion.
    pub(super) fn split(&mut self, text: &str) {
        if !self.splits {
            self.plain(text);
            return;
        }
        for c in text.chars() {
            if !self.separators.contains(c) {
                let field = self.field();
                field.text.push(c);
                if c == '\\' {
                    field.pattern.push('\\');
                }
                field.pattern.push(c);
                field.special |= matches!(c, '*' | '?' | '[');
            } else if c.is_ascii_whitespace() {
                if let Some(field) = self.open.take() {
                    self.done.push(field);
                    self.by_blank = true;
                }
            } else if let Some(field) = self.open.take() {
                self.done.push(field);
            } else if self.by_blank {
                self.by_blank = false;
            } else {
                self.done.push(Field::default());
            }
        }
    }

    /// Ends the word that is open, as between arguments; an empty one stays where it was quoted.
    pub(super) fn end_field(&mut self, quoted: bool) {
        if quoted {
            let field = self.open.take().unwrap_or_default();
            self.done.push(field);
        } else if let Some(field) = self.open.take() {
            self.done.push(field);
        }
        self.by_blank = false;
    }

    /// The words, each with its pattern where that may match names.
    pub(super) fn finish(mut self) -> Vec<(String, Option<String>)> {
        self.done.extend(self.open.take());
        self.done.into_iter().map(|field| (field.text, field.special.then_some(field.pattern))).collect()
    }

    /// The one word there is, with its pattern.
    pub(super) fn single(mut self) -> (String, String) {
        let field = self.open.take().unwrap_or_default();
        (field.text, field.pattern)
    }
}
