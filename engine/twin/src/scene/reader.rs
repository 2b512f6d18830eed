//! Reading a scene strictly: every key is asked for by name, and one that nobody asked for is a mistake with its path.

use crate::json::{Map, Value};
use std::time::Duration;

/// What is wrong with a scene, and where: `nodes[1].address: is no address`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The path to it.
    pub path: String,
    /// What it is.
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() { out.write_str(&self.what) } else { write!(out, "{}: {}", self.path, self.what) }
    }
}

impl std::error::Error for Mistake {}

pub(super) type Read<T> = Result<T, Mistake>;

/// A map of a scene, being read.
pub(super) struct Reader {
    path: String,
    left: Map,
    known: Vec<&'static str>,
}

/// A mistake at a path.
pub(super) fn mistake<T>(path: &str, what: impl Into<String>) -> Read<T> {
    Err(Mistake { path: path.to_owned(), what: what.into() })
}

impl Reader {
    pub(super) fn new(path: &str, value: Value) -> Read<Self> {
        match value {
            Value::Object(left) => Ok(Self { path: path.to_owned(), left, known: Vec::new() }),
            Value::Null => Ok(Self { path: path.to_owned(), left: Map::new(), known: Vec::new() }),
            _ => mistake(path, "is no map"),
        }
    }

    /// The path of a key.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// What a key holds; nothing where it is not there or empty.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.left.remove(key).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, key: &'static str) -> Read<Option<String>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.into())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => mistake(&self.at(key), "is no text"),
        }
    }

    /// A text that must be there.
    pub(super) fn must(&mut self, key: &'static str) -> Read<String> {
        match self.text(key)? {
            Some(text) => Ok(text),
            None => mistake(&self.at(key), "is missing"),
        }
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Read<bool> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => mistake(&self.at(key), "is neither `true` nor `false`"),
        }
    }

    pub(super) fn number(&mut self, key: &'static str) -> Read<Option<u64>> {
        match self.take(key) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => mistake(&self.at(key), "is no whole number"),
            },
        }
    }

    /// A span of time: `1500ms`, `30s`, `5m`, `1h`, or seconds.
    pub(super) fn span(&mut self, key: &'static str) -> Read<Option<Duration>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match span(&text) {
            Some(span) => Ok(Some(span)),
            None => mistake(&self.at(key), format!("`{text}` is no span of time like `30s`")),
        }
    }

    /// The elements of a list with their paths.
    pub(super) fn list(&mut self, key: &'static str) -> Read<Vec<(String, Value)>> {
        let path = self.at(key);
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(all)) => {
                Ok(all.into_iter().enumerate().map(|(at, value)| (format!("{path}[{at}]"), value)).collect())
            }
            Some(_) => mistake(&path, "is no list"),
        }
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Read<Vec<String>> {
        let all = self.list(key)?.into_iter().map(|(path, value)| match value {
            Value::String(text) => Ok(text.into()),
            Value::Number(number) => Ok(number.to_string()),
            _ => mistake(&path, "is no text"),
        });
        all.collect()
    }

    /// The entries of a map whose keys are free.
    pub(super) fn map(&mut self, key: &'static str) -> Read<Map> {
        match self.take(key) {
            None => Ok(Map::new()),
            Some(Value::Object(map)) => Ok(map),
            Some(_) => mistake(&self.at(key), "is no map"),
        }
    }

    /// Says so where a key is left that nobody asked for.
    pub(super) fn end(self) -> Read<()> {
        let Some(odd) = self.left.keys().next() else { return Ok(()) };
        let known = self.known.join("`, `");
        mistake(&self.at(odd), format!("is no key of a scene here; known are `{known}`"))
    }
}

/// Reads a span of time: `1500ms`, `30s`, `5m`, `1h`, or seconds.
#[must_use]
pub fn span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let split = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let number: f64 = text[..split].parse().ok()?;
    let unit = match text[split..].trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number * unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(span("1500ms"), Some(Duration::from_millis(1500)));
        assert_eq!(span("5m"), Some(Duration::from_secs(300)));
        assert_eq!(span("2"), Some(Duration::from_secs(2)));
        assert_eq!(span("2 parsecs"), None);
        assert_eq!(span("-2s"), None);
    }
}
