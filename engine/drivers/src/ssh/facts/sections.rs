//! The sections of an answer, and small ways to read their lines; pure.

use std::collections::BTreeMap;

use runbook_model::Value;

/// What one reader adds to.
pub(super) type Map = BTreeMap<String, Value>;

/// The answer, cut into its sections.
#[derive(Debug, Default)]
pub(super) struct Sections(BTreeMap<String, String>);

impl Sections {
    /// Cuts `text` up; `None` where its end is missing.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut sections = BTreeMap::new();
        for piece in text.split('\u{1}').skip(1) {
            let (name, body) = piece.split_once('\n').unwrap_or((piece, ""));
            sections.insert(name.to_owned(), body.to_owned());
        }
        sections.remove("end").map(|_| Self(sections))
    }

    /// The lines of a section that say something; none where it is not there.
    pub(super) fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flat_map(|body| body.lines()).filter(|line| !line.trim().is_empty())
    }

    /// All of a section.
    pub(super) fn body(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The first line of a section.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.lines(name).next().map(str::trim)
    }

    /// Whether there is such a section.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// Puts in what there is.
pub(super) fn put(map: &mut Map, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}

/// A text that says something.
pub(super) fn text(text: &str) -> Option<Value> {
    let text = text.trim();
    (!text.is_empty()).then(|| Value::from(text))
}

/// A whole number.
pub(super) fn number(text: &str) -> Option<Value> {
    text.trim().parse().ok().map(Value::Int)
}

/// A list of texts.
pub(super) fn texts<'a>(items: impl Iterator<Item = &'a str>) -> Value {
    Value::List(items.map(|item| Value::from(item.trim())).collect())
}

/// The word behind `key` in a line of words.
pub(super) fn after<'a>(words: &[&'a str], key: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| *word == key)?;
    words.get(at + 1).copied()
}
