//! From what was given for an input, as text or as a typed value, to the input's value.

use std::collections::BTreeMap;

use runbook_model::Value;
use runbook_model::value::DEPTH_MAX;

use super::input::Input;
use super::kind::Kind;
use super::scalar::scalar;
use super::wrong::{Wrong, in_words, shown};
use crate::options::{nearest, ticked};

/// The value that `text` means for `input`: what `--set`, the environment and a prompt give.
pub(super) fn text(input: &Input, text: &str, home: Option<&str>) -> Result<Value, Wrong> {
    let tight = text.trim();
    let opener = match input.kind {
        Kind::List => '[',
        Kind::Map => '{',
        _ => return bounded(input, one(input, input.kind, text, home)?),
    };
    if tight.starts_with(opener) {
        let json = serde_json::from_str(tight).map_err(|_| Wrong::takes(input.kind.takes(), text))?;
        return value(input, Value::from_plain_json(json), home);
    }
    let items = tight.split(',').map(str::trim).filter(|_| !tight.is_empty());
    let kind = input.of.unwrap_or(Kind::String);
    let taken = if input.kind == Kind::List {
        let items =
            (0..).zip(items).map(|(nth, item)| one(input, kind, item, home).map_err(|wrong| wrong.of_item(nth)));
        Value::List(items.collect::<Result<_, _>>()?)
    } else {
        let entries = items.map(|item| {
            let (key, item) = item.split_once('=').ok_or_else(|| Wrong::takes("a map", text))?;
            let taken = one(input, kind, item.trim(), home).map_err(|wrong| wrong.of(entry(key.trim())))?;
            Ok((key.trim().to_owned(), taken))
        });
        Value::Map(entries.collect::<Result<_, _>>()?)
    };
    bounded(input, taken)
}

/// The value that a typed value means for `input`: what an inputs file and a default give.
pub(super) fn value(input: &Input, given: Value, home: Option<&str>) -> Result<Value, Wrong> {
    let taken = match (input.kind, given) {
        (Kind::List, Value::List(items)) => {
            let items = (0..).zip(items).map(|(nth, item)| {
                typed(input, input.of.unwrap_or(Kind::String), item, home).map_err(|wrong| wrong.of_item(nth))
            });
            Value::List(items.collect::<Result<_, _>>()?)
        }
        (Kind::Map, Value::Map(map)) => Value::Map(entries(input, map, home)?),
        (kind, given) => typed(input, kind, given, home)?,
    };
    bounded(input, taken)
}

fn entries(input: &Input, map: BTreeMap<String, Value>, home: Option<&str>) -> Result<BTreeMap<String, Value>, Wrong> {
    let entries = map.into_iter().map(|(key, item)| {
        let taken = match input.of {
            Some(kind) => typed(input, kind, item, home),
            None if is_deep(&item, DEPTH_MAX) => Err(Wrong::new(format!("is nested deeper than {DEPTH_MAX} levels"))),
            None => Ok(item),
        };
        let taken = taken.map_err(|wrong| wrong.of(entry(&key)))?;
        Ok((key, taken))
    });
    entries.collect()
}

fn entry(key: &str) -> String {
    format!("`{}`", shown(key))
}

fn is_deep(value: &Value, left: usize) -> bool {
    let Some(left) = left.checked_sub(1) else { return true };
    match value {
        Value::List(items) => items.iter().any(|item| is_deep(item, left)),
        Value::Map(map) => map.values().any(|item| is_deep(item, left)),
        _ => false,
    }
}

/// One value of `kind` from its text.
fn one(input: &Input, kind: Kind, text: &str, home: Option<&str>) -> Result<Value, Wrong> {
    if kind != Kind::Enum || input.options.iter().any(|option| option == text) {
        return scalar(kind, text, home);
    }
    let options: Vec<&str> = input.options.iter().map(String::as_str).collect();
    let wrong = Wrong::new(format!("has no option `{}`", shown(text)));
    Err(match nearest(text, options.iter().copied()) {
        Some(near) => wrong.hint(format!("did you mean `{near}`?")),
        None => wrong.hint(format!("its options are {}", ticked(&options))),
    })
}

/// One value of `kind` from a typed one.
fn typed(input: &Input, kind: Kind, given: Value, home: Option<&str>) -> Result<Value, Wrong> {
    match (kind, given) {
        (Kind::Int, Value::Int(n)) => Ok(Value::Int(n)),
        (Kind::Float, Value::Float(x)) if x.is_finite() => Ok(Value::Float(x)),
        #[expect(clippy::cast_precision_loss, reason = "a whole number beyond 53 bits is not given as a fraction")]
        (Kind::Float, Value::Int(n)) => Ok(Value::Float(n as f64)),
        (Kind::Bool, Value::Bool(truth)) => Ok(Value::Bool(truth)),
        (kind, Value::Text(text)) if kind.is_textual() => one(input, kind, &text, home),
        (Kind::Secret, _) => scalar(Kind::Secret, "", home),
        (kind, other) => Err(mistyped(input, kind, &other, home)),
    }
}

fn mistyped(input: &Input, kind: Kind, given: &Value, home: Option<&str>) -> Wrong {
    let wrong = Wrong::new(format!("takes {}, not {} `{}`", kind.takes(), article(given), shown(&given.to_string())));
    let bare = matches!(given, Value::Int(_) | Value::Float(_) | Value::Bool(_)) && kind.is_textual();
    match given {
        _ if bare && one(input, kind, &given.to_string(), home).is_ok() => {
            wrong.hint(format!("put it in quotes: `\"{given}\"`"))
        }
        Value::Text(text) if one(input, kind, text, home).is_ok() => wrong.hint("write it without quotes"),
        _ => wrong,
    }
}

/// `the number`, `the text`: what goes before a value that is shown.
fn article(value: &Value) -> String {
    let words = in_words(value);
    let noun = words.strip_prefix("a ").unwrap_or(words);
    format!("the {noun}")
}

fn bounded(input: &Input, taken: Value) -> Result<Value, Wrong> {
    input.bounds.check(input.kind, &taken)?;
    Ok(taken)
}
