//! Reads a file of inputs: TOML, YAML or JSON.
//!
//! What stands in it may be a secret that does not belong there, so no failure shows its text, only the place.

use std::collections::BTreeMap;
use std::sync::Arc;

use runbook_model::failure::Frame;
use runbook_model::value::DEPTH_MAX;
use runbook_model::{Failure, Place, Value, code};
use toml::de::{DeTable, DeValue};

use super::toml_value;

/// The most a YAML text may unfold into, its aliases followed.
const YAML_NODES_MAX: usize = 100_000;

/// A format of a file of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Toml,
    Yaml,
    Json,
}

/// Why a text is not of a format: the reason and, where it is known, line and column.
type Refusal = (String, u32, u32);

/// The values in the file `name`; an entry that is null counts as not given.
pub(super) fn read(name: &str, text: &str) -> Result<(Format, BTreeMap<String, Value>), Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let format = by_name(name).unwrap_or_else(|| by_content(text));
    let values = match format {
        Format::Toml => toml(text),
        Format::Json => json(text),
        Format::Yaml => yaml(text),
    };
    let word = format.word();
    let refuse = |what: String| Failure::new(code::INPUT_BAD, what);
    match values {
        Ok(Value::Map(mut map)) => {
            map.retain(|_, value| *value != Value::Unit);
            Ok((format, map))
        }
        Ok(Value::Unit) => Ok((format, BTreeMap::new())),
        Ok(_) => Err(refuse(format!("`{name}` holds no inputs: it is not a {word} map of names and values"))),
        Err((why, line, col)) => {
            let mut failure = refuse(format!("`{name}` is not {word}: {why}"));
            if line > 0 {
                let place = Place { file: Arc::from(name), line, col };
                failure.frames.push(Frame { place, ..Frame::default() });
            }
            Err(failure)
        }
    }
}

impl Format {
    fn word(self) -> &'static str {
        match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Json => "JSON",
        }
    }

    /// How `name` and `value` are written in a file of this format.
    pub(super) fn line(self, name: &str, value: &Value) -> String {
        let json = value.to_plain_json();
        match self {
            Self::Toml => format!("{name} = {json}"),
            Self::Yaml => format!("{name}: {json}"),
            Self::Json => format!("\"{name}\": {json}"),
        }
    }
}

fn by_name(name: &str) -> Option<Format> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "toml" => Some(Format::Toml),
        "yaml" | "yml" => Some(Format::Yaml),
        "json" => Some(Format::Json),
        _ => None,
    }
}

/// The format of a text without a telling name: what the first line that says something looks like.
fn by_content(text: &str) -> Format {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let at = |c: char| first.find(c).unwrap_or(usize::MAX);
    match () {
        () if first.starts_with('{') => Format::Json,
        () if first.starts_with('[') || at('=') < at(':') => Format::Toml,
        () => Format::Yaml,
    }
}

fn toml(text: &str) -> Result<Value, Refusal> {
    let table = DeTable::parse(text).map_err(|trouble| {
        let before = trouble.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let col = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (toml_value::why(&trouble), small(line), small(col))
    })?;
    Ok(toml_value::value(&DeValue::Table(table.into_inner())))
}

fn json(text: &str) -> Result<Value, Refusal> {
    let read: serde_json::Value = serde_json::from_str(text).map_err(|trouble| {
        let why = trouble.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        (why, small(trouble.line()), small(trouble.column()))
    })?;
    Ok(Value::from_plain_json(read))
}

fn yaml(text: &str) -> Result<Value, Refusal> {
    if text.trim().is_empty() {
        return Ok(Value::Unit);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_nodes: YAML_NODES_MAX,
            max_events: YAML_NODES_MAX * 2,
        },
        strict_booleans: true,
        with_snippet: false,
    };
    let read: serde_json::Value = serde_saphyr::from_str_with_options(text, options).map_err(|trouble| {
        let (line, col) = trouble.location().map_or((0, 0), |at| (at.line(), at.column()));
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        // The message itself can quote the text; what can be quoted can be a secret.
        ("it cannot be read".to_owned(), number(line), number(col))
    })?;
    Ok(Value::from_plain_json(read))
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
