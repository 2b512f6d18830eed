//! The bounds of an input: `min`, `max`, `pattern`.
//!
//! `min` and `max` bound a number, a length of time or a version itself; of a text they bound the number of its
//! characters, of a list or a map the number of its items. `pattern` must match the whole of a text, or of each item.

use std::time::Duration;

use regex::Regex;
use runbook_model::Value;

use super::kind::Kind;
use super::scalar::version;
use super::wrong::{Wrong, shown};
use crate::options::parse_duration;

/// How large a compiled pattern may be.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// The bounds of one input.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    /// The least it may be.
    pub min: Option<Value>,
    /// The most it may be.
    pub max: Option<Value>,
    /// What its text must match.
    pub pattern: Option<Pattern>,
}

/// A pattern, and its text as it was written.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it was written.
    pub text: String,
    whole: Regex,
}

impl Pattern {
    /// The pattern `text`, or why it is none, in one line.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let compile = |text: &str| regex::RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build();
        // On its own first, so that the trouble is that of what was written.
        let whole = compile(text).and_then(|_| compile(&format!(r"\A(?:{text})\z")));
        match whole {
            Ok(whole) => Ok(Self { text: text.to_owned(), whole }),
            Err(trouble) => {
                let trouble = trouble.to_string();
                let last = trouble.lines().last().unwrap_or_default();
                Err(last.trim().trim_start_matches("error: ").to_owned())
            }
        }
    }
}

/// What of a value is compared with its bounds.
#[derive(PartialEq, PartialOrd)]
enum Measure {
    Int(i64),
    Float(f64),
    Time(Duration),
    Version(semver::Version),
}

/// What the bounds of an input of this type are themselves; `None` where it can have none.
pub(super) fn kind_of_bound(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::Int | Kind::Float | Kind::Duration | Kind::Version => Some(kind),
        Kind::String | Kind::Path | Kind::Url | Kind::List | Kind::Map => Some(Kind::Int),
        Kind::Bool | Kind::Cidr | Kind::Ip | Kind::Enum | Kind::Secret => None,
    }
}

/// What is counted where the bounds of this type bound a number of things.
fn counted(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::String | Kind::Path | Kind::Url => Some("character"),
        Kind::List => Some("item"),
        Kind::Map => Some("entrie"),
        _ => None,
    }
}

fn size(n: usize) -> Measure {
    Measure::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn measure(kind: Kind, value: &Value) -> Option<Measure> {
    match (kind, value) {
        (Kind::Duration, Value::Text(text)) => parse_duration(text).map(Measure::Time),
        (Kind::Version, Value::Text(text)) => version(text).map(Measure::Version),
        (_, Value::Text(text)) => Some(size(text.chars().count())),
        (_, Value::List(items)) => Some(size(items.len())),
        (_, Value::Map(map)) => Some(size(map.len())),
        (_, Value::Int(n)) => Some(Measure::Int(*n)),
        (_, Value::Float(x)) => Some(Measure::Float(*x)),
        _ => None,
    }
}

/// Whether `min` and `max` of this type leave any value between them.
pub(super) fn is_empty_range(kind: Kind, min: &Value, max: &Value) -> bool {
    let kind = kind_of_bound(kind).unwrap_or(kind);
    measure(kind, min) > measure(kind, max)
}

impl Bounds {
    /// Refuses a value of this type that is out of bounds.
    pub(super) fn check(&self, kind: Kind, value: &Value) -> Result<(), Wrong> {
        let of_bound = kind_of_bound(kind).unwrap_or(kind);
        let has = measure(kind, value);
        let past = |bound: &Option<Value>, word: &str, below: bool| {
            let bound = bound.as_ref()?;
            let limit = measure(of_bound, bound);
            let out = if below { has < limit } else { has > limit };
            out.then(|| Wrong::new(format!("takes {word} {}, not {}", amount(kind, bound), told(kind, value))))
        };
        if let Some(wrong) = past(&self.min, "at least", true).or_else(|| past(&self.max, "at most", false)) {
            // The bound is its own example of what would be right.
            return Err(wrong);
        }
        self.check_pattern(value)
    }

    fn check_pattern(&self, value: &Value) -> Result<(), Wrong> {
        let Some(pattern) = &self.pattern else { return Ok(()) };
        match value {
            Value::Text(text) if !pattern.whole.is_match(text) => {
                Err(Wrong::new(format!("takes what matches `{}`, not `{}`", pattern.text, shown(text))))
            }
            Value::List(items) => (0..)
                .zip(items)
                .try_for_each(|(nth, item)| self.check_pattern(item).map_err(|wrong| wrong.of_item(nth))),
            _ => Ok(()),
        }
    }
}

fn plural(n: i64, noun: &str) -> String {
    match (n, noun) {
        (1, "entrie") => "1 entry".to_owned(),
        (1, _) => format!("1 {noun}"),
        _ => format!("{n} {noun}s"),
    }
}

fn amount(kind: Kind, bound: &Value) -> String {
    match (counted(kind), bound) {
        (Some(noun), Value::Int(n)) => plural(*n, noun),
        _ => format!("`{bound}`"),
    }
}

fn told(kind: Kind, value: &Value) -> String {
    match (counted(kind), measure(kind, value)) {
        (Some(_), Some(Measure::Int(n))) => n.to_string(),
        _ => format!("`{}`", shown(&value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bounds: &Bounds, kind: Kind, value: impl Into<Value>) -> String {
        bounds.check(kind, &value.into()).unwrap_err().said
    }

    #[test]
    fn a_value_out_of_bounds_is_told_its_bound() {
        let whole = Bounds { min: Some(Value::Int(3)), max: Some(Value::Int(5)), pattern: None };
        assert_eq!(said(&whole, Kind::Int, 2), "takes at least `3`, not `2`");
        assert_eq!(said(&whole, Kind::Int, 6), "takes at most `5`, not `6`");
        assert_eq!(said(&whole, Kind::String, "ab"), "takes at least 3 characters, not 2");
        assert_eq!(said(&whole, Kind::List, Value::List(vec![])), "takes at least 3 items, not 0");
        assert!(whole.check(Kind::Int, &Value::Int(4)).is_ok());
        let time = Bounds { max: Some("1m".into()), ..Bounds::default() };
        assert_eq!(said(&time, Kind::Duration, "61s"), "takes at most `1m`, not `61s`");
        let version = Bounds { min: Some("1.9.0".into()), ..Bounds::default() };
        assert!(version.check(Kind::Version, &"v1.18.4".into()).is_ok());
        assert_eq!(said(&version, Kind::Version, "1.8.0"), "takes at least `1.9.0`, not `1.8.0`");
    }

    #[test]
    fn a_pattern_matches_the_whole_text() {
        let bounds = Bounds { pattern: Some(Pattern::new("a|ab").unwrap()), ..Bounds::default() };
        assert!(bounds.check(Kind::String, &"ab".into()).is_ok());
        assert_eq!(said(&bounds, Kind::String, "abc"), "takes what matches `a|ab`, not `abc`");
        let wrong = bounds.check(Kind::List, &Value::List(vec!["a".into(), "c".into()])).unwrap_err();
        assert_eq!(wrong.part, "item 2");
        assert_eq!(Pattern::new("(").unwrap_err(), "unclosed group");
    }
}
