//! What is wrong with a value that was given for an input, before it is known where it came from.

use runbook_model::Value;

/// How much of a value a message shows.
const SHOWN_CHARS_MAX: usize = 60;

/// Why a value does not do. It never holds what was given for a secret.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    /// Which part of the value, `item 3`; empty for the whole.
    pub(super) part: String,
    /// Which item of a list it is about, from 0.
    pub(super) item: Option<usize>,
    /// What goes on from the input's name: ``takes a whole number, not `x` ``.
    pub(super) said: String,
    /// What to do; where it is empty an example of a right value is shown.
    pub(super) hints: Vec<String>,
    /// Whether the value itself may be a secret in clear.
    pub(super) secret: bool,
}

impl Wrong {
    /// A wrong value of which this can be said.
    pub(super) fn new(said: impl Into<String>) -> Self {
        Self { part: String::new(), item: None, said: said.into(), hints: Vec::new(), secret: false }
    }

    /// The usual case.
    pub(super) fn takes(takes: &str, given: &str) -> Self {
        Self::new(format!("takes {takes}, not `{}`", shown(given)))
    }

    /// The same with one more hint.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same of a part of the value.
    pub(super) fn of(mut self, part: String) -> Self {
        self.part = if self.part.is_empty() { part } else { format!("{part}, {}", self.part) };
        self
    }

    /// The same of one item of a list, counted from 0.
    pub(super) fn of_item(mut self, nth: usize) -> Self {
        self.item = Some(nth);
        self.of(format!("item {}", nth + 1))
    }

    /// The whole sentence about the input `name`.
    pub(super) fn sentence(&self, name: &str) -> String {
        let part = if self.part.is_empty() { String::new() } else { format!(": {}", self.part) };
        format!("input `{name}`{part} {}", self.said)
    }
}

/// `text` as a message may show it: cut short, and nothing in it that would steer a terminal.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (nth, c) in text.chars().enumerate() {
        if nth == SHOWN_CHARS_MAX {
            shown.push('…');
            break;
        }
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// What a value is, for people.
pub(super) fn in_words(value: &Value) -> &'static str {
    match value {
        Value::Unit => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Char(_) | Value::Text(_) => "text",
        Value::Blob(_) => "bytes",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}
